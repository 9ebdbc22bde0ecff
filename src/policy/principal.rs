//! `Principal` and `NotPrincipal`: who a statement is about.

use crate::aws::{AccountId, Arn, PrincipalArn, PrincipalKind};

use super::{Place, Truth};

/// Who signed a request, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub enum Principal<'a> {
    /// This principal. A role's ARN stands for one of its sessions, it is not known which.
    Known(&'a PrincipalArn),
    /// Somebody of this account.
    Account(AccountId),
    /// Nothing is known.
    Unknown,
}

/// A statement's `Principal` or `NotPrincipal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals {
    form: Form,
    entries: Box<[Entry]>,
    place: Place,
    /// Whether one entry stands for everybody, as nearly always.
    has_star: bool,
}

/// Whether an element lists what it is about, or what it is not about.
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

/// What a principal of the list names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// `"*"` by itself.
    Star,
    /// `{"AWS": "*"}`: the same.
    AwsStar,
    /// An account, by its id: every principal of it.
    Account(AccountId),
    /// A root, user, role, session or federated user, by its ARN. The root's ARN stands for the account.
    Arn(PrincipalArn),
    /// An ARN with a wildcard: AWS matches none with it ("You cannot use a wildcard to match part of a principal name").
    ArnWithWildcard,
    /// A user's or role's unique id (`AIDA…`, `AROA…`), which AWS shows for one that was deleted.
    UniqueId,
    /// A service, which does not sign from behind this proxy.
    Service,
    /// An identity provider.
    Federated,
    /// An S3 canonical user.
    CanonicalUser,
}

/// The types of a principal map.
pub(crate) const PRINCIPAL_TYPES: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];

impl EntryKind {
    /// Reads an entry under `AWS`.
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

    /// The member of the principal map under which such an entry stands; none for `*` by itself.
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

    /// Whether this stands for every principal of the account.
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

    /// Whether this names one principal of the account, other than its root.
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

    /// Whether the entry could name a caller about whom nothing is known.
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

    /// What the entry names.
    #[must_use]
    pub fn kind(&self) -> &EntryKind {
        &self.kind
    }

    /// Where it stands.
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

/// Whether an ARN of the policy names the caller, itself or through its role.
fn names(listed: &PrincipalArn, caller: &PrincipalArn) -> Truth {
    if listed.arn() == caller.arn() {
        return Truth::True;
    }
    match (listed.kind(), caller.kind()) {
        (PrincipalKind::Role, PrincipalKind::AssumedRole) => is_role_of(listed, caller).into(),
        // The caller's role is known by its name, which no other role of the account has.
        (PrincipalKind::Role, PrincipalKind::Role) if caller.has_unknown_path() => is_role_of(listed, caller).into(),
        // Which session of the role this is, is not known.
        (PrincipalKind::AssumedRole, PrincipalKind::Role) => could(is_role_of(caller, listed)),
        // OURS: AWS does not say whether a user's entry covers the federated user sessions that bear its name.
        (PrincipalKind::User, PrincipalKind::FederatedUser) => could(same_name(listed, caller)),
        (PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role, _)
        | (PrincipalKind::AssumedRole | PrincipalKind::FederatedUser, _) => Truth::False,
    }
}

/// Whether the session is one of the role. A session's ARN does not carry the role's path, and needs not: names of
/// roles are unique in an account.
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

    /// Whether the element lists whom it is about, or whom it is not about.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The principals listed.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where the element stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether the statement is about everybody.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.form == Form::Listed && self.has_star
    }

    /// Whether the statement is about the principal.
    #[must_use]
    pub fn include(&self, principal: Principal<'_>) -> Truth {
        match self.form {
            Form::Listed if self.has_star => Truth::True,
            Form::Listed => Truth::any(self.entries.iter().map(|entry| entry.covers(principal))),
            Form::AllButListed => !self.exempt(principal),
        }
    }

    /// Whether `NotPrincipal` leaves the principal out.
    ///
    /// AWS: besides the user, or the role and the session, its account must be listed; what comes of listing fewer is
    /// said to be that the request "might" be denied. OURS: it is.
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
            // The account's root needs no more than its account; another principal needs more, or is not named.
            Principal::Account(account) => lists_account(account, None).and(Truth::Unknown),
            Principal::Known(caller) => {
                lists_account(caller.account(), Some(caller.arn().partition())).and(self.lists_itself(caller))
            }
        }
    }

    /// Whether the caller is listed as fully as AWS asks, apart from its account.
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
            // One session of the role, it is not known which: it needs an entry of its own.
            PrincipalKind::Role => lists(&exactly)
                .and(lists(&|listed| could(listed.kind() == PrincipalKind::AssumedRole && is_role_of(caller, listed)))),
            PrincipalKind::AssumedRole => lists(&exactly)
                .and(lists(&|listed| Truth::from(listed.kind() == PrincipalKind::Role && is_role_of(listed, caller)))),
        }
    }

    /// Names what keeps the element from being decided for the principal.
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
