//! Finds the principal of an access key: the sources of principals, in the order of their precedence.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use arc_swap::ArcSwapOption;

use time::OffsetDateTime;

use super::{
    Caller, Holder, LocalKeys, Observation, SameAccount, Secret, Settings, Term, Trust, Verifier, local_keys,
    observed::{ObservedKeys, Sight},
    sigv4::Signature,
};
use crate::aws::{AccessKeyId, AccountId, OwnAccounts, PrincipalArn, PrincipalKind};

/// Maps access key ids to principals. Shared by all requests; its own credentials may be set at any time.
#[derive(Debug, Default)]
pub struct Directory {
    local: Option<Arc<LocalKeys>>,
    configured: HashMap<AccessKeyId, Entry>,
    /// The accounts of the configured principals.
    accounts: Arc<[AccountId]>,
    own: ArcSwapOption<OwnCredentials>,
    /// The keys that STS was observed to issue.
    observed: ObservedKeys,
}

/// The result of looking up an access key.
pub(super) struct Found {
    pub(super) caller: Caller,
    pub(super) verifier: Option<Arc<Verifier>>,
    pub(super) origin: Origin,
}

/// The origin of an access key with respect to the broker.
pub(super) enum Origin {
    /// There is no broker, or it did not issue this key.
    Elsewhere,
    /// Issued by the broker, and valid.
    Local(Arc<Holder>),
    /// Issued by the broker, and expired.
    LocalEnded,
}

/// The entry of an access key.
#[derive(Clone, Debug)]
pub struct Entry {
    principal: PrincipalArn,
    tags: Arc<BTreeMap<String, String>>,
    verifier: Option<Arc<Verifier>>,
    user_id: Option<Arc<str>>,
    /// `None` if the key's prefix determines it.
    term: Option<Term>,
}

/// What the proxy knows of its own credentials, which callers in the same task or pod often share.
#[derive(Clone, Debug)]
pub struct OwnCredentials {
    /// The principal according to `sts:GetCallerIdentity`.
    pub principal: PrincipalArn,
    /// The role with its path, if it is known (`AWS_ROLE_ARN`): the ARN of a session does not contain the path.
    pub role: Option<PrincipalArn>,
    /// AWS's own id of the principal, according to `sts:GetCallerIdentity`.
    pub user_id: Option<Arc<str>>,
    /// The keys in use, including those before the last rotation.
    pub keys: HashMap<AccessKeyId, OwnKey>,
    /// Whether the newest of them, which is used for signing, is temporary.
    pub term: Term,
}

/// One of the proxy's own keys.
#[derive(Clone, Debug)]
pub struct OwnKey {
    /// Verifies its signatures.
    pub verifier: Option<Arc<Verifier>>,
    /// Whether it is temporary.
    pub term: Term,
}

/// Why a principal cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The access key id itself encodes another account.
    #[error("`{access_key_id}` is a key of account {key}, and `{principal}` is of account {}", .principal.account())]
    Account {
        /// The access key id.
        access_key_id: AccessKeyId,
        /// The account that it encodes.
        key: AccountId,
        /// The principal it was to be added for.
        principal: PrincipalArn,
    },
    /// The access key id was already added.
    #[error("`{access_key_id}` has two principals")]
    Repeated {
        /// The access key id.
        access_key_id: AccessKeyId,
    },
}

impl Entry {
    /// Creates an entry from a principal, its tags, and its secret if that is known.
    #[must_use]
    pub fn new(principal: PrincipalArn, tags: BTreeMap<String, String>, secret: Option<Secret>) -> Self {
        let verifier = secret.map(|secret| Arc::new(Verifier::new(secret)));
        let user_id = principal.user_id().map(Into::into);
        Self { principal, tags: Arc::new(tags), verifier, user_id, term: None }
    }

    pub(super) fn principal(&self) -> &PrincipalArn {
        &self.principal
    }

    /// The caller that signs with this key, and the verifier of its signatures.
    fn as_caller(&self, id: &AccessKeyId) -> (Caller, Option<Arc<Verifier>>) {
        let caller = caller(id, Some(&self.principal), Trust::Known);
        let term = self.term.unwrap_or(caller.term);
        let user_id = self.user_id.clone();
        (Caller { tags: Arc::clone(&self.tags), user_id, term, ..caller }, self.verifier.clone())
    }
}

