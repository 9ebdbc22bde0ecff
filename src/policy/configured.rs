//! `[context]`: what the configuration says of condition keys that no request shows, and for which calls it counts.
//!
//! Every question to a policy (of the proxy, of `/api/check`, of `replay`) goes through [`lookup`] and [`lookup_for`], so
//! that all of them answer a key alike.

use std::collections::HashMap;

use super::{Key, Lookup, ResourceOwner};
use crate::aws::{AccountId, OwnAccounts, condition_keys::describes_principal};

/// Values of condition keys that only the configuration knows, by key in lower case.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredContext(HashMap<String, ConfiguredKey>);

/// What the configuration says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfiguredKey {
    /// Every call has it, with these values.
    Values(Vec<String>),
    /// No call has it.
    Absent,
}

impl ConfiguredContext {
    /// The given keys, whatever their letter case.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self::of(entries.into_iter().map(|(key, values)| (key, ConfiguredKey::Values(values))))
    }

    /// The given keys, whatever their letter case; some of them said to be absent.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = (String, ConfiguredKey)>) -> Self {
        Self(entries.into_iter().map(|(key, said)| (key.to_ascii_lowercase(), said)).collect())
    }

    /// Whether something is said of a key, in lower case.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// What is said of a key, in lower case.
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

    /// What a call has for a key: what is known of it, or else what the configuration says. A value that the call has for
    /// certain and that is not known here may be configured; it cannot be configured away.
    fn complete<'a>(&'a self, known: Lookup<'a>, key: &str) -> Lookup<'a> {
        match (known, self.lookup(key)) {
            (Lookup::Unknown, Some(said)) => said,
            (Lookup::Present, Some(said @ (Lookup::One(_) | Lookup::Many(_)))) => said,
            (known, _) => known,
        }
    }
}

/// What an operator says of condition keys, with the accounts for whose callers and resources it counts.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The keys.
    pub context: ConfiguredContext,
    /// The operator's own accounts.
    pub own: OwnAccounts,
}

/// What is known of the condition keys of one call, before the configuration is asked.
pub(crate) trait KnownKeys {
    /// What is known of a key, in lower case.
    fn known(&self, key: &str) -> Lookup<'_>;

    /// What the configuration says.
    fn configured(&self) -> &ConfiguredContext;

    /// The operator's own accounts.
    fn own_accounts(&self) -> &OwnAccounts;

    /// The caller's account.
    fn account(&self) -> Option<AccountId>;

    /// The caller's account as text.
    fn account_text(&self) -> Option<&str>;

    /// The owner of all resources of the call, if it is one.
    fn common_owner(&self) -> ResourceOwner<'_>;

    /// Whether what is said of principals does not count for the caller: it may be of another account.
    fn is_foreign(&self) -> bool {
        self.own_accounts().may_exclude(self.account())
    }

    /// Whether a resource belongs to an account of the operator's.
    fn is_own(&self, owner: ResourceOwner<'_>) -> bool {
        let account = match owner {
            ResourceOwner::Account(account) => account.parse().ok(),
            ResourceOwner::Caller => self.account(),
            ResourceOwner::Unknown => None,
        };
        account.is_some_and(|account| self.own_accounts().include(account, self.account()))
    }
}

/// The answer for a key of a call ([`Context::lookup`](super::Context::lookup)).
pub(crate) fn lookup<'a>(call: &'a impl KnownKeys, key: &str) -> Lookup<'a> {
    // The keys of this program's own compare what the request says.
    if key.starts_with("guard:") {
        return call.known(key);
    }
    if Key::is_name_of_resource(key) {
        return lookup_for(call, key, call.common_owner());
    }
    // What the configuration says of principals it says of the own accounts'.
    if describes_principal(key) && call.is_foreign() {
        return call.known(key);
    }
    call.configured().complete(call.known(key), key)
}

/// The answer for a key that describes a resource ([`Context::lookup_for`](super::Context::lookup_for)).
pub(crate) fn lookup_for<'a>(call: &'a impl KnownKeys, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
    if key == "aws:resourceaccount" {
        return match owner {
            ResourceOwner::Account(account) => Lookup::One(account),
            // AWS: the account with the resources evaluated in the request. Without any it is the caller's.
            ResourceOwner::Caller => call.account_text().map_or(Lookup::Unknown, Lookup::One),
            ResourceOwner::Unknown => Lookup::Unknown,
        };
    }
    // What the configuration says of resources it says of the own accounts'.
    if call.is_own(owner) { call.configured().complete(call.known(key), key) } else { call.known(key) }
}
