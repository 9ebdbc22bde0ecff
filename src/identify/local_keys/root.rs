//! The secrets that local keys are derived from, so that a process with the same root recognises the keys of an
//! earlier one.
//!
//! The id, expiry and workload of a key are readable in its id and its session token; the token ends with a code
//! over them, and the secret is another code over them. Both are HMAC-SHA256 under the root, with labels that
//! separate them.

use std::{fmt, time::Duration};

use aws_lc_rs::{hmac, rand};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::NoRandomness;
use crate::{
    aws::{AccessKeyId, base64},
    identify::{Secret, SecretAccessKey, SessionToken},
};

/// How long keys are derived from one root.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// The length of a root in bytes: that of its codes (RFC 2104, 3).
const LENGTH: usize = 32;

/// The number of bytes of a code that make the secret: 40 characters, the length of AWS's secrets.
const SECRET_BYTES: usize = 30;

/// A secret that local keys are derived from.
#[derive(Clone)]
pub struct Root {
    made: OffsetDateTime,
    bytes: Zeroizing<[u8; LENGTH]>,
}

/// The values that a key is derived from together with its access key id.
pub(super) struct Terms<'t> {
    /// When the key expires, in milliseconds since 1970.
    pub(super) ends: i128,
    /// The workload's name, which has letters, digits, hyphens, underscores and dots; empty for keys of the common
    /// token.
    pub(super) workload: &'t str,
}

impl Root {
    /// Creates a new root.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn random(now: OffsetDateTime) -> Result<Self, NoRandomness> {
        let mut bytes = Zeroizing::new([0u8; LENGTH]);
        rand::fill(bytes.as_mut_slice()).map_err(|_| NoRandomness)?;
        Ok(Self { made: now, bytes })
    }

    /// The roots to continue with, the newest first: a new one if the newest is older than its lifetime, and of the
    /// earlier ones only those from which valid keys may have been derived. `None` if no change is needed.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn renewed(roots: &[Self], now: OffsetDateTime, lifetime: Duration) -> Result<Option<Vec<Self>>, NoRandomness> {
        let due = roots.first().is_none_or(|newest| newest.made + LIFE <= now);
        let mut renewed = if due { vec![Self::random(now)?] } else { Vec::new() };
        for root in roots {
            // No key was derived from it any more once there was a newer one.
            if renewed.last().is_none_or(|newer: &Self| now < newer.made + lifetime) {
                renewed.push(root.clone());
            }
        }
        Ok((due || renewed.len() < roots.len()).then_some(renewed))
    }

    /// When it was created.
    #[must_use]
    pub fn made(&self) -> OffsetDateTime {
        self.made
    }

    /// Formats the root as a line of a private file.
    #[must_use]
    pub fn to_line(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new(base64::encode(self.bytes.as_slice()));
        Zeroizing::new(format!("{} {}\n", self.made.unix_timestamp(), bytes.as_str()))
    }

    /// Parses such a line; `None` if it is invalid.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let (made, bytes) = line.split_once(' ')?;
        let decoded = Zeroizing::new(base64::decode(bytes)?);
        let mut bytes = Zeroizing::new([0u8; LENGTH]);
        if decoded.len() != LENGTH {
            return None;
        }
        bytes.copy_from_slice(&decoded);
        Some(Self { made: OffsetDateTime::from_unix_timestamp(made.parse().ok()?).ok()?, bytes })
    }

    /// Derives the secrets of a key.
    pub(super) fn secret(&self, id: &AccessKeyId, terms: &Terms<'_>) -> Secret {
        let code = self.code("secret access key", id, terms);
        let secret = code.as_ref().get(..SECRET_BYTES).unwrap_or_default();
        Secret {
            secret_access_key: SecretAccessKey::new(base64::encode(secret)),
            session_token: Some(self.token(id, terms)),
        }
    }

    fn token(&self, id: &AccessKeyId, terms: &Terms<'_>) -> SessionToken {
        let code = base64::encode(self.code("session token", id, terms).as_ref());
        SessionToken::new(format!("{}.{}.{code}", terms.ends, terms.workload))
    }

    /// The terms in a session token, if this root made both the key and the token.
    pub(super) fn terms<'t>(&self, id: &AccessKeyId, token: &'t SessionToken) -> Option<Terms<'t>> {
        let (ends, rest) = token.reveal().split_once('.')?;
        let (workload, _) = rest.rsplit_once('.')?;
        let terms = Terms { ends: ends.parse().ok()?, workload };
        self.token(id, &terms).is(token).then_some(terms)
    }

    /// The fields are separated by a byte that none of them can contain.
    fn code(&self, label: &str, id: &AccessKeyId, terms: &Terms<'_>) -> hmac::Tag {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes.as_slice());
        let text = format!("rds-guard local key\n{label}\n{id}\n{}\n{}", terms.ends, terms.workload);
        hmac::sign(&key, text.as_bytes())
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(..)")
    }
}
