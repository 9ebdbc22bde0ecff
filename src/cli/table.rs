//! Loads the authorization table from a file: `decode.table`, or its variable for commands without a
//! configuration.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use aws_lc_rs::digest;

use super::{Environment, Failure};
use crate::{
    aws::rds::{Table, botocore_release},
    config::Config,
};

/// The variable for `decode.table`.
const VARIABLE: &str = "RDS_GUARD_DECODE__TABLE";

/// Maximum size of a table file in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The file of the active table, with the first 12 hexadecimal digits of its SHA-256.
static FROM: OnceLock<(PathBuf, String)> = OnceLock::new();

/// Activates the table that the variable names, if it is set.
pub(super) fn install_from(environment: &Environment) -> Result<(), Failure> {
    let is_set = |(name, value): &&(OsString, OsString)| name.to_str() == Some(VARIABLE) && !value.is_empty();
    let found = environment.variables().iter().find(is_set);
    found.map_or(Ok(()), |(_, path)| install(Path::new(path)))
}

/// Activates the table that a configuration names. This must happen before the table is first used.
pub(super) fn of(config: &Config) -> Result<(), Failure> {
    config.decode.table.as_deref().map_or(Ok(()), install)
}

/// Activates the table in a file.
pub(super) fn install(path: &Path) -> Result<(), Failure> {
    let wrong = |why: String| {
        Failure::wrong(format!("decode.table: {}: {why}", path.display()))
            .next("`python3 tests/data/rds/derive.py --table FILE` of the sources writes one; without the key the program's own table is used")
    };
    if FROM.get().is_some_and(|(known, _)| known == path) {
        return Ok(());
    }
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(wrong(format!("it has {size} bytes, more than {MAX_BYTES}")));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let table = Table::parse(&text).map_err(|error| wrong(error.to_string()))?;
    table.install().map_err(|error| wrong(error.to_string()))?;
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let version = hash.as_ref().iter().take(6).fold(String::new(), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let _ = FROM.set((path.to_owned(), version));
    Ok(())
}

/// The active table, for logs and `version`.
pub(super) fn in_force() -> serde_json::Value {
    let (path, version) = match FROM.get() {
        Some((path, version)) => (Some(path.display().to_string()), Some(version.as_str())),
        None => (None, None),
    };
    serde_json::json!({ "botocore": botocore_release(), "file": path, "sha256": version })
}
