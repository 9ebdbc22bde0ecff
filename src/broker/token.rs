//! A token in a file. The file is read for every comparison, so a renewed token is picked up without notification.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::{constant_time, digest, rand};
use zeroize::Zeroizing;

use crate::secret_file;

/// Minimum length of a token in characters. Shorter ones could be guessed.
const SHORTEST: usize = 16;

/// A file that contains one token and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile(PathBuf);

/// Why a token file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// The file cannot be read or created.
    #[error("the token file `{path}`: {source}")]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The content of the file is not a token.
    #[error("the token file `{path}` must hold one token of at least {SHORTEST} visible characters, and nothing else")]
    Content {
        /// The path of the file.
        path: PathBuf,
    },
}

impl TokenFile {
    /// Refers to the token in this file, without reading it yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Creates the file with a random token, readable by its owner and group, if it does not exist; otherwise
    /// checks that the existing one is valid.
    ///
    /// # Errors
    /// The file cannot be created or read, or its content is not a token.
    pub fn ensure(&self) -> Result<(), TokenFileError> {
        match self.read() {
            Err(TokenFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => self.make(),
            found => found.map(drop),
        }
    }

    /// Creates the file atomically: an empty file left by a killed process would prevent every later start.
    fn make(&self) -> Result<(), TokenFileError> {
        let token = random().ok_or_else(|| self.io(io::Error::other("the system gives no random bytes")))?;
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        let beside = self.0.with_file_name(format!(".rds-guard-new-{name}"));
        // A killed process may have left it behind.
        let _ = fs::remove_file(&beside);
        let written = OpenOptions::new().write(true).create_new(true).mode(0o640).open(&beside).and_then(|mut file| {
            file.write_all(token.as_bytes())?;
            file.sync_all()
        });
        // A hard link never replaces an existing file. On file systems without hard links, a rename is good
        // enough: the check that no file exists was only a moment ago.
        let placed = written.and_then(|()| match fs::hard_link(&beside, &self.0) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(&beside, &self.0),
            done => done,
        });
        let _ = fs::remove_file(&beside);
        match placed {
            // Another process has created it in the meantime.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.read().map(drop),
            done => done.map_err(|error| self.io(error)),
        }
    }

    /// Reads the current token.
    ///
    /// # Errors
    /// The file cannot be read, belongs to another user, or does not contain a token.
    pub fn read(&self) -> Result<Zeroizing<String>, TokenFileError> {
        let text = secret_file::read(&self.0).map_err(|error| self.io(error))?;
        let token = text.trim_ascii_end();
        if token.len() < SHORTEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenFileError::Content { path: self.0.clone() });
        }
        Ok(Zeroizing::new(token.to_owned()))
    }

    /// Whether `shown` is the token. The time of the comparison reveals neither the position of the first
    /// difference nor the length of the token. A file that is incomplete or missing matches nothing.
    #[must_use]
    pub fn is(&self, shown: &[u8]) -> bool {
        let Ok(token) = self.read() else { return false };
        let hash = |bytes: &[u8]| digest::digest(&digest::SHA256, bytes);
        constant_time::verify_slices_are_equal(hash(token.as_bytes()).as_ref(), hash(shown).as_ref()).is_ok()
    }

    fn io(&self, source: io::Error) -> TokenFileError {
        TokenFileError::Io { path: self.0.clone(), source }
    }
}

/// 256 random bits in hexadecimal, which need no escaping in a URL.
fn random() -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    rand::fill(bytes.as_mut_slice()).ok()?;
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    Some(Zeroizing::new(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_token_is_made_whole_once_and_one_that_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, left) = (folder.path().join("token"), folder.path().join(".rds-guard-new-token"));
        fs::write(&left, "half").unwrap();
        let file = TokenFile::new(&path);
        file.ensure().unwrap();
        let token = file.read().unwrap();
        assert_eq!((token.len(), fs::metadata(&path).unwrap().permissions().mode() & 0o137), (64, 0));
        assert!(!left.exists(), "what a killed process left is gone");
        file.ensure().unwrap();
        assert!(*file.read().unwrap() == *token && file.is(token.as_bytes()) && !file.is(b"another"));
        fs::write(&path, "").unwrap();
        assert!(matches!(file.ensure(), Err(TokenFileError::Content { .. })));
        let nowhere = TokenFile::new(folder.path().join("gone/token"));
        assert!(matches!(nowhere.ensure(), Err(TokenFileError::Io { .. })));
    }
}
