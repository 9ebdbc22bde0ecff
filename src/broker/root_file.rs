//! Keeps the roots of local keys in a private file, so that keys outlive the process that handed them out: SDKs
//! request new keys when the old ones expire, not when one is refused.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    identify::{NoRandomness, Root},
    private_dir::{self, Exposure, PrivateDir},
};

/// The name of the file. To invalidate all local keys at once, remove it and restart the proxy.
const NAME: &str = "broker-roots";

/// A file of roots in a folder that only this user can read.
#[derive(Debug)]
pub struct RootFile(PrivateDir);

/// Why the roots cannot be kept in a file.
#[derive(Debug, thiserror::Error)]
pub enum RootFileError {
    /// The folder or the file cannot be used.
    #[error("what local keys are derived from: {0}")]
    Directory(private_dir::Error),
    /// Other users can access the file, so they may have derived keys of their own.
    #[error("`{path}` has mode {mode:04o}, so others can read what local keys are derived from")]
    Mode {
        /// The path of the file.
        path: PathBuf,
        /// The permission bits of the file.
        mode: u32,
    },
    /// The system gives no random bytes for a new root.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl From<private_dir::Error> for RootFileError {
    fn from(error: private_dir::Error) -> Self {
        if let private_dir::Error::FileMode { path, mode } = error {
            Self::Mode { path, mode }
        } else {
            Self::Directory(error)
        }
    }
}

impl RootFile {
    /// Opens the file in this folder. The folder is created if it does not exist.
    ///
    /// # Errors
    /// The folder cannot be created or opened, or other users can access it.
    pub fn open(folder: &Path) -> Result<Self, RootFileError> {
        Ok(Self(PrivateDir::open(folder, Exposure::Private)?))
    }

    /// Returns the roots in the file, newest first, after renewing those that are due. A line that is not a root
    /// is skipped: its keys become invalid.
    ///
    /// # Errors
    /// The file cannot be read or written, or other users can access it.
    pub fn roots(&self, now: OffsetDateTime, lifetime: Duration) -> Result<Vec<Root>, RootFileError> {
        let _lock = self.0.lock()?;
        let text = self.0.read_private(NAME)?;
        let roots: Vec<Root> = text.iter().flat_map(|text| text.lines()).filter_map(Root::from_line).collect();
        if text.is_some_and(|text| text.lines().count() != roots.len()) {
            tracing::warn!(file = %self.0.path_of(NAME).display(), "a line that is no root of local keys is left out");
        }
        let Some(renewed) = Root::renewed(&roots, now, lifetime)? else { return Ok(roots) };
        let lines: Vec<Zeroizing<String>> = renewed.iter().map(Root::to_line).collect();
        let mut text = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len()).sum()));
        lines.iter().for_each(|line| text.push_str(line));
        self.0.replace(NAME, text.as_bytes(), Exposure::Private)?;
        Ok(renewed)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);
    const LIFETIME: Duration = Duration::from_secs(900);

    fn lines(roots: &[Root]) -> Vec<String> {
        roots.iter().map(|root| root.to_line().to_string()).collect()
    }

    #[test]
    fn the_roots_stay_in_a_private_file_and_are_renewed_there() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("private");
        let first = RootFile::open(&private).unwrap().roots(NOW, LIFETIME).unwrap();
        let path = private.join(NAME);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(lines(&RootFile::open(&private).unwrap().roots(NOW, LIFETIME).unwrap()), lines(&first));
        let tomorrow = NOW + Duration::from_secs(86_400);
        let both = RootFile::open(&private).unwrap().roots(tomorrow, LIFETIME).unwrap();
        assert_eq!((both.len(), &lines(&both)[1]), (2, &lines(&first)[0]));
        assert_eq!(fs::read_to_string(&path).unwrap(), lines(&both).concat());
        fs::write(&path, "half of a li").unwrap();
        let anew = RootFile::open(&private).unwrap().roots(tomorrow, LIFETIME).unwrap();
        assert!(anew.len() == 1 && !lines(&both).contains(&lines(&anew)[0]));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = RootFile::open(&private).unwrap().roots(tomorrow, LIFETIME).unwrap_err();
        assert!(matches!(error, RootFileError::Mode { mode: 0o644, .. }), "others may have read it: {error}");
    }
}
