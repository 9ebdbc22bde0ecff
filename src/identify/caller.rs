//! Who a caller is, and how far that is believed.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::Term;
use crate::aws::{AccessKeyId, AccountId, OwnAccounts, PrincipalArn};

/// Who a request comes from, as far as it is known here. AWS authenticates it after us in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The principal. A role without a session where only the role is known.
    pub principal: Option<PrincipalArn>,
    /// The role of a session with its path, where that is known: a session's ARN does not have it.
    pub role: Option<PrincipalArn>,
    /// The accounts that are the operator's own.
    pub own_accounts: OwnAccounts,
    /// The account, which may be known where the principal is not.
    pub account: Option<AccountId>,
    /// The access key id that signed; `None` where no signature can be read, which only audit mode lets pass.
    pub access_key_id: Option<AccessKeyId>,
    /// How far principal and account are believed.
    pub trust: Trust,
    /// The principal's tags, where the configuration gives them.
    pub tags: Arc<BTreeMap<String, String>>,
    /// AWS's own id of the principal, as `aws:userid` has it, where it is known.
    pub user_id: Option<Arc<str>>,
    /// Whether the credentials that AWS will see are temporary.
    pub term: Term,
}

/// How far a caller's identity is believed, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Nothing is known.
    None,
    /// The account is read from the access key id.
    Claimed,
    /// The configuration says who callers like this one are.
    Assumed,
    /// The access key id is a known principal's.
    Known,
    /// The signature was computed again with the secret and is equal.
    Verified,
}

impl Trust {
    /// The word in records and in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Claimed => "claimed",
            Self::Assumed => "assumed",
            Self::Known => "known",
            Self::Verified => "verified",
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Caller {
    /// Somebody of whom nothing is known.
    pub(super) fn anonymous() -> Self {
        Self {
            principal: None,
            role: None,
            own_accounts: OwnAccounts::default(),
            account: None,
            access_key_id: None,
            trust: Trust::None,
            tags: Arc::default(),
            user_id: None,
            term: Term::Unknown,
        }
    }
}
