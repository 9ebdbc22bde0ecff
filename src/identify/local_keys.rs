//! Keys that only this process knows: the broker hands them out, and their signatures are verified here.
//!
//! Such a key is worth nothing at AWS. Its secret stays in memory, and is wiped when the key ends.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aws_lc_rs::rand;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{Secret, SecretAccessKey, SessionToken, Verifier};
use crate::aws::{AccessKeyId, PrincipalArn, PrincipalKind};

/// What every local access key id begins with. `ASIA` says that a session token goes with it, and the letter behind it
/// that no account can be read from it: an id of the generation whose bits carry one begins its number with Q or later.
const PREFIX: &str = "ASIALOCAL";

/// The characters that follow the prefix: 55 random bits, 20 characters in all, the length of every id of AWS.
const RANDOM_CHARACTERS: usize = 11;

/// Whose a local key is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    /// The workload that it was handed to; `None` for the broker's common token.
    pub workload: Option<Arc<str>>,
    /// Who its callers are; `None` for whoever the real credentials are of.
    pub principal: Option<PrincipalArn>,
    /// Whether its callers have to be known as the workload by their socket too.
    pub bound: bool,
}

/// A local key, as it is handed out.
#[derive(Clone, Debug)]
pub struct LocalKey {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// What signs.
    pub secret: Secret,
    /// When it ends.
    pub expires: OffsetDateTime,
}

/// All local keys that are good now. Shared by the broker, which adds to them, and by every request.
#[derive(Debug)]
pub struct LocalKeys {
    lifetime: Duration,
    keys: RwLock<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    issued: HashMap<AccessKeyId, Issued>,
    /// The key that a holder is given now.
    current: HashMap<Arc<Holder>, LocalKey>,
}

#[derive(Clone, Debug)]
struct Issued {
    holder: Arc<Holder>,
    verifier: Arc<Verifier>,
    expires: OffsetDateTime,
}

/// What is known of an access key id.
pub(super) enum Found {
    /// A key that is good.
    Good {
        /// Whose it is.
        holder: Arc<Holder>,
        /// What verifies its signatures.
        verifier: Arc<Verifier>,
    },
    /// A key that has ended, or one of a process before this one.
    Ended,
    /// None of ours.
    Foreign,
}

/// There was no randomness to make a key of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

impl Holder {
    /// The session that the key's callers are: of the role that is named, with the workload's name as the session's. A
    /// role with a path is taken as it is, since the ARN of a session does not tell the path; so is a user. With `bound`
    /// the callers have to be known as the workload by their socket too.
    #[must_use]
    pub fn new(workload: Option<Arc<str>>, principal: Option<PrincipalArn>, bound: bool) -> Self {
        let session = principal.as_ref().filter(|arn| arn.kind() == PrincipalKind::Role).and_then(|role| {
            let plain = role.arn().resource().split('/').count() == 2;
            let name = role.name().filter(|_| plain)?;
            let session = workload.as_deref().unwrap_or("rds-guard");
            let partition = role.arn().partition();
            format!("arn:{partition}:sts::{}:assumed-role/{name}/{session}", role.account()).parse().ok()
        });
        Self { workload, principal: session.or(principal), bound }
    }
}

impl LocalKeys {
    /// No keys yet; each will live this long.
    #[must_use]
    pub fn new(lifetime: Duration) -> Self {
        Self { lifetime, keys: RwLock::default() }
    }

    /// The key that a holder is given: the last one while it has half of its life before it, else a new one. The one
    /// before stays good to its own end, for whoever still signs with it.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn hand_out(&self, holder: &Arc<Holder>, now: OffsetDateTime) -> Result<LocalKey, NoRandomness> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = keys.current.get(holder).filter(|key| key.expires - now > self.lifetime / 2) {
            return Ok(current.clone());
        }
        keys.forget_ended(now);
        let key = LocalKey {
            access_key_id: access_key_id()?,
            secret: Secret {
                secret_access_key: SecretAccessKey::new(random_text(40)?.as_str()),
                session_token: Some(SessionToken::new(random_text(64)?.as_str())),
            },
            expires: now + self.lifetime,
        };
        let verifier = Arc::new(Verifier::new(key.secret.clone()));
        let issued = Issued { holder: Arc::clone(holder), verifier, expires: key.expires };
        keys.issued.insert(key.access_key_id.clone(), issued);
        keys.current.insert(Arc::clone(holder), key.clone());
        Ok(key)
    }

    /// Whether an access key id has the form of a local one, of this process or another.
    #[must_use]
    pub fn is_local(id: &AccessKeyId) -> bool {
        id.as_str().starts_with(PREFIX)
    }

    /// Wipes the secrets of keys that have ended.
    pub(super) fn forget_ended(&self, now: OffsetDateTime) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).forget_ended(now);
    }

    /// What is known of an access key id at this time.
    pub(super) fn find(&self, id: &AccessKeyId, now: OffsetDateTime) -> Found {
        if !Self::is_local(id) {
            return Found::Foreign;
        }
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        match keys.issued.get(id) {
            Some(issued) if now < issued.expires => {
                Found::Good { holder: Arc::clone(&issued.holder), verifier: Arc::clone(&issued.verifier) }
            }
            Some(_) | None => Found::Ended,
        }
    }
}

