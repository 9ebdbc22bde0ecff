//! The credentials a sandbox accepts and a client signs with.

use std::fmt;

use zeroize::Zeroizing;

use crate::aws::{AccessKeyId, AccountId};

/// An access key: long-lived without a session token, temporary with one.
#[derive(Clone, Debug)]
pub struct Key {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// The secret that signs.
    pub secret_access_key: SecretAccessKey,
    /// The token that every request signed with a temporary key must carry.
    pub session_token: Option<SessionToken>,
    /// The account whose resources the key sees.
    pub account: AccountId,
}

/// A secret access key; its `Debug` shows nothing.
#[derive(Clone)]
pub struct SecretAccessKey(Zeroizing<String>);

/// A session token; its `Debug` shows nothing.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<String>);

impl SecretAccessKey {
    /// The secret with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for the one who signs.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl SessionToken {
    /// The token with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for the one who signs or compares.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretAccessKey(..)")
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}
