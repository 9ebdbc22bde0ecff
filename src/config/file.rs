//! Parses the TOML file: every value gets its line and column, and all syntax errors are reported at once.

use std::{fs, path::Path, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Origin,
    problem::{Misdeed, Problem},
    written::{Node, Table, Value},
};

/// Reads a configuration file. Errors are added to `problems`. A file with a read or syntax error gives an empty
/// table.
pub(super) fn read(path: &Path, problems: &mut Vec<Problem>) -> Table {
    let file: Arc<Path> = path.into();
    match fs::read_to_string(path) {
        Ok(text) => parse(&file, &text, problems),
        Err(reason) => {
            let misdeed = Misdeed::Unreadable { path: path.to_owned(), reason };
            problems.push(Problem { origin: Origin::WholeFile(file), misdeed });
            Table::default()
        }
    }
}

/// Parses the text of a configuration file.
pub(super) fn parse(file: &Arc<Path>, text: &str, problems: &mut Vec<Problem>) -> Table {
    let (document, errors) = DeTable::parse_recoverable(text);
    let source = Source { file, text };
    if errors.is_empty() {
        return source.table(document.into_inner());
    }
    problems.extend(errors.into_iter().map(|error| Problem {
        origin: source.origin(error.span().map_or(0, |span| span.start)),
        misdeed: Misdeed::Syntax { message: error.message().replace('\n', ", ") },
    }));
    Table::default()
}

struct Source<'a> {
    file: &'a Arc<Path>,
    text: &'a str,
}

impl Source<'_> {
    fn origin(&self, offset: usize) -> Origin {
        Origin::in_text(self.file, self.text, offset)
    }

    /// Converts a table, in the order of the file, since the parser sorts the keys. The origin of a value is the
    /// position of its key, where the reader looks for it.
    fn table(&self, table: DeTable<'_>) -> Table {
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut written = Table::default();
        for (key, value) in entries {
            let origin = self.origin(key.span().start);
            written.set(key.into_inner(), Node { value: self.value(value.into_inner()), origin });
        }
        written
    }

    fn value(&self, value: DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => Value::Number(number.to_string()),
            DeValue::Float(number) => Value::Number(number.to_string()),
            DeValue::Boolean(yes) => Value::Boolean(yes),
            DeValue::Datetime(time) => Value::Datetime(time.to_string()),
            DeValue::Array(items) => Value::List(items.into_iter().map(|item| self.item(item)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        }
    }

    fn item(&self, item: Spanned<DeValue<'_>>) -> Node {
        let origin = self.origin(item.span().start);
        Node { value: self.value(item.into_inner()), origin }
    }
}
