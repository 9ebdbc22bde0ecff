//! Requests as botocore serializes them, with the resources and condition values that they must resolve to.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::*;

const CASES: &str = include_str!("../../../tests/data/rds/cases-dev.jsonl");

/// One synthetic request for each operation, in regions across all partitions.
const PARTITIONS: &str = include_str!("../../../tests/data/rds/cases-partitions.jsonl");

fn raw(host: &str, body: &str) -> Bytes {
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    format!("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into()
}

fn found(case: &Json) -> Json {
    let text = |name: &str| case[name].as_str().unwrap();
    let Recognised::Rds(host) = recognise(text("host")) else { panic!("{}", text("host")) };
    let request = http1::Request::parse(raw(text("host"), text("body"))).unwrap();
    let call = match api_call(request, &host, &Settings::default()) {
        Ok(call) => call,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    assert_eq!(call.unknown_parameters(), [""; 0], "{}", text("id"));
    let resource_ids = ResourceIds::default();
    let scope = Scope { region: host.region(), account: text("account").parse().ok(), resource_ids: &resource_ids };
    let resolution = call.resolve(&scope);
    let mut resources: Vec<_> = resolution.resources.iter().map(|resource| resource.arn.to_string()).collect();
    resources.sort();
    let details = resolution.resources.iter().zip(&resolution.details);
    let details: Vec<_> = details
        .map(|(resource, detail)| {
            json!({ "arn": *resource.arn, "type": detail.resource_type, "kind": resource.kind.as_str(),
                    "role": detail.role.as_str() })
        })
        .collect();
    let listed = resolution.keys.iter().filter(|key| key.is_listed());
    let keys: BTreeMap<_, _> = listed.map(|key| (key.name(), key.values())).collect();
    json!({ "action": call.action().as_str(), "resources": resources, "resource_detail": details, "keys": keys,
            "unknown_keys": resolution.unknown_keys })
}

/// The cases that are not read as expected, and the number of all cases.
fn wrong(cases: &str) -> (Vec<String>, usize) {
    let cases: Vec<Json> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrong = cases.iter().filter_map(|case| {
        let (found, expected) = (found(case), &case["expected"]);
        (found != *expected).then(|| format!("{}\n  found    {found}\n  expected {expected}", case["id"]))
    });
    (wrong.collect(), cases.len())
}

#[test]
fn every_case_has_the_action_resources_and_keys_that_the_table_means() {
    let (wrong, count) = wrong(CASES);
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 300);
}

#[test]
fn every_operation_is_resolved_in_the_other_regions_and_partitions_too() {
    let (wrong, count) = wrong(PARTITIONS);
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 168);
}
