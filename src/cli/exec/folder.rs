//! The folder of what the command must be able to read: certificates only, and gone when the command is.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::cli::Failure;

/// A folder under the temporary directory, removed when dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    text: String,
}

impl Folder {
    /// Makes one that everybody can read and this user alone can write: what is in it is public, and the command may
    /// run as somebody else.
    ///
    /// # Errors
    /// When the temporary directory is missing, cannot be written, or has a name that is not UTF-8, which no variable
    /// of a client could carry.
    pub(super) fn create() -> Result<Self, Failure> {
        Self::create_in(&std::env::temp_dir())
    }

    pub(super) fn create_in(parent: &Path) -> Result<Self, Failure> {
        let advice = "set TMPDIR to a directory that can be written";
        let path = parent.join(format!("rds-guard-exec-{}", Uuid::new_v4().simple()));
        let failed = |error| {
            Failure::world(format!("cannot make the folder of the bundle, `{}`: {error}", path.display())).next(advice)
        };
        DirBuilder::new().mode(0o755).create(&path).map_err(failed)?;
        // The command may change its working directory, and its variables must hold then.
        let whole = fs::canonicalize(&path).map_err(failed)?;
        match whole.to_str() {
            Some(text) => Ok(Self { text: text.to_owned(), path: whole }),
            None => {
                drop(fs::remove_dir(&path));
                Err(Failure::wrong(format!("`{}`: the name is not UTF-8", path.display())).next(advice))
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path as variables carry it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Writes a file into it and gives its path.
    ///
    /// # Errors
    /// When the disk is full, or the like.
    pub(super) fn write(&self, name: &str, content: &str) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        fs::write(&path, content).map_err(|error| {
            Failure::world(format!("cannot write `{}`: {error}", path.display()))
                .next("set TMPDIR to a directory that can be written")
        })?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever cleans the temporary directory: it holds nothing secret.
        drop(fs::remove_dir_all(&self.path));
    }
}
