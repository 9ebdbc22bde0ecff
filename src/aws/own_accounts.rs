//! The operator's own accounts. The `[context]` of principals and resources applies only to these: the same pod may
//! have an access key of any account, or name a snapshot of any account.

use std::sync::Arc;

use super::AccountId;

/// The accounts of the proxy's own credentials, of the default principal and of each `[[principal]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAccounts {
    proxy: Option<AccountId>,
    default: Option<AccountId>,
    configured: Arc<[AccountId]>,
}

impl OwnAccounts {
    /// Creates the set of the own accounts.
    #[must_use]
    pub const fn new(proxy: Option<AccountId>, default: Option<AccountId>, configured: Arc<[AccountId]>) -> Self {
        Self { proxy, default, configured }
    }

    /// Whether an account is one of them. If none is known, the caller's account counts as the only one.
    #[must_use]
    pub fn include(&self, account: AccountId, caller: Option<AccountId>) -> bool {
        if self.is_empty() { caller == Some(account) } else { self.known().any(|own| *own == account) }
    }

    /// Whether a caller may belong to another account.
    #[must_use]
    pub fn may_exclude(&self, caller: Option<AccountId>) -> bool {
        !self.is_empty() && !caller.is_some_and(|account| self.include(account, caller))
    }

    /// Whether no own account is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known().next().is_none()
    }

    fn known(&self) -> impl Iterator<Item = &AccountId> {
        self.proxy.iter().chain(&self.default).chain(self.configured.iter())
    }
}

#[cfg(test)]
mod tests {
    use crate::aws::{AccountId, OwnAccounts};

    #[test]
    fn an_account_is_own_if_the_operator_named_it_and_the_callers_is_only_where_none_is_named() {
        let account = |text: &str| text.parse::<AccountId>().unwrap();
        let (own, foreign) = (account("123456789012"), account("210987654321"));
        let nothing = OwnAccounts::default();
        assert!(nothing.include(own, Some(own)) && !nothing.include(own, Some(foreign)) && !nothing.include(own, None));
        assert!(!nothing.may_exclude(Some(foreign)) && !nothing.may_exclude(None));
        let known = [
            OwnAccounts { proxy: Some(own), ..OwnAccounts::default() },
            OwnAccounts { default: Some(own), ..OwnAccounts::default() },
            OwnAccounts { configured: [own].into(), ..OwnAccounts::default() },
        ];
        for known in known {
            assert!(known.include(own, Some(foreign)) && known.include(own, None));
            assert!(!known.include(foreign, Some(foreign)));
            assert!(known.may_exclude(Some(foreign)) && known.may_exclude(None) && !known.may_exclude(Some(own)));
        }
    }
}
