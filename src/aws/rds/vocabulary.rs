//! What the name of a parameter that the table lacks says by its likeness to names that the table has.
//!
//! AWS adds parameters all the time. One that is named as a resource is on another action, or as tags are, must not pass
//! unjudged until the table has it.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{OPERATIONS, ResourceType, RuleType};

/// What a new parameter may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A resource of each of these types, as far as the name says.
    Types(Vec<&'static ResourceType>),
    /// A resource of any type.
    Any,
}

/// The types by the names of parameters, in lower case, whole (`dbclusteridentifier`) and without what they end in
/// (`dbcluster`).
static WORDS: LazyLock<Words> = LazyLock::new(Words::of_table);

struct Words {
    whole: BTreeMap<String, Named>,
    /// By their last byte, the longest first.
    stems: BTreeMap<u8, Vec<(String, Vec<&'static ResourceType>)>>,
}

/// What the names of resources end in, the longest first.
const ENDINGS: [&str; 9] =
    ["resourceidentifier", "resourcename", "resourcearn", "resourceid", "identifier", "name", "arn", "id", ""];

/// What a label of a new parameter's name says that it names; `None` where it resembles no name of a resource.
#[must_use]
pub fn named(label: &str) -> Option<Named> {
    let label = label.to_ascii_lowercase();
    if let Some(known) = WORDS.whole.get(&label) {
        return Some(known.clone());
    }
    let one = |stem: &str| {
        let alike = WORDS.stems.get(stem.as_bytes().last()?)?;
        let found = alike.iter().find(|(known, _)| stem.ends_with(known.as_str()));
        found.map(|(_, types)| Named::Types(types.clone()))
    };
    stems(&label).find_map(one)
}

/// Whether a label of a new parameter's name is one of tags: `Tags`, `TagSpecifications`, `SnapshotTags`.
#[must_use]
pub fn is_of_tags(label: &str) -> bool {
    if !label.as_bytes().windows(3).any(|letters| letters.eq_ignore_ascii_case(b"tag")) {
        return false;
    }
    let lower = label.to_ascii_lowercase();
    let edge =
        (lower.starts_with("tag") && !lower.starts_with("target")) || lower.ends_with("tag") || lower.ends_with("tags");
    let inside = label.match_indices("Tag").any(|(at, word)| {
        let rest = label.get(at + word.len()..).unwrap_or_default();
        !rest.trim_start_matches('s').starts_with(|c: char| c.is_ascii_lowercase())
    });
    edge || inside
}

/// A name, in lower case, without each of the endings that it has, as one thing and as a list of them.
fn stems(label: &str) -> impl Iterator<Item = &str> {
    let singular = label.strip_suffix('s').unwrap_or(label);
    let cut = move |ending: &&'static str| {
        let stem = singular.strip_suffix(ending).or_else(|| label.strip_suffix(ending))?;
        Some(stem.strip_suffix('s').unwrap_or(stem))
    };
    ENDINGS.iter().filter_map(cut).filter(|stem| stem.len() > 1)
}

impl Words {
    fn of_table() -> Self {
        let mut found: BTreeMap<String, Vec<&'static ResourceType>> = BTreeMap::new();
        let mut any = Vec::new();
        for operation in OPERATIONS.iter() {
            for rule in operation.resources {
                for named in rule.named_by {
                    let name = first_label(named.parameter);
                    match &rule.resource_type {
                        RuleType::One(one) => add(&mut found, &name, one),
                        RuleType::AnyOf(_) => any.push(name),
                        RuleType::Star | RuleType::StarIfNone => {}
                    }
                }
            }
            for implied in operation.implied {
                implied.types.iter().for_each(|one| add(&mut found, &first_label(implied.parameter), one));
            }
        }
        let stems = stems_of(&found);
        let whole = found.into_iter().map(|(name, types)| (name, Named::Types(types)));
        Self { whole: whole.chain(any.into_iter().map(|name| (name, Named::Any))).collect(), stems }
    }
}

fn stems_of(
    found: &BTreeMap<String, Vec<&'static ResourceType>>,
) -> BTreeMap<u8, Vec<(String, Vec<&'static ResourceType>)>> {
    let mut stems: Vec<_> = found
        .iter()
        .filter_map(|(name, types)| stems(name).next().map(|stem| (stem.to_owned(), types.clone())))
        // `DataSourceName` and `HumanResourceId` name nothing of the service.
        .filter(|(stem, _)| !matches!(stem.as_str(), "source" | "resource"))
        .collect();
    stems.extend(super::RESOURCE_TYPES.iter().map(|kind| (kind.name.replace('-', ""), vec![*kind])));
    // A word that is a part of others' names by chance (`db`, `es`, `ri`, `pg`) says nothing.
    stems.retain(|(stem, _)| stem.len() > 2);
    stems.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
    stems.dedup_by(|a, b| a.0 == b.0);
    let mut by_last_byte: BTreeMap<u8, Vec<_>> = BTreeMap::new();
    for (stem, types) in stems {
        let Some(last) = stem.bytes().last() else { continue };
        by_last_byte.entry(last).or_default().push((stem, types));
    }
    by_last_byte
}

fn add(found: &mut BTreeMap<String, Vec<&'static ResourceType>>, name: &str, kind: &'static ResourceType) {
    let types = found.entry(name.to_owned()).or_default();
    if !types.contains(&kind) {
        types.push(kind);
    }
}

fn first_label(parameter: &str) -> String {
    parameter.split('.').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(label: &str) -> Option<Vec<&'static str>> {
        named(label).map(|named| match named {
            Named::Types(types) => types.iter().map(|kind| kind.prefix).collect(),
            Named::Any => vec!["*"],
        })
    }

    #[test]
    fn a_new_parameter_is_read_by_the_names_that_other_actions_have() {
        for (label, types) in [
            ("DBSubnetGroupName", &["subgrp"][..]),
            ("TargetDBSubnetGroupName", &["subgrp"]),
            ("DBInstanceArn", &["db"]),
            ("ReplicaDBInstanceIdentifiers", &["db"]),
            ("DBClusterArns", &["cluster"]),
            ("dbclusterresourceid", &["cluster", "cluster-auto-backup"]),
            ("ParentDBClusterSnapshotArn", &["cluster-snapshot"]),
            ("DBSnapshotIds", &["snapshot"]),
            ("NewOptionGroupName", &["og"]),
            ("ResourceName", &["*"]),
        ] {
            let mut found = prefixes(label).unwrap_or_default();
            found.sort_unstable();
            assert_eq!(found, types, "{label}");
        }
        for label in
            ["RoleArn", "KmsKeyId", "DBInstanceClass", "VpcSecurityGroupIds", "FeatureName", "Marker", "DBName"]
        {
            assert_eq!(prefixes(label), None, "{label}");
        }
    }

    #[test]
    fn tags_are_known_by_their_name_and_targets_stages_and_percentages_are_none() {
        for label in ["Tags", "tags", "Tag", "TagSpecifications", "TagKeys", "SnapshotTags", "CopyTagsToBackup", "TAGS"]
        {
            assert!(is_of_tags(label), "{label}");
        }
        for label in ["Target", "Stage", "Percentage", "TargetTagged", "StorageType", "Vantage"] {
            assert!(!is_of_tags(label), "{label}");
        }
    }
}
