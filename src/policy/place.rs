//! Positions in a policy's text: stored as an offset, shown as line and column.

use std::fmt;

/// The byte offset of an element.
///
/// Two places always compare equal: the position of an element is not part of its meaning, so that a policy equals
/// the result of printing and parsing it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(u32);

impl Place {
    pub(crate) fn at(offset: usize) -> Self {
        Self(u32::try_from(offset).unwrap_or(u32::MAX))
    }

    /// The byte offset from the beginning of the text.
    #[must_use]
    pub fn offset(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// The line and column of the place in the text from which it was parsed.
    #[must_use]
    pub fn position(self, text: &str) -> Position {
        let before = text.get(..self.offset()).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count(),
            column: 1 + before.get(line_start..).unwrap_or_default().chars().count(),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// A line and a column, both counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
