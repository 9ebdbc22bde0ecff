//! A TOML table whose keys are taken one by one: what is left in the end is a key that means nothing.
//!
//! Every problem is kept with its line and column, so that one reading of a file shows them all.

use std::{path::Path, sync::Arc};

use toml::de::{DeTable, DeValue};

use crate::config::Origin;

/// A file as written, and what is wrong with it so far.
pub(super) struct Source {
    file: Arc<Path>,
    text: String,
    /// One line for each problem, with its place.
    pub(super) problems: Vec<String>,
}

/// A table of the file.
pub(super) struct Table<'d> {
    name: &'static str,
    at: usize,
    entries: Vec<(String, usize, DeValue<'d>)>,
    known: Vec<&'static str>,
}

impl Source {
    /// The text of a file.
    pub(super) fn new(file: &Path, text: String) -> Self {
        Self { file: file.into(), text, problems: Vec::new() }
    }

    /// The folder that paths of the file start from.
    pub(super) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Says what is wrong at a byte of the text.
    pub(super) fn wrong(&mut self, at: usize, problem: impl std::fmt::Display) {
        let origin = Origin::in_text(&self.file, &self.text, at);
        self.problems.push(format!("{origin}: {problem}"));
    }

    /// The line of a byte of the text, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}

impl<'d> Table<'d> {
    /// A table under its name in messages, `[[case]]`.
    pub(super) fn new(name: &'static str, at: usize, table: DeTable<'d>) -> Self {
        let mut entries: Vec<_> = table
            .into_iter()
            .map(|(key, value)| {
                let at = key.span().start;
                (key.into_inner().into_owned(), at, value.into_inner())
            })
            .collect();
        entries.sort_by_key(|(_, at, _)| *at);
        Self { name, at, entries, known: Vec::new() }
    }

    /// Where the table begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Takes the value of a key, with its place.
    pub(super) fn take(&mut self, key: &'static str) -> Option<(usize, DeValue<'d>)> {
        self.known.push(key);
        let found = self.entries.iter().position(|(name, _, _)| name == key)?;
        let (_, at, value) = self.entries.remove(found);
        Some((at, value))
    }

    /// Takes a text.
    pub(super) fn text(&mut self, key: &'static str, source: &mut Source) -> Option<(usize, String)> {
        let (at, value) = self.take(key)?;
        let word = kind(&value);
        if let DeValue::String(text) = value
            && !text.is_empty()
        {
            return Some((at, text.into_owned()));
        }
        source.wrong(at, format!("`{key}` is {word}, expected a text"));
        None
    }

    /// Takes a text or a list of texts.
    pub(super) fn texts(&mut self, key: &'static str, source: &mut Source) -> Option<Vec<String>> {
        let (at, value) = self.take(key)?;
        let texts: Option<Vec<String>> = items(value).into_iter().map(|(_, item)| scalar(&item)).collect();
        if texts.is_none() {
            source.wrong(at, format!("`{key}` takes a text or a list of texts"));
        }
        texts
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self, source: &mut Source) {
        for (key, at, _) in &self.entries {
            let near = self
                .known
                .iter()
                .map(|known| (strsim::damerau_levenshtein(known, &key.to_lowercase()), *known))
                .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
                .min();
            let hint = match near {
                Some((_, known)) => format!("; did you mean `{known}`?"),
                None => format!(": expected one of {}", self.known.join(", ")),
            };
            source.wrong(*at, format!("`{key}` is no key of {}{hint}", self.name));
        }
    }

    /// What is left, by name: for tables whose keys are free.
    pub(super) fn into_entries(self) -> Vec<(String, usize, DeValue<'d>)> {
        self.entries
    }
}

/// The items of a list with their places, or the one value that stands for a list of one.
pub(super) fn items(value: DeValue<'_>) -> Vec<(usize, DeValue<'_>)> {
    if let DeValue::Array(items) = value {
        return items.into_iter().map(|item| (item.span().start, item.into_inner())).collect();
    }
    vec![(0, value)]
}

/// The text that a value stands for: texts, numbers, booleans and dates stand for what is written.
pub(super) fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Datetime(time) => Some(time.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// What kind of value this is, for messages.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(text) if text.is_empty() => "an empty text",
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
