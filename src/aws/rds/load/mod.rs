//! Loads a table from a file, for a service that is newer than the program.
//!
//! The file is written by `tests/data/rds/derive.py --table FILE`. It is read once, at startup, and activated before
//! the first lookup. It may add to the program's own table but not remove anything from it.

mod build;
mod compare;
mod text;

use std::sync::OnceLock;

use super::{BUILT_IN, ConditionKey, FoldRule, Operation, ResourceType};

/// The active table, if it is not the built-in one.
static INSTALLED: OnceLock<Table> = OnceLock::new();

/// A complete table.
#[derive(Debug)]
pub struct Table {
    pub(super) operations: &'static [Operation],
    pub(super) reference_only: &'static [&'static str],
    pub(super) condition_keys: &'static [ConditionKey],
    pub(super) folds: &'static [FoldRule],
    pub(super) resource_types: &'static [&'static ResourceType],
    /// The botocore release from which it was derived.
    pub botocore: &'static str,
}

/// Why a table is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It is not JSON of the expected form.
    #[error("it is not what `derive.py --table` writes: {why}")]
    Form {
        /// The parser's message.
        why: String,
    },
    /// It declares another file format.
    #[error("its format is `{found}`, and this program reads `{}`", text::FORMAT)]
    Format {
        /// The format that it declares.
        found: String,
    },
    /// It describes another version of the API.
    #[error("it describes version {found} of the API, and this program reads {}", super::API_VERSION)]
    ApiVersion {
        /// The version that it describes.
        found: String,
    },
    /// It is older than the built-in table.
    #[error("it is of botocore {found}, older than {own} in this program: leave `decode.table` out")]
    Older {
        /// Its botocore release.
        found: String,
        /// The botocore release of the built-in table.
        own: &'static str,
    },
    /// Something that is in the built-in table is missing from it.
    #[error("it lacks {what}, which this program knows: derive it again, and whole")]
    Smaller {
        /// The first missing item.
        what: String,
    },
    /// It contains an inconsistency.
    #[error("{operation}: {why}")]
    Rule {
        /// The operation or name with the inconsistency.
        operation: String,
        /// The inconsistency.
        why: String,
    },
    /// The table is already in use.
    #[error("the table was asked before the file was read")]
    InUse,
}

impl Table {
    /// Reads a table from the text of a file.
    ///
    /// # Errors
    /// The first reason why it cannot replace the built-in table.
    pub fn parse(json: &str) -> Result<Self, TableError> {
        let file = text::read(json)?;
        let table = build::table(file)?;
        compare::at_least(&table, &BUILT_IN)?;
        Ok(table)
    }

    /// Activates the table for the life of the process.
    ///
    /// # Errors
    /// [`TableError::InUse`] if the table was used before.
    pub fn install(self) -> Result<(), TableError> {
        if INSTALLED.set(self).is_err() {
            return Err(TableError::InUse);
        }
        let table = in_force();
        // A lookup before this point has initialised a static from the built-in table, which would remain in use.
        let taken = std::ptr::eq(*super::OPERATIONS, table.operations)
            && std::ptr::eq(*super::RESOURCE_TYPES, table.resource_types)
            && std::ptr::eq(*super::CONDITION_KEYS, table.condition_keys)
            && std::ptr::eq(*super::REFERENCE_ONLY, table.reference_only)
            && std::ptr::eq(*super::FOLDS, table.folds);
        if taken { Ok(()) } else { Err(TableError::InUse) }
    }
}

/// The active table.
pub(super) fn in_force() -> &'static Table {
    INSTALLED.get().unwrap_or(&BUILT_IN)
}

#[cfg(test)]
mod tests;
