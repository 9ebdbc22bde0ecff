//! `Principal` and `NotPrincipal`: the principals to which a statement applies.

use crate::aws::{AccountId, Arn, PrincipalArn, PrincipalKind};

use super::{Place, Truth};

/// The caller, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// This principal. A role's ARN represents one of its sessions; it is not known which.
    Known(&'a PrincipalArn),
    /// An unknown principal of this account.
    Account(AccountId),
    /// An unknown principal.
    Unknown,
}

/// A statement's `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    form: Form,
    entries: Box<[Entry]>,
    place: Place,
    /// Whether one entry matches everyone, as is nearly always the case.
    has_star: bool,
}

/// Whether an element lists what it includes or what it excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `Principal`, `Action`, `Resource`.
    Listed,
    /// `NotPrincipal`, `NotAction`, `NotResource`.
    AllButListed,
}

/// One principal of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(crate) text: Box<str>,
    pub(crate) kind: EntryKind,
    pub(crate) place: Place,
}

/// The kind of a principal in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// `"*"` on its own.
    Star,
    /// `{"AWS": "*"}`, with the same meaning.
    AwsStar,
    /// An account, by its id: every principal in it.
    Account(AccountId),
    /// A root, user, role, session or federated user, by its ARN. The root's ARN means the whole account.
    Arn(PrincipalArn),
    /// An ARN with a wildcard: in AWS it matches no principal ("You cannot use a wildcard to match part of a
    /// principal name").
    ArnWithWildcard,
    /// A user's or role's unique id (`AIDA…`, `AROA…`), which AWS shows for one that was deleted.
    UniqueId,
    /// A service, which does not sign requests that pass this proxy.
    Service,
    /// An identity provider.
    Federated,
    /// An S3 canonical user.
    CanonicalUser,
}

/// The types of a principal map.
pub(crate) const PRINCIPAL_TYPES: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];

impl EntryKind {
    /// Parses an entry under `AWS`.
    pub(crate) fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::AwsStar);
        }
        if let Ok(account) = text.parse() {
            return Some(Self::Account(account));
        }
        let unique_id = text.len() >= 16
            && ["AIDA", "AROA", "AGPA", "ANPA", "ASCA"].iter().any(|prefix| text.starts_with(prefix))
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if unique_id {
            return Some(Self::UniqueId);
        }
        if text.contains(['*', '?']) && text.parse::<Arn>().is_ok() {
            return Some(Self::ArnWithWildcard);
        }
        text.parse().ok().map(Self::Arn)
    }

    /// The member of the principal map that contains such an entry; `None` for `*` on its own.
    #[must_use]
    pub const fn member(&self) -> Option<&'static str> {
        match self {
            Self::Star => None,
            Self::AwsStar | Self::Account(_) | Self::Arn(_) | Self::ArnWithWildcard | Self::UniqueId => Some("AWS"),
            Self::Service => Some("Service"),
            Self::Federated => Some("Federated"),
            Self::CanonicalUser => Some("CanonicalUser"),
        }
    }

    const fn is_everyone(&self) -> bool {
        matches!(self, Self::Star | Self::AwsStar)
    }

    /// Whether this entry means every principal of the account.
    fn is_whole_account(&self, account: AccountId, partition: Option<&str>) -> bool {
        match self {
            Self::Account(listed) => *listed == account,
            Self::Arn(arn) if arn.kind() == PrincipalKind::Root => {
                arn.account() == account && partition.is_none_or(|partition| arn.arn().partition() == partition)
            }
            Self::Arn(_)
            | Self::Star
            | Self::AwsStar
            | Self::ArnWithWildcard
            | Self::UniqueId
            | Self::Service
            | Self::Federated
            | Self::CanonicalUser => false,
        }
    }

    /// Whether this names one principal of the account other than its root.
    fn is_part_of(&self, account: AccountId) -> bool {
        self.as_named().is_some_and(|arn| arn.account() == account)
    }

    fn as_named(&self) -> Option<&PrincipalArn> {
        match self {
            Self::Arn(arn) if arn.kind() != PrincipalKind::Root => Some(arn),
            Self::Arn(_)
            | Self::Account(_)
            | Self::Star
            | Self::AwsStar
            | Self::ArnWithWildcard
            | Self::UniqueId
            | Self::Service
            | Self::Federated
            | Self::CanonicalUser => None,
        }
    }

    /// Whether the entry could match a caller of whom nothing is known.
    fn could_name_somebody(&self) -> bool {
        match self {
            Self::Account(_) | Self::Arn(_) => true,
            Self::Star
            | Self::AwsStar
            | Self::ArnWithWildcard
            | Self::UniqueId
            | Self::Service
            | Self::Federated
            | Self::CanonicalUser => false,
        }
    }
}

impl Entry {
    /// The entry as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The kind of the entry.
    #[must_use]
    pub fn kind(&self) -> &EntryKind {
        &self.kind
    }

    /// The entry's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the entry covers the principal.
    #[must_use]
    pub fn covers(&self, principal: Principal<'_>) -> Truth {
        if self.kind.is_everyone() {
            return Truth::True;
        }
        match principal {
            Principal::Unknown => could(self.kind.could_name_somebody()),
            Principal::Account(account) if self.kind.is_whole_account(account, None) => Truth::True,
            Principal::Account(account) => could(self.kind.is_part_of(account)),
            Principal::Known(caller) => {
                let whole_account = self.kind.is_whole_account(caller.account(), Some(caller.arn().partition()));
                Truth::from(whole_account).or(self.kind.as_named().map_or(Truth::False, |named| names(named, caller)))
            }
        }
    }
}

