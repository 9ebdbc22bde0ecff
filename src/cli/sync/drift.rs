//! Compares two policies statement by statement. Differences in notation do not count: letter case of actions and
//! condition keys, one value or a list of one, the order of values and of statements, an account by its id or by
//! its root ARN, an empty Sid or none.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::aws::{AccountId, Partition};

/// A statement that only one of the two policies has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Odd {
    /// Its position, counted from 1.
    statement: usize,
    /// Its Sid, if it is not empty.
    sid: Option<String>,
    /// The statement as written, on one line.
    json: String,
}

/// The differences between two policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Drift {
    pub(super) only_at_the_endpoint: Vec<Odd>,
    pub(super) only_in_the_file: Vec<Odd>,
}

impl Drift {
    /// Compares the texts of two policies.
    ///
    /// # Errors
    /// One of them is not JSON.
    pub(super) fn between(endpoint: &str, file: &str) -> serde_json::Result<Self> {
        let (endpoint, file) = (statements(endpoint)?, statements(file)?);
        let partition = partition(endpoint.iter().chain(&file)).unwrap_or(Partition::Aws);
        Ok(Self {
            only_at_the_endpoint: lacking(&endpoint, &file, partition),
            only_in_the_file: lacking(&file, &endpoint, partition),
        })
    }

    pub(super) fn is_none(&self) -> bool {
        self.only_at_the_endpoint.is_empty() && self.only_in_the_file.is_empty()
    }
}

impl Odd {
    /// Identifies the statement for people: `statement 2 ("Orders")`.
    pub(super) fn name(&self) -> String {
        let sid = self.sid.as_ref().map(|sid| format!(" ({sid:?})"));
        format!("statement {}{}", self.statement, sid.unwrap_or_default())
    }

    pub(super) fn json(&self) -> &str {
        &self.json
    }
}

fn statements(policy: &str) -> serde_json::Result<Vec<Value>> {
    let mut policy: Value = serde_json::from_str(policy)?;
    Ok(match policy.get_mut("Statement").map(Value::take) {
        Some(Value::Array(statements)) => statements,
        Some(statement) => vec![statement],
        None => Vec::new(),
    })
}

/// The statements of `of` without an equal in `other`. Each statement of `other` is matched at most once.
fn lacking(of: &[Value], other: &[Value], partition: Partition) -> Vec<Odd> {
    let mut unmatched: Vec<Value> = other.iter().map(|statement| meaning(statement, partition)).collect();
    let mut odd = Vec::new();
    for (place, statement) in of.iter().enumerate() {
        let meaning = meaning(statement, partition);
        match unmatched.iter().position(|other| *other == meaning) {
            Some(found) => drop(unmatched.swap_remove(found)),
            None => odd.push(Odd {
                statement: place + 1,
                sid: statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()).map(str::to_owned),
                json: statement.to_string(),
            }),
        }
    }
    odd
}

/// A statement in a normal form, without differences in notation.
fn meaning(statement: &Value, partition: Partition) -> Value {
    let Value::Object(members) = statement else { return statement.clone() };
    let members = members.iter().filter(|(name, value)| *name != "Sid" || value.as_str() != Some(""));
    let members = members.map(|(name, value)| {
        let value = match name.as_str() {
            "Sid" | "Effect" => value.clone(),
            "Action" | "NotAction" => listed(&lowered(value)),
            "Principal" | "NotPrincipal" => principals(value, partition),
            "Condition" => conditions(value),
            _ => listed(value),
        };
        (name.clone(), value)
    });
    Value::Object(members.collect())
}

/// Principals, with each account as its root ARN: AWS treats the two as equal and may store either ("AWS JSON
/// policy elements: Principal"). `"*"` and `{"AWS": "*"}` are equal.
fn principals(value: &Value, partition: Partition) -> Value {
    let Value::Object(members) = value else {
        return Value::Object(Map::from_iter([("AWS".to_owned(), listed(value))]));
    };
    let members = members.iter().map(|(kind, value)| {
        let value = if kind == "AWS" { listed(&by_root_arn(value, partition)) } else { listed(value) };
        (kind.clone(), value)
    });
    Value::Object(members.collect())
}

fn by_root_arn(value: &Value, partition: Partition) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| by_root_arn(value, partition)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            match text(value).parse::<AccountId>() {
                Ok(account) => format!("arn:{partition}:iam::{account}:root").into(),
                Err(_) => value.clone(),
            }
        }
    }
}

/// The partition of the first ARN among the principals. Accounts without an ARN are taken to be in it.
fn partition<'v>(statements: impl Iterator<Item = &'v Value>) -> Option<Partition> {
    let elements = statements.flat_map(|statement| [statement.get("Principal"), statement.get("NotPrincipal")]);
    let mut entries = elements.flatten().filter_map(|element| element.get("AWS")).flat_map(|entries| {
        let listed = entries.as_array().map(|entries| entries.iter().collect());
        listed.unwrap_or_else(|| vec![entries])
    });
    entries.find_map(|entry| Partition::from_name(entry.as_str()?.strip_prefix("arn:")?.split(':').next()?))
}

/// Conditions with their keys in lower case, as AWS compares them.
fn conditions(value: &Value) -> Value {
    let Value::Object(operators) = value else { return listed(value) };
    let operators = operators.iter().map(|(operator, keys)| {
        // Two spellings of one key are two conditions, so they are kept as written.
        let keys = match keys.as_object().filter(|keys| !has_two_spellings(keys)) {
            Some(keys) => {
                let lower = keys.iter().map(|(key, values)| (key.to_ascii_lowercase(), listed(values)));
                Value::Object(lower.collect())
            }
            None => listed(keys),
        };
        (operator.clone(), keys)
    });
    Value::Object(operators.collect())
}

fn has_two_spellings(keys: &Map<String, Value>) -> bool {
    let lower: std::collections::BTreeSet<String> = keys.keys().map(|key| key.to_ascii_lowercase()).collect();
    lower.len() < keys.len()
}

/// Converts each value to a sorted list of texts, at every depth.
fn listed(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), listed(value))).collect())
        }
        Value::Array(values) => {
            let mut values: Vec<String> = values.iter().map(text).collect();
            values.sort();
            values.dedup();
            values.into()
        }
        Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Null => vec![text(value)].into(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn lowered(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(lowered).collect(),
        Value::String(text) => text.to_ascii_lowercase().into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}
