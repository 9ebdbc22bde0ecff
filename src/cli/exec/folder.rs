//! The folder with the files that the command reads. It contains only certificates, and is removed when the
//! command ends.

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
    /// Creates a folder that everyone can read and only this user can write: its content is public, and the
    /// command may run as another user.
    ///
    /// # Errors
    /// The temporary directory is missing, cannot be written, or has a name that is not UTF-8 and so does not fit
    /// in a client's variable.
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
        // The command may change its working directory; its variables must stay valid.
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

    /// The path as text, for variables.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Writes a file into the folder and returns its path.
    ///
    /// # Errors
    /// The file cannot be written, for example because the disk is full.
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
        // If the removal fails, the folder is left to the regular cleaning of the temporary directory. It contains
        // nothing secret.
        drop(fs::remove_dir_all(&self.path));
    }
}
