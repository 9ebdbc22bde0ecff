//! An explanation as lines of text, for a terminal.

use std::fmt;

use super::{ConditionExplanation, ElementExplanation, Explanation, Found, StatementExplanation, Truth};

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.decision)?;
        if !self.undetermined.is_empty() {
            writeln!(f, "undetermined: {}", self.undetermined.join(" "))?;
        }
        if let Some(resource) = &self.resource {
            writeln!(f, "resource: {resource}")?;
        }
        self.statements.iter().try_for_each(|statement| write!(f, "\n{statement}"))
    }
}

impl fmt::Display for StatementExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sid = self.sid.as_ref().map_or_else(String::new, |sid| format!(" \"{sid}\""));
        let verdict = match self.matches {
            Truth::True => "matches",
            Truth::False => "does not match",
            Truth::Unknown => "depends on what is not known here",
        };
        let decided = if self.decided { ", decided" } else { "" };
        let (number, effect) = (self.index + 1, self.effect.as_str());
        writeln!(f, "statement {number}{sid}, {effect} ({}): {verdict}{decided}", self.position)?;
        write!(f, "{}{}", self.principal, self.action)?;
        self.resources.iter().try_for_each(|resource| write!(f, "{resource}"))?;
        self.conditions.iter().try_for_each(|condition| write!(f, "{condition}"))
    }
}

/// The mark at the start of a line.
fn mark(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "yes",
        Truth::False => "no ",
        Truth::Unknown => "?  ",
    }
}

/// Texts in backticks, only the first few if there are many.
fn quoted(texts: &[String]) -> String {
    let shown: Vec<String> = texts.iter().take(SHOWN).map(|text| format!("`{text}`")).collect();
    match texts.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// Maximum number of list entries that are shown.
const SHOWN: usize = 5;

impl fmt::Display for ElementExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { element, matches, found, by, listed } = self;
        let reason = if by.is_empty() {
            format!("none of {} is {found}", quoted(listed))
        } else {
            let verb = if *matches == Truth::Unknown { "may cover" } else { "covers" };
            format!("{} {verb} {found}", quoted(by))
        };
        writeln!(f, "  {}  {element}: {reason}", mark(*matches))
    }
}

impl fmt::Display for ConditionExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operator, key, matches, found, values } = self;
        let has = match found {
            Found::Present(values) if values.is_empty() => "is an empty list".to_owned(),
            Found::Present(values) => format!("is {}", quoted(values)),
            Found::OneOf(readings) => format!("is one of {}", quoted(readings)),
            Found::Absent => "is absent".to_owned(),
            Found::Unknown => "is not known here".to_owned(),
        };
        writeln!(f, "  {}  {operator}: {key} {has}; the policy has {}", mark(*matches), quoted(values))
    }
}
