//! Properties of every action, key and parameter of the table that a rule covers.

use std::collections::BTreeSet;

use super::*;
use crate::aws::{
    AccountId, Region, ResourceKind,
    rds::{KeyRule, Named, OPERATIONS, Obligation, Operation, Role, RuleType, named},
};

/// Passes to `look` the resolution of a call with only these parameters.
fn remembered<T>(action: &str, parameters: &[(&str, &str)], look: impl FnOnce(Resolution<'_>) -> T) -> T {
    let parameters: Vec<_> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
    let call = RememberedCall::new(action, &parameters).unwrap();
    let region: Region = "us-east-1".parse().unwrap();
    let account: Option<AccountId> = "123456789012".parse().ok();
    look(call.resolve(&Scope { region: &region, account, resource_ids: &ResourceIds::default() }))
}

fn with_index(template: &str) -> String {
    template.replace('#', "1")
}

fn lists(operation: &Operation, type_name: &str) -> bool {
    operation.resources.iter().any(|rule| match &rule.resource_type {
        RuleType::One(one) => one.name == type_name,
        RuleType::AnyOf(_) | RuleType::Star | RuleType::StarIfNone => false,
    })
}

#[test]
fn a_resource_named_by_its_id_is_one_of_its_type_of_unknown_name() {
    let mut seen = 0;
    for operation in OPERATIONS.iter() {
        for implied in operation.implied {
            let parameter = with_index(implied.parameter);
            remembered(operation.name, &[(&parameter, "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ")], |found| {
                let required = found.required();
                for kind in implied.types {
                    let arn = format!("arn:aws:rds:us-east-1:123456789012:{}:*", kind.prefix);
                    let any = required.iter().find(|resource| *resource.arn == *arn);
                    assert_eq!(
                        any.map(|any| any.kind),
                        Some(ResourceKind::UnknownId),
                        "{} {parameter}",
                        operation.name
                    );
                }
            });
            seen += 1;
        }
    }
    assert!(seen >= 11, "{seen}");
}

#[test]
fn a_call_that_reads_a_source_has_one_though_no_parameter_names_it() {
    for operation in OPERATIONS.iter().filter(|operation| !operation.source_required.is_empty()) {
        remembered(operation.name, &[], |found| {
            let sources: Vec<_> = found.implied.iter().filter(|(_, detail)| detail.role == Role::Source).collect();
            assert_eq!(sources.len(), operation.source_required.len(), "{}", operation.name);
        });
    }
}

#[test]
fn a_source_that_the_model_requires_is_judged_though_it_is_not_sent() {
    let required = |operation: &'static Operation| {
        let named = operation.resources.iter().flat_map(|rule| rule.named_by);
        named.filter(|named| named.role == Role::Source && named.required && named.by_arn.is_none())
    };
    for operation in OPERATIONS.iter().filter(|operation| required(operation).next().is_some()) {
        remembered(operation.name, &[], |found| {
            assert!(found.implied.iter().any(|(_, detail)| detail.role == Role::Source), "{}", operation.name);
        });
    }
}

#[test]
fn a_name_that_is_a_resource_id_is_denied_as_any_resource_of_its_type() {
    let id = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for operation in OPERATIONS.iter() {
        let of_instances = operation
            .resources
            .iter()
            .filter(|rule| matches!(&rule.resource_type, RuleType::One(one) if one.prefix == "db"));
        for named in of_instances.flat_map(|rule| rule.named_by) {
            remembered(operation.name, &[(&with_index(named.parameter), id)], |found| {
                let any = "arn:aws:rds:us-east-1:123456789012:db:*";
                let denied = found.implied.iter().any(|(resource, _)| *resource.arn == *any);
                assert!(denied, "{} {}", operation.name, named.parameter);
            });
        }
    }
}

#[test]
fn every_parameter_named_as_a_resource_is_judged_or_listed_with_the_reason_why_not() {
    for operation in OPERATIONS.iter() {
        for parameter in operation.parameters {
            let top = parameter.name.split('.').next().unwrap();
            let last = parameter.name.split('.').rfind(|label| !matches!(*label, "#" | "member")).unwrap();
            let Some(Named::Types(types)) = named(last) else { continue };
            let judged = operation.resources.iter().any(|rule| {
                rule.named_by.iter().any(|named| named.parameter == parameter.name)
                    || rule.compose.is_some_and(|compose| compose.parameters().contains(&parameter.name))
            });
            let implied = operation.implied.iter().any(|implied| implied.parameter == parameter.name);
            let explained = operation.unevaluated.iter().any(|(name, _)| *name == top);
            let listed = types.iter().any(|kind| lists(operation, kind.name));
            let is_text = parameter.value_type == crate::aws::rds::ParameterType::String;
            assert!(
                judged || implied || explained || !listed || !is_text,
                "{} {}: {:?}",
                operation.name,
                parameter.name,
                types.iter().map(|kind| kind.name).collect::<Vec<_>>()
            );
        }
    }
}