impl Keys {
    /// Drops the secrets of ended keys. An id of this form that is not here has ended, so nothing is kept of them.
    fn forget_ended(&mut self, now: OffsetDateTime) {
        self.issued.retain(|_, issued| now < issued.expires);
        self.current.retain(|_, key| now < key.expires);
    }
}

fn access_key_id() -> Result<AccessKeyId, NoRandomness> {
    let text = format!("{PREFIX}{}", random(RANDOM_CHARACTERS, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")?.as_str());
    text.parse().map_err(|_| NoRandomness)
}

/// As many characters of 6 random bits each.
fn random_text(length: usize) -> Result<Zeroizing<String>, NoRandomness> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    random(length, ALPHABET)
}

/// Random characters of an alphabet whose length divides 256, so that none is likelier than another.
fn random(length: usize, alphabet: &[u8]) -> Result<Zeroizing<String>, NoRandomness> {
    let mut bytes = Zeroizing::new(vec![0u8; length]);
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    let letter =
        |byte: &u8| alphabet.get(usize::from(*byte) % alphabet.len()).map_or('A', |letter| char::from(*letter));
    Ok(Zeroizing::new(bytes.iter().map(letter).collect()))
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good { .. } => "Good",
            Self::Ended => "Ended",
            Self::Foreign => "Foreign",
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

    fn holder(workload: Option<&str>, principal: &str) -> Arc<Holder> {
        Arc::new(Holder::new(workload.map(Into::into), Some(principal.parse().unwrap()), false))
    }

    #[test]
    fn a_key_is_handed_out_for_half_of_its_life_and_good_for_all_of_it() {
        let keys = LocalKeys::new(Duration::from_secs(100));
        let (one, two) =
            (holder(None, "arn:aws:iam::123456789012:role/r"), holder(Some("w"), "arn:aws:iam::123456789012:role/r"));
        let first = keys.hand_out(&one, NOW).unwrap();
        let at = |seconds| NOW + Duration::from_secs(seconds);
        assert_eq!(keys.hand_out(&one, at(49)).unwrap().access_key_id, first.access_key_id);
        assert_ne!(keys.hand_out(&two, NOW).unwrap().access_key_id, first.access_key_id, "each has its own");
        let second = keys.hand_out(&one, at(51)).unwrap();
        assert_ne!(second.access_key_id, first.access_key_id);
        assert!(matches!(keys.find(&first.access_key_id, at(99)), Found::Good { .. }));
        assert!(matches!(keys.find(&first.access_key_id, at(100)), Found::Ended));
        keys.forget_ended(at(100));
        assert!(matches!(keys.find(&first.access_key_id, at(99)), Found::Ended), "its secret is wiped");
        assert!(matches!(keys.find(&"AKIAIOSFODNN7EXAMPLE".parse().unwrap(), NOW), Found::Foreign));
        let id = first.access_key_id.as_str();
        assert!(id.len() == 20 && id.starts_with("ASIALOCAL") && first.access_key_id.account().is_none());
        let shown = format!("{first:?} {keys:?}");
        assert!(!shown.contains(first.secret.secret_access_key.reveal()), "{shown}");
    }

    #[test]
    fn a_role_becomes_a_session_of_the_workload_and_others_stay_as_they_are() {
        for (workload, principal, expected) in [
            (Some("app"), "arn:aws:iam::123456789012:role/r", "arn:aws:sts::123456789012:assumed-role/r/app"),
            (None, "arn:aws-cn:iam::123456789012:role/r", "arn:aws-cn:sts::123456789012:assumed-role/r/rds-guard"),
            (Some("app"), "arn:aws:iam::123456789012:role/path/r", "arn:aws:iam::123456789012:role/path/r"),
            (Some("app"), "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/ann"),
            (Some("app"), "arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:sts::123456789012:assumed-role/r/s"),
        ] {
            assert_eq!(holder(workload, principal).principal.as_ref().unwrap().as_str(), expected);
        }
    }
}
