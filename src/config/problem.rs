//! What can be wrong with a configuration: one variant per misdeed, each told with its place and what was expected.

use std::{fmt, io, path::PathBuf};

use super::Origin;

/// Everything that is wrong, in the order of the sources and of their lines; never empty.
#[derive(Debug)]
pub struct Errors(Vec<Problem>);

/// One thing that is wrong, and where.
#[derive(Debug)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// What it is.
    pub misdeed: Misdeed,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Misdeed {
    /// A file that was named cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The file is not TOML.
    #[error("not valid TOML: {message}")]
    Syntax {
        /// What was found and expected.
        message: String,
    },
    /// No such key.
    #[error("`{key}` is not a key{}", suggestion(nearest.as_deref()))]
    UnknownKey {
        /// The key with its section.
        key: String,
        /// A key that it may have been meant for.
        nearest: Option<String>,
    },
    /// A variable with our prefix that sets nothing.
    #[error("no such variable{}", suggestion(nearest.as_deref()))]
    UnknownVariable {
        /// A variable that it may have been meant for.
        nearest: Option<String>,
    },
    /// A variable whose value is not UTF-8.
    #[error("its value is not UTF-8")]
    NotUnicode,
    /// A value of the wrong type or form.
    #[error("`{key}` is {found}, expected {expected}")]
    Value {
        /// The key with its section.
        key: String,
        /// What stood there.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A table without a key that it cannot do without.
    #[error("`{key}` is missing, expected {expected}")]
    Missing {
        /// The key with its section.
        key: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// Two things that may each be said only once are the same.
    #[error("`{key}` {found} was already given at {first}")]
    Repeated {
        /// The key with its section.
        key: String,
        /// The repeated value.
        found: String,
        /// Where it stood first.
        first: Origin,
    },
    /// A value that another one contradicts.
    #[error("`{key}` {contradiction}")]
    Contradiction {
        /// The key with its section.
        key: String,
        /// What it contradicts, as a sentence that begins with the key.
        contradiction: String,
    },
    /// The policy's text is refused.
    #[error("policy: {message}")]
    Policy {
        /// What is wrong with it and what was expected.
        message: String,
    },
    /// `--require-enforce` and a configuration that enforces nothing.
    #[error("refused: {reason}")]
    NotEnforcing {
        /// What enforces nothing.
        reason: &'static str,
    },
}

impl Errors {
    /// The problems as an error, if there are any.
    pub(super) fn from_problems(mut problems: Vec<Problem>) -> Result<(), Self> {
        problems.sort_by(|a, b| a.origin.order().cmp(&b.origin.order()));
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// These problems, of which there is at least one.
    pub(super) fn of(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// The problems, in the order of the sources.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.misdeed)
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