/// The parameter names with which actions name resources, with the type of each.
fn names_of_resources() -> BTreeSet<(&'static str, &'static str)> {
    let rules = OPERATIONS.iter().flat_map(|operation| operation.resources);
    let one = |rule: &'static crate::aws::rds::ResourceRule| match &rule.resource_type {
        RuleType::One(one) => rule.named_by.iter().map(|named| (named.parameter, one.prefix)).collect(),
        RuleType::AnyOf(_) | RuleType::Star | RuleType::StarIfNone => Vec::new(),
    };
    rules.flat_map(one).collect()
}

#[test]
fn a_new_parameter_that_is_named_as_a_resource_elsewhere_is_one_more_resource() {
    let names = names_of_resources();
    for operation in OPERATIONS.iter() {
        let known =
            |name: &str| operation.parameters.iter().any(|own| own.name.split('.').next() == name.split('.').next());
        for (parameter, prefix) in names.iter().filter(|(parameter, _)| !known(parameter)) {
            for spelling in [with_index(parameter), format!("New{}", with_index(parameter))] {
                remembered(operation.name, &[(&spelling, "prod")], |found| {
                    let required = found.required();
                    let arn = format!(":{prefix}:*");
                    let judged = required.iter().any(|resource| {
                        resource.kind == ResourceKind::Unknown
                            || (resource.kind == ResourceKind::UnknownId && resource.arn.ends_with(&arn))
                    });
                    let generic = matches!(*parameter, "ResourceIdentifier" | "ResourceArn" | "SourceArn" | "Source");
                    // `NewDbClusterResourceId` is read as a new name of a cluster.
                    let generic = generic || parameter.ends_with("DbClusterResourceId");
                    assert!(judged || (generic && spelling != *parameter), "{} {spelling} {prefix}", operation.name);
                });
            }
        }
        let arn = "arn:aws:rds:us-east-1:123456789012:db:prod";
        remembered(operation.name, &[("Knob", arn)], |found| {
            assert!(found.required().iter().any(|resource| *resource.arn == *arn), "{}", operation.name);
        });
        remembered(operation.name, &[("Knob", "on"), ("RoleArn2", "arn:aws:iam::123456789012:role/r")], |found| {
            assert!(found.implied.iter().all(|(_, detail)| detail.role == Role::Source), "{}", operation.name);
        });
    }
}

#[test]
fn new_parameters_that_hold_tags_leave_no_tag_key_absent_on_any_action() {
    for operation in OPERATIONS.iter() {
        for name in
            ["Tags.Tag.1.Key", "TagSpecifications.item.1.Tags.Tag.1.Key", "SnapshotTags.member.1.Key", "NewTags.1.Key"]
        {
            if operation.parameters.iter().any(|own| with_index(own.name) == name) {
                continue;
            }
            remembered(operation.name, &[(name, "stage")], |found| {
                for key in ["aws:RequestTag/${TagKey}", "aws:TagKeys", "rds:req-tag/${TagKey}"] {
                    assert!(found.unknown_keys.iter().any(|unknown| unknown == key), "{} {name} {key}", operation.name);
                    assert!(found.keys.iter().all(|known| known.name() != key), "{} {name} {key}", operation.name);
                }
                let tagging = found.dependents.iter().any(|dependent| dependent.action == "rds:AddTagsToResource");
                let own = operation.name.ends_with("TagsToResource") || operation.name.ends_with("TagsFromResource");
                assert!(tagging || operation.read_only || own, "{} {name}", operation.name);
            });
        }
    }
}

/// The tag lists of an operation: the parameters of key and value.
fn tag_lists(operation: &'static Operation) -> Vec<(&'static str, &'static str)> {
    let lists = operation.keys.iter().find_map(|rule| match rule {
        KeyRule::Tags { tags, .. } => Some(*tags),
        KeyRule::Constant { .. } | KeyRule::Parameter { .. } => None,
    });
    lists.unwrap_or_default().iter().filter_map(|list| Some((list.key, list.value?))).collect()
}

/// A tag at index `nth` of a list: of the outer list, if there are two.
fn tag(list: (&str, &str), nth: usize, key: &str, value: &str) -> [(String, String); 2] {
    let place = |template: &str| match template.matches('#').count() {
        2 => template.replacen('#', &nth.to_string(), 1).replace('#', "1"),
        _ => template.replace('#', &nth.to_string()),
    };
    [(place(list.0), key.to_owned()), (place(list.1), value.to_owned())]
}

