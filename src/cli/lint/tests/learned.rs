//! For every operation of the table, the policy learned from a call has no lint findings and allows the call.

use serde_json::{Map, Value, json};

use super::{calls, findings};
use crate::{
    aws::endpoint::{Recognised, recognise},
    aws::rds::{OPERATIONS, Operation},
    cli::lint::vocabulary::of_rds,
    decode::{self, ResourceIds, Scope},
    history::{self, Line, RecordedCall},
    http1::Request,
    learn::{Names, learn},
    policy::lint::Severity,
};

const TIME: &str = "20260131T120000Z";

/// The record of a call, with the resources that the decoder finds.
fn recorded(operation: &Operation, parameters: &calls::Parameters, values: bool) -> RecordedCall {
    let request = Request::parse(calls::request(operation, parameters, TIME).into()).expect("a request");
    let Recognised::Rds(host) = recognise("rds.eu-west-1.amazonaws.com") else { panic!("a host of the API") };
    let call = decode::api_call(request, &host, &decode::Settings::default())
        .unwrap_or_else(|error| panic!("{}: {parameters:?}: {error}", operation.name));
    let ids = ResourceIds::default();
    let scope = Scope { region: host.region(), account: "123456789012".parse().ok(), resource_ids: &ids };
    let resources: Vec<String> =
        call.resolve(&scope).required().iter().map(|resource| resource.arn.to_string()).collect();
    let shown: Map<String, Value> = parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let names: Vec<&String> = parameters.iter().map(|(name, _)| name).collect();
    let record = json!({
        "schema": 1, "kind": "rds", "time": "2026-01-31T12:00:00Z", "decision": "allow", "enforced": true,
        "reason": "allowed", "action": format!("rds:{}", operation.name), "resources": resources,
        "principal": {"arn": calls::ROLE, "account": "123456789012"}, "region": "eu-west-1",
        "parameters": if values { json!(shown) } else { json!(names) },
        "upstream": {"endpoint": "vpce-1.rds.eu-west-1.vpce.amazonaws.com", "status": 200},
    });
    let line = history::read(&record.to_string());
    let Line::Call(call) = line else { panic!("{}: {line:?}", operation.name) };
    *call
}

#[test]
fn what_is_learned_from_a_call_of_any_action_lints_clean_and_allows_the_call() {
    let vocabulary = of_rds();
    let mut calls = 0;
    for operation in OPERATIONS.iter() {
        for parameters in calls::minimal(operation) {
            for values in [true, false] {
                let call = recorded(operation, &parameters, values);
                let learned = learn(std::slice::from_ref(&call), Names::Exact, None).expect("something was learned");
                assert!(learned.blocked.is_empty(), "{}: {:?}", operation.name, learned.blocked);
                let found = findings(&learned.text, &vocabulary);
                let worse: Vec<_> = found.iter().filter(|finding| finding.rule.severity > Severity::Note).collect();
                assert!(worse.is_empty(), "{}\n{parameters:?}\n{}\n{worse:?}", operation.name, learned.text);
                let decision = calls::judged(&learned.policy, operation, &parameters, calls::ROLE, TIME);
                assert_eq!(decision, "allow", "{}\n{parameters:?}\n{}", operation.name, learned.text);
            }
            calls += 1;
        }
    }
    assert!(calls > 200, "{calls}");
}
