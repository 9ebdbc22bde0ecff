//! Prints a policy in one canonical form for each meaning: parsing the output gives an equal policy.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::principal::{Form, Principals};
use super::{Condition, Operator, Policy, Statement};

impl fmt::Display for Policy {
    /// Formats as JSON, with elements in the order of AWS's examples and an indentation of two spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if let Some(version) = self.version {
            members.serialize_entry("Version", version.as_str())?;
        }
        if let Some(id) = &self.id {
            members.serialize_entry("Id", id)?;
        }
        members.serialize_entry("Statement", &self.statements)?;
        members.end()
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        if let Some(sid) = &self.sid {
            members.serialize_entry("Sid", sid)?;
        }
        members.serialize_entry("Effect", self.effect.as_str())?;
        members.serialize_entry(element("Principal", "NotPrincipal", self.principals.form()), &self.principals)?;
        let actions = self.actions.entries.iter().map(|entry| &*entry.text).collect();
        members.serialize_entry(element("Action", "NotAction", self.actions.form), &OneOrList(actions))?;
        let resources = self.resources.entries.iter().map(|entry| entry.as_str()).collect();
        members.serialize_entry(element("Resource", "NotResource", self.resources.form), &OneOrList(resources))?;
        if !self.conditions.is_empty() {
            members.serialize_entry("Condition", &Conditions(&self.conditions))?;
        }
        members.end()
    }
}

fn element(listed: &'static str, all_but: &'static str, form: Form) -> &'static str {
    match form {
        Form::Listed => listed,
        Form::AllButListed => all_but,
    }
}

/// A list; a single text is written without the list.
struct OneOrList<'a>(Vec<&'a str>);

impl Serialize for OneOrList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            list => list.serialize(serializer),
        }
    }
}

impl Serialize for Principals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut types: Vec<&str> = Vec::new();
        for entry in self.entries() {
            match entry.kind.member() {
                None => return serializer.serialize_str("*"),
                Some(member) if types.contains(&member) => {}
                Some(member) => types.push(member),
            }
        }
        let mut members = serializer.serialize_map(Some(types.len()))?;
        for member in types {
            let entries = self.entries().iter().filter(|entry| entry.kind.member() == Some(member));
            members.serialize_entry(member, &OneOrList(entries.map(|entry| &*entry.text).collect()))?;
        }
        members.end()
    }
}

/// Conditions grouped by operator.
struct Conditions<'a>(&'a [Condition]);

/// The conditions with one operator, grouped by key.
struct Keys<'a>(Operator, &'a [Condition]);

impl Serialize for Conditions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operators: Vec<Operator> = Vec::new();
        for condition in self.0 {
            if !operators.contains(&condition.operator) {
                operators.push(condition.operator);
            }
        }
        serializer.collect_map(operators.into_iter().map(|operator| (operator.to_string(), Keys(operator, self.0))))
    }
}

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_operator = self.1.iter().filter(|condition| condition.operator == self.0);
        serializer.collect_map(of_operator.map(|condition| {
            let values = condition.values.iter().map(|value| value.as_str()).collect();
            (condition.key.as_str(), OneOrList(values))
        }))
    }
}