impl Directory {
    /// Creates the directory of the configured principals.
    ///
    /// # Errors
    /// An access key id occurs twice, or itself encodes another account than its principal's.
    pub fn new(entries: impl IntoIterator<Item = (AccessKeyId, Entry)>) -> Result<Self, DirectoryError> {
        let mut configured = HashMap::new();
        for (access_key_id, entry) in entries {
            if let Some(key) = access_key_id.account().filter(|account| *account != entry.principal.account()) {
                return Err(DirectoryError::Account { access_key_id, key, principal: entry.principal });
            }
            if configured.insert(access_key_id.clone(), entry).is_some() {
                return Err(DirectoryError::Repeated { access_key_id });
            }
        }
        let accounts: BTreeSet<AccountId> = configured.values().map(|entry| entry.principal.account()).collect();
        let accounts = accounts.into_iter().collect();
        Ok(Self { local: None, configured, accounts, own: ArcSwapOption::empty(), observed: ObservedKeys::default() })
    }

    /// Adds the keys that a broker issues.
    #[must_use]
    pub fn with_local_keys(self, local: Option<Arc<LocalKeys>>) -> Self {
        Self { local, ..self }
    }

    /// Sets what is known of the proxy's own credentials; to be called when they are found, and at each rotation.
    pub fn set_own(&self, own: Option<OwnCredentials>) {
        self.own.store(own.map(Arc::new));
    }

    /// Remembers an access key that STS was observed to issue, until it expires. If the answer names no principal,
    /// the key belongs to its requester; a key that itself encodes another account than its principal's is ignored.
    /// `workload` is the one that requested it.
    pub fn observe(&self, observation: Observation, workload: Option<&str>, now: OffsetDateTime) {
        let Observation { access_key_id, principal, user_id, asker, tags, verifier, expires, term } = observation;
        let named = principal.map(|principal| (principal, user_id));
        let of_asker = || asker.as_ref().and_then(|asker| self.principal(asker, now));
        let Some((principal, user_id)) = named.or_else(of_asker) else { return };
        if access_key_id.account().is_some_and(|account| account != principal.account()) || expires <= now {
            return;
        }
        let entry = Entry { principal, tags: Arc::new(tags), verifier: Some(verifier), user_id, term: Some(term) };
        self.observed.insert(access_key_id, entry, expires, &Sight { workload, asker: asker.as_ref() });
    }

    /// Drops the secrets of expired keys. To be called about every minute.
    pub fn forget_ended(&self, now: OffsetDateTime) {
        self.observed.forget_ended(now);
        if let Some(local) = &self.local {
            local.forget_ended(now);
        }
    }

    /// Returns whether a source knows the principal of an access key.
    #[must_use]
    pub fn knows(&self, id: &AccessKeyId, now: OffsetDateTime) -> bool {
        self.principal(id, now).is_some()
    }

    /// The principal of this access key, if a source knows it, and that principal's own id.
    fn principal(&self, id: &AccessKeyId, now: OffsetDateTime) -> Option<(PrincipalArn, Option<Arc<str>>)> {
        if let Some(entry) = self.configured.get(id) {
            return Some((entry.principal.clone(), entry.user_id.clone()));
        }
        let own = self.own.load();
        let own = own.as_ref().filter(|own| own.keys.contains_key(id));
        let own = own.map(|own| (own.principal.clone(), own.user_id.clone()));
        own.or_else(|| self.observed.find(id, now).map(|entry| (entry.principal, entry.user_id)))
    }

    /// The account of the proxy's own credentials.
    pub(super) fn proxy_account(&self) -> Option<AccountId> {
        self.own.load().as_ref().map(|own| own.principal.account())
    }

    /// The accounts of the configured principals.
    pub(super) fn configured_accounts(&self) -> Arc<[AccountId]> {
        Arc::clone(&self.accounts)
    }

    /// The caller with this access key, and the verifier of its signatures.
    pub(super) fn find(&self, signature: &Signature, now: OffsetDateTime, settings: &Settings) -> Found {
        let (id, token) = (signature.access_key_id(), signature.session_token());
        match self.local.as_ref().map(|local| local.find(id, token, now)) {
            Some(local_keys::Found::Good { holder, verifier }) => {
                let own = self.own.load();
                let caller = holder_as_caller(id, &holder, own.as_deref());
                return Found { caller, verifier: Some(verifier), origin: Origin::Local(holder) };
            }
            Some(local_keys::Found::Ended) => {
                let caller = Caller { term: Term::Unknown, ..caller(id, None, Trust::None) };
                return Found { caller, verifier: None, origin: Origin::LocalEnded };
            }
            Some(local_keys::Found::Foreign) | None => {}
        }
        let (caller, verifier) = self.find_elsewhere(id, now, settings);
        Found { caller, verifier, origin: Origin::Elsewhere }
    }

