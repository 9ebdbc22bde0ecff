//! The possible errors in a configuration: one variant for each cause. Each is reported with its position and what
//! was expected.

use std::{fmt, io, path::PathBuf};

use super::Origin;

/// All problems, in the order of the sources and of their lines. Never empty.
#[derive(Debug)]
pub struct Errors(Vec<Problem>);

/// One problem and its position.
#[derive(Debug)]
pub struct Problem {
    /// Where the problem was found.
    pub origin: Origin,
    /// The problem itself.
    pub misdeed: Misdeed,
}

/// A kind of problem.
#[derive(Debug, thiserror::Error)]
pub enum Misdeed {
    /// A file that the configuration names cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Unreadable {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        reason: io::Error,
    },
    /// The file is not TOML.
    #[error("not valid TOML: {message}")]
    Syntax {
        /// The parser's message.
        message: String,
    },
    /// The key does not exist.
    #[error("`{key}` is not a key{}", suggestion(nearest.as_deref()))]
    UnknownKey {
        /// The key with its section.
        key: String,
        /// A similar key that may have been meant.
        nearest: Option<String>,
    },
    /// A variable with the prefix `RDS_GUARD_` that does not correspond to a key.
    #[error("no such variable{}", suggestion(nearest.as_deref()))]
    UnknownVariable {
        /// A similar variable that may have been meant.
        nearest: Option<String>,
    },
    /// A variable whose value is not UTF-8.
    #[error("its value is not UTF-8")]
    NotUnicode,
    /// A value has the wrong type or form.
    #[error("`{key}` is {found}, expected {expected}")]
    Value {
        /// The key with its section.
        key: String,
        /// The value that was found.
        found: String,
        /// The kind of value that is accepted.
        expected: String,
    },
    /// A required key is missing from a table.
    #[error("`{key}` is missing, expected {expected}")]
    Missing {
        /// The key with its section.
        key: String,
        /// The kind of value that is accepted.
        expected: &'static str,
    },
    /// A value that must be unique occurs twice.
    #[error("`{key}` {found} was already given at {first}")]
    Repeated {
        /// The key with its section.
        key: String,
        /// The repeated value.
        found: String,
        /// Where it occurs first.
        first: Origin,
    },
    /// A value contradicts another one.
    #[error("`{key}` {contradiction}")]
    Contradiction {
        /// The key with its section.
        key: String,
        /// The contradiction, as a sentence that begins with the key.
        contradiction: String,
    },
    /// The text of a policy is invalid.
    #[error("policy: {message}")]
    Policy {
        /// What is wrong with it and what was expected.
        message: String,
    },
    /// `--require-enforce` was given, but the configuration enforces nothing.
    #[error("refused: {reason}")]
    NotEnforcing {
        /// The setting because of which nothing is enforced.
        reason: &'static str,
    },
}

impl Errors {
    /// Returns the problems as an error if there are any.
    pub(super) fn from_problems(mut problems: Vec<Problem>) -> Result<(), Self> {
        problems.sort_by(|a, b| a.origin.order().cmp(&b.origin.order()));
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// An error with these problems. There must be at least one.
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
