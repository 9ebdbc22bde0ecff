//! A configuration as written, before interpretation: tables of values, each with its origin.
//!
//! The file, the environment and the flags are all converted to such a table, so that one reader validates them
//! all.

use super::Origin;

/// A value and its origin.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// A value as written.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// An integer or a decimal number, as its digits.
    Number(String),
    /// A date or time. No key accepts one.
    Datetime(String),
    /// A string in the file.
    Text(String),
    /// The text of a variable or a flag: parsed as the type of its key, and split at commas for a list.
    Untyped(String),
    /// A list of values.
    List(Vec<Node>),
    /// A nested table.
    Table(Table),
}

/// Keys and their values, in the order written.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    entries: Vec<(String, Node)>,
}

impl Node {
    pub(super) fn untyped(text: impl Into<String>, origin: Origin) -> Self {
        Self { value: Value::Untyped(text.into()), origin }
    }

    /// The text of a string, a variable or a flag.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Untyped(text) => Some(text),
            Value::Boolean(_) | Value::Number(_) | Value::Datetime(_) | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// The value as shown in an error: short, on one line.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Boolean(yes) => format!("`{yes}`"),
            Value::Number(digits) | Value::Datetime(digits) => format!("`{digits}`"),
            Value::Text(text) | Value::Untyped(text) if text.is_empty() => "empty".to_owned(),
            Value::Text(text) | Value::Untyped(text) => {
                let short: String = text.chars().take(80).collect();
                let more = if short.len() < text.len() { "…" } else { "" };
                format!("`{}{more}`", short.escape_debug())
            }
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }
}

impl Table {
    /// Removes a key and returns its value.
    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Removes the value at a path of nested tables and returns it.
    pub(super) fn take_at(&mut self, path: &[&str]) -> Option<Node> {
        match path {
            [] => None,
            [key] => self.take(key),
            [first, rest @ ..] => {
                let (_, node) = self.entries.iter_mut().find(|(name, _)| name == first)?;
                let Value::Table(inner) = &mut node.value else { return None };
                inner.take_at(rest)
            }
        }
    }

    /// The list that is the value of a key. An empty list is created if the key is missing. `None` if the value is
    /// not a list.
    pub(super) fn list_mut(&mut self, key: &str, origin: &Origin) -> Option<&mut Vec<Node>> {
        if self.get(key).is_none() {
            self.set(key, Node { value: Value::List(Vec::new()), origin: origin.clone() });
        }
        match self.entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, Node { value: Value::List(items), .. })) => Some(items),
            Some(_) | None => None,
        }
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// Sets a key, replacing any previous value.
    pub(super) fn set(&mut self, key: impl Into<String>, node: Node) {
        let key = key.into();
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = node,
            None => self.entries.push((key, node)),
        }
    }

    /// Sets a key at a path of nested tables, creating missing tables. A value that is not a table is replaced by
    /// one.
    pub(super) fn set_at(&mut self, path: &[&str], node: Node) {
        match path {
            [] => {}
            [key] => self.set(*key, node),
            [first, rest @ ..] => {
                let origin = node.origin.clone();
                let mut inner = match self.take(first) {
                    Some(Node { value: Value::Table(table), .. }) => table,
                    Some(_) | None => Self::default(),
                };
                inner.set_at(rest, node);
                self.set(*first, Node { value: Value::Table(inner), origin });
            }
        }
    }

    /// Merges a table of higher priority into this one: tables key by key, other values as a whole.
    pub(super) fn overlay(&mut self, stronger: Self) {
        for (key, node) in stronger.entries {
            match (node.value, self.entries.iter_mut().find(|(name, _)| *name == key)) {
                (Value::Table(over), Some((_, Node { value: Value::Table(under), .. }))) => under.overlay(over),
                (value, _) => self.set(key, Node { value, origin: node.origin }),
            }
        }
    }

    /// The keys and values, in the order written.
    pub(super) fn into_entries(self) -> Vec<(String, Node)> {
        self.entries
    }
}
