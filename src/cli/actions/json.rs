//! Prints the table as JSON.

use serde_json::{Value, json};

use super::{Cover, covers};
use crate::aws::rds::{
    Absent, AbsentValue, Fold, Form, Implied, KeyRule, Operation, ParameterType, ResourceRule, RuleType, Sensitivity,
    ValueType, fold_rule,
};

pub(super) fn table(operations: impl Iterator<Item = &'static Operation>) -> String {
    pretty(&Value::Array(operations.map(object).collect()))
}

pub(super) fn action(operation: &'static Operation) -> String {
    pretty(&object(operation))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn object(operation: &'static Operation) -> Value {
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .map(|parameter| {
            let fold = fold_rule(parameter.name);
            json!({ "name": parameter.name, "type": parameter_type(parameter.value_type),
                    "sensitive": parameter.sensitivity == Sensitivity::Secret,
                    "fold": fold.map(|rule| fold_name(rule.fold)), "fold_source": fold.map(|rule| rule.source) })
        })
        .collect();
    let secret = operation.parameters.iter().filter(|parameter| parameter.sensitivity == Sensitivity::Secret);
    let dependents = operation.dependents.iter();
    let unevaluated = operation.unevaluated.iter().map(|(name, why)| ((*name).to_owned(), json!(why)));
    json!({
        "action": format!("rds:{}", operation.name),
        "access_level": operation.access.as_str(),
        "models": operation.models.iter().map(|model| model.as_str()).collect::<Vec<_>>(),
        "in_reference": operation.in_reference,
        "read_only": operation.read_only,
        "idempotent": operation.idempotent,
        "resources": operation.resources.iter().map(resource).collect::<Vec<_>>(),
        "alternatives": operation.implied.iter().map(implied).collect::<Vec<_>>(),
        "policy_must_cover": covers(operation).iter().map(cover).collect::<Vec<_>>(),
        "condition_keys": operation.keys.iter().map(key).collect::<Vec<_>>(),
        "unknown_condition_keys": operation.unknown_keys,
        "dependent_actions":
            dependents.map(|needed| json!({ "action": needed.action, "when": needed.when })).collect::<Vec<_>>(),
        "parameters": parameters,
        "required_parameters": operation.required,
        "sensitive_parameters": secret.map(|parameter| parameter.name).collect::<Vec<_>>(),
        "presigned_url_parameter": operation.presigned_url,
        "unevaluated_parameters": unevaluated.collect::<serde_json::Map<_, _>>(),
        "ambiguities": operation.ambiguities,
    })
}

fn resource(rule: &'static ResourceRule) -> Value {
    let types = match &rule.resource_type {
        RuleType::One(own) => vec![own.name],
        RuleType::AnyOf(types) => types.iter().map(|own| own.name).collect(),
        RuleType::Star | RuleType::StarIfNone => vec!["*"],
    };
    let parameters = rule.named_by.iter().map(|named| {
        let form = match named.form {
            Form::Name => "name",
            Form::Arn => "arn",
            Form::NameOrArn => "name_or_arn",
            Form::Opaque => "opaque",
        };
        json!({ "name": named.parameter, "form": form, "role": named.role.as_str(), "required": named.required })
    });
    json!({ "types": types, "required": rule.required, "parameters": parameters.collect::<Vec<_>>(),
            "composed_of": rule.compose.map(|compose| compose.parameters()), "absent": absent(rule.absent),
            "absent_rests_on_reading": rule.is_reading })
}

fn implied(implied: &Implied) -> Value {
    let types: Vec<_> = implied.types.iter().map(|own| own.name).collect();
    json!({ "parameter": implied.parameter, "types": types, "role": implied.role.as_str() })
}

const fn fold_name(fold: Fold) -> &'static str {
    match fold {
        Fold::None => "none",
        Fold::Lower => "lower",
        Fold::Upper => "upper",
        Fold::UpperForOracle => "upper-for-oracle",
        Fold::ResourceId => "id",
    }
}

fn absent(absent: Absent) -> Value {
    match absent {
        Absent::All => json!({ "kind": "all" }),
        Absent::Omit => json!({ "kind": "omit" }),
        Absent::Star => json!({ "kind": "star" }),
        Absent::Unknown => json!({ "kind": "unknown" }),
        Absent::Default { name, unless, deny_only_with } => {
            json!({ "kind": "default", "name": name, "unless": unless, "deny_only_with": deny_only_with })
        }
        Absent::UnknownId => json!({ "kind": "unknown-id" }),
        Absent::Error => json!({ "kind": "error" }),
        Absent::Composed => json!({ "kind": "composed" }),
    }
}

fn cover(cover: &Cover) -> Value {
    json!({ "type": cover.resource_type, "arn": cover.arn, "when": cover.when })
}

fn key(rule: &KeyRule) -> Value {
    match rule {
        KeyRule::Constant { key, value } => json!({ "key": key, "from": "constant", "value": value }),
        KeyRule::Tags { key, tags, is_listed } => {
            json!({ "key": key, "from": "tags", "parameters": tags.iter().map(|tag| tag.key).collect::<Vec<_>>(),
                    "listed": is_listed })
        }
        KeyRule::Parameter { key, parameter, value_type, absent } => {
            let absent = match absent {
                AbsentValue::Default { value, unless } => {
                    json!({ "kind": "default", "value": value, "unless": unless })
                }
                AbsentValue::Missing => json!({ "kind": "missing" }),
                AbsentValue::Unknown => json!({ "kind": "unknown" }),
            };
            json!({ "key": key, "from": "parameter", "parameter": parameter, "type": value_kind(*value_type),
                    "absent": absent })
        }
    }
}

const fn value_kind(kind: ValueType) -> &'static str {
    match kind {
        ValueType::String => "String",
        ValueType::Bool => "Bool",
        ValueType::Numeric => "Numeric",
        ValueType::ArrayOfString => "ArrayOfString",
    }
}

const fn parameter_type(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::String => "string",
        ParameterType::Boolean => "boolean",
        ParameterType::Integer => "integer",
        ParameterType::Long => "long",
        ParameterType::Double => "double",
        ParameterType::Timestamp => "timestamp",
    }
}
