//! The output for the table.

use serde_json::Value;

use super::*;

#[test]
fn all_actions_are_listed_one_a_line() {
    let text = render(None, Format::Text).unwrap();
    assert_eq!(text.lines().count(), 169);
    let line = text.lines().find(|line| line.starts_with("rds:CreateDBInstance ")).unwrap();
    assert!(line.ends_with("Write        db, cluster, og, pg, secgrp, subgrp"), "{line}");
    let json: Vec<Value> = serde_json::from_str(&render(None, Format::Json).unwrap()).unwrap();
    assert_eq!(json.len(), 169);
}

#[test]
fn an_action_says_that_the_default_groups_must_be_covered_too() {
    let text = render(Some("RDS:createdbinstance"), Format::Text).unwrap();
    for expected in [
        "arn:aws:rds:REGION:ACCOUNT:db:NAME",
        "arn:aws:rds:REGION:ACCOUNT:pg:default.ENGINE*",
        "\"arn:aws:rds:*:*:og:default:*\"",
        "\"arn:aws:rds:*:*:pg:default.*\"",
        "\"arn:aws:rds:*:*:subgrp:default\"",
        "MasterUserPassword (never recorded)",
        "DBInstanceClass (required)",
        "rds:AddTagsToResource with Tags, TagSpecifications",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}

#[test]
fn the_json_of_an_action_has_what_a_policy_author_asks_for() {
    let json: Value = serde_json::from_str(&render(Some("CreateDBInstance"), Format::Json).unwrap()).unwrap();
    assert_eq!(json["action"], "rds:CreateDBInstance");
    assert_eq!(json["access_level"], "Write");
    assert_eq!(json["sensitive_parameters"], serde_json::json!(["MasterUserPassword", "TdeCredentialPassword"]));
    let covered: Vec<_> =
        json["policy_must_cover"].as_array().unwrap().iter().map(|cover| cover["arn"].as_str().unwrap()).collect();
    assert!(covered.contains(&"arn:aws:rds:REGION:ACCOUNT:og:default:ENGINE*"), "{covered:?}");
}

#[test]
fn every_action_can_be_explained_in_both_forms() {
    for operation in all() {
        assert!(
            render(Some(operation.name), Format::Text).unwrap().contains("A policy must cover"),
            "{}",
            operation.name
        );
        let json: Value = serde_json::from_str(&render(Some(operation.name), Format::Json).unwrap()).unwrap();
        assert!(!json["policy_must_cover"].as_array().unwrap().is_empty(), "{}", operation.name);
    }
}

#[test]
fn other_names_of_a_source_and_the_letter_case_of_values_are_printed() {
    let text = render(Some("RestoreDBInstanceToPointInTime"), Format::Text).unwrap();
    assert!(text.contains("if given, from SourceDbiResourceId: its name is not told"), "{text}");
    let text = render(Some("CreateDBInstance"), Format::Text).unwrap();
    assert!(text.contains("Engine (required) (compared in lower case too)"), "{text}");
    let json: Value = serde_json::from_str(&render(Some("CreateDBCluster"), Format::Json).unwrap()).unwrap();
    let group = json["resources"].as_array().unwrap().iter().find(|rule| rule["types"][0] == "cluster-pg").unwrap();
    assert_eq!(group["absent_rests_on_reading"], true);
}

#[test]
fn a_name_that_no_action_has_gets_a_suggestion() {
    let error = render(Some("rds:CreateDbInstanc"), Format::Text).unwrap_err();
    assert_eq!(error.to_string(), "there is no action `rds:CreateDbInstanc`, did you mean `rds:CreateDBInstance`?");
    assert!(render(Some("s3:GetObject"), Format::Text).is_err());
}
