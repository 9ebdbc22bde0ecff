//! A learned policy allows every recorded call and nothing else, whatever the order of the records.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    aws::{PrincipalArn, RequestResource, ResourceKind},
    history::{Line, read},
    policy::{Principal, RequestContext},
};

const ORDERS: &str = "arn:aws:sts::123456789012:assumed-role/Orders/pod-1";
const USER: &str = "arn:aws:iam::210987654321:user/team/ann";

fn call(action: &str, resources: &[&str], principal: Value, parameters: Value) -> RecordedCall {
    let record = json!({
        "schema": 1, "time": "2026-11-24T10:00:00.000Z", "kind": "rds", "decision": "deny", "enforced": false,
        "reason": "implicit_deny", "action": action, "resources": resources, "principal": principal,
        "region": "eu-west-1", "parameters": parameters, "unknown_action": action == "rds:FutureAction",
    });
    let line = read(&record.to_string());
    let Line::Call(call) = line else { panic!("{line:?}: {record:#}") };
    *call
}

fn of(arn: &str) -> Value {
    json!({"arn": arn, "account": arn.split(':').nth(4), "access_key_id": "ASIAIOSFODNN7EXAMPLE", "trust": "known"})
}

fn own(name: &str) -> String {
    format!("arn:aws:rds:eu-west-1:123456789012:{name}")
}

fn simple(action: &str, name: &str, arn: &str) -> RecordedCall {
    call(action, &[&own(name)], of(arn), json!([]))
}

fn allows(policy: &Policy, action: &str, resource: &str, arn: &str) -> bool {
    let principal: PrincipalArn = arn.parse().unwrap();
    let kind = if resource == "*" { ResourceKind::Star } else { ResourceKind::Exact };
    let resources = [RequestResource { arn: resource.into(), kind }];
    let mut context = RequestContext::new();
    context.insert("aws:PrincipalArn", arn);
    let principal = Principal::Known(&principal);
    policy.evaluate(&Request { action, principal, resources: &resources, context: &context }).is_allow()
}

#[test]
fn actions_on_the_same_resources_stand_together_for_those_who_do_the_same() {
    let calls = [
        simple("rds:DeleteDBInstance", "db:a", ORDERS),
        simple("rds:ModifyDBInstance", "db:a", ORDERS),
        simple("rds:ModifyDBInstance", "db:a", USER),
        simple("rds:DeleteDBInstance", "db:a", USER),
        simple("rds:DeleteDBInstance", "db:b", USER),
    ];
    let learned = learn(&calls, Names::Exact, None).unwrap();
    assert_eq!(learned.policy.statements().len(), 3, "{}", learned.text);
    assert!(allows(&learned.policy, "rds:DeleteDBInstance", &own("db:b"), USER));
    assert!(!allows(&learned.policy, "rds:DeleteDBInstance", &own("db:b"), ORDERS));
    assert!(learned.text.contains("\"arn:aws:iam::123456789012:role/Orders\""), "{}", learned.text);
}

#[test]
fn what_is_not_known_is_allowed_no_further_than_it_must_and_a_note_says_so() {
    let account =
        json!({"arn": null, "account": "123456789012", "access_key_id": "AKIARZPUZDIKAEXAMPLE", "trust": "claimed"});
    let calls = [
        call("rds:FutureAction", &["*"], of(ORDERS), json!([])),
        call("rds:StopDBInstance", &[&own("db:a")], Value::Null, json!([])),
        call("rds:StartDBInstance", &[&own("db:a")], account, json!([])),
        call("rds:RebootDBInstance", &["arn:aws:rds:eu-west-1:unknown:db:a"], of(ORDERS), json!([])),
        call("rds:DescribeDBInstances", &[&own("db:odd*name")], of(ORDERS), json!(["DBInstanceIdentifier"])),
        call("rds:DeleteDBProxy", &[&own("db-proxy:*")], of(ORDERS), json!(["DBProxyName"])),
    ];
    let learned = learn(&calls, Names::Exact, None).unwrap();
    assert_eq!(learned.blocked, BTreeSet::new());
    let policy = &learned.policy;
    assert!(allows(policy, "rds:StopDBInstance", &own("db:a"), USER));
    assert!(allows(policy, "rds:StartDBInstance", &own("db:a"), "arn:aws:iam::123456789012:user/x"));
    assert!(!allows(policy, "rds:StartDBInstance", &own("db:a"), USER));
    assert!(!allows(policy, "rds:RebootDBInstance", "arn:aws:rds:us-east-1:123456789012:db:a", ORDERS));
    assert!(allows(policy, "rds:DescribeDBInstances", &own("db:odd*name"), ORDERS));
    assert!(!allows(policy, "rds:DescribeDBInstances", &own("db:odd-other-name"), ORDERS));
    let notes = learned.notes.iter().cloned().collect::<Vec<_>>().join("\n");
    for told in [
        "FutureAction: what it acts on is not known",
        "callers are not known",
        "only the account 123456789012",
        "account of arn:aws:rds:eu-west-1:unknown:db:a",
        "which of arn:aws:rds:eu-west-1:123456789012:db-proxy:*",
    ] {
        assert!(notes.contains(told), "{told}\n{notes}");
    }
}

