//! What each principal needs: actions, and for each action the patterns that cover the recorded resources and nothing
//! else.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
};

use crate::{
    aws::{AccountId, PrincipalKind, RequestResource, ResourceKind},
    history::{Caller, RecordedCall},
    policy::{Policy, Version},
};

/// The principal of a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Everyone: nothing is known about the caller.
    Everyone,
    /// An account: nothing else is known about the caller.
    Account(AccountId),
    /// A role, user or federated user, by its ARN.
    Principal(String),
    /// An account's root user, by its ARN. As a principal, this ARN would mean the whole account.
    Root(String),
}

/// The patterns of each action of each principal.
pub(super) type Found = BTreeMap<Who, BTreeMap<String, BTreeSet<String>>>;

/// Collects what is needed.
pub(super) struct Needs {
    found: Found,
    /// Whether `${*}` can be written for a literal star.
    escapes: bool,
    /// ARNs of roles as callers gave them, by account and name: a session's ARN does not contain the role's path.
    roles: HashMap<(AccountId, String), String>,
}

impl Who {
    /// The principal of a statement for a caller. For a session it is the role.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let arn = match caller {
            Caller::Unknown => return Self::Everyone,
            Caller::Account(account) => return Self::Account(*account),
            Caller::Known(arn) => arn,
        };
        match arn.kind() {
            PrincipalKind::Root => Self::Root(arn.to_string()),
            PrincipalKind::User | PrincipalKind::Role | PrincipalKind::AssumedRole | PrincipalKind::FederatedUser => {
                Self::Principal(arn.without_session())
            }
        }
    }

    /// Whether a statement for this principal also applies to the other.
    fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everyone, _) => true,
            (Self::Account(account), Self::Principal(arn) | Self::Root(arn)) => {
                arn.split(':').nth(4) == Some(account.to_string().as_str())
            }
            (Self::Account(_) | Self::Principal(_) | Self::Root(_), _) => self == other,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("a caller who is not known"),
            Self::Account(account) => write!(f, "account {account}"),
            Self::Principal(arn) | Self::Root(arn) => f.write_str(arn),
        }
    }
}

impl Needs {
    /// Creates an empty collection. The result will be part of a policy of the base's version, or of a new policy.
    pub(super) fn new(base: Option<&Policy>) -> Self {
        let escapes = base.is_none_or(|base| base.version() == Some(Version::V2012));
        Self { found: Found::new(), escapes, roles: HashMap::new() }
    }

    /// Adds an action on resources by the caller of a call.
    pub(super) fn add(
        &mut self,
        call: &RecordedCall,
        action: &str,
        resources: &[RequestResource],
        notes: &mut BTreeSet<String>,
    ) {
        let who = Who::of(&call.caller);
        self.note_caller(call, &who, notes);
        let patterns = self.found.entry(who).or_default().entry(action.to_owned()).or_default();
        for resource in resources {
            patterns.insert(pattern(resource, self.escapes));
            note_resource(action, resource, notes);
        }
        if resources.is_empty() {
            patterns.insert("*".to_owned());
        }
    }

    fn note_caller(&mut self, call: &RecordedCall, who: &Who, notes: &mut BTreeSet<String>) {
        match (&call.caller, who) {
            (Caller::Unknown, _) => {
                notes.insert(
                    "some callers are not known: their calls are allowed to everybody (`\"Principal\": \"*\"`)"
                        .to_owned(),
                );
            }
            (Caller::Account(account), _) => {
                notes.insert(format!(
                    "of some callers only the account {account} is known: their calls are allowed to all of it"
                ));
            }
            (Caller::Known(arn), Who::Principal(role)) => match (arn.kind(), arn.name()) {
                (PrincipalKind::Role, Some(name)) => {
                    self.roles.insert((arn.account(), name.to_owned()), arn.to_string());
                }
                (PrincipalKind::AssumedRole, Some(_)) => {
                    notes.insert(format!("a session does not tell its role's path: if {role} has one, write it"));
                }
                (PrincipalKind::Root | PrincipalKind::User | PrincipalKind::Role, _)
                | (PrincipalKind::AssumedRole | PrincipalKind::FederatedUser, _) => {}
            },
            (Caller::Known(_), Who::Everyone | Who::Account(_) | Who::Root(_)) => {}
        }
    }

