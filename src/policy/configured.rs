//! `[context]`: configured values of condition keys that no request shows, and the calls to which they apply.
//!
//! Every evaluation (in the proxy, in `/api/check`, in `replay`) uses [`lookup`] and [`lookup_for`], so that all of
//! them give the same result for a key.

use std::collections::HashMap;

use super::{Key, Lookup, ResourceOwner};
use crate::aws::{AccountId, OwnAccounts, condition_keys::describes_principal};

/// Values of condition keys that only the configuration knows, by key in lower case.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredContext(HashMap<String, ConfiguredKey>);

/// The configured state of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfiguredKey {
    /// Every call has it, with these values.
    Values(Vec<String>),
    /// No call has it.
    Absent,
}

impl ConfiguredContext {
    /// Creates the context from keys in any letter case and their values.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self::of(entries.into_iter().map(|(key, values)| (key, ConfiguredKey::Values(values))))
    }

    /// Creates the context from keys in any letter case, some of which may be declared absent.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = (String, ConfiguredKey)>) -> Self {
        Self(entries.into_iter().map(|(key, said)| (key.to_ascii_lowercase(), said)).collect())
    }

    /// Whether a key, in lower case, is configured.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The configured value of a key, in lower case; `None` if it is not configured.
    #[must_use]
    pub fn lookup(&self, key: &str) -> Option<Lookup<'_>> {
        self.0.get(key).map(|said| match said {
            ConfiguredKey::Absent => Lookup::Absent,
            ConfiguredKey::Values(values) => match values.as_slice() {
                [one] => Lookup::One(one),
                many => Lookup::Many(many),
            },
        })
    }

    /// Combines what is known about a key with its configuration. A value that the call certainly has but that is not
    /// known here can be configured; it cannot be configured to be absent.
    fn complete<'a>(&'a self, known: Lookup<'a>, key: &str) -> Lookup<'a> {
        match (known, self.lookup(key)) {
            (Lookup::Unknown, Some(said)) => said,
            (Lookup::Present, Some(said @ (Lookup::One(_) | Lookup::Many(_)))) => said,
            (known, _) => known,
        }
    }
}

/// The operator's declarations: condition keys, and the accounts to whose callers and resources they apply.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The configured condition keys.
    pub context: ConfiguredContext,
    /// The operator's own accounts.
    pub own: OwnAccounts,
}

/// The known condition keys of one call, before the configuration is applied.
pub(crate) trait KnownKeys {
    /// Looks up a key, in lower case, without the configuration.
    fn known(&self, key: &str) -> Lookup<'_>;

    /// The configured condition keys.
    fn configured(&self) -> &ConfiguredContext;

    /// The operator's own accounts.
    fn own_accounts(&self) -> &OwnAccounts;

    /// The caller's account, if it is known.
    fn account(&self) -> Option<AccountId>;

    /// The caller's account as text, if it is known.
    fn account_text(&self) -> Option<&str>;

    /// The owner of all resources of the call, if they have the same owner.
    fn common_owner(&self) -> ResourceOwner<'_>;

    /// Whether the configured values of principals do not apply to the caller, because it may belong to another
    /// account.
    fn is_foreign(&self) -> bool {
        self.own_accounts().may_exclude(self.account())
    }

    /// Whether a resource belongs to one of the operator's own accounts.
    fn is_own(&self, owner: ResourceOwner<'_>) -> bool {
        let account = match owner {
            ResourceOwner::Account(account) => account.parse().ok(),
            ResourceOwner::Caller => self.account(),
            ResourceOwner::Unknown => None,
        };
        account.is_some_and(|account| self.own_accounts().include(account, self.account()))
    }
}

/// Looks up a key of a call ([`Context::lookup`](super::Context::lookup)).
pub(crate) fn lookup<'a>(call: &'a impl KnownKeys, key: &str) -> Lookup<'a> {
    // The keys that rds-guard defines compare parameters of the request, which need no configuration.
    if key.starts_with("guard:") {
        return call.known(key);
    }
    if Key::is_name_of_resource(key) {
        return lookup_for(call, key, call.common_owner());
    }
    // Configured values of principals apply only to the operator's own accounts.
    if describes_principal(key) && call.is_foreign() {
        return call.known(key);
    }
    call.configured().complete(call.known(key), key)
}

/// Looks up a key that describes a resource ([`Context::lookup_for`](super::Context::lookup_for)).
pub(crate) fn lookup_for<'a>(call: &'a impl KnownKeys, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
    if key == "aws:resourceaccount" {
        return match owner {
            ResourceOwner::Account(account) => Lookup::One(account),
            // AWS: the account with the resources evaluated in the request. Without resources it is the caller's.
            ResourceOwner::Caller => call.account_text().map_or(Lookup::Unknown, Lookup::One),
            ResourceOwner::Unknown => Lookup::Unknown,
        };
    }
    // Configured values of resources apply only to the operator's own accounts.
    if call.is_own(owner) { call.configured().complete(call.known(key), key) } else { call.known(key) }
}
