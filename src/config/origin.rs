//! Where a value was written, so that an error can point at the line to change, and `run --check` can name the
//! source.

use std::{fmt, path::Path, sync::Arc};

/// The place that a value or a problem comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The built-in default; no source sets the value.
    Default,
    /// A place in a file. Line and column count from 1; the column counts characters.
    File {
        /// The path of the file as it was given.
        file: Arc<Path>,
        /// The line number.
        line: usize,
        /// The column number.
        column: usize,
    },
    /// A file as a whole, without a position.
    WholeFile(Arc<Path>),
    /// An environment variable, by its name.
    Variable(Arc<str>),
    /// A command line flag, with its dashes.
    Flag(&'static str),
}

impl Origin {
    /// The place of the byte at `offset` in `text`, the content of `file`.
    #[must_use]
    pub fn in_text(file: &Arc<Path>, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::File { file: Arc::clone(file), line, column }
    }

    /// The sort key: files line by line, then variables, then flags.
    pub(super) fn order(&self) -> (u8, &Path, usize, usize) {
        match self {
            Self::Default => (0, Path::new(""), 0, 0),
            Self::File { file, line, column } => (1, file, *line, *column),
            Self::WholeFile(file) => (1, file, 0, 0),
            Self::Variable(name) => (2, Path::new(&**name), 0, 0),
            Self::Flag(name) => (3, Path::new(name), 0, 0),
        }
    }

    /// The folder that relative paths are resolved against: that of the file; `None` for the working directory.
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
