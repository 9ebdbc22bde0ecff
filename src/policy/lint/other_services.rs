//! Statements and entries for other services: policies are shared between endpoints, so these are not mistakes.

use crate::policy::{ActionPattern, Form, Statement, suggest};

use super::rules::{action as rules, statement};
use super::unmatched::Fields;
use super::{Linter, reach::Reader};

/// Other services whose names are similar to `rds`.
const NEAR: [&str; 3] = ["ds", "dms", "sds"];

/// Whether an entry can match an action of the endpoint's service.
pub(super) fn is_own(entry: &ActionPattern, service: &str) -> bool {
    entry.pattern.is_universal() || Reader::of_action(entry.as_str()).meets_action_of(service)
}

/// Whether an entry of another service was probably meant for this one: Neptune and DocumentDB use `rds:` actions
/// (AWS's own DocumentDB example writes `docdb:`), or a misspelt prefix precedes an action that this service has.
pub(super) fn is_meant_for_own(linter: &Linter<'_>, entry: &ActionPattern) -> bool {
    let vocabulary = linter.options.vocabulary;
    let Some((service, name)) = entry.as_str().split_once(':') else { return false };
    let service = service.to_ascii_lowercase();
    let near = !NEAR.contains(&service.as_str()) && suggest::nearest(&service, [vocabulary.service.as_str()]).is_some();
    let mended = format!("{}:{name}", vocabulary.service);
    ["docdb", "neptune"].contains(&service.as_str()) || near && vocabulary.action(&mended).is_some()
}

/// Whether a statement lists actions, all of which belong to other services and are meant to.
pub(super) fn is_about_others(linter: &Linter<'_>, statement: &Statement) -> bool {
    let actions = statement.actions();
    let other =
        |entry: &ActionPattern| !is_own(entry, &linter.options.vocabulary.service) && !is_meant_for_own(linter, entry);
    actions.form() == Form::Listed && actions.entries().iter().all(other)
}

/// Whether a statement names actions of other services, or may match some.
pub(super) fn names_others(linter: &Linter<'_>, statement: &Statement) -> bool {
    let actions = statement.actions();
    let other =
        |entry: &ActionPattern| !is_own(entry, &linter.options.vocabulary.service) || !entry.as_str().contains(':');
    actions.form() == Form::AllButListed || actions.entries().iter().any(other)
}

/// Whether an ARN pattern belongs to another service.
pub(super) fn is_foreign(fields: &Fields<'_>, service: &str) -> bool {
    let plain = !fields.service.contains(['*', '?']);
    fields.count >= 3 && plain && !fields.service.is_empty() && fields.service != service
}

/// Reports one note for all statements that are for other services.
pub(super) fn statements(linter: &mut Linter<'_>) {
    let all = linter.policy.statements();
    let others: Vec<(usize, &Statement)> =
        all.iter().enumerate().filter(|(_, statement)| is_about_others(linter, statement)).collect();
    let Some((_, first)) = others.first() else { return };
    let numbers: Vec<String> = others.iter().take(8).map(|(index, _)| (index + 1).to_string()).collect();
    let more = others.len().saturating_sub(8);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (noun, verb) = if others.len() == 1 { ("statement", "is") } else { ("statements", "are") };
    let message = format!(
        "{noun} {}{more} {verb} about other services than `{}`: no request through this endpoint",
        numbers.join(", "),
        linter.options.vocabulary.service
    );
    linter.report(&statement::OTHER_SERVICES, first.place(), message);
}

/// Reports one note for the actions of other services in a statement that is also for this one.
pub(super) fn actions(linter: &mut Linter<'_>, statement: &Statement) {
    let service = &linter.options.vocabulary.service;
    let actions = statement.actions();
    let others: Vec<&str> = actions
        .entries()
        .iter()
        .filter(|entry| !is_own(entry, service) && !is_meant_for_own(linter, entry))
        .map(ActionPattern::as_str)
        .collect();
    if others.is_empty() {
        return;
    }
    let shown: Vec<&str> = others.iter().copied().take(3).collect();
    let more = others.len().saturating_sub(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message =
        format!("`{}`{more} match nothing here: this endpoint takes `{service}:` actions", shown.join("`, `"));
    linter.report(&rules::ACTIONS_OF_OTHER_SERVICES, actions.place(), message);
}
