//! The words of RDS, from the authorization table, in the linter's terms.

use crate::{
    aws::rds::{
        Absent, CONDITION_KEYS, ConditionKey, LOG_FILE_DOWNLOAD, OPERATIONS, Operation, REFERENCE_ONLY, RESOURCE_TYPES,
        ResourceRule, ResourceType, RuleType, ValueType,
    },
    policy::lint::{KeyKind, KnownAction, KnownKey, KnownType, Vocabulary},
};

/// The words of RDS.
pub(super) fn of_rds() -> Vocabulary {
    let judged = OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD]).map(action);
    // Actions without a request of their own: known words, of whose resources the table says nothing.
    let others =
        REFERENCE_ONLY.iter().map(|name| KnownAction { name: format!("rds:{name}"), ..KnownAction::default() });
    Vocabulary {
        service: "rds".to_owned(),
        actions: judged.chain(others).collect(),
        resource_types: RESOURCE_TYPES.iter().map(|known| resource_type(known)).collect(),
        keys: CONDITION_KEYS.iter().map(key).collect(),
    }
}

fn action(operation: &Operation) -> KnownAction {
    let prefixes = |rules: &mut dyn Iterator<Item = &ResourceRule>| {
        let mut all: Vec<String> = Vec::new();
        for rule in rules {
            for prefix in types(rule) {
                if !all.iter().any(|known| known == prefix) {
                    all.push(prefix.to_owned());
                }
            }
        }
        all
    };
    KnownAction {
        name: format!("rds:{}", operation.name),
        resource_types: prefixes(&mut operation.resources.iter()),
        required_types: prefixes(&mut operation.resources.iter().filter(|rule| is_in_every_call(rule))),
    }
}

fn types(rule: &ResourceRule) -> Vec<&'static str> {
    match rule.resource_type {
        RuleType::One(one) => vec![one.prefix],
        RuleType::AnyOf(several) => several.iter().map(|one| one.prefix).collect(),
        RuleType::Star | RuleType::StarIfNone => Vec::new(),
    }
}

/// Whether every call of the action is judged on such a resource.
fn is_in_every_call(rule: &ResourceRule) -> bool {
    let one = match rule.resource_type {
        RuleType::One(_) => true,
        RuleType::AnyOf(_) | RuleType::Star | RuleType::StarIfNone => false,
    };
    one && match rule.absent {
        Absent::All | Absent::UnknownId | Absent::Error | Absent::Composed => true,
        Absent::Default { unless, .. } => unless.is_none(),
        Absent::Omit | Absent::Star => false,
    }
}

fn resource_type(known: &ResourceType) -> KnownType {
    KnownType { prefix: known.prefix.to_owned(), global: known.global, lower_case: known.folds() }
}

fn key(known: &ConditionKey) -> KnownKey {
    let kind = match known.value_type {
        ValueType::String | ValueType::ArrayOfString => KeyKind::Text,
        ValueType::Bool => KeyKind::Bool,
        ValueType::Numeric => KeyKind::Number,
    };
    KnownKey { name: known.name.to_owned(), kind }
}
