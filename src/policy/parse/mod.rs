//! Parses a text into a [`Policy`]: the grammar of the policy language.
//!
//! Source: "Grammar of the IAM JSON policy language". All problems are collected, so that one pass reports them all.

mod condition;
mod statement;

use super::json::{self, Member, Node, Value};
use super::{Error, Errors, Key, Limits, Place, Policy, Version, guard_key, suggest};

/// Parses a policy, or returns all of its problems.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Policy, Errors> {
    let mut problems = Problems { text, found: Vec::new() };
    let characters = text.chars().count();
    if characters > limits.max_characters {
        problems.add(0, Error::TooLong { characters, limit: limits.max_characters });
    }
    let policy = match json::parse(text) {
        Ok(document) => policy(&document, &mut problems),
        Err((at, error)) => {
            problems.add(at, Error::Syntax(error));
            None
        }
    };
    match policy {
        Some(policy) if problems.found.is_empty() => Ok(policy),
        _ => Err(Errors::new(text, problems.found)),
    }
}

/// The problems found so far.
pub(super) struct Problems<'t> {
    text: &'t str,
    found: Vec<(Place, Error)>,
}

impl Problems<'_> {
    fn add(&mut self, offset: usize, error: Error) {
        self.found.push((Place::at(offset), error));
    }

    /// Reports a key with rds-guard's own prefix that does not exist.
    fn guard_key(&mut self, key: &Key, offset: usize) {
        if let Err(error) = guard_key::check(key) {
            self.add(offset, error);
        }
    }

    fn wrong_type(&mut self, member: &str, expected: &'static str, node: &Node) {
        self.add(node.start, Error::WrongType { member: member.to_owned(), expected, found: node.value.kind() });
    }

    /// The members of an object. Reports those that are not in `allowed`, and repeated ones.
    fn members<'n>(
        &mut self,
        node: &'n Node,
        name: &str,
        of: &'static str,
        allowed: &'static [&'static str],
    ) -> Option<Members<'n>> {
        let Some(members) = node.as_object() else {
            self.wrong_type(name, "an object", node);
            return None;
        };
        self.repeated(members);
        for member in members.iter().filter(|member| !allowed.contains(&member.name.as_str())) {
            let error = Error::UnknownMember {
                member: member.name.clone(),
                of,
                expected: allowed.join(", "),
                suggestion: suggest::nearest(&member.name, allowed.iter().copied()).map(str::to_owned),
            };
            self.add(member.start, error);
        }
        Some(Members { start: node.start, members })
    }

    /// Reports repeated members: whichever one is used, a reader of the policy could take the other one for it.
    fn repeated(&mut self, members: &[Member]) {
        let mut seen = std::collections::HashMap::new();
        for member in members {
            match seen.get(member.name.as_str()) {
                Some(first) => {
                    let first = Place::at(*first).position(self.text);
                    self.add(member.start, Error::Repeated { member: member.name.clone(), first });
                }
                None => {
                    seen.insert(member.name.as_str(), member.start);
                }
            }
        }
    }

    /// The text of a member that must be a string.
    fn string<'n>(&mut self, member: &'n Member) -> Option<&'n str> {
        let text = member.node.as_str();
        if text.is_none() {
            self.wrong_type(&member.name, "a string", &member.node);
        }
        text
    }

    /// The texts of a member that is a string or a list of strings; empty ones are reported.
    fn strings<'n>(&mut self, member: &'n Member) -> Vec<(&'n str, &'n Node)> {
        let nodes = member.node.as_list();
        if nodes.is_empty() {
            self.add(member.node.start, Error::Empty { member: member.name.clone() });
        }
        let mut texts = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node.as_str() {
                Some("") => self.add(node.start, Error::Empty { member: member.name.clone() }),
                Some(text) => texts.push((text, node)),
                None => self.wrong_type(&member.name, "a string or a list of strings", node),
            }
        }
        texts
    }
}

/// The members of one object, by name.
#[derive(Clone, Copy)]
struct Members<'n> {
    start: usize,
    members: &'n [Member],
}

impl<'n> Members<'n> {
    fn get(&self, name: &str) -> Option<&'n Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

const POLICY: &[&str] = &["Version", "Id", "Statement"];

fn policy(document: &Node, problems: &mut Problems<'_>) -> Option<Policy> {
    let members = problems.members(document, "the policy", "a policy", POLICY)?;
    let version = members.get("Version").and_then(|member| version(member, problems));
    let id = members.get("Id").and_then(|member| problems.string(member)).map(Into::into);
    let Some(member) = members.get("Statement") else {
        problems.add(members.start, Error::Missing { of: "a policy", member: "Statement" });
        return None;
    };
    let nodes = match &member.node.value {
        Value::Array(nodes) if nodes.is_empty() => {
            problems.add(member.node.start, Error::Empty { member: member.name.clone() });
            return None;
        }
        Value::Array(_) | Value::Object(_) => member.node.as_list(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            problems.wrong_type("Statement", "a statement or a list of statements", &member.node);
            return None;
        }
    };
    let read = nodes.iter().map(|node| statement::statement(node, version.unwrap_or_default(), problems));
    // Parse all statements before the first error ends the collection.
    let statements: Vec<_> = read.collect();
    let statements: Option<Vec<_>> = statements.into_iter().collect();
    Some(Policy::new(problems.text, version, id, statements?))
}

fn version(member: &Member, problems: &mut Problems<'_>) -> Option<Version> {
    let text = problems.string(member)?;
    let version = Version::ALL.into_iter().find(|version| version.as_str() == text);
    if version.is_none() {
        problems.add(member.node.start, Error::Version { found: text.to_owned() });
    }
    version
}