#[test]
fn a_tag_key_with_two_values_in_one_request_is_not_known_wherever_they_stand() {
    let mut seen = 0;
    for operation in OPERATIONS.iter() {
        let lists = tag_lists(operation);
        for (a, b) in lists.iter().flat_map(|a| lists.iter().map(move |b| (*a, *b))) {
            for (other, values, known) in [
                ("stage", ("dev", "prod"), false),
                ("stage", ("dev", "dev"), true),
                ("Stage", ("dev", "prod"), false),
                ("stage", ("dev", "dev "), false),
            ] {
                let tags = [tag(a, 1, "stage", values.0), tag(b, 2, other, values.1)].concat();
                let tags: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                remembered(operation.name, &tags, |found| {
                    let value = found.keys.iter().find(|key| key.name() == "aws:RequestTag/stage");
                    assert_eq!(value.is_some(), known, "{} {tags:?}", operation.name);
                    let unknown = found.unknown_keys.iter().any(|key| key == "aws:RequestTag/stage");
                    assert_eq!(unknown, !known, "{} {tags:?}", operation.name);
                    let keys = found.keys.iter().find(|key| key.name() == "aws:TagKeys").unwrap();
                    let all: BTreeSet<_> = keys.values().iter().map(AsRef::as_ref).collect();
                    assert_eq!(all, BTreeSet::from(["stage", other]), "{}", operation.name);
                });
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn every_list_of_tags_that_an_action_has_feeds_its_condition_keys() {
    for operation in OPERATIONS.iter() {
        for parameter in operation.parameters.iter().filter(|own| own.name.ends_with("Tags.Tag.#.Key")) {
            let read = tag_lists(operation).iter().any(|(key, _)| *key == parameter.name);
            assert!(read, "{} {}", operation.name, parameter.name);
        }
    }
}

#[test]
fn a_dependent_action_has_its_own_condition_keys_and_no_others() {
    let mut seen = 0;
    for operation in OPERATIONS.iter() {
        for dependent in operation.dependents.iter().filter(|dependent| dependent.action.starts_with("rds:")) {
            let Some(when) = dependent.when.first() else { continue };
            let Some(own) = dependent.action.strip_prefix("rds:").and_then(crate::aws::rds::operation) else {
                continue;
            };
            let is_when = |name: &&str| name.split('.').next() == Some(*when);
            let parameter = operation.parameters.iter().map(|own| own.name).find(is_when).unwrap();
            let call = [(with_index(parameter), "true".to_owned()), ("Engine".to_owned(), "MySQL".to_owned())];
            let call: Vec<_> = call.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            remembered(operation.name, &call, |found| {
                let judged = found.dependents.iter().find(|found| found.action == dependent.action).unwrap();
                let keys: BTreeSet<&str> =
                    own.keys.iter().map(KeyRule::key).chain(own.unknown_keys.iter().copied()).collect();
                let is_own = |name: &str| {
                    keys.iter().any(|key| match key.strip_suffix("${TagKey}") {
                        Some(family) => name.starts_with(family),
                        None => *key == name,
                    })
                };
                let resolution = &judged.resolution;
                assert!(resolution.keys.iter().all(|key| is_own(key.name())), "{} {keys:?}", operation.name);
                assert!(resolution.unknown_keys.iter().all(|key| is_own(key)), "{}", operation.name);
                for key in keys.iter().filter(|key| !key.contains("${") && **key != "aws:TagKeys") {
                    let known = resolution.keys.iter().any(|known| known.name() == *key);
                    let unknown = resolution.unknown_keys.iter().any(|unknown| unknown == key);
                    assert!(known != unknown, "{} {} {key}", operation.name, dependent.action);
                }
            });
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_default_group_of_a_clusters_member_is_judged_for_a_deny_only() {
    let member = [("DBInstanceIdentifier", "m"), ("DBClusterIdentifier", "c"), ("Engine", "neptune")];
    remembered("CreateDBInstance", &member, |found| {
        let group = "arn:aws:rds:us-east-1:123456789012:pg:default.neptune*";
        assert!(found.resources.iter().any(|resource| *resource.arn == *group));
        assert!(found.required().iter().all(|resource| *resource.arn != *group));
        assert_eq!(found.deny_only().len(), 1);
    });
    remembered("CreateDBInstance", &member[..1], |found| assert!(found.deny_only().is_empty()));
}

#[test]
fn capitals_in_a_name_whose_letter_case_may_not_count_are_denied_in_lower_case_too() {
    for (action, parameter, prefix) in [
        ("DeleteEventSubscription", "SubscriptionName", "es"),
        ("DescribeReservedDBInstances", "ReservedDBInstanceId", "ri"),
        ("DeleteIntegration", "IntegrationIdentifier", "integration"),
    ] {
        remembered(action, &[(parameter, "Prod-One")], |found| {
            let arn = |name: &str| format!("arn:aws:rds:us-east-1:123456789012:{prefix}:{name}");
            assert_eq!(*found.resources[0].arn, *arn("Prod-One"));
            assert_eq!(*found.deny_only()[0].arn, *arn("prod-one"));
            assert_eq!(found.implied[0].1.obligation, Obligation::DenyOnly);
        });
    }
}

#[test]
fn the_arn_of_another_type_is_judged_by_the_name_in_it_as_well() {
    let cluster = "arn:aws:rds:us-east-1:123456789012:cluster:prod";
    remembered("CreateDBInstanceReadReplica", &[("SourceDBInstanceIdentifier", cluster)], |found| {
        let db = "arn:aws:rds:us-east-1:123456789012:db:prod";
        assert!(found.required().iter().any(|resource| *resource.arn == *db));
        assert!(found.required().iter().any(|resource| *resource.arn == *cluster));
    });
    remembered("StopActivityStream", &[("ResourceArn", "prod")], |found| {
        let tails: Vec<_> =
            found.required().iter().map(|one| one.arn.get(35..).unwrap_or_default().to_owned()).collect();
        assert!(tails.contains(&"cluster:prod".to_owned()) && tails.contains(&"db:prod".to_owned()), "{tails:?}");
    });
}

/// The parameters that accept ARNs of resources, with their operations.
fn takers_of_arns() -> impl Iterator<Item = (&'static Operation, String)> {
    OPERATIONS.iter().flat_map(|operation| {
        let named = operation.resources.iter().flat_map(|rule| rule.named_by);
        named.map(move |named| (operation, with_index(named.parameter)))
    })
}

#[test]
fn an_arn_of_an_unknown_partition_or_type_is_a_resource_of_which_nothing_is_known() {
    let unknown = [
        "arn:aws:rds:us-east-1:123456789012:new-type:prod",
        "arn:aws:rds::123456789012:new-type2:prod",
        "arn:aws-new:rds:us-east-1:123456789012:db:prod",
        "arn:rds:123456789012:us-east-1:db:prod",
    ];
    let mut seen = 0;
    for (operation, parameter) in takers_of_arns() {
        for arn in unknown {
            remembered(operation.name, &[(&parameter, arn)], |found| {
                let required = found.required();
                let is_unknown = required.iter().any(|resource| resource.kind == ResourceKind::Unknown);
                assert!(is_unknown, "{} {parameter} {arn}", operation.name);
                assert!(required.iter().all(|resource| *resource.arn != *arn), "{} {parameter} {arn}", operation.name);
            });
            seen += 1;
        }
    }
    assert!(seen > 800, "{seen}");
    let read = |arn: &str| {
        call(&format!("Action=CopyDBSnapshot&SourceDBSnapshotIdentifier={arn}&TargetDBSnapshotIdentifier=t"))
    };
    for arn in unknown {
        assert!(read(arn).is_ok(), "{arn}");
    }
}

#[test]
fn an_arn_that_may_be_known_in_another_spelling_is_refused() {
    for arn in [
        "arn:AWS:rds:us-east-1:123456789012:snapshot:s",
        "arn:Aws-cn:rds:us-east-1:123456789012:snapshot:s",
        "arn:aws-cn:rds:us-east-1:123456789012:snapshot:s",
        "arn:aws-:rds:us-east-1:123456789012:snapshot:s",
        "arn::rds:us-east-1:123456789012:snapshot:s",
        "ARN:new:rds:us-east-1:123456789012:snapshot:s",
        "arn:aws:RDS:us-east-1:123456789012:new-type:s",
        "arn:aws:rds:us-east-1:123456789012:Snapshot:s",
        "arn:aws:rds:us-east-1:123456789012:snapshot-:s",
        "arn:aws:rds:us-east-1:123456789012:snapshot/s",
        "arn:aws:rds:us-east-1:123456789012:new_type:s",
        "arn:aws:rds:us-east-1:123456789012::s",
        "arn:aws:rds:us-east-1:123456789012:db:s",
        "arn:aws:rds:us-east-1:1234567890:new-type:s",
        "arn:aws:rds:us-east-1:unknown:new-type:s",
        "arn:aws:s3:us-east-1:123456789012:new-type:s",
    ] {
        let read =
            call(&format!("Action=CopyDBSnapshot&SourceDBSnapshotIdentifier={arn}&TargetDBSnapshotIdentifier=t"));
        assert!(matches!(read.unwrap_err(), Error::Arn { .. }), "{arn}");
    }
}
