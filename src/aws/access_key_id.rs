//! An access key id, and the account that newer ids contain.

use std::{fmt, str::FromStr, sync::Arc};

use super::AccountId;

/// An access key id from a credential scope. Not a secret, but unverified until AWS has checked the signature.
///
/// Limits: 16 to 128 characters of `[A-Za-z0-9_]` (IAM API reference, `AccessKey.AccessKeyId`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(Arc<str>);

/// Why a text is not an access key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an access key id has 16 to 128 letters, digits and underscores")]
pub struct AccessKeyIdError;

impl AccessKeyId {
    /// The id as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the id names temporary credentials (prefix `ASIA`), which come with a session token.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.starts_with("ASIA")
    }

    /// The account that the id contains; only ids of the new generation do.
    ///
    /// After the four letters of the type, 16 base32 characters encode 80 bits: bit 0 is 1 in the new generation,
    /// bits 1 to 40 are the account. AWS does not document this (the documented way is `sts:GetAccessKeyInfo`); ids
    /// of the old generation, and of any other form, give `None`, never a guess.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        let id = self.0.as_bytes();
        let (kind, rest) = (id.get(..4)?, id.get(4..)?);
        if rest.len() != 16 || !(kind == b"AKIA" || kind == b"ASIA") {
            return None;
        }
        let mut bits: u128 = 0;
        for byte in rest {
            let five = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'2'..=b'7' => byte - b'2' + 26,
                _ => return None,
            };
            bits = bits << 5 | u128::from(five);
        }
        let new_generation = bits >> 79 == 1;
        let number = (bits >> 39) & ((1 << 40) - 1);
        if new_generation { AccountId::from_number(u64::try_from(number).ok()?) } else { None }
    }
}

impl FromStr for AccessKeyId {
    type Err = AccessKeyIdError;

    fn from_str(text: &str) -> Result<Self, AccessKeyIdError> {
        let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if word && (16..=128).contains(&text.len()) { Ok(Self(text.into())) } else { Err(AccessKeyIdError) }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKeyId({})", self.0)
    }
}
