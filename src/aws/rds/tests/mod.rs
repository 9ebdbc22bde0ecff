//! The table is complete, sorted and up to date.

use super::*;

mod generate;

#[test]
fn the_table_has_every_operation_type_and_key() {
    assert_eq!((OPERATIONS.len(), RESOURCE_TYPES.len(), CONDITION_KEYS.len()), (168, 24, 30));
    assert_eq!(REFERENCE_ONLY.len(), 6);
}

#[test]
fn look_ups_rely_on_sorted_tables() {
    assert!(OPERATIONS.is_sorted_by(|a, b| a.name < b.name));
    for operation in OPERATIONS.iter() {
        assert!(operation.parameters.is_sorted_by(|a, b| a.name < b.name), "{}", operation.name);
        assert!(operation.unknown_keys.is_sorted(), "{}", operation.name);
        assert!(operation.keys.is_sorted_by(|a, b| a.key() < b.key()), "{}", operation.name);
    }
}

#[test]
fn every_parameter_that_a_rule_reads_is_one_of_the_operation() {
    for operation in OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD]) {
        let known = |name: &str| operation.parameters.iter().any(|parameter| parameter.name == name);
        for named in operation.resources.iter().flat_map(|rule| rule.named_by) {
            assert!(known(named.parameter), "{}: {}", operation.name, named.parameter);
        }
        for rule in operation.keys {
            match rule {
                KeyRule::Constant { .. } => {}
                KeyRule::Tags { tags, .. } => {
                    assert!(tags.iter().all(|tag| known(tag.key) && tag.value.is_none_or(known)), "{}", operation.name);
                }
                KeyRule::Parameter { parameter, .. } => assert!(known(parameter), "{}: {parameter}", operation.name),
            }
        }
        assert!(operation.presigned_url.is_none_or(known), "{}", operation.name);
    }
}

#[test]
fn a_name_in_another_letter_case_is_no_operation_but_is_told() {
    assert_eq!(operation("CreateDBInstance").map(|found| found.name), Some("CreateDBInstance"));
    assert!(operation("createdbinstance").is_none());
    assert_eq!(case_variant("createdbinstance"), Some("CreateDBInstance"));
    assert_eq!(case_variant("describerecommendations"), Some("DescribeRecommendations"));
    assert_eq!(case_variant("CreateDBInstance"), None);
    assert_eq!(case_variant("CreateDBThing"), None);
}

#[test]
fn secrets_are_marked_in_the_table() {
    let secrets: Vec<_> = OPERATIONS
        .iter()
        .flat_map(|operation| operation.parameters)
        .filter(|parameter| parameter.sensitivity == Sensitivity::Secret)
        .map(|parameter| parameter.name)
        .collect();
    assert_eq!(secrets.len(), 19);
    for name in ["MasterUserPassword", "TdeCredentialPassword", "PreSignedUrl", "ConnectionPoolConfig.InitQuery"] {
        assert!(secrets.contains(&name), "{name}");
    }
}

#[test]
fn the_table_says_what_is_tagged_wherever_tags_need_a_further_action() {
    for operation in OPERATIONS.iter() {
        let mut tagging = operation.dependents.iter().filter(|dependent| dependent.action == "rds:AddTagsToResource");
        let needed = tagging.any(|dependent| !dependent.when.is_empty());
        // For an action that is not in the reference, it is not known what it tags either.
        assert_eq!(operation.tags_on.is_some(), needed && operation.in_reference, "{}", operation.name);
    }
}

#[test]
fn all_rules_for_tags_of_an_operation_read_the_same_parameters() {
    for operation in OPERATIONS.iter() {
        let lists = operation.keys.iter().filter_map(|rule| match rule {
            KeyRule::Tags { tags, .. } => Some(tags.iter().map(|tag| (tag.key, tag.value)).collect::<Vec<_>>()),
            KeyRule::Constant { .. } | KeyRule::Parameter { .. } => None,
        });
        let lists: Vec<_> = lists.collect();
        assert!(lists.iter().all(|list| *list == lists[0]), "{}", operation.name);
    }
}