    /// Like [`Self::find`], among all sources except the broker.
    pub(super) fn find_elsewhere(
        &self,
        id: &AccessKeyId,
        now: OffsetDateTime,
        settings: &Settings,
    ) -> (Caller, Option<Arc<Verifier>>) {
        if let Some(entry) = self.configured.get(id) {
            return entry.as_caller(id);
        }
        let own = self.own.load();
        if let Some((own, key)) = own.as_ref().and_then(|own| Some((own, own.keys.get(id)?))) {
            let caller = caller(id, Some(&own.principal), Trust::Known);
            let (user_id, role) = (own.user_id.clone(), own.role.clone());
            return (Caller { user_id, role, term: key.term, ..caller }, key.verifier.clone());
        }
        if let Some(entry) = self.observed.find(id, now) {
            return entry.as_caller(id);
        }
        (assumed(id, own.as_deref(), settings), None)
    }
}

/// Identifies a caller by the account in the key itself and by the defaults, neither of which may contradict the
/// other.
fn assumed(id: &AccessKeyId, own: Option<&OwnCredentials>, settings: &Settings) -> Caller {
    let account = id.account();
    let own_account = own.map(|own| own.principal.account());
    if let (Some(account), Some(own)) = (account, own)
        && own.principal.account() == account
        && settings.same_account == SameAccount::OwnRole
        && let Some(role) = own.role_without_session()
    {
        return caller(id, Some(&role), Trust::Assumed);
    }
    // A key that encodes an account belongs to it, whatever the defaults are: a default of another account does not
    // apply to it, and one of its own account only if the proxy's credentials are not known to be of a third
    // account.
    let fits = |default: &&PrincipalArn| {
        account.is_none_or(|account| {
            default.account() == account && own_account.is_none_or(|own_account| own_account == account)
        })
    };
    match (settings.default_principal.as_ref().filter(fits), account) {
        (Some(default), _) => caller(id, Some(default), Trust::Assumed),
        (None, Some(account)) => Caller { account: Some(account), ..caller(id, None, Trust::Claimed) },
        (None, None) => caller(id, None, Trust::None),
    }
}

fn caller(id: &AccessKeyId, principal: Option<&PrincipalArn>, trust: Trust) -> Caller {
    Caller {
        account: principal.map(PrincipalArn::account),
        role: None,
        own_accounts: OwnAccounts::default(),
        principal: principal.cloned(),
        access_key_id: Some(id.clone()),
        trust,
        tags: Arc::default(),
        user_id: principal.and_then(PrincipalArn::user_id).map(Into::into),
        term: Term::of_key(id),
    }
}

/// The holder of a local key. AWS sees the real credentials: the form of the local key implies nothing about them.
fn holder_as_caller(id: &AccessKeyId, holder: &Holder, own: Option<&OwnCredentials>) -> Caller {
    let own_principal = own.map(|own| &own.principal);
    let principal = holder.principal.as_ref().or(own_principal);
    let caller = caller(id, principal, Trust::Known);
    // The id is only known for the proxy's own principal; a configured principal has it only if it is the same one.
    let same = own.filter(|_| principal == own_principal);
    let (own_id, role) = (same.and_then(|own| own.user_id.clone()), same.and_then(|own| own.role.clone()));
    Caller { role, user_id: own_id.or(caller.user_id), term: own.map_or(Term::Unknown, |own| own.term), ..caller }
}

impl OwnCredentials {
    /// The role of these credentials; `None` if they are a user's.
    ///
    /// If `AWS_ROLE_ARN` does not name it, the role's path is not known.
    fn role_without_session(&self) -> Option<PrincipalArn> {
        if let Some(role) = &self.role {
            return Some(role.clone());
        }
        match self.principal.kind() {
            PrincipalKind::AssumedRole => self.principal.role_of_session(),
            PrincipalKind::Role => Some(self.principal.clone()),
            PrincipalKind::Root | PrincipalKind::User | PrincipalKind::FederatedUser => None,
        }
    }
}
