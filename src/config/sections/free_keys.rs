//! `[context]` and `[resource_ids]`: tables whose key names are chosen by the user.

use std::collections::BTreeMap;

use crate::config::{
    Origin,
    problem::Misdeed,
    section::Section,
    value::{Setting, Wrong, quoted},
    written::{Node, Value},
};

/// `[context]`: condition keys that only the user knows, in lower case, with their values.
pub(in crate::config) fn context(mut section: Section<'_>) -> BTreeMap<String, ContextValue> {
    let mut context: BTreeMap<String, (ContextValue, Origin)> = BTreeMap::new();
    for (name, node) in section.free_keys() {
        let origin = node.origin.clone();
        let Some(key) = condition_key(&name) else {
            section.problem(
                origin,
                Misdeed::Value {
                    key: "context".to_owned(),
                    found: format!("`{name}`"),
                    expected: "condition keys such as \"aws:PrincipalOrgID\"".to_owned(),
                },
            );
            continue;
        };
        let read = ContextValue::read(&node);
        let Some(value) = section.note::<ContextValue>(&name, read, origin.clone()) else { continue };
        if let Some((_, first)) = context.get(&key) {
            let misdeed =
                Misdeed::Repeated { key: "context".to_owned(), found: format!("`{name}`"), first: first.clone() };
            section.problem(origin, misdeed);
            continue;
        }
        context.insert(key, (value, origin));
    }
    context.into_iter().map(|(key, (value, _))| (key, value)).collect()
}

/// `[resource_ids]`: the AWS-generated id for each `TYPE/NAME`.
pub(in crate::config) fn resource_ids(mut section: Section<'_>) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for (name, node) in section.free_keys() {
        let origin = node.origin.clone();
        let named = name.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty());
        if !named {
            section.problem(
                origin,
                Misdeed::Value {
                    key: "resource_ids".to_owned(),
                    found: format!("`{name}`"),
                    expected: "TYPE/NAME such as \"db-proxy/orders\"".to_owned(),
                },
            );
        } else if let Some(id) = section.note::<String>(&name, String::read(&node), origin) {
            ids.insert(name, id);
        }
    }
    ids
}

/// A condition key in lower case, for comparison (IAM: "condition key names are not case-sensitive").
fn condition_key(name: &str) -> Option<String> {
    let (service, rest) = name.split_once(':')?;
    // Web identity providers use host names as prefixes: `accounts.google.com:aud`, `oidc.example.com/id/1:sub`.
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_');
    let word = !service.is_empty() && service.bytes().all(of_name);
    let ours = service.eq_ignore_ascii_case("guard");
    (word && !ours && !rest.is_empty()).then(|| name.to_ascii_lowercase())
}

/// The setting for a condition key in `[context]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContextValue {
    /// Every call has the key, with these values.
    Values(Vec<String>),
    /// No call has the key: `{ absent = true }`.
    Absent,
}

impl Setting for ContextValue {
    const EXPECTED: &'static str = "a text, a number, true or false, a list of at least one of them, or { absent = true } for a key that no call has";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match &node.value {
            Value::Table(table) => {
                let entries = table.clone().into_entries();
                let absent = matches!(
                    entries.as_slice(),
                    [(name, Node { value: Value::Boolean(true), .. })] if name == "absent"
                );
                if absent { Ok(Self::Absent) } else { Err(vec![Wrong::whole(node)]) }
            }
            Value::List(items) if items.is_empty() => Err(vec![Wrong::whole(node)]),
            Value::Boolean(_)
            | Value::Number(_)
            | Value::Datetime(_)
            | Value::Text(_)
            | Value::Untyped(_)
            | Value::List(_) => {
                let values = Vec::<Scalar>::read(node)?;
                if values.is_empty() {
                    return Err(vec![Wrong::whole(node)]);
                }
                Ok(Self::Values(values.into_iter().map(|Scalar(text)| text).collect()))
            }
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Absent => "{ absent = true }".to_owned(),
            Self::Values(values) => values.iter().map(|text| Scalar(text.clone())).collect::<Vec<_>>().show(),
        }
    }
}

/// A text, number or boolean, as the text that a condition compares.
struct Scalar(String);

impl Setting for Scalar {
    const EXPECTED: &'static str = "a text, a number, true or false, or a list of them";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match &node.value {
            Value::Text(text) | Value::Untyped(text) | Value::Number(text) => Ok(Self(text.clone())),
            Value::Boolean(yes) => Ok(Self(yes.to_string())),
            Value::Datetime(_) | Value::List(_) | Value::Table(_) => Err(vec![Wrong::whole(node)]),
        }
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}
