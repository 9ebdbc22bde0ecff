//! Rules about `Principal` and `NotPrincipal`.

use crate::aws::PrincipalKind;
use crate::policy::{Entry, EntryKind, Form, Statement};

use super::Linter;
use super::rules::principal as rules;

pub(super) fn check(linter: &mut Linter<'_>, statement: &Statement) {
    for entry in statement.principals().entries() {
        let text = entry.as_str();
        match entry.kind() {
            EntryKind::ArnWithWildcard => {
                let message =
                    format!("`{text}` names no principal: a wildcard does not match a part of a principal's ARN");
                linter.report(&rules::PRINCIPAL_WILDCARD, entry.place(), message);
            }
            EntryKind::UniqueId => {
                let message =
                    format!("`{text}` is the id of a user or role that was deleted: it names no principal here");
                linter.report(&rules::PRINCIPAL_UNIQUE_ID, entry.place(), message);
            }
            EntryKind::Service | EntryKind::Federated | EntryKind::CanonicalUser => {
                let message = format!("`{text}` never signs a request that comes this way");
                linter.report(&rules::PRINCIPAL_NOT_A_CALLER, entry.place(), message);
            }
            EntryKind::Star | EntryKind::AwsStar | EntryKind::Account(_) | EntryKind::Arn(_) => {}
        }
    }
    match statement.principals().form() {
        Form::Listed => redundant(linter, statement),
        Form::AllButListed => not_principal(linter, statement),
    }
}

fn redundant(linter: &mut Linter<'_>, statement: &Statement) {
    let principals = statement.principals();
    if principals.entries().len() > 1 && principals.is_everyone() {
        let message = "`*` stands for everybody: the other principals add nothing".to_owned();
        linter.report(&rules::PRINCIPAL_REDUNDANT, principals.place(), message);
    }
}

/// AWS: a `NotPrincipal` must list the account, and for a session also its role and the session itself.
fn not_principal(linter: &mut Linter<'_>, statement: &Statement) {
    let principals = statement.principals();
    let lists_account = |named: &Entry| match named.kind() {
        EntryKind::Arn(arn) => principals.entries().iter().any(|entry| match entry.kind() {
            EntryKind::Account(account) => *account == arn.account(),
            EntryKind::Arn(root) => root.kind() == PrincipalKind::Root && root.account() == arn.account(),
            EntryKind::Star
            | EntryKind::AwsStar
            | EntryKind::ArnWithWildcard
            | EntryKind::UniqueId
            | EntryKind::Service
            | EntryKind::Federated
            | EntryKind::CanonicalUser => false,
        }),
        EntryKind::Star
        | EntryKind::AwsStar
        | EntryKind::Account(_)
        | EntryKind::ArnWithWildcard
        | EntryKind::UniqueId
        | EntryKind::Service
        | EntryKind::Federated
        | EntryKind::CanonicalUser => true,
    };
    for entry in principals.entries().iter().filter(|entry| !lists_account(entry)) {
        let message = format!("`{}` is denied all the same: its account must be listed too", entry.as_str());
        linter.report(&rules::NOT_PRINCIPAL_PARTIAL, entry.place(), message);
    }
    let message = "`NotPrincipal` denies everybody but the principals listed; AWS advises a condition on \
                   `aws:PrincipalArn` instead"
        .to_owned();
    linter.report(&rules::NOT_PRINCIPAL, principals.place(), message);
}