#[test]
fn the_root_user_does_not_become_its_whole_account() {
    let root = "arn:aws:iam::123456789012:root";
    let learned = learn(&[simple("rds:StopDBInstance", "db:a", root)], Names::Exact, None).unwrap();
    assert_eq!(learned.blocked, BTreeSet::new());
    assert!(allows(&learned.policy, "rds:StopDBInstance", &own("db:a"), root));
    assert!(!allows(&learned.policy, "rds:StopDBInstance", &own("db:a"), "arn:aws:iam::123456789012:user/x"));
}

#[test]
fn a_role_that_some_record_gives_with_its_path_is_written_so() {
    let role = "arn:aws:iam::123456789012:role/services/Orders";
    let calls = [simple("rds:StopDBInstance", "db:a", ORDERS), simple("rds:StopDBInstance", "db:a", role)];
    let learned = learn(&calls, Names::Exact, None).unwrap();
    assert_eq!(learned.policy.statements().len(), 1, "{}", learned.text);
    assert!(learned.text.contains(role) && !learned.text.contains("role/Orders"), "{}", learned.text);
}

#[test]
fn names_that_begin_alike_become_a_pattern_only_when_asked_and_never_beyond_their_beginning() {
    let calls: Vec<_> = ["orders-a", "orders-b", "orders-c", "bill-1", "bill-2", "x-1", "x-2", "x-3"]
        .map(|name| simple("rds:StopDBInstance", &format!("db:{name}"), ORDERS))
        .into();
    let exact = learn(&calls, Names::Exact, None).unwrap();
    assert!(!allows(&exact.policy, "rds:StopDBInstance", &own("db:orders-d"), ORDERS));
    let general = learn(&calls, Names::Generalized, None).unwrap();
    let stop = |name: &str| allows(&general.policy, "rds:StopDBInstance", name, ORDERS);
    assert!(stop(&own("db:orders-d")) && stop(&own("db:bill-1")) && stop(&own("db:x-3")));
    // Two names are too few, and `x-` is too short.
    assert!(!stop(&own("db:bill-3")) && !stop(&own("db:x-4")) && !stop(&own("db:orders")));
    assert!(!stop("arn:aws:rds:us-east-1:123456789012:db:orders-d") && !stop(&own("cluster:orders-d")));
    assert!(!allows(&general.policy, "rds:StartDBInstance", &own("db:orders-a"), ORDERS));
    assert!(general.notes.iter().any(|note| note.contains("db:orders-* stands for 3 names")), "{:?}", general.notes);
}

const BASE: &str = r#"{
    "Statement": [
        {"Sid": "LearnedFromAuditOrders1", "Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "rds:DeleteDBInstance", "Resource": "*"}
    ]
}
"#;

#[test]
fn merging_adds_what_is_missing_and_changes_nothing_else() {
    let base = Policy::parse(BASE, &Limits::NONE).unwrap();
    let known = simple("rds:DescribeDBInstances", "db:a", ORDERS);
    let learned = learn(std::slice::from_ref(&known), Names::Exact, Some(&base)).unwrap();
    assert_eq!(learned.text, BASE);
    let new = simple("rds:StopDBInstance", "db:a", ORDERS);
    let learned = learn(&[known, new], Names::Exact, Some(&base)).unwrap();
    let head = BASE.strip_suffix("\n    ]\n}\n").unwrap();
    assert!(learned.text.starts_with(head) && learned.text.ends_with("}\n    ]\n}\n"), "{}", learned.text);
    assert_eq!(learned.policy.statements().len(), 3);
    assert_eq!(learned.policy.statements()[2].sid(), Some("LearnedFromAuditOrders2"));
    assert!(learned.blocked.is_empty());
    for (before, after) in [
        (
            r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "rds:X", "Resource": "*"}}"#,
            "{\"Statement\": [{",
        ),
        (
            "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"rds:X\",\"Resource\":\"*\"}], \"Id\": \"a\"}",
            "}], \"Id\": \"a\"}",
        ),
    ] {
        let base = Policy::parse(before, &Limits::NONE).unwrap();
        let learned = learn(&[simple("rds:StopDBInstance", "db:a", ORDERS)], Names::Exact, Some(&base)).unwrap();
        assert!(learned.text.contains(after) && learned.blocked.is_empty(), "{}", learned.text);
    }
}

