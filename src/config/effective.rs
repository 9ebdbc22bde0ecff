//! The effective configuration, as `run --check` prints it: every key, its value, and the source that set it.

use std::fmt;

use super::Origin;

/// One key of the effective configuration.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The key with its section and, in a list of tables, its position from 0: `endpoint[0].dns`.
    pub key: String,
    /// The value in TOML syntax; empty if it is not set.
    pub value: String,
    /// The source that set it.
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
