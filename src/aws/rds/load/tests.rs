//! Tables from files: the program's own, newer ones, and those that are refused.

use serde_json::{Value, json};

use super::*;

/// The file that `derive.py --table` writes from the data in this repository.
fn file() -> Value {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({
        "format": text::FORMAT,
        "authorization": read(include_str!("../../../../tests/data/rds/rds-authorization.json")),
        "wire_params": read(include_str!("../../../../tests/data/rds/rds-wire-params.json"))["operations"],
        "tags_on": read(include_str!("../../../../tests/data/rds/tags-on.json"))["tags_on"],
    })
}

fn parsed(change: impl FnOnce(&mut Value)) -> Result<Table, TableError> {
    let mut file = file();
    change(&mut file);
    Table::parse(&file.to_string())
}

#[test]
fn the_programs_own_table_read_from_its_file_is_the_same() {
    let table = parsed(|_| {}).unwrap();
    let own = &BUILT_IN;
    assert_eq!(format!("{:?}", table.operations), format!("{:?}", own.operations));
    assert_eq!(format!("{:?}", table.condition_keys), format!("{:?}", own.condition_keys));
    assert_eq!(format!("{:?}", table.folds), format!("{:?}", own.folds));
    assert_eq!((table.resource_types, table.reference_only), (own.resource_types, own.reference_only));
}

#[test]
fn a_newer_table_adds_actions_and_parameters() {
    let table = parsed(|file| {
        file["authorization"]["sources"]["botocore"] = json!("1.99.0");
        let action = file["authorization"]["actions"]["DeleteDBInstance"].clone();
        file["authorization"]["actions"]["ShrinkDBInstance"] = action;
        file["wire_params"]["ShrinkDBInstance"] = json!({ "DBInstanceIdentifier": "string", "By": "integer" });
    });
    let table = table.unwrap();
    assert_eq!(table.operations.len(), BUILT_IN.operations.len() + 1);
    assert!(table.operations.is_sorted_by(|a, b| a.name < b.name));
}

#[test]
fn a_table_that_is_older_smaller_malformed_or_of_another_form_is_refused_and_says_why() {
    let error = |change: fn(&mut Value)| parsed(change).unwrap_err().to_string();
    let older = error(|file| file["authorization"]["sources"]["botocore"] = json!("1.43.11"));
    assert!(older.contains("older than"), "{older}");
    let version = error(|file| file["authorization"]["api_version"] = json!("2014-09-01"));
    assert!(version.contains("version 2014-09-01"), "{version}");
    let format = error(|file| file["format"] = json!("rds-guard-table/2"));
    assert!(format.contains("`rds-guard-table/2`"), "{format}");
    let action =
        error(|file| drop(file["authorization"]["actions"].as_object_mut().unwrap().remove("DeleteDBInstance")));
    assert!(action.contains("lacks the action DeleteDBInstance"), "{action}");
    let parameter = error(|file| {
        drop(file["wire_params"]["DeleteDBInstance"].as_object_mut().unwrap().remove("SkipFinalSnapshot"))
    });
    assert!(parameter.contains("the parameter SkipFinalSnapshot of DeleteDBInstance"), "{parameter}");
    let resource = error(|file| file["authorization"]["actions"]["CreateDBInstance"]["resources"] = json!([]));
    assert!(resource.contains("a rule for the resource db of CreateDBInstance"), "{resource}");
    let key = error(|file| file["authorization"]["actions"]["CreateDBInstance"]["condition_keys"] = json!({}));
    assert!(key.contains("the condition key") && key.contains("CreateDBInstance"), "{key}");
    let kind = error(|file| file["wire_params"]["DeleteDBInstance"]["SkipFinalSnapshot"] = json!("bit"));
    assert!(kind.contains("`bit` is no type of a parameter"), "{kind}");
    for text in ["", "{", "[]", "null", "{\"format\": 1}", "{\"format\": \"rds-guard-table/1\"}"] {
        assert!(matches!(Table::parse(text), Err(TableError::Form { .. })), "{text}");
    }
}

#[test]
fn no_secret_of_the_program_becomes_plain_by_a_file() {
    let error = parsed(|file| file["authorization"]["actions"]["CreateDBInstance"]["sensitive_params"] = json!([]));
    assert!(matches!(error, Err(TableError::Smaller { .. })), "{error:?}");
}
