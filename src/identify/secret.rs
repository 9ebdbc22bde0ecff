//! Secret texts that must never be displayed: each has a `Debug` that prints nothing of it, no `Display`, and is
//! wiped when dropped.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use aws_lc_rs::constant_time;
use zeroize::Zeroizing;

use crate::secret_file;

/// A session token, which belongs to temporary credentials.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

/// A secret access key.
#[derive(Clone)]
pub struct SecretAccessKey(Zeroizing<String>);

/// The secrets of an access key, with which its signatures can be verified.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The key that signs.
    pub secret_access_key: SecretAccessKey,
    /// The session token that requests must carry; `None` for long-lived credentials, which have no token.
    pub session_token: Option<SessionToken>,
}

/// Why a secret could not be read from its file.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file contains something other than one word.
    #[error("`{path}` does not hold one secret and nothing else")]
    Content {
        /// The file.
        path: PathBuf,
    },
}

impl Secret {
    /// Reads the secrets of an access key from files that contain nothing else, except for a line end.
    ///
    /// # Errors
    /// A file cannot be read, is empty or contains blanks.
    pub fn read(secret_access_key: &Path, session_token: Option<&Path>) -> Result<Self, SecretFileError> {
        Ok(Self {
            secret_access_key: SecretAccessKey(word(secret_access_key)?),
            session_token: session_token.map(word).transpose()?.map(SessionToken),
        })
    }
}

fn word(path: &Path) -> Result<Zeroizing<String>, SecretFileError> {
    let unreadable = |source| SecretFileError::Unreadable { path: path.into(), source };
    let text = secret_file::read(path).map_err(unreadable)?;
    let word = text.trim_ascii_end();
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SecretFileError::Content { path: path.into() });
    }
    Ok(Zeroizing::new(word.to_owned()))
}

impl SessionToken {
    /// Creates a token from its text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for signing or comparing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares both in constant time.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl SecretAccessKey {
    /// Creates a secret from its text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for signing.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAccessKey(..)")
    }
}
