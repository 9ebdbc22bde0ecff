//! Keys that only this proxy knows: the broker issues them, and their signatures are verified here.
//!
//! Such a key is worthless at AWS. Its secret is derived from a [`Root`], stays in memory, and is wiped when the
//! key expires. A proxy that restarts with the same root recognises the keys of the previous one until they expire.

mod root;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use aws_lc_rs::rand;
use time::OffsetDateTime;
use zeroize::Zeroizing;

pub use root::Root;
use root::Terms;

use super::{Secret, SessionToken, Verifier};
use crate::aws::{AccessKeyId, PrincipalArn, PrincipalKind};

/// The prefix of every local access key id. `ASIA` means that a session token belongs to it, and the next letter
/// that no account can be read from it: in ids of the generation that encodes an account, the number begins with Q
/// or later.
const PREFIX: &str = "ASIALOCAL";

/// The number of characters after the prefix: 55 random bits, 20 characters in all, the length of every id of AWS.
const RANDOM_CHARACTERS: usize = 11;

/// The holder of a local key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    /// The workload that it was issued to; `None` for the broker's common token.
    pub workload: Option<Arc<str>>,
    /// The principal of its callers; `None` for the principal of the real credentials.
    pub principal: Option<PrincipalArn>,
    /// Whether its callers must also be identified as the workload by their socket.
    pub bound: bool,
}

/// A local key, as it is issued.
#[derive(Clone, Debug)]
pub struct LocalKey {
    /// The access key id.
    pub access_key_id: AccessKeyId,
    /// The secrets for signing.
    pub secret: Secret,
    /// When it expires.
    pub expires: OffsetDateTime,
}

/// All valid local keys. Shared by the broker, which adds to them, and by every request.
#[derive(Debug)]
pub struct LocalKeys {
    lifetime: Duration,
    holders: Vec<Arc<Holder>>,
    keys: RwLock<Keys>,
}

#[derive(Debug)]
struct Keys {
    /// The newest first.
    roots: Arc<[Root]>,
    /// The keys that were issued or recognised.
    issued: HashMap<AccessKeyId, Issued>,
    /// The key that a holder currently receives.
    current: HashMap<Arc<Holder>, LocalKey>,
}

#[derive(Clone, Debug)]
struct Issued {
    holder: Arc<Holder>,
    verifier: Arc<Verifier>,
    expires: OffsetDateTime,
}

/// The result of looking up an access key id.
pub(super) enum Found {
    /// A valid key.
    Good {
        /// Its holder.
        holder: Arc<Holder>,
        /// Verifies its signatures.
        verifier: Arc<Verifier>,
    },
    /// A key that has expired, or whose root or holder is no longer known.
    Ended,
    /// Not a local key.
    Foreign,
}

/// There was no randomness to generate a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

impl Holder {
    /// Creates a holder. Its callers' principal is a session of the named role, with the workload's name as the
    /// session name. A role with a path is taken as it is, since the ARN of a session does not contain the path; so
    /// is a user. With `bound`, the callers must also be identified as the workload by their socket.
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
    /// Creates the keys that these roots, the newest first, derive or have derived for these holders. Each has this
    /// lifetime.
    #[must_use]
    pub fn new(lifetime: Duration, holders: Vec<Arc<Holder>>, roots: Vec<Root>) -> Self {
        let keys = Keys { roots: roots.into(), issued: HashMap::new(), current: HashMap::new() };
        Self { lifetime, holders, keys: RwLock::new(keys) }
    }

    /// The lifetime of each key.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Replaces the roots, the newest first.
    pub fn set_roots(&self, roots: Vec<Root>) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).roots = roots.into();
    }

    /// The roots, the newest first.
    #[must_use]
    pub fn roots(&self) -> Arc<[Root]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner).roots)
    }

    /// The key that a holder receives: the last one while at least half of its lifetime is left, else a new one.
    /// The previous key remains valid until it expires, for callers that still sign with it.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn hand_out(&self, holder: &Arc<Holder>, now: OffsetDateTime) -> Result<LocalKey, NoRandomness> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = keys.current.get(holder).filter(|key| key.expires - now > self.lifetime / 2) {
            return Ok(current.clone());
        }
        keys.forget_ended(now);
        let (id, expires) = (access_key_id()?, now + self.lifetime);
        let root = keys.roots.first().ok_or(NoRandomness)?;
        let terms = Terms { ends: milliseconds(expires), workload: holder.workload.as_deref().unwrap_or_default() };
        let key = LocalKey { secret: root.secret(&id, &terms), access_key_id: id, expires };
        let verifier = Arc::new(Verifier::new(key.secret.clone()));
        let issued = Issued { holder: Arc::clone(holder), verifier, expires: key.expires };
        keys.issued.insert(key.access_key_id.clone(), issued);
        keys.current.insert(Arc::clone(holder), key.clone());
        Ok(key)
    }

    /// Returns whether an access key id has the form of a local one, of this process or another.
    #[must_use]
    pub fn is_local(id: &AccessKeyId) -> bool {
        id.as_str().starts_with(PREFIX)
    }

    /// Wipes the secrets of expired keys.
    pub(super) fn forget_ended(&self, now: OffsetDateTime) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).forget_ended(now);
    }

    /// Looks up an access key id that was sent with a token at this time.
    pub(super) fn find(&self, id: &AccessKeyId, token: Option<&SessionToken>, now: OffsetDateTime) -> Found {
        if !Self::is_local(id) {
            return Found::Foreign;
        }
        let issued = self.keys.read().unwrap_or_else(PoisonError::into_inner).issued.get(id).cloned();
        match issued.or_else(|| self.known_again(id, token?, now)) {
            Some(Issued { holder, verifier, expires }) if now < expires => Found::Good { holder, verifier },
            Some(_) | None => Found::Ended,
        }
    }

    /// Recognises a key that an earlier process issued. Only a caller with one of its secrets can add a key here,
    /// so the number of stored keys is bounded by the number of issued ones.
    fn known_again(&self, id: &AccessKeyId, token: &SessionToken, now: OffsetDateTime) -> Option<Issued> {
        let roots = self.roots();
        let (root, terms) = roots.iter().find_map(|root| Some((root, root.terms(id, token)?)))?;
        let expires = OffsetDateTime::from_unix_timestamp_nanos(terms.ends.checked_mul(1_000_000)?).ok()?;
        // A key with a longer lifetime than the current one is not accepted.
        if expires <= now || expires > now + self.lifetime {
            return None;
        }
        let named = |holder: &&Arc<Holder>| holder.workload.as_deref().unwrap_or_default() == terms.workload;
        let holder = Arc::clone(self.holders.iter().find(named)?);
        let issued = Issued { holder, verifier: Arc::new(Verifier::new(root.secret(id, &terms))), expires };
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.issued.insert(id.clone(), issued.clone());
        Some(issued)
    }
}

impl Keys {
    /// Drops the secrets of expired keys. An id of this form that is not here has expired, so nothing of it is
    /// kept.
    fn forget_ended(&mut self, now: OffsetDateTime) {
        self.issued.retain(|_, issued| now < issued.expires);
        self.current.retain(|_, key| now < key.expires);
    }
}

fn milliseconds(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos().div_euclid(1_000_000)
}

fn access_key_id() -> Result<AccessKeyId, NoRandomness> {
    let text = format!("{PREFIX}{}", random(RANDOM_CHARACTERS, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")?.as_str());
    text.parse().map_err(|_| NoRandomness)
}

/// Random characters of an alphabet whose length divides 256, so that all are equally likely.
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
