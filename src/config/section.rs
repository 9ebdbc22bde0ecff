//! Reads keys from a written table one by one, records the origin of each value, and reports the keys that were
//! never read.

use super::{
    Origin,
    effective::Effective,
    environment,
    problem::{Misdeed, Problem},
    value::{Setting, Wrong},
    written::{Node, Table, Value},
};

/// The result of reading: the problems, and every value with its origin.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) problems: Vec<Problem>,
    pub(super) effective: Vec<Effective>,
    /// Every key that was read, without list positions.
    keys: Vec<String>,
    unknown: Vec<(Origin, String)>,
}

/// A table that is being read.
pub(super) struct Section<'a> {
    reading: &'a mut Reading,
    /// The prefix of the names of this section's keys: `tunnel.`, or empty.
    prefix: String,
    /// The prefix in the list of effective values, which includes the position in a list of tables.
    shown_prefix: String,
    table: Table,
    origin: Origin,
}

impl Reading {
    /// Every key that was read, including sections and lists of tables.
    pub(super) fn into_keys(self) -> Vec<String> {
        self.keys
    }

    /// Records a problem.
    pub(super) fn problem(&mut self, origin: Origin, misdeed: Misdeed) {
        self.problems.push(Problem { origin, misdeed });
    }

    /// Reads the value of a flag that does not correspond to a key.
    pub(super) fn flag<T: Setting>(&mut self, name: &str, node: &Node) -> Option<T> {
        match T::read(node) {
            Ok(value) => {
                let (key, value_shown) = (name.to_owned(), value.show());
                self.effective.push(Effective { key, value: value_shown, origin: node.origin.clone() });
                Some(value)
            }
            Err(wrong) => {
                self.wrong(name, T::EXPECTED, wrong);
                None
            }
        }
    }

    /// Turns the keys that were never read into problems, once all keys are known.
    pub(super) fn finish(&mut self) {
        for (origin, key) in std::mem::take(&mut self.unknown) {
            let misdeed = match &origin {
                Origin::Variable(name) => {
                    let nearest = nearest(&environment::key(name), &self.keys);
                    Misdeed::UnknownVariable { nearest: nearest.map(|key| environment::variable(&key)) }
                }
                Origin::Default | Origin::File { .. } | Origin::WholeFile(_) | Origin::Flag(_) => {
                    let nearest = nearest(&key, &self.keys);
                    Misdeed::UnknownKey { key, nearest }
                }
            };
            self.problem(origin, misdeed);
        }
    }

    fn wrong(&mut self, key: &str, expected: &str, wrong: Vec<Wrong>) {
        for Wrong { origin, found, expected: more } in wrong {
            let expected = more.unwrap_or_else(|| expected.to_owned());
            self.problem(origin, Misdeed::Value { key: key.to_owned(), found, expected });
        }
    }
}

impl<'a> Section<'a> {
    /// The section for the top level of the configuration.
    pub(super) fn root(table: Table, reading: &'a mut Reading) -> Self {
        Self { reading, prefix: String::new(), shown_prefix: String::new(), table, origin: Origin::Default }
    }

    /// Reads a key into `place`, which contains the default value.
    pub(super) fn set<T: Setting>(&mut self, name: &str, place: &mut T) -> Origin {
        let key = self.key(name);
        let origin = match self.table.take(name) {
            None => Origin::Default,
            Some(node) => match T::read(&node) {
                Ok(value) => {
                    *place = value;
                    node.origin
                }
                Err(wrong) => {
                    self.reading.wrong(&key, T::EXPECTED, wrong);
                    node.origin
                }
            },
        };
        let key = format!("{}{name}", self.shown_prefix);
        self.reading.effective.push(Effective { key, value: place.show(), origin: origin.clone() });
        origin
    }

    /// Reads a required key.
    pub(super) fn require<T: Setting>(&mut self, name: &str) -> (Option<T>, Origin) {
        let missing = self.table.get(name).is_none();
        let mut value: Option<T> = None;
        let origin = self.set(name, &mut value);
        if missing {
            let key = format!("{}{name}", self.prefix);
            self.reading.problem(self.origin.clone(), Misdeed::Missing { key, expected: T::EXPECTED });
            return (None, self.origin.clone());
        }
        (value, origin)
    }

