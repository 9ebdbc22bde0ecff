//! The RDS vocabulary for the linter, from the authorization table.

use crate::{
    aws::{
        condition_keys::ValueKind,
        rds::{
            Absent, CONDITION_KEYS, Compose, ConditionKey, KeyRule, LOG_FILE_DOWNLOAD, OPERATIONS, Operation,
            REFERENCE_ONLY, RESOURCE_TYPES, ResourceRule, ResourceType, RuleType, ValueType,
        },
    },
    policy::lint::{KnownAction, KnownKey, KnownType, Required, Vocabulary},
};

/// The actions, resource types and condition keys of RDS.
pub(in crate::cli) fn of_rds() -> Vocabulary {
    let judged = OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD]).map(action);
    // Actions without a request of their own: their names are known, but not their resources.
    let others = REFERENCE_ONLY.iter().filter(|name| **name != LOG_FILE_DOWNLOAD.name);
    let others = others.map(|name| KnownAction { name: format!("rds:{name}"), ..KnownAction::default() });
    Vocabulary {
        service: "rds".to_owned(),
        actions: judged.chain(others).collect(),
        resource_types: RESOURCE_TYPES.iter().map(|known| resource_type(known)).collect(),
        keys: CONDITION_KEYS.iter().map(key).collect(),
    }
}

fn action(operation: &'static Operation) -> KnownAction {
    let rules = operation.resources;
    let by_star = |rule: &ResourceRule| match rule.resource_type {
        RuleType::Star | RuleType::StarIfNone => true,
        RuleType::One(_) | RuleType::AnyOf(_) => rule.absent == Absent::Star,
    };
    let implied = operation.implied.iter().flat_map(|implied| implied.types).map(|one| one.prefix);
    let lists = rules.iter().filter(|rule| rule.absent == Absent::All || rule.compose == Some(Compose::SnapshotTenant));
    // A call whose parameters require another action is also evaluated for that action, with the same parameters.
    let asking = OPERATIONS.iter().filter(|asking| {
        asking.dependents.iter().any(|dependent| dependent.action.strip_prefix("rds:") == Some(operation.name))
    });
    let asking: Vec<&'static Operation> = std::iter::once(operation).chain(asking).collect();
    let keys = |of: fn(&'static Operation) -> Vec<&'static str>| asking.iter().copied().flat_map(of);
    KnownAction {
        name: format!("rds:{}", operation.name),
        resources_known: true,
        resource_types: distinct(rules.iter().flat_map(types).chain(implied)),
        lists: distinct(lists.flat_map(types)),
        star: rules.iter().any(by_star) || rules.iter().all(|rule| rule.absent == Absent::Omit),
        required: required(operation),
        keys: keys(|operation| operation.keys.iter().map(KeyRule::key).collect()).collect(),
        stored_keys: keys(|operation| operation.unknown_keys.to_vec()).collect(),
        parameters: keys(|operation| operation.parameters.iter().map(|parameter| parameter.name).collect()).collect(),
    }
}

/// The tokens of resource types, without duplicates.
fn distinct(prefixes: impl Iterator<Item = &'static str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for prefix in prefixes {
        if !all.iter().any(|known| known == prefix) {
            all.push(prefix.to_owned());
        }
    }
    all
}

/// The resources that every call of the action is evaluated on. Rules that share a parameter are alternatives: the
/// ARN in it has one of their types.
fn required(operation: &Operation) -> Vec<Required> {
    let shares = |one: &ResourceRule, other: &ResourceRule| {
        let named = |rule: &ResourceRule, parameter: &str| rule.named_by.iter().any(|by| by.parameter == parameter);
        one.named_by.iter().any(|by| named(other, by.parameter))
    };
    let mut all: Vec<Required> = Vec::new();
    for rule in operation.resources.iter().filter(|rule| is_in_every_call(rule)) {
        let alternatives = operation.resources.iter().filter(|other| std::ptr::eq(*other, rule) || shares(rule, other));
        let assumed = matches!(rule.absent, Absent::Default { .. }) || !operation.ambiguities.is_empty();
        let found = Required { any_of: distinct(alternatives.flat_map(types)), assumed };
        if !all.iter().any(|known| known.any_of == found.any_of) {
            all.push(found);
        }
    }
    all
}

fn types(rule: &ResourceRule) -> Vec<&'static str> {
    match rule.resource_type {
        RuleType::One(one) => vec![one.prefix],
        RuleType::AnyOf(several) => several.iter().map(|one| one.prefix).collect(),
        RuleType::Star | RuleType::StarIfNone => Vec::new(),
    }
}

/// Whether every call of the action is evaluated on such a resource.
fn is_in_every_call(rule: &ResourceRule) -> bool {
    let one = match rule.resource_type {
        RuleType::One(_) => true,
        RuleType::AnyOf(_) | RuleType::Star | RuleType::StarIfNone => false,
    };
    one && match rule.absent {
        Absent::All | Absent::UnknownId | Absent::Error | Absent::Composed => true,
        Absent::Default { unless, deny_only_with, .. } => unless.is_none() && deny_only_with.is_none(),
        Absent::Omit | Absent::Star | Absent::Unknown => false,
    }
}

fn resource_type(known: &ResourceType) -> KnownType {
    KnownType {
        prefix: known.prefix.to_owned(),
        global: known.global,
        lower_case: known.folds(),
        names: known.name_form(),
    }
}

fn key(known: &ConditionKey) -> KnownKey {
    let kind = match known.value_type {
        ValueType::String | ValueType::ArrayOfString => ValueKind::Text,
        ValueType::Bool => ValueKind::Bool,
        ValueType::Numeric => ValueKind::Number,
    };
    KnownKey { name: known.name.to_owned(), kind }
}
