//! A table from a file, for a service that is newer than the program.
//!
//! The file is what `tests/data/rds/derive.py --table FILE` writes. It is read once, at start, and put into force before
//! anything asks the table; it may add to what the program knows and take nothing away from it.

mod build;
mod compare;
mod text;

use std::sync::OnceLock;

use super::{BUILT_IN, ConditionKey, FoldRule, Operation, ResourceType};

/// The table in force, where it is not the one of the program.
static INSTALLED: OnceLock<Table> = OnceLock::new();

/// A table, whole.
#[derive(Debug)]
pub struct Table {
    pub(super) operations: &'static [Operation],
    pub(super) reference_only: &'static [&'static str],
    pub(super) condition_keys: &'static [ConditionKey],
    pub(super) folds: &'static [FoldRule],
    pub(super) resource_types: &'static [&'static ResourceType],
    /// The release of botocore that it was derived from.
    pub botocore: &'static str,
}

/// Why a table cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It is no JSON of the form that is expected.
    #[error("it is not what `derive.py --table` writes: {why}")]
    Form {
        /// What is wrong.
        why: String,
    },
    /// It says that it is of another form.
    #[error("its format is `{found}`, and this program reads `{}`", text::FORMAT)]
    Format {
        /// What it says.
        found: String,
    },
    /// It describes another version of the API.
    #[error("it describes version {found} of the API, and this program reads {}", super::API_VERSION)]
    ApiVersion {
        /// What it describes.
        found: String,
    },
    /// It is older than the one of the program.
    #[error("it is of botocore {found}, older than {own} in this program: leave `decode.table` out")]
    Older {
        /// Its release.
        found: String,
        /// That of the program.
        own: &'static str,
    },
    /// It lacks what the program knows.
    #[error("it lacks {what}, which this program knows: derive it again, and whole")]
    Smaller {
        /// What it lacks, the first of it.
        what: String,
    },
    /// Something in it contradicts itself.
    #[error("{operation}: {why}")]
    Rule {
        /// Where.
        operation: String,
        /// What.
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
    /// The first thing for which it cannot take the place of the program's own.
    pub fn parse(json: &str) -> Result<Self, TableError> {
        let file = text::read(json)?;
        let table = build::table(file)?;
        compare::at_least(&table, &BUILT_IN)?;
        Ok(table)
    }

    /// Puts it into force for the life of the process.
    ///
    /// # Errors
    /// [`TableError::InUse`] if the table was asked before.
    pub fn install(self) -> Result<(), TableError> {
        if INSTALLED.set(self).is_err() {
            return Err(TableError::InUse);
        }
        let table = in_force();
        // What was looked up before is of the program's table, and would stay so.
        let taken = std::ptr::eq(*super::OPERATIONS, table.operations)
            && std::ptr::eq(*super::RESOURCE_TYPES, table.resource_types)
            && std::ptr::eq(*super::CONDITION_KEYS, table.condition_keys)
            && std::ptr::eq(*super::REFERENCE_ONLY, table.reference_only)
            && std::ptr::eq(*super::FOLDS, table.folds);
        if taken { Ok(()) } else { Err(TableError::InUse) }
    }
}

/// The table in force.
pub(super) fn in_force() -> &'static Table {
    INSTALLED.get().unwrap_or(&BUILT_IN)
}

#[cfg(test)]
mod tests;
