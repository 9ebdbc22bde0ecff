//! The effective configuration: every key, its value, and who set it. What `run --check` prints.

use std::fmt;

use super::Origin;

/// One key of the effective configuration.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The key with its section and, in a list of tables, its position from 0: `endpoint[0].dns`.
    pub key: String,
    /// The value in TOML's form; empty where nothing is set.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            write!(f, "{} is not set  # {}", self.key, self.origin)
        } else {
            write!(f, "{} = {}  # {}", self.key, self.value, self.origin)
        }
    }
}