    /// The section for a table `[name]`.
    pub(super) fn section(&mut self, name: &str) -> Section<'_> {
        let key = self.key(name);
        let (table, origin) = match self.table.take(name) {
            None => (Table::default(), Origin::Default),
            Some(Node { value: Value::Table(table), origin }) => (table, origin),
            Some(node) => {
                self.reading.wrong(&key, &format!("a table, [{key}]"), vec![Wrong::whole(&node)]);
                (Table::default(), node.origin)
            }
        };
        self.inner(&key, &key, table, origin)
    }

    /// Reads each table of a list `[[name]]`. A table for which `read` returns `None` is left out.
    pub(super) fn each<T>(&mut self, name: &str, mut read: impl FnMut(&mut Section<'_>) -> Option<T>) -> Vec<T> {
        let key = self.key(name);
        let nodes = match self.table.take(name) {
            None => Vec::new(),
            Some(Node { value: Value::List(nodes), .. }) => nodes,
            Some(node) => {
                self.reading.wrong(&key, &format!("a list of tables, [[{key}]]"), vec![Wrong::whole(&node)]);
                Vec::new()
            }
        };
        if nodes.is_empty() {
            // The keys of an absent table are registered too, so that they can be suggested for a misspelt key.
            let start = (self.reading.problems.len(), self.reading.effective.len());
            read(&mut self.inner(&key, &key, Table::default(), Origin::Default));
            self.reading.problems.truncate(start.0);
            self.reading.effective.truncate(start.1);
            return Vec::new();
        }
        let mut all = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            let Value::Table(table) = node.value else {
                self.reading.wrong(&key, "a table", vec![Wrong::whole(&node)]);
                continue;
            };
            let mut section = self.inner(&key, &format!("{key}[{index}]"), table, node.origin);
            all.extend(read(&mut section));
            section.finish();
        }
        all
    }

    /// Takes all keys of a table whose key names are chosen by the user.
    pub(super) fn free_keys(&mut self) -> Vec<(String, Node)> {
        std::mem::take(&mut self.table).into_entries()
    }

    /// Records the value of a key that was taken by [`Self::free_keys`].
    pub(super) fn note<T: Setting>(&mut self, name: &str, value: Result<T, Vec<Wrong>>, origin: Origin) -> Option<T> {
        match value {
            Ok(value) => {
                let key = format!("{}{}", self.shown_prefix, super::value::quoted(name));
                self.reading.effective.push(Effective { key, value: value.show(), origin });
                Some(value)
            }
            Err(wrong) => {
                let key = format!("{}{name}", self.prefix);
                self.reading.wrong(&key, T::EXPECTED, wrong);
                None
            }
        }
    }

    /// Records a problem of this section.
    pub(super) fn problem(&mut self, origin: Origin, misdeed: Misdeed) {
        self.reading.problem(origin, misdeed);
    }

    /// Records problems of a file or policy that this section names.
    pub(super) fn problems(&mut self, problems: Vec<Problem>) {
        self.reading.problems.extend(problems);
    }

    /// The place where the section begins.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Remembers the keys that were never read.
    pub(super) fn finish(&mut self) {
        for (name, node) in self.free_keys() {
            self.reading.unknown.push((node.origin, format!("{}{name}", self.prefix)));
        }
    }

    fn inner(&mut self, key: &str, shown: &str, table: Table, origin: Origin) -> Section<'_> {
        Section { reading: self.reading, prefix: format!("{key}."), shown_prefix: format!("{shown}."), table, origin }
    }

    /// Returns the full name of a key, and registers it as a known key.
    fn key(&mut self, name: &str) -> String {
        let key = format!("{}{name}", self.prefix);
        if !self.reading.keys.contains(&key) {
            self.reading.keys.push(key.clone());
        }
        key
    }
}

/// The key that `key` was probably meant for: one with the same name in another section, or the most similar one.
fn nearest(key: &str, keys: &[String]) -> Option<String> {
    let name = |key: &str| key.rsplit('.').next().unwrap_or_default().replace('-', "_");
    if let Some(moved) = keys.iter().find(|known| name(known) == name(key)) {
        return Some(moved.clone());
    }
    let closeness = |known: &String| {
        let whole = strsim::jaro_winkler(key, known);
        let last = strsim::normalized_damerau_levenshtein(&name(key), &name(known));
        whole.max(last)
    };
    let best = keys.iter().max_by(|a, b| closeness(a).total_cmp(&closeness(b)))?;
    (closeness(best) > 0.7).then(|| best.clone())
}