fn could(could: bool) -> Truth {
    if could { Truth::Unknown } else { Truth::False }
}

/// Whether an ARN of the policy names the caller, directly or through its role.
fn names(listed: &PrincipalArn, caller: &PrincipalArn) -> Truth {
    if listed.arn() == caller.arn() {
        return Truth::True;
    }
    match (listed.kind(), caller.kind()) {
        (PrincipalKind::Role, PrincipalKind::AssumedRole) => is_role_of(listed, caller).into(),
        // The caller's role is known by its name, which is unique in the account.
        (PrincipalKind::Role, PrincipalKind::Role) if caller.has_unknown_path() => is_role_of(listed, caller).into(),
        // It is not known which session of the role this is.
        (PrincipalKind::AssumedRole, PrincipalKind::Role) => could(is_role_of(caller, listed)),
        // OURS: AWS does not say whether a user's entry covers the federated user sessions with the same name.
        (PrincipalKind::User, PrincipalKind::FederatedUser) => could(same_name(listed, caller)),
        (PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role, _)
        | (PrincipalKind::AssumedRole | PrincipalKind::FederatedUser, _) => Truth::False,
    }
}

/// Whether the session is one of the role. A session's ARN does not contain the role's path, which is not needed:
/// names of roles are unique in an account.
fn is_role_of(role: &PrincipalArn, session: &PrincipalArn) -> bool {
    same_name(role, session)
}

fn same_name(a: &PrincipalArn, b: &PrincipalArn) -> bool {
    a.account() == b.account() && a.arn().partition() == b.arn().partition() && a.name() == b.name()
}

impl Principals {
    pub(crate) fn new(form: Form, entries: Vec<Entry>, place: Place) -> Self {
        let has_star = entries.iter().any(|entry| entry.kind.is_everyone());
        Self { form, entries: entries.into(), place, has_star }
    }

    /// Whether the element lists the principals that it includes or excludes.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The principals in the list.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The element's place in the policy's text.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the statement applies to everyone.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.form == Form::Listed && self.has_star
    }

    /// Whether the statement applies to the principal.
    #[must_use]
    pub fn include(&self, principal: Principal<'_>) -> Truth {
        match self.form {
            Form::Listed if self.has_star => Truth::True,
            Form::Listed => Truth::any(self.entries.iter().map(|entry| entry.covers(principal))),
            Form::AllButListed => !self.exempt(principal),
        }
    }

    /// Whether `NotPrincipal` exempts the principal.
    ///
    /// AWS: in addition to the user, or the role and the session, its account must be listed; if fewer are listed,
    /// the request "might" be denied. OURS: it is.
    fn exempt(&self, principal: Principal<'_>) -> Truth {
        if self.has_star {
            return Truth::True;
        }
        let lists_account = |account, partition| {
            Truth::from(self.entries.iter().any(|entry| entry.kind.is_whole_account(account, partition)))
        };
        match principal {
            Principal::Unknown => {
                Truth::any(self.entries.iter().map(|entry| entry.covers(principal))).and(Truth::Unknown)
            }
            // For the account's root its account is enough; another principal must be listed as well, or is not
            // exempt.
            Principal::Account(account) => lists_account(account, None).and(Truth::Unknown),
            Principal::Known(caller) => {
                lists_account(caller.account(), Some(caller.arn().partition())).and(self.lists_itself(caller))
            }
        }
    }

    /// Whether the caller itself is listed as AWS requires, apart from its account.
    fn lists_itself(&self, caller: &PrincipalArn) -> Truth {
        let lists = |wanted: &dyn Fn(&PrincipalArn) -> Truth| {
            Truth::any(self.entries.iter().filter_map(|entry| entry.kind.as_named()).map(wanted))
        };
        let exactly = |listed: &PrincipalArn| {
            let same_role = listed.kind() == PrincipalKind::Role
                && caller.kind() == PrincipalKind::Role
                && caller.has_unknown_path()
                && is_role_of(listed, caller);
            Truth::from(listed.arn() == caller.arn() || same_role)
        };
        match caller.kind() {
            PrincipalKind::Root => Truth::True,
            PrincipalKind::User | PrincipalKind::FederatedUser => lists(&exactly),
            // One session of the role, not known which: the session must be listed as well.
            PrincipalKind::Role => lists(&exactly)
                .and(lists(&|listed| could(listed.kind() == PrincipalKind::AssumedRole && is_role_of(caller, listed)))),
            PrincipalKind::AssumedRole => lists(&exactly)
                .and(lists(&|listed| Truth::from(listed.kind() == PrincipalKind::Role && is_role_of(listed, caller)))),
        }
    }

    /// Passes to `name` the keys that leave the element undetermined for the principal.
    pub(crate) fn undetermined_keys(&self, principal: Principal<'_>, name: &mut dyn FnMut(&str)) {
        let whole_account = |kind: &EntryKind| kind.could_name_somebody() && kind.as_named().is_none();
        let nothing_known = matches!(principal, Principal::Unknown);
        if nothing_known && self.entries.iter().any(|entry| whole_account(&entry.kind)) {
            name("aws:PrincipalAccount");
        }
        if !nothing_known || self.entries.iter().any(|entry| entry.kind.as_named().is_some()) {
            name("aws:PrincipalArn");
        }
    }
}
