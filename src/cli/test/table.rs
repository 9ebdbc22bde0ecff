//! A TOML table whose keys are taken one by one. A key that is left at the end is unknown.
//!
//! Every problem is recorded with its line and column, so that one pass over a file reports them all.

use std::{path::Path, sync::Arc};

use toml::de::{DeTable, DeValue};

use crate::{config::Origin, policy::suggest};

/// The text of a file, and the problems found so far.
pub(super) struct Source {
    file: Arc<Path>,
    text: String,
    /// One line for each problem, with its position.
    pub(super) problems: Vec<String>,
}

/// A table of the file, with the keys taken so far.
pub(super) struct Table<'d> {
    name: &'static str,
    at: usize,
    entries: Vec<(String, usize, DeValue<'d>)>,
    known: Vec<&'static str>,
}

impl Source {
    /// A file with this text.
    pub(super) fn new(file: &Path, text: String) -> Self {
        Self { file: file.into(), text, problems: Vec::new() }
    }

    /// The folder that the file's relative paths are resolved against.
    pub(super) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    /// The text of the file.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Records a problem at a byte offset of the text.
    pub(super) fn wrong(&mut self, at: usize, problem: impl std::fmt::Display) {
        let origin = Origin::in_text(&self.file, &self.text, at);
        self.problems.push(format!("{origin}: {problem}"));
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }
}

impl<'d> Table<'d> {
    /// A table and its name in messages, such as `[[case]]`.
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

    /// The byte offset where the table begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Takes the value of a key, with its byte offset.
    pub(super) fn take(&mut self, key: &'static str) -> Option<(usize, DeValue<'d>)> {
        self.known.push(key);
        let found = self.entries.iter().position(|(name, _, _)| name == key)?;
        let (_, at, value) = self.entries.remove(found);
        Some((at, value))
    }

    /// Takes a key whose value must be a text.
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

    /// Takes a key whose value must be a text or a list of texts.
    pub(super) fn texts(&mut self, key: &'static str, source: &mut Source) -> Option<Vec<String>> {
        let (at, value) = self.take(key)?;
        let texts: Option<Vec<String>> = items(value).into_iter().map(|(_, item)| scalar(&item)).collect();
        if texts.is_none() {
            source.wrong(at, format!("`{key}` takes a text or a list of texts"));
        }
        texts
    }

    /// Reports every key that was not taken.
    pub(super) fn finish(self, source: &mut Source) {
        for (key, at, _) in &self.entries {
            let hint = match suggest::nearest(key, self.known.iter().copied()) {
                Some(known) => format!("; did you mean `{known}`?"),
                None => format!(": expected one of {}", self.known.join(", ")),
            };
            source.wrong(*at, format!("`{key}` is no key of {}{hint}", self.name));
        }
    }

    /// The remaining entries, for tables whose key names are free.
    pub(super) fn into_entries(self) -> Vec<(String, usize, DeValue<'d>)> {
        self.entries
    }
}

/// The items of a list with their byte offsets, or a single value as a list of one.
pub(super) fn items(value: DeValue<'_>) -> Vec<(usize, DeValue<'_>)> {
    if let DeValue::Array(items) = value {
        return items.into_iter().map(|item| (item.span().start, item.into_inner())).collect();
    }
    vec![(0, value)]
}

/// A scalar value as text: texts, numbers, booleans and dates are taken as written.
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

/// The kind of a value, for messages.
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
