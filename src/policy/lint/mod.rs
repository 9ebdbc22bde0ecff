//! Lints a valid policy: finds what AWS would refuse, what never matches, and what grants more than it appears to.
//!
//! Findings do not change decisions. Each rule has a code, a section in docs/lint.md and an example that is tested.

mod action_keys;
mod actions;
mod conditions;
mod other_services;
pub mod output;
mod principals;
mod reach;
mod resources;
mod rules;
mod statements;
mod unmatched;
mod vocabulary;

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use serde::Serialize;

use resources::Reached;

use super::{Place, Policy, Position, Statement};

pub use rules::{RULES, Rule, reference};
pub use vocabulary::{KnownAction, KnownKey, KnownType, Required, Vocabulary};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Informational.
    Note,
    /// Probably not intended.
    Warning,
    /// AWS refuses it, or it has none of its intended effect.
    Error,
}

/// One finding about a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The position in the text.
    pub position: Position,
    /// The description, which quotes the policy.
    pub message: String,
    /// A change of the text that fixes it and changes nothing else.
    pub fix: Option<Fix>,
}

/// A change of a policy's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// The byte offset of the replaced text.
    pub start: usize,
    /// The byte offset after the replaced text.
    pub end: usize,
    /// The new text, including quotes.
    pub replacement: String,
}

/// The input of the linter.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The service's actions, resource types and condition keys.
    pub vocabulary: &'a Vocabulary,
    /// Whether to report what only rds-guard understands.
    pub portable: bool,
    /// Whether a key, in lower case, can be known for some request with the current configuration.
    pub is_knowable: &'a dyn Fn(&str) -> bool,
    /// Maximum number of characters in a policy; AWS's limit, unless the configuration has another.
    pub max_characters: usize,
}

/// Returns all findings about a policy, in the order of its text.
#[must_use]
pub fn lint(policy: &Policy, options: &Options<'_>) -> Vec<Finding> {
    let mut linter = Linter { policy, options: *options, findings: Vec::new(), reached: RefCell::default() };
    statements::check(&mut linter);
    other_services::statements(&mut linter);
    for statement in policy.statements() {
        principals::check(&mut linter, statement);
        resources::refused(&mut linter, statement);
        conditions::refused(&mut linter, statement);
        if other_services::is_about_others(&linter, statement) {
            continue;
        }
        actions::check(&mut linter, statement);
        resources::check(&mut linter, statement);
        conditions::check(&mut linter, statement);
        action_keys::check(&mut linter, statement);
    }
    linter.findings.sort_by_key(|(place, finding)| (place.offset(), finding.rule.code));
    linter.findings.into_iter().map(|(_, finding)| finding).collect()
}

struct Linter<'a> {
    policy: &'a Policy,
    options: Options<'a>,
    findings: Vec<(Place, Finding)>,
    /// Cache: what each resource pattern can match, by its text.
    reached: RefCell<HashMap<String, Rc<Reached<'a>>>>,
}

impl Linter<'_> {
    fn vocabulary(&self) -> &Vocabulary {
        self.options.vocabulary
    }

    fn report(&mut self, rule: &'static Rule, place: Place, message: String) {
        let position = self.policy.position(place);
        self.findings.push((place, Finding { rule, position, message, fix: None }));
    }

    /// Reports with a text that should replace the string at this place.
    fn report_with_fix(&mut self, rule: &'static Rule, place: Place, message: String, mended: &str) {
        self.report(rule, place, message);
        let Some(end) = end_of_string(self.policy.text(), place.offset()) else { return };
        let fix = Fix { start: place.offset(), end, replacement: serde_json::Value::from(mended).to_string() };
        if let Some((_, finding)) = self.findings.last_mut() {
            finding.fix = Some(fix);
        }
    }
}

/// The offset after the JSON string that begins at `start`.
fn end_of_string(text: &str, start: usize) -> Option<usize> {
    let mut escaped = false;
    let inside = text.get(start..)?.strip_prefix('"')?;
    let closing = inside.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    Some(start + 1 + closing + 1)
}

/// The name of a statement in messages.
fn name(index: usize, statement: &Statement) -> String {
    statement.sid().map_or_else(|| format!("statement {}", index + 1), |sid| format!("statement \"{sid}\""))
}

#[cfg(test)]
mod tests;
