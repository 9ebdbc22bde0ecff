//! Rules about `Action` and `NotAction`.

use crate::policy::{ActionPattern, Effect, Form, Statement, suggest};

use super::Linter;
use super::rules::action as rules;

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
    if actions.form() == Form::AllButListed && statement.effect() == Effect::Allow {
        let message = "`NotAction` with `Allow` allows every action but those listed, future ones included".to_owned();
        linter.report(&rules::ALLOW_NOT_ACTION, actions.place(), message);
    }
}

fn one(linter: &mut Linter<'_>, statement: &Statement, entry: &ActionPattern) {
    let text = entry.as_str();
    let (service, name) = text.split_once(':').unwrap_or((text, ""));
    let vocabulary = linter.options.vocabulary;
    if !service.eq_ignore_ascii_case(&vocabulary.service) {
        let message = format!("`{text}` matches nothing here: this endpoint takes `{}:` actions", vocabulary.service);
        // Neptune and DocumentDB are called by `rds:` actions; AWS's own DocumentDB example writes `docdb:`.
        if ["docdb", "neptune"].contains(&service) {
            let mended = format!("{}:{name}", vocabulary.service);
            linter.report_with_fix(&rules::ACTION_OF_OTHER_SERVICE, entry.place(), message, &mended);
        } else {
            linter.report(&rules::ACTION_OF_OTHER_SERVICE, entry.place(), message);
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
        [] => {
            let names = vocabulary.actions.iter().map(|action| action.name.as_str());
            let message = |hint: String| format!("`{text}` is no known action{hint}");
            match suggest::nearest(text, names) {
                Some(near) => {
                    let message = message(format!("; did you mean `{near}`?"));
                    linter.report_with_fix(&rules::ACTION_UNKNOWN, entry.place(), message, near);
                }
                None => linter.report(&rules::ACTION_UNKNOWN, entry.place(), message(String::new())),
            }
        }
        [known] if !has_wildcard && *known != text => {
            let message = format!("`{text}` is written `{known}` by AWS; letter case makes no difference");
            linter.report_with_fix(&rules::ACTION_LETTER_CASE, entry.place(), message, known);
        }
        several => wide(linter, statement, entry, several),
    }
}

/// The first word of an action's name: `Create` of `rds:CreateDBInstance`.
fn verb(action: &str) -> &str {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let end =
        name.char_indices().skip(1).find(|(_, letter)| letter.is_ascii_uppercase()).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

/// An Allow whose wildcard stands before the verb reaches destructive actions that its words don't show.
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
