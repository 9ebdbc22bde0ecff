//! Checks that a table contains everything that another one does: with a smaller table, calls would pass unjudged.

use super::{Table, TableError};
use crate::aws::rds::{KeyRule, Operation, ResourceRule, RuleType};

/// Checks that `table` is not older than `own` and contains everything in it.
pub(super) fn at_least(table: &Table, own: &'static Table) -> Result<(), TableError> {
    match (release(table.botocore), release(own.botocore)) {
        (Some(found), Some(known)) if found >= known => {}
        (None, _) => {
            let why = format!("`sources.botocore` is `{}` and no release", table.botocore);
            return Err(TableError::Form { why });
        }
        (Some(_), _) => {
            return Err(TableError::Older { found: table.botocore.to_owned(), own: own.botocore });
        }
    }
    let lacks = |what: String| Err(TableError::Smaller { what });
    for kind in own.resource_types {
        if !table.resource_types.iter().any(|found| found.name == kind.name && found.prefix == kind.prefix) {
            return lacks(format!("the resource type {}", kind.name));
        }
    }
    for key in own.condition_keys {
        if !table.condition_keys.iter().any(|found| found.name == key.name) {
            return lacks(format!("the condition key {}", key.name));
        }
    }
    for known in own.operations {
        let Some(found) = table.operations.iter().find(|found| found.name == known.name) else {
            return lacks(format!("the action {}", known.name));
        };
        if let Some(what) = lacking(found, known) {
            return lacks(format!("{what} of {}", known.name));
        }
    }
    for known in own.folds {
        if !table.folds.iter().any(|found| found.parameter == known.parameter && found.fold == known.fold) {
            return lacks(format!("the letter case of {}", known.parameter));
        }
    }
    Ok(())
}

fn lacking(found: &Operation, known: &Operation) -> Option<String> {
    let parameter = known.parameters.iter().find(|parameter| {
        let same = |other: &&crate::aws::rds::Parameter| {
            other.name == parameter.name && other.sensitivity == parameter.sensitivity
        };
        !found.parameters.iter().any(|other| same(&other))
    });
    if let Some(parameter) = parameter {
        return Some(format!("the parameter {}", parameter.name));
    }
    if let Some(rule) = known.resources.iter().find(|rule| !found.resources.iter().any(|other| covers(other, rule))) {
        return Some(format!("a rule for the resource {}", type_name(rule)));
    }
    let implied =
        known.implied.iter().find(|rule| !found.implied.iter().any(|other| other.parameter == rule.parameter));
    if let Some(rule) = implied {
        return Some(format!("the resource that {} names", rule.parameter));
    }
    let has =
        |key: &str| found.keys.iter().map(KeyRule::key).chain(found.unknown_keys.iter().copied()).any(|k| k == key);
    let mut keys = known.keys.iter().map(KeyRule::key).chain(known.unknown_keys.iter().copied());
    keys.find(|key| !has(key)).map(|key| format!("the condition key {key}"))
}

fn covers(found: &ResourceRule, known: &ResourceRule) -> bool {
    let names = |rule: &ResourceRule, parameter: &str| rule.named_by.iter().any(|named| named.parameter == parameter);
    type_name(found) == type_name(known) && known.named_by.iter().all(|named| names(found, named.parameter))
}

fn type_name(rule: &ResourceRule) -> &'static str {
    match &rule.resource_type {
        RuleType::One(one) => one.name,
        RuleType::AnyOf(_) => "any",
        RuleType::Star | RuleType::StarIfNone => "*",
    }
}

/// A release number, split into its parts.
fn release(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}
