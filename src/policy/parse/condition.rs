//! The condition block: operators, keys, values.

use crate::policy::condition::{Condition, NotAnOperator, Operator, Test, Value};
use crate::policy::json::{self, Member, Node};
use crate::policy::pattern::Variables;
use crate::policy::{Error, Key, Place, Version};

use super::Problems;

/// Parses a condition block; `None` if its structure is wrong.
pub(super) fn conditions(block: &Member, version: Version, problems: &mut Problems<'_>) -> Option<Vec<Condition>> {
    let operators = members(block, problems)?;
    let mut conditions = Vec::new();
    for operator_member in operators {
        let operator = operator(operator_member, problems);
        let Some(keys) = members(operator_member, problems) else { continue };
        for key_member in keys {
            let key = key(key_member, problems);
            let values = values(key_member, problems);
            let (Some(operator), Some(key)) = (operator, key) else { continue };
            if let Some(test) = test(operator, &values, version, problems) {
                let place = Place::at(key_member.start);
                conditions.push(Condition::new(operator, key, values, test, place));
            }
        }
    }
    Some(conditions)
}

/// The members of an object that must not be empty; repeated names are reported.
fn members<'n>(member: &'n Member, problems: &mut Problems<'_>) -> Option<&'n [Member]> {
    let Some(members) = member.node.as_object() else {
        problems.wrong_type(&member.name, "an object", &member.node);
        return None;
    };
    if members.is_empty() {
        problems.add(member.node.start, Error::Empty { member: member.name.clone() });
    }
    problems.repeated(members);
    Some(members)
}

fn operator(member: &Member, problems: &mut Problems<'_>) -> Option<Operator> {
    let found = member.name.clone();
    let error = match Operator::parse(&member.name) {
        Ok(operator) => return Some(operator),
        Err(NotAnOperator::Unknown { suggestion }) => Error::Operator { found, suggestion },
        Err(NotAnOperator::NullModified) => Error::NullModified { found },
    };
    problems.add(member.start, error);
    None
}

fn key(member: &Member, problems: &mut Problems<'_>) -> Option<Key> {
    let prefixed = member.name.split_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
    if !prefixed {
        problems.add(member.start, Error::Key { found: member.name.clone() });
    }
    let key = prefixed.then(|| Key::new(&member.name))?;
    problems.guard_key(&key, member.start);
    Some(key)
}

fn values(member: &Member, problems: &mut Problems<'_>) -> Vec<Value> {
    let nodes = member.node.as_list();
    if nodes.is_empty() {
        problems.add(member.node.start, Error::Empty { member: member.name.clone() });
    }
    let mut values = Vec::with_capacity(nodes.len());
    for node in nodes {
        match scalar(node) {
            Some(text) => values.push(Value { text: text.into(), place: Place::at(node.start) }),
            None => problems.wrong_type(&member.name, "a string, a number, a boolean or a list of them", node),
        }
    }
    values
}

/// The text of a condition value; numbers and booleans are used as they are ("Grammar", `condition_value`).
fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        json::Value::String(text) | json::Value::Number(text) => Some(text),
        json::Value::Bool(true) => Some("true"),
        json::Value::Bool(false) => Some("false"),
        json::Value::Null | json::Value::Array(_) | json::Value::Object(_) => None,
    }
}

fn test(operator: Operator, values: &[Value], version: Version, problems: &mut Problems<'_>) -> Option<Test> {
    let variables = match version {
        Version::V2012 => Variables::Live,
        Version::V2008 => Variables::Literal,
    };
    let texts: Vec<&str> = values.iter().map(Value::as_str).collect();
    match Test::new(operator.comparison(), &texts, variables) {
        Ok(test) => {
            let place = values.first().map_or(0, |value| value.place().offset());
            test.variables().for_each(|variable| problems.guard_key(&variable.key, place));
            Some(test)
        }
        Err(errors) => {
            for (index, error) in errors {
                let offset = values.get(index).map_or(0, |value| value.place().offset());
                problems.add(offset, Error::Value { operator: operator.to_string(), error });
            }
            None
        }
    }
}
