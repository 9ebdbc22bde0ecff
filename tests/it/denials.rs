//! What a refusal says to the client and in its record: which resource, who asked, and what to do.

use serde_json::Value;

use crate::support::{plainly::call, stage::Stage};

const ALLOW: &str = r#"{"Sid":"All","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;

/// What is answered to a call, and its record.
fn refused(policy: &str, arguments: &[&str], action: &str, parameters: &[(&str, &str)]) -> (String, Value) {
    let stage = Stage::set(policy, arguments);
    let request = stage.signed("us-east-1", action, parameters);
    let answer = call(&stage.guard, &request);
    (answer, record(stage))
}

/// The record of the only request.
fn record(stage: Stage) -> Value {
    let records = stage.guard.into_records();
    let mut requests = records.into_iter().filter(|record| record["kind"] == "rds");
    let record = requests.next().unwrap();
    assert!(requests.next().is_none());
    record
}

fn deny(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Statement":[{ALLOW},{{"Sid":"Kept","Effect":"Deny","Principal":"*","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

const ANN: [&str; 2] = ["--principal", "arn:aws:iam::123456789012:user/ann"];

#[test]
fn a_denial_names_the_resource_that_the_deny_matched_also_where_no_allow_is_needed_for_it() {
    let member = [
        ("DBInstanceIdentifier", "a"),
        ("DBInstanceClass", "db.r6g.large"),
        ("Engine", "aurora-mysql"),
        ("DBClusterIdentifier", "orders"),
    ];
    let tags = [("Tags.Tag.1.Key", "team"), ("Tags.Tag.1.Value", "a")];
    let tagged: Vec<_> = member.into_iter().chain(tags).collect();
    let pg = "arn:aws:rds:us-east-1:123456789012:pg:default.aurora-mysql*";
    for (policy, parameters, action, resource, listed) in [
        (deny("rds:CreateDBInstance", "arn:aws:rds:*:*:pg:*"), &member[..], "rds:CreateDBInstance", pg, false),
        (
            deny("rds:CreateDBInstance", "arn:aws:rds:*:*:cluster:orders"),
            &member[..],
            "rds:CreateDBInstance",
            "arn:aws:rds:us-east-1:123456789012:cluster:orders",
            true,
        ),
        (
            deny("rds:AddTagsToResource", "arn:aws:rds:*:*:db:a"),
            &tagged[..],
            "rds:AddTagsToResource",
            "arn:aws:rds:us-east-1:123456789012:db:a",
            true,
        ),
    ] {
        for mode in ["enforce", "audit"] {
            let arguments: Vec<&str> = ["--mode", mode].into_iter().chain(ANN).collect();
            let (answer, record) = refused(&policy, &arguments, "CreateDBInstance", parameters);
            if mode == "enforce" {
                assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
                let sentence = format!("{action} on resource: {resource} with an explicit deny");
                assert!(answer.contains(&sentence), "{answer}");
            }
            assert_eq!((&record["decision"], &record["reason"]), (&"deny".into(), &"explicit_deny".into()), "{record}");
            assert_eq!(record["denied_action"], action, "{record}");
            assert_eq!(record["denied_resource"], resource, "{record}");
            assert_eq!(record["statement"]["sid"], "Kept");
            let detail = record["detail"].as_str().unwrap();
            assert!(detail.contains(&format!("{action} on {resource}")) || mode == "audit", "{detail}");
            let resources = record["resources"].as_array().unwrap();
            assert_eq!(resources.contains(&resource.into()), listed, "{record}");
        }
    }
    let (_, record) = refused(&format!(r#"{{"Statement":{ALLOW}}}"#), &ANN, "DescribeDBInstances", &[]);
    assert_eq!((&record["decision"], &record["denied_resource"]), (&"allow".into(), &Value::Null));
}

#[test]
fn the_record_of_a_malformed_request_names_the_caller_whose_signature_can_be_read() {
    let twice = [("DBInstanceIdentifier", "a"), ("DBInstanceIdentifier", "b")];
    let (answer, record) = refused(&format!(r#"{{"Statement":{ALLOW}}}"#), &ANN, "DeleteDBInstance", &twice);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(
        (&record["reason"], &record["action"]),
        (&"malformed".into(), &"rds:DeleteDBInstance".into()),
        "{record}"
    );
    let principal = &record["principal"];
    assert_eq!(principal["access_key_id"], "AKIAIOSFODNN7EXAMPLE", "{record}");
    assert_eq!((&principal["arn"], &principal["account"]), (&ANN[1].into(), &"123456789012".into()), "{record}");
    assert_eq!(principal["trust"], "assumed");

    // A signature that cannot be read is no caller's.
    let stage = Stage::set(&format!(r#"{{"Statement":{ALLOW}}}"#), &ANN);
    let request = stage.signed("us-east-1", "DeleteDBInstance", &twice).replacen("AWS4-HMAC-SHA256 ", "AWS4 ", 1);
    let answer = call(&stage.guard, &request);
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(record_principal(stage), Value::Null);
}

fn record_principal(stage: Stage) -> Value {
    record(stage)["principal"].clone()
}

/// A policy as long as they may be, of patterns that take many steps on a long name.
fn costly() -> String {
    let frame = |patterns: &str| {
        format!(r#"{{"Statement":[{ALLOW},{{"Effect":"Deny","Principal":"*","Action":"*","Resource":[{patterns}]}}]}}"#)
    };
    let pattern = r#""*a?aaaaaaaaaaaaaaaaaaaa?b*""#;
    let count = (20_480 - frame("").len()) / (pattern.len() + 1);
    frame(&vec![pattern; count].join(","))
}

#[test]
fn a_decision_that_takes_too_many_steps_is_refused_with_what_to_do_in_either_way_of_undetermined_statements() {
    let name = "a".repeat(240);
    let instances = (1..=100).map(|n| (format!("DBInstanceIdentifiers.member.{n}"), format!("{name}{n:03}")));
    let parameters: Vec<(String, String)> =
        [("DBProxyName".to_owned(), "orders".to_owned())].into_iter().chain(instances).collect();
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for way in ["deny", "defer"] {
        let variable = format!("RDS_GUARD_POLICY_OPTIONS__UNDETERMINED={way}");
        let (answer, record) = refused(&costly(), &[&variable], "RegisterDBProxyTargets", &parameters);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{way}: {answer}");
        assert!(answer.contains("guard:DecisionSteps"), "{way}: {answer}");
        assert!(answer.contains("name fewer resources in one call"), "{way}: {answer}");
        assert_eq!(record["reason"], "undetermined", "{way}: {record}");
        assert!(record["undetermined"].as_array().unwrap().contains(&"guard:DecisionSteps".into()), "{way}: {record}");
    }
}

#[test]
fn what_is_left_to_aws_is_never_a_statement_on_a_parameter() {
    let condition = r#"{"StringEquals":{"guard:Param/SourceDBInstanceIdentifier":"prod"}}"#;
    let by_name = format!(
        r#"{{"Statement":[{ALLOW},{{"Sid":"ByName","Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{condition}}}]}}"#
    );
    let by_tag = by_name.replace("guard:Param/SourceDBInstanceIdentifier", "aws:ResourceTag/stage");
    let source = "arn:aws:rds:us-east-1:123456789012:db:prod";
    let parameters = [("DBInstanceIdentifier", "a"), ("SourceDBInstanceIdentifier", source)];
    let defer = "RDS_GUARD_POLICY_OPTIONS__UNDETERMINED=defer";
    let (answer, record) = refused(&by_name, &[defer], "CreateDBInstanceReadReplica", &parameters);
    assert!(
        answer.starts_with("HTTP/1.1 403 ") && answer.contains("guard:Param/SourceDBInstanceIdentifier"),
        "{answer}"
    );
    assert_eq!(record["undetermined"], serde_json::json!(["guard:Param/SourceDBInstanceIdentifier"]), "{record}");
    let (_, record) = refused(&by_tag, &[defer], "CreateDBInstanceReadReplica", &parameters);
    assert_eq!(record["decision"], "allow", "{record}");
    assert_eq!(record["undetermined"], serde_json::json!(["aws:ResourceTag/stage"]), "{record}");
}
