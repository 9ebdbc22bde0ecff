//! The name of an IAM action, `rds:CreateDBInstance`.

use std::{fmt, str::FromStr, sync::Arc};

/// A complete action name with its service prefix, as a policy's `Action` matches it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionName(Arc<str>);

/// Why a text is not an action name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not an action such as `rds:CreateDBInstance`")]
pub struct ActionNameError {
    /// The rejected text, at most 160 characters of it.
    pub found: String,
}

impl ActionName {
    /// The complete name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the colon: the operation's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, name)| name)
    }
}

impl FromStr for ActionName {
    type Err = ActionNameError;

    fn from_str(text: &str) -> Result<Self, ActionNameError> {
        let word = |part: &str, extra: u8| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || (extra != 0 && b == extra))
        };
        match text.split_once(':') {
            Some((service, name)) if word(service, b'-') && word(name, 0) => Ok(Self(text.into())),
            _ => Err(ActionNameError { found: text.chars().take(160).collect() }),
        }
    }
}

impl fmt::Display for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ActionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActionName({})", self.0)
    }
}
