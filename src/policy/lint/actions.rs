//! Rules about `Action` and `NotAction`.

use crate::policy::{ActionPattern, Effect, Form, Statement, suggest};

use super::rules::action as rules;
use super::{Linter, other_services};

pub(super) fn check(linter: &mut Linter<'_>, statement: &Statement) {
    let actions = statement.actions();
    for (at, entry) in actions.entries().iter().enumerate() {
        if !entry.pattern.is_universal() {
            one(linter, statement, entry);
        }
        let wider = actions.entries().iter().enumerate().find(|(other_at, other)| {
            let readable = !(other.as_str().contains('?') && entry.as_str().contains('*'));
            let same = other.as_str().eq_ignore_ascii_case(entry.as_str());
            *other_at != at && readable && other.matches(entry.as_str()) && (!same || *other_at < at)
        });
        if let Some((_, wider)) = wider {
            let message = format!("`{}` is already covered by `{}`", entry.as_str(), wider.as_str());
            linter.report(&rules::ACTION_REDUNDANT, entry.place(), message);
        }
    }
    other_services::actions(linter, statement);
    if actions.form() == Form::AllButListed && statement.effect() == Effect::Allow {
        let message = "`NotAction` with `Allow` allows every action but those listed, future ones included".to_owned();
        linter.report(&rules::ALLOW_NOT_ACTION, actions.place(), message);
    }
}

fn one(linter: &mut Linter<'_>, statement: &Statement, entry: &ActionPattern) {
    let text = entry.as_str();
    let name = text.split_once(':').map_or("", |(_, name)| name);
    let vocabulary = linter.options.vocabulary;
    if !other_services::is_own(entry, &vocabulary.service) {
        if other_services::is_meant_for_own(linter, entry) {
            let mended = format!("{}:{name}", vocabulary.service);
            let message =
                format!("`{text}` matches nothing here: this endpoint takes `{}:` actions", vocabulary.service);
            linter.report_with_fix(&rules::ACTION_OF_OTHER_SERVICE, entry.place(), message, &mended);
        }
        return;
    }
    let matching: Vec<&str> =
        vocabulary.actions.iter().map(|action| action.name.as_str()).filter(|action| entry.matches(action)).collect();
    let has_wildcard = text.contains(['*', '?']);
    match matching.as_slice() {
        [] if has_wildcard => {
            linter.report(&rules::ACTION_MATCHES_NOTHING, entry.place(), format!("`{text}` matches no known action"));
        }
        [] => unknown(linter, entry),
        [known] if !has_wildcard && *known != text => {
            let message = format!("`{text}` is written `{known}` by AWS; letter case makes no difference");
            linter.report_with_fix(&rules::ACTION_LETTER_CASE, entry.place(), message, known);
        }
        several => wide(linter, statement, entry, several),
    }
}

/// Reports an action that is not in the table: misspelt, or newer than the table.
fn unknown(linter: &mut Linter<'_>, entry: &ActionPattern) {
    let text = entry.as_str();
    let names: Vec<&str> = linter.options.vocabulary.actions.iter().map(|action| action.name.as_str()).collect();
    // A name that shares the verb of another action but little else is a new action, not a typing error.
    let misspelt = suggest::nearest(text, names.iter().copied()).filter(|near| is_slip(text, near));
    if let Some(near) = misspelt {
        let message = format!("`{text}` is no known action; did you mean `{near}`?");
        linter.report_with_fix(&rules::ACTION_UNKNOWN, entry.place(), message, near);
        return;
    }
    let message = |hint: &str| format!("`{text}` is no action that this program knows{hint}");
    let has_known_verb = names.iter().any(|known| verb(known).eq_ignore_ascii_case(verb(text)));
    if !has_known_verb {
        linter.report(&rules::ACTION_UNKNOWN, entry.place(), message(""));
        return;
    }
    let near = suggest::nearest_within(text, names.iter().copied(), text.len() / 2);
    let hint = near.map(|near| format!("; if it is not new, did you mean `{near}`?"));
    linter.report(&rules::ACTION_NEWER, entry.place(), message(&hint.unwrap_or_default()));
}

/// Whether two names differ by no more than a typing error: at most two letters, or a plural.
fn is_slip(found: &str, near: &str) -> bool {
    suggest::distance(&found.to_lowercase(), &near.to_lowercase()) <= 2
}

/// The first word of an action's name: `Create` of `rds:CreateDBInstance`.
fn verb(action: &str) -> &str {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let end =
        name.char_indices().skip(1).find(|(_, letter)| letter.is_ascii_uppercase()).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

/// Reports an Allow whose wildcard precedes the verb, so that it includes destructive actions that its text does not
/// show.
fn wide(linter: &mut Linter<'_>, statement: &Statement, entry: &ActionPattern, matching: &[&str]) {
    let name = entry.as_str().split_once(':').map_or("", |(_, name)| name);
    let hidden_verb = name.starts_with(['*', '?']) && name != "*";
    if statement.effect() != Effect::Allow || statement.actions().form() != Form::Listed || !hidden_verb {
        return;
    }
    let destructive: Vec<&str> = matching
        .iter()
        .copied()
        .filter(|action| ["Delete", "Modify", "Restore"].contains(&verb(action)))
        .take(3)
        .collect();
    if !destructive.is_empty() {
        let message = format!("`{}` also allows `{}`", entry.as_str(), destructive.join("`, `"));
        linter.report(&rules::ACTION_WIDER_THAN_IT_SEEMS, entry.place(), message);
    }
}
