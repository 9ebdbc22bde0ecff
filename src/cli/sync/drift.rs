//! Where two policies say something else, statement by statement. How they are written does not count: letter case of
//! actions, one value or a list of one, the order of values and of statements.

use serde::Serialize;
use serde_json::{Map, Value};

/// A statement that one of the two has and the other lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Odd {
    /// Which it is, counted from 1.
    statement: usize,
    /// Its Sid.
    sid: Option<String>,
    /// The statement as it is written, on one line.
    json: String,
}

/// What keeps two policies from being the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Drift {
    pub(super) only_at_the_endpoint: Vec<Odd>,
    pub(super) only_in_the_file: Vec<Odd>,
}

impl Drift {
    /// Compares the texts of two policies.
    ///
    /// # Errors
    /// When one of them is no JSON.
    pub(super) fn between(endpoint: &str, file: &str) -> serde_json::Result<Self> {
        let (endpoint, file) = (statements(endpoint)?, statements(file)?);
        Ok(Self { only_at_the_endpoint: lacking(&endpoint, &file), only_in_the_file: lacking(&file, &endpoint) })
    }

    pub(super) fn is_none(&self) -> bool {
        self.only_at_the_endpoint.is_empty() && self.only_in_the_file.is_empty()
    }
}

impl Odd {
    /// How a person reads which it is: `statement 2 ("Orders")`.
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

/// The statements of one that have no equal among those of the other that is not already another's.
fn lacking(of: &[Value], other: &[Value]) -> Vec<Odd> {
    let mut unmatched: Vec<Value> = other.iter().map(meaning).collect();
    let mut odd = Vec::new();
    for (place, statement) in of.iter().enumerate() {
        let meaning = meaning(statement);
        match unmatched.iter().position(|other| *other == meaning) {
            Some(found) => drop(unmatched.swap_remove(found)),
            None => odd.push(Odd {
                statement: place + 1,
                sid: statement.get("Sid").and_then(Value::as_str).map(str::to_owned),
                json: statement.to_string(),
            }),
        }
    }
    odd
}

/// A statement without what does not count.
fn meaning(statement: &Value) -> Value {
    let Value::Object(members) = statement else { return statement.clone() };
    let members = members.iter().map(|(name, value)| {
        let value = match name.as_str() {
            "Sid" | "Effect" => value.clone(),
            "Action" | "NotAction" => listed(&lowered(value)),
            // `"*"` and `{"AWS": "*"}` are one.
            "Principal" if value.is_string() => Value::Object(Map::from_iter([("AWS".to_owned(), listed(value))])),
            _ => listed(value),
        };
        (name.clone(), value)
    });
    Value::Object(members.collect())
}

/// Each value as a sorted list of texts, at every depth.
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
