//! Finds statements that can never be decided with the current configuration: such an Allow is dead, such a Deny
//! always applies.

use super::pattern::{Piece, Variable, Variables, Wildcards, parse_template};
use super::{Condition, Effect, Key, Policy, Statement};

/// A statement that can never be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecidable<'p> {
    /// Its index, from 0.
    pub index: usize,
    /// The statement at that index.
    pub statement: &'p Statement,
    /// The keys that would have to be known, as the policy writes them, without duplicates.
    pub keys: Vec<&'p str>,
}

impl Undecidable<'_> {
    /// The effect of the statement while its keys are not known.
    #[must_use]
    pub fn consequence(&self) -> &'static str {
        match self.statement.effect() {
            Effect::Allow => "never allows anything",
            Effect::Deny => "denies whatever else it matches",
        }
    }
}

impl Undecidable<'_> {
    /// The finding as text, with the lines of `[context]` that would make the statement decidable.
    #[must_use]
    pub fn sentence(&self) -> String {
        let lines: Vec<String> = self.keys.iter().map(|key| format!("\"{key}\" = \"…\"")).collect();
        let foreign = self.keys.iter().filter(|key| !key.to_ascii_lowercase().starts_with("aws:"));
        let absent: Vec<String> = foreign.map(|key| format!("\"{key}\" = {{ absent = true }}")).collect();
        let or_absent = match absent.as_slice() {
            [] => String::new(),
            absent => format!(", or {} where no call has it", absent.join(" and ")),
        };
        format!(
            "{}: {} cannot be known here; in [context], {} would decide it{or_absent}",
            self.consequence(),
            self.keys.join(", "),
            lines.join(" and "),
        )
    }
}

impl Policy {
    /// The statements with a condition, or only with resources, that depend on keys that no request can have
    /// according to `is_knowable`. Other elements can rule such a statement out, but it can never certainly match.
    ///
    /// `is_knowable` is called with keys in lower case.
    #[must_use]
    pub fn undecidable(&self, is_knowable: impl Fn(&str) -> bool) -> Vec<Undecidable<'_>> {
        let numbered = self.statements.iter().enumerate();
        let undecidable = numbered.filter_map(|(index, statement)| {
            let mut keys: Vec<&str> = Vec::new();
            for key in statement.unknowable_keys(&is_knowable) {
                if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                    keys.push(key);
                }
            }
            (!keys.is_empty()).then_some(Undecidable { index, statement, keys })
        });
        undecidable.collect()
    }
}

impl Statement {
    fn unknowable_keys(&self, is_knowable: &impl Fn(&str) -> bool) -> Vec<&str> {
        let conditions = self.conditions.iter().flat_map(|condition| condition.unknowable_keys(is_knowable));
        let mut keys: Vec<&str> = conditions.collect();
        let unknowable = |name: &&str| !is_knowable(&name.to_ascii_lowercase());
        let of_each: Vec<Vec<&str>> = self
            .resources
            .entries()
            .iter()
            .map(|entry| entry.pattern.variables().filter(unknowable).collect())
            .collect();
        // One resource without such a variable may decide the element.
        if of_each.iter().all(|variables| !variables.is_empty()) {
            keys.extend(of_each.into_iter().flatten());
        }
        keys
    }
}

impl Condition {
    /// The unknown keys that keep the condition from ever being decided.
    fn unknowable_keys(&self, is_knowable: &impl Fn(&str) -> bool) -> Vec<&str> {
        if !is_knowable(self.key.lower()) {
            return vec![self.key.as_str()];
        }
        if self.test.variables().next().is_none() {
            return Vec::new();
        }
        let mut keys = Vec::new();
        for value in &self.values {
            let pieces = parse_template(&value.text, Variables::Live, Wildcards::Literal).unwrap_or_default();
            let variables = pieces.iter().filter_map(Piece::as_variable);
            let unknowable = |variable: &Variable| !is_knowable(variable.key.lower());
            let named: Vec<Key> = variables.filter(|variable| unknowable(variable)).map(|v| v.key.clone()).collect();
            // One value that can be compared may decide the condition.
            if named.is_empty() {
                return Vec::new();
            }
            keys.extend(named);
        }
        self.test.variables().map(|variable| &variable.key).filter(|key| keys.contains(key)).map(Key::as_str).collect()
    }
}