    /// What is needed, without duplicates, without anything that a wider pattern covers, and without anything that is
    /// allowed to a principal that includes this one.
    pub(super) fn reduced(&self) -> Found {
        let mut found = Found::new();
        for (who, actions) in self.found.clone() {
            let own = found.entry(self.roles_with_path(who)).or_default();
            for (action, patterns) in actions {
                own.entry(action).or_default().extend(patterns);
            }
        }
        for patterns in found.values_mut().flat_map(BTreeMap::values_mut) {
            let all = patterns.clone();
            patterns.retain(|narrow| !all.iter().any(|wide| wide != narrow && covers(wide, narrow)));
        }
        let all = found.clone();
        for (who, actions) in &mut found {
            let wider = all.iter().filter(|(wider, _)| *wider != who && wider.includes(who));
            for (_, theirs) in wider {
                for (action, patterns) in &mut *actions {
                    let allowed = theirs.get(action);
                    patterns.retain(|narrow| !allowed.is_some_and(|wide| wide.iter().any(|wide| covers(wide, narrow))));
                }
            }
            actions.retain(|_, patterns| !patterns.is_empty());
        }
        found.retain(|_, actions| !actions.is_empty());
        found
    }

    /// The role's own ARN, if some caller gave it.
    fn roles_with_path(&self, who: Who) -> Who {
        let Who::Principal(arn) = &who else { return who };
        let own = arn.parse::<crate::aws::PrincipalArn>().ok().and_then(|role| {
            let name = role.name().filter(|_| role.kind() == PrincipalKind::Role)?;
            self.roles.get(&(role.account(), name.to_owned())).cloned()
        });
        own.map_or(who, Who::Principal)
    }
}

/// The narrowest pattern that covers a resource.
fn pattern(resource: &RequestResource, escapes: bool) -> String {
    match resource.kind {
        ResourceKind::Star | ResourceKind::Unknown => return "*".to_owned(),
        ResourceKind::Exact | ResourceKind::All | ResourceKind::Default | ResourceKind::UnknownId => {}
    }
    let mut fields: Vec<&str> = resource.arn.splitn(6, ':').collect();
    if let Some(account) = fields.get_mut(4).filter(|account| **account == "unknown") {
        *account = "*";
    }
    let Some(name) = fields.pop().filter(|_| fields.len() == 5) else { return resource.arn.to_string() };
    let name = if resource.kind == ResourceKind::Exact && escapes { escaped(name) } else { name.to_owned() };
    format!("{}:{name}", fields.join(":"))
}

/// Escapes wildcards and variables in a text ("IAM policy elements: Variables and tags", special characters).
fn escaped(name: &str) -> String {
    let dollar = name.replace("${", "${$}{");
    let mut out = String::with_capacity(dollar.len());
    for character in dollar.chars() {
        match character {
            '*' | '?' => out.extend(['$', '{', character, '}']),
            other => out.push(other),
        }
    }
    out
}

fn note_resource(action: &str, resource: &RequestResource, notes: &mut BTreeSet<String>) {
    let arn = &resource.arn;
    let note = match resource.kind {
        ResourceKind::Unknown => {
            format!("{action}: what it acts on is not known, which only `\"Resource\": \"*\"` allows")
        }
        ResourceKind::All => format!("{action}: a list call is judged on {arn}, which covers each of them by name too"),
        ResourceKind::UnknownId => {
            format!("{action}: the record does not tell which of {arn} it was, so all are allowed")
        }
        ResourceKind::Exact | ResourceKind::Default | ResourceKind::Star => String::new(),
    };
    notes.extend(Some(note).filter(|note| !note.is_empty()));
    if arn.split(':').nth(4) == Some("unknown") {
        notes.insert(format!("{action}: the account of {arn} is not known, so it is allowed in every account"));
    }
}

/// Whether one pattern covers everything that another covers. Only a `*` in the wide pattern covers a `*` in the
/// narrow one.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    if wide.contains("${") {
        return wide == narrow;
    }
    let mut parts = wide.split('*');
    let Some(rest) = narrow.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}
