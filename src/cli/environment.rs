//! The process's environment, read once at startup and passed in.

use std::ffi::OsString;

use super::Failure;

/// The environment variables of the process.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: Vec<(OsString, OsString)>,
}

impl Environment {
    /// An environment with these variables.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { variables: variables.into_iter().collect() }
    }

    /// All variables, in the order given.
    #[must_use]
    pub fn variables(&self) -> &[(OsString, OsString)] {
        &self.variables
    }

    /// The value of a variable, if it is set.
    ///
    /// # Errors
    /// The value is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Failure> {
        let found = self.variables.iter().find(|(other, _)| other.to_str() == Some(name));
        let Some((_, value)) = found else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| Failure::wrong(format!("{name}: its value is not UTF-8")))
    }
}
