//! Callers to try: those that the policies name, others of their accounts, and one that no policy names.

use std::collections::BTreeSet;

use super::Side;
use super::automaton::{Ends, Machine, literal};
use super::texts;
use crate::aws::{AccountId, PrincipalArn, PrincipalKind};
use crate::policy::{Condition, Context, EntryKind, RequestContext, Version};

/// Candidates for an account that no policy names.
const STRANGERS: [&str; 2] = ["111122223333", "444455556666"];

/// The accounts that the policies name anywhere, and one that they do not.
pub(super) fn accounts(sides: &[Side<'_>]) -> BTreeSet<AccountId> {
    let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
    let mut note = |text: &str| {
        let words = text.split(|c: char| !c.is_ascii_digit()).filter(|word| word.len() == 12);
        accounts.extend(words.filter_map(|word| word.parse::<AccountId>().ok()));
    };
    for statement in sides.iter().flat_map(|side| side.statements()) {
        statement.principals().entries().iter().for_each(|entry| note(entry.as_str()));
        statement.resources().entries().iter().for_each(|entry| note(entry.as_str()));
        let values = statement.conditions().iter().flat_map(Condition::values);
        values.for_each(|value| note(value.as_str()));
    }
    let strangers = STRANGERS.iter().filter_map(|text| text.parse::<AccountId>().ok());
    let stranger = strangers.into_iter().find(|account| !accounts.contains(account));
    accounts.into_iter().chain(stranger).collect()
}

/// The condition keys whose values depend on the caller, in lower case.
pub(super) const ANSWERED: [&str; 4] =
    ["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username"];

/// Adds the caller's condition keys to a context, as the proxy does.
pub(super) fn answer(caller: &PrincipalArn, context: &mut RequestContext) {
    context.insert("aws:PrincipalArn", caller.without_session());
    context.insert("aws:PrincipalAccount", caller.account().to_string());
    let kind = match caller.kind() {
        PrincipalKind::Root => "Account",
        PrincipalKind::User => "User",
        PrincipalKind::Role | PrincipalKind::AssumedRole => "AssumedRole",
        PrincipalKind::FederatedUser => "FederatedUser",
    };
    context.insert("aws:PrincipalType", kind);
    match caller.name().filter(|_| caller.kind() == PrincipalKind::User) {
        Some(name) => context.insert("aws:username", name),
        None => context.insert_absent("aws:username"),
    }
}

/// The callers to try: sessions of roles, users, roots.
pub(super) fn callers(sides: &[Side<'_>], accounts: &BTreeSet<AccountId>, context: &dyn Context) -> Vec<PrincipalArn> {
    let mut partitions = BTreeSet::from(["aws".to_owned()]);
    let mut callers: Vec<PrincipalArn> = Vec::new();
    let mut patterns = Vec::new();
    for side in sides {
        for statement in side.statements() {
            for entry in statement.principals().entries() {
                let EntryKind::Arn(arn) = entry.kind() else { continue };
                partitions.insert(arn.arn().partition().to_owned());
                patterns.push(literal(&arn.without_session()));
                callers.push(arn.clone());
            }
            for condition in statement.conditions() {
                patterns.extend(condition_patterns(condition, side.version, accounts, context));
            }
        }
    }
    let machine = Machine::new(patterns);
    for partition in &partitions {
        for account in accounts {
            for kind in ["role", "user"] {
                let head = format!("arn:{partition}:iam::{account}:{kind}/");
                let named = machine.texts(&head, Ends::Name);
                callers.extend(named.iter().filter_map(|arn| arn.parse::<PrincipalArn>().ok()));
            }
            callers.extend(format!("arn:{partition}:iam::{account}:root").parse::<PrincipalArn>());
        }
    }
    let sessions: Vec<PrincipalArn> = callers.iter().filter_map(session).collect();
    // The actual caller is a session; a role's ARN alone represents one of its sessions, without saying which.
    let mut seen = BTreeSet::new();
    sessions.into_iter().chain(callers).filter(|caller| seen.insert(caller.to_string())).collect()
}

/// A session of a role.
fn session(role: &PrincipalArn) -> Option<PrincipalArn> {
    let name = role.name().filter(|_| matches!(role.kind(), PrincipalKind::Role | PrincipalKind::AssumedRole))?;
    format!("arn:{}:sts::{}:assumed-role/{name}/session", role.arn().partition(), role.account()).parse().ok()
}

/// The ARNs of principals that a condition compares.
fn condition_patterns(
    condition: &Condition,
    version: Version,
    accounts: &BTreeSet<AccountId>,
    context: &dyn Context,
) -> Vec<Vec<super::automaton::Step>> {
    match condition.key().lower() {
        "aws:principalarn" => texts::of_condition(condition, version, context),
        "aws:username" => {
            let names = texts::of_condition(condition, version, context);
            let of_account = |account: &AccountId| {
                let head = literal(&format!("arn:aws:iam::{account}:user/"));
                names.iter().map(|name| [head.as_slice(), name.as_slice()].concat()).collect::<Vec<_>>()
            };
            accounts.iter().flat_map(of_account).collect()
        }
        _ => Vec::new(),
    }
}
