//! Where a value was written: what lets an error point at the line to change, and `run --check` say who set what.

use std::{fmt, path::Path, sync::Arc};

/// The place a value, or a problem, comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it: the built-in default.
    Default,
    /// A place in a file; line and column count from 1, the column in characters.
    File {
        /// The file as it was named.
        file: Arc<Path>,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A whole file.
    WholeFile(Arc<Path>),
    /// An environment variable.
    Variable(Arc<str>),
    /// A command line flag, with its dashes.
    Flag(&'static str),
}

impl Origin {
    /// The place of the byte at `offset` of `text`, which is what `file` holds.
    #[must_use]
    pub fn in_text(file: &Arc<Path>, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::File { file: Arc::clone(file), line, column }
    }

    /// Where the place stands among all: files line by line, then variables, then flags.
    pub(super) fn order(&self) -> (u8, &Path, usize, usize) {
        match self {
            Self::Default => (0, Path::new(""), 0, 0),
            Self::File { file, line, column } => (1, file, *line, *column),
            Self::WholeFile(file) => (1, file, 0, 0),
            Self::Variable(name) => (2, Path::new(&**name), 0, 0),
            Self::Flag(name) => (3, Path::new(name), 0, 0),
        }
    }

    /// The folder that relative paths written here start from: the file's own, or the working directory.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::File { file, .. } | Self::WholeFile(file) => file.parent(),
            Self::Default | Self::Variable(_) | Self::Flag(_) => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { file, line, column } => write!(f, "{}:{line}:{column}", file.display()),
            Self::WholeFile(file) => write!(f, "{}", file.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}
