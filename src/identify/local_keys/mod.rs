//! Keys that only this proxy knows: the broker hands them out, and their signatures are verified here.
//!
//! Such a key is worth nothing at AWS. Its secret is derived from a [`Root`], stays in memory, and is wiped when the key
//! ends. A proxy that starts anew with the same root knows the keys of the one before it until they end.

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
    holders: Vec<Arc<Holder>>,
    keys: RwLock<Keys>,
}

#[derive(Debug)]
struct Keys {
    /// The newest first.
    roots: Arc<[Root]>,
    /// The keys that were handed out, or known again.
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
    /// A key that has ended, or whose root or holder is not known any more.
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
    /// The keys that these roots, the newest first, make or have made for these holders. Each lives this long.
    #[must_use]
    pub fn new(lifetime: Duration, holders: Vec<Arc<Holder>>, roots: Vec<Root>) -> Self {
        let keys = Keys { roots: roots.into(), issued: HashMap::new(), current: HashMap::new() };
        Self { lifetime, holders, keys: RwLock::new(keys) }
    }

    /// How long each lives.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Goes on with these roots, the newest first.
    pub fn set_roots(&self, roots: Vec<Root>) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).roots = roots.into();
    }

    /// The roots, the newest first.
    #[must_use]
    pub fn roots(&self) -> Arc<[Root]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner).roots)
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

    /// Whether an access key id has the form of a local one, of this process or another.
    #[must_use]
    pub fn is_local(id: &AccessKeyId) -> bool {
        id.as_str().starts_with(PREFIX)
    }

    /// Wipes the secrets of keys that have ended.
    pub(super) fn forget_ended(&self, now: OffsetDateTime) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).forget_ended(now);
    }

    /// What is known of an access key id that comes with a token at this time.
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

    /// A key that a process before this one handed out. Nobody who has none of its secrets gets one in here, so that
    /// what is kept is bounded by what was handed out.
    fn known_again(&self, id: &AccessKeyId, token: &SessionToken, now: OffsetDateTime) -> Option<Issued> {
        let roots = self.roots();
        let (root, terms) = roots.iter().find_map(|root| Some((root, root.terms(id, token)?)))?;
        let expires = OffsetDateTime::from_unix_timestamp_nanos(terms.ends.checked_mul(1_000_000)?).ok()?;
        // One that lives longer than keys do now is not waited for.
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
    /// Drops the secrets of ended keys. An id of this form that is not here has ended, so nothing is kept of them.
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
