//! Checks condition keys against the actions of their statement: a key that an action does not have decides nothing
//! for it.

use crate::policy::{Comparison, Condition, Effect, Existence, Form, SetOperator, Statement, suggest};

use super::Linter;
use super::rules::condition as rules;
use super::vocabulary::{Carried, KnownAction, is_parameter};

/// Maximum number of actions in a message.
const MOST_NAMED: usize = 5;

/// The actions of a statement that do not have one of its keys, or whose requests do not show it.
#[derive(Default)]
struct Found<'v> {
    without: Vec<&'v KnownAction>,
    undecided: Vec<&'v KnownAction>,
}

pub(super) fn check(linter: &mut Linter<'_>, statement: &Statement) {
    if statement.actions().form() == Form::AllButListed {
        return;
    }
    let vocabulary = linter.options.vocabulary;
    for condition in statement.conditions() {
        let found = found(linter, statement, condition.key().lower());
        if !found.without.is_empty() {
            absent(linter, statement, condition, &found.without);
        }
        if !found.undecided.is_empty() && vocabulary.is_answered_by_requests(condition.key().lower()) {
            let what = match statement.effect() {
                Effect::Allow => "never allows",
                Effect::Deny => "denies every call of",
            };
            let message = format!(
                "only AWS knows `{}` for {}: here the statement {what} {}{}",
                condition.key(),
                named(&found.undecided),
                pronoun(&found.undecided),
                hint(condition.key().lower(), &found.undecided),
            );
            linter.report(&rules::KEY_UNDECIDED, condition.place(), message);
        }
    }
}

/// The actions without the key, and those for which only the stored resource has it. An entry with a wildcard counts
/// only if this is true of all its actions: it was not written for each of them.
fn found<'v>(linter: &Linter<'v>, statement: &Statement, key: &str) -> Found<'v> {
    let vocabulary = linter.options.vocabulary;
    let mut found = Found::default();
    for entry in statement.actions().entries() {
        let matching: Vec<&KnownAction> =
            vocabulary.actions.iter().filter(|action| entry.matches(&action.name)).collect();
        let all = |carried: Carried| matching.iter().all(|action| vocabulary.carried(action, key) == carried);
        let list = if all(Carried::No) {
            &mut found.without
        } else if all(Carried::ByStoredResource) {
            &mut found.undecided
        } else {
            continue;
        };
        for action in matching {
            if !list.iter().any(|known| known.name == action.name) {
                list.push(action);
            }
        }
    }
    found
}

/// Whether the condition holds if the request does not have the key.
fn holds_without(condition: &Condition) -> bool {
    let operator = condition.operator();
    if operator.comparison() == Comparison::Null {
        return condition.values().iter().any(|value| value.as_str().eq_ignore_ascii_case("true"));
    }
    match operator.set() {
        Some(SetOperator::ForAllValues) => true,
        Some(SetOperator::ForAnyValue) => operator.existence() == Existence::IfExists,
        None => operator.comparison().is_negated() || operator.existence() == Existence::IfExists,
    }
}

fn absent(linter: &mut Linter<'_>, statement: &Statement, condition: &Condition, actions: &[&KnownAction]) {
    let (key, deny) = (condition.key(), statement.effect() == Effect::Deny);
    let kind = if key.lower().starts_with("guard:param/") { "parameter" } else { "key" };
    let subject = format!("`{key}` is no {kind} of {}", named(actions));
    let which = pronoun(actions);
    if !holds_without(condition) {
        let what = if deny { "denies" } else { "allows" };
        let hint = hint(key.lower(), actions);
        let message = format!("{subject}: the statement never {what} {which}{hint}");
        linter.report(&rules::KEY_OF_OTHER_ACTIONS, condition.place(), message);
        return;
    }
    // In an Allow, `IfExists` is the way to write that actions without the key are included; the same applies to a
    // `Null` or a `ForAllValues`, which other rules report.
    let meant = !deny && (!condition.operator().comparison().is_negated() || is_if_exists(condition));
    if !meant {
        let hint = hint(key.lower(), actions);
        let message = format!("{subject}: the condition always holds for {which}{hint}");
        linter.report(&rules::KEY_ALWAYS_ABSENT, condition.place(), message);
    }
}

fn is_if_exists(condition: &Condition) -> bool {
    condition.operator().existence() == Existence::IfExists
}

fn pronoun(actions: &[&KnownAction]) -> &'static str {
    if actions.len() == 1 { "it" } else { "them" }
}

fn named(actions: &[&KnownAction]) -> String {
    let shown: Vec<&str> = actions.iter().take(MOST_NAMED).map(|action| action.name.as_str()).collect();
    let more = actions.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("`{}`{more}", shown.join("`, `"))
}

/// A hint for a message: the parameter that corresponds to a key, for some of the actions.
fn hint(key: &str, actions: &[&KnownAction]) -> String {
    let found = actions.iter().find_map(|action| Some((parameter_for(key, action)?, action)));
    let Some((parameter, first)) = found else { return String::new() };
    if format!("guard:Param/{parameter}").eq_ignore_ascii_case(key) {
        return String::new();
    }
    let having: Vec<&KnownAction> = actions
        .iter()
        .copied()
        .filter(|action| action.parameters.iter().any(|known| is_parameter(known, &parameter.to_ascii_lowercase())))
        .collect();
    let having = if having.is_empty() { vec![*first] } else { having };
    format!("; `guard:Param/{parameter}` compares the parameter of {}", named(&having))
}

/// The parameter of an action with a name similar to that of a key: `PubliclyAccessible` for
/// `rds:PubliclyAccessible`, `ValuesToAdd` for `rds:AttributeValues`.
pub(super) fn parameter_for(key: &str, action: &KnownAction) -> Option<String> {
    let (_, name) = key.split_once(':')?;
    if name.contains('/') && !key.starts_with("guard:param/") {
        // A tag's key is not the name of a parameter.
        return None;
    }
    let name = name.rsplit_once('/').map_or(name, |(_, last)| last);
    // The element label of a list counts as a name too.
    let labels = action.parameters.iter().flat_map(|parameter| {
        let words = parameter.split('.').filter(|word| *word != "#" && *word != "member");
        words.map(move |word| (word, *parameter))
    });
    let labels: Vec<(&str, &str)> = labels.collect();
    let top = |parameter: &str| parameter.split('.').next().unwrap_or_default().to_owned();
    if let Some((_, parameter)) = labels.iter().find(|(word, _)| is_same_word(word, name)) {
        return Some(top(parameter));
    }
    let near = suggest::nearest(name, labels.iter().map(|(word, _)| *word))?;
    labels.iter().find(|(word, _)| *word == near).map(|(_, parameter)| top(parameter))
}

/// Whether two names are equal except for letter case, a plural, and the words that RDS's keys use differently.
fn is_same_word(parameter: &str, key: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().trim_end_matches('s').to_owned();
    let (parameter, key) = (plain(parameter), plain(key));
    let known = [
        ("databaseengine", "engine"),
        ("databaseclas", "dbinstanceclas"),
        ("storagesize", "allocatedstorage"),
        ("piop", "iop"),
    ];
    parameter == key || known.iter().any(|(of_key, of_parameter)| *of_key == key && *of_parameter == parameter)
}
