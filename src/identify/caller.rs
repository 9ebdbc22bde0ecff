//! Who a caller is, and how far that identity is trusted.

use std::{collections::BTreeMap, fmt, sync::Arc};

use super::Term;
use crate::aws::{AccessKeyId, AccountId, OwnAccounts, PrincipalArn};

/// The origin of a request, as far as it is known here. AWS authenticates it afterwards in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The principal. A role without a session if only the role is known.
    pub principal: Option<PrincipalArn>,
    /// The role of a session with its path, if that is known: a session's ARN does not contain it.
    pub role: Option<PrincipalArn>,
    /// The operator's own accounts.
    pub own_accounts: OwnAccounts,
    /// The account, which may be known although the principal is not.
    pub account: Option<AccountId>,
    /// The access key id that signed; `None` if no signature can be read, which only audit mode lets pass.
    pub access_key_id: Option<AccessKeyId>,
    /// How far principal and account are trusted.
    pub trust: Trust,
    /// The principal's tags, if the configuration lists them.
    pub tags: Arc<BTreeMap<String, String>>,
    /// AWS's own id of the principal, as in `aws:userid`, if it is known.
    pub user_id: Option<Arc<str>>,
    /// Whether the credentials that AWS will see are temporary.
    pub term: Term,
}

/// How far a caller's identity is trusted, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Nothing is known.
    None,
    /// The account is read from the access key id.
    Claimed,
    /// The configuration declares the identity of such callers.
    Assumed,
    /// The access key id belongs to a known principal.
    Known,
    /// The signature was recomputed with the secret and matches.
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
    /// A caller of whom nothing is known.
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
