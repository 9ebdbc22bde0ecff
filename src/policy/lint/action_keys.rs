//! Condition keys held against the actions of their statement: a key that an action does not have decides nothing for it.

use crate::policy::{Comparison, Condition, Effect, Existence, Form, SetOperator, Statement, suggest};

use super::Linter;
use super::rules::condition as rules;
use super::vocabulary::{Carried, KnownAction, Vocabulary};

/// How many actions a message names.
const MOST_NAMED: usize = 5;

/// Actions of a statement for which one of its keys is the same.
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
                hint(vocabulary, condition.key().lower(), &found.undecided),
            );
            linter.report(&rules::KEY_UNDECIDED, condition.place(), message);
        }
    }
}

/// The actions that lack the key, and those for which no request answers it. What an entry with a wildcard names counts
/// where all of it is so: it was not written for each of its actions.
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

/// Whether the condition holds where the request does not have the key.
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
        let hint = hint(linter.options.vocabulary, key.lower(), actions);
        let message = format!("{subject}: the statement never {what} {which}{hint}");
        linter.report(&rules::KEY_OF_OTHER_ACTIONS, condition.place(), message);
        return;
    }
    // In an Allow, `IfExists` is how one writes that actions without the key are meant as well; so is a `Null` or a
    // `ForAllValues`, of which other rules tell.
    let meant = !deny && (!condition.operator().comparison().is_negated() || is_if_exists(condition));
    if !meant {
        let hint = hint(linter.options.vocabulary, key.lower(), actions);
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

/// The parameter of all the actions that does what a key says, to be named in a message.
fn hint(vocabulary: &Vocabulary, key: &str, actions: &[&KnownAction]) -> String {
    let found = parameter_for(key, actions).map(|parameter| format!("guard:Param/{parameter}"));
    let found = found.filter(|found| !found.eq_ignore_ascii_case(key));
    let tags = || key.starts_with("rds:req-tag/").then(|| "aws:RequestTag/…".to_owned());
    let carried = |found: &String| {
        let lower = found.to_ascii_lowercase();
        actions.iter().all(|action| vocabulary.carried(action, &lower) == Carried::ByRequest)
    };
    let Some(found) = found.or_else(tags).filter(carried) else { return String::new() };
    format!("; `{found}` compares the parameter of that name")
}

/// The parameter that the actions have in common and whose name is like that of a key: `PubliclyAccessible` for
/// `rds:PubliclyAccessible`, `ValuesToAdd` for `rds:AttributeValues`.
pub(super) fn parameter_for(key: &str, actions: &[&KnownAction]) -> Option<String> {
    let (_, name) = key.split_once(':')?;
    let name = name.rsplit_once('/').map_or(name, |(_, last)| last);
    let (first, others) = actions.split_first()?;
    let own = first.parameters.iter().copied();
    let common: Vec<&str> = own.filter(|known| others.iter().all(|action| action.parameters.contains(known))).collect();
    // A parameter has a name of its own; an element of a list has also that of its label.
    let top = |parameter: &str| parameter.split('.').next().unwrap_or_default().to_owned();
    let labels = common.iter().flat_map(|parameter| {
        let words = parameter.split('.').filter(|word| *word != "#" && *word != "member");
        words.map(move |word| (word, *parameter))
    });
    let labels: Vec<(&str, &str)> = labels.collect();
    let exact = labels.iter().find(|(word, _)| is_same_word(word, name));
    if let Some((_, parameter)) = exact {
        return Some(top(parameter));
    }
    let near = suggest::nearest(name, labels.iter().map(|(word, _)| *word))?;
    labels.iter().find(|(word, _)| *word == near).map(|(_, parameter)| top(parameter))
}

/// Whether two names are one but for letter case, a plural and the words that RDS's keys leave out.
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