#[test]
fn a_deny_of_the_policy_that_is_merged_into_is_named() {
    let base = Policy::parse(BASE, &Limits::NONE).unwrap();
    let learned = learn(&[simple("rds:DeleteDBInstance", "db:a", ORDERS)], Names::Exact, Some(&base)).unwrap();
    assert_eq!(learned.text, BASE);
    let blocked: Vec<_> = learned.blocked.into_iter().collect();
    assert_eq!(blocked.len(), 1, "{blocked:?}");
    assert!(
        blocked[0].contains("rds:DeleteDBInstance on") && blocked[0].contains("explicit_deny by statement #1"),
        "{blocked:?}"
    );
}

#[test]
fn nothing_shown_is_nothing_learned() {
    assert!(learn(&[], Names::Exact, None).is_none());
}

/// The material of random records: actions on their own types, some names, callers of every kind.
fn shown() -> impl Strategy<Value = (String, Vec<String>, &'static str)> {
    let action = prop::sample::select(vec!["rds:StopDBInstance", "rds:DeleteDBInstance", "rds:DescribeDBInstances"]);
    let name = prop::sample::select(vec!["db:a", "db:b", "db:orders-1", "db:orders-2", "db:orders-3", "cluster:a"]);
    let caller = prop::sample::select(vec![
        ORDERS,
        "arn:aws:sts::123456789012:assumed-role/Orders/pod-2",
        "arn:aws:sts::123456789012:assumed-role/Billing/x",
        USER,
        "arn:aws:iam::123456789012:root",
    ]);
    (action, prop::collection::vec(name, 1..3), caller)
        .prop_map(|(action, names, caller)| (action.to_owned(), names.into_iter().map(own).collect(), caller))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn all_that_was_shown_is_allowed_and_no_single_pair_that_was_not(records in prop::collection::vec(shown(), 1..12)) {
        let calls: Vec<_> = records
            .iter()
            .map(|(action, resources, caller)| {
                let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
                call(action, &resources, of(caller), json!([]))
            })
            .collect();
        let learned = learn(&calls, Names::Exact, None).unwrap();
        prop_assert_eq!(&learned.blocked, &BTreeSet::new());
        let role = |arn: &str| Who::of(&crate::history::Caller::Known(arn.parse().unwrap()));
        let pairs: BTreeSet<(Who, &str, &str)> = records
            .iter()
            .flat_map(|(action, resources, caller)| {
                resources.iter().map(move |resource| (role(caller), action.as_str(), resource.as_str()))
            })
            .collect();
        let callers: BTreeSet<&str> = records.iter().map(|(_, _, caller)| *caller).chain(["arn:aws:iam::123456789012:user/other"]).collect();
        for caller in callers {
            for action in ["rds:StopDBInstance", "rds:DeleteDBInstance", "rds:DescribeDBInstances", "rds:StartDBInstance"] {
                for name in ["db:a", "db:b", "db:c", "db:orders-1", "db:orders-2", "db:orders-3", "db:orders-4", "db:*", "cluster:a"] {
                    let resource = own(name);
                    let was_shown = pairs.contains(&(role(caller), action, resource.as_str()));
                    prop_assert_eq!(allows(&learned.policy, action, &resource, caller), was_shown, "{} {} {}\n{}", caller, action, resource, learned.text);
                }
            }
        }
        // Neither the order of records nor a repetition of them makes a difference.
        let again: Vec<_> = calls.iter().rev().chain(&calls).cloned().collect();
        prop_assert_eq!(&learn(&again, Names::Exact, None).unwrap().text, &learned.text);
        let general = learn(&calls, Names::Generalized, None).unwrap();
        prop_assert!(general.blocked.is_empty());
    }
}
