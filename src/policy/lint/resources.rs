//! Rules about `Resource` and `NotResource`.

use std::rc::Rc;

use crate::policy::{ActionPattern, Effect, Form, Place, ResourcePattern, Statement, Version, pattern::Variables};

use super::rules::resource as rules;
use super::unmatched::{self, Fields};
use super::vocabulary::{KnownAction, Vocabulary};
use super::{Linter, other_services, reach::Reader};

/// Maximum number of resource types in a message.
const MOST_NAMED: usize = 5;

/// The resource types of which a pattern matches some ARN.
#[derive(Debug)]
pub(super) struct Reached<'v> {
    types: Vec<&'v str>,
    /// Types whose list calls are judged on a literal `…:db:*` that the pattern matches.
    lists: Vec<&'v str>,
}

/// An entry of the element, and what it can match.
struct Entry<'s, 'v> {
    pattern: &'s ResourcePattern,
    reached: Rc<Reached<'v>>,
    /// Whether a finding already reports that the entry matches nothing.
    reported: bool,
    /// Whether it is an ARN of another service, listed for that service's actions.
    foreign: bool,
}

impl Entry<'_, '_> {
    /// Whether the entry matches a resource on which a call of the action can be judged.
    fn reaches(&self, action: &KnownAction) -> bool {
        let Reached { types, lists } = &*self.reached;
        let of_type = types.iter().any(|kind| action.resource_types.iter().any(|known| known == kind));
        of_type || lists.iter().any(|kind| action.lists.iter().any(|known| known == kind))
    }
}

impl Entry<'_, '_> {
    /// Whether the type that the entry names is one on which the action acts, even if the entry matches nothing.
    fn was_meant_for(&self, action: &KnownAction) -> bool {
        action.resource_types.iter().any(|known| self.names(known))
    }

    /// Whether the entry names the type.
    fn names(&self, kind: &str) -> bool {
        let fields = Fields::of(self.pattern.as_str());
        fields.resource.split([':', '/']).next() == Some(kind)
    }
}

pub(super) fn check(linter: &mut Linter<'_>, statement: &Statement) {
    let resources = statement.resources();
    if resources.form() == Form::AllButListed && statement.effect() == Effect::Allow {
        let message =
            "`NotResource` with `Allow` allows every resource but those listed, future ones included".to_owned();
        linter.report(&rules::ALLOW_NOT_RESOURCE, resources.place(), message);
    }
    let universal = resources.entries().iter().find(|entry| entry.pattern().is_universal());
    match (universal, resources.form()) {
        (Some(entry), Form::AllButListed) => {
            let message = "`NotResource` excepts `*`, every resource: the statement never applies".to_owned();
            linter.report(&rules::NOTHING_MATCHES, entry.place(), message);
        }
        (Some(_), Form::Listed) if resources.entries().len() > 1 => {
            let message = "`*` stands for every resource: the other entries add nothing".to_owned();
            linter.report(&rules::RESOURCE_REDUNDANT, resources.place(), message);
        }
        (Some(_) | None, Form::Listed | Form::AllButListed) => {}
    }
    let mut entries = entries(linter, statement);
    for entry in &mut entries {
        unmatched_anywhere(linter, statement, entry);
    }
    let actions = matching_actions(linter.options.vocabulary, statement);
    unmatched_by_its_actions(linter, statement, &actions, &mut entries);
    if universal.is_none() && resources.form() == Form::Listed && statement.actions().form() == Form::Listed {
        unreached_actions(linter, statement, &entries);
    }
}

/// Reports resources that EC2 refuses, whatever service the statement applies to.
pub(super) fn refused(linter: &mut Linter<'_>, statement: &Statement) {
    for entry in statement.resources().entries() {
        let fields = Fields::of(entry.as_str());
        if unmatched::mixed_account(&fields) {
            let message = format!("AWS refuses `{}` as account: it takes an account id or `*`", fields.account);
            linter.report(&rules::ACCOUNT_MIXED, entry.place(), message);
        }
    }
}

fn variables(linter: &Linter<'_>) -> Variables {
    match linter.policy.version().unwrap_or_default() {
        Version::V2012 => Variables::LiveAfterFifthColon,
        Version::V2008 => Variables::Literal,
    }
}

/// The entries except `*`, with what they can match.
fn entries<'s, 'v>(linter: &Linter<'v>, statement: &'s Statement) -> Vec<Entry<'s, 'v>> {
    let patterns = statement.resources().entries().iter().filter(|entry| !entry.pattern().is_universal());
    let entry =
        |pattern| Entry { pattern, reached: reached(linter, pattern.as_str()), reported: false, foreign: false };
    patterns.map(entry).collect()
}

/// What a pattern can match, computed once for each policy.
fn reached<'v>(linter: &Linter<'v>, pattern: &str) -> Rc<Reached<'v>> {
    if let Some(known) = linter.reached.borrow().get(pattern) {
        return Rc::clone(known);
    }
    let found = Rc::new(matched_types(linter.options.vocabulary, pattern, variables(linter)));
    linter.reached.borrow_mut().insert(pattern.to_owned(), Rc::clone(&found));
    found
}

fn matched_types<'v>(vocabulary: &'v Vocabulary, pattern: &str, variables: Variables) -> Reached<'v> {
    let reader = Reader::of_resource(pattern, variables);
    let service = &vocabulary.service;
    let possible = |global: bool| unmatched::head(&Fields::of(pattern), service, global).is_none();
    let (regional, global) = (possible(false), possible(true));
    let kinds = || vocabulary.resource_types.iter().filter(|kind| if kind.global { global } else { regional });
    let types = kinds().filter(|kind| reader.witness_of(service, kind).is_some());
    let lists = kinds().filter(|kind| reader.meets_list_of(service, kind));
    Reached {
        types: types.map(|kind| kind.prefix.as_str()).collect(),
        lists: lists.map(|kind| kind.prefix.as_str()).collect(),
    }
}

/// Reports an entry that matches no ARN of the service, with the most specific reason.
fn unmatched_anywhere(linter: &mut Linter<'_>, statement: &Statement, entry: &mut Entry<'_, '_>) {
    let (text, place) = (entry.pattern.as_str(), entry.pattern.place());
    let fields = Fields::of(text);
    if !entry.reached.types.is_empty() || !entry.reached.lists.is_empty() {
        return;
    }
    let service = &linter.options.vocabulary.service;
    if other_services::is_foreign(&fields, service) && other_services::names_others(linter, statement) {
        entry.foreign = true;
        let message = format!("`{text}` is an ARN of another service than `{service}`: it matches nothing here");
        linter.report(&rules::RESOURCE_OF_OTHERS, place, message);
        return;
    }
    entry.reported = true;
    let reason = unmatched::reason(text, linter.options.vocabulary);
    match &reason.mended {
        Some(mended) => linter.report_with_fix(reason.rule, place, reason.message, mended),
        None => linter.report(reason.rule, place, reason.message),
    }
}

/// The known actions to which a statement applies.
fn matching_actions<'v>(vocabulary: &'v Vocabulary, statement: &Statement) -> Vec<&'v KnownAction> {
    vocabulary.actions.iter().filter(|action| statement.actions().include(&action.name)).collect()
}

/// Reports entries that match ARNs of the service, but none on which the statement's actions act.
fn unmatched_by_its_actions(
    linter: &mut Linter<'_>,
    statement: &Statement,
    actions: &[&KnownAction],
    entries: &mut [Entry<'_, '_>],
) {
    let judged: Vec<&KnownAction> =
        actions.iter().filter(|action| !action.resource_types.is_empty()).copied().collect();
    // An action whose resources are not known may act on any type.
    let all_known = !judged.is_empty() && actions.iter().all(|action| action.resources_known);
    let useful = |entry: &Entry<'_, '_>| judged.iter().any(|action| entry.reaches(action));
    let some_useful = entries.iter().any(useful) || statement.resources().form() == Form::AllButListed;
    let acted: Vec<&str> = judged.iter().flat_map(|action| action.resource_types.iter().map(String::as_str)).collect();
    let acted = named(&acted);
    for entry in entries.iter_mut().filter(|entry| all_known && !entry.reported && !entry.foreign && !useful(entry)) {
        let (text, place) = (entry.pattern.as_str(), entry.pattern.place());
        if Fields::of(text).region_is_empty() && !limits_type(entry.pattern) {
            let message = format!("`{text}` matches nothing that the actions act on: the ARN of {acted} has a region");
            linter.report(&rules::REGION_OF_TYPE, place, message);
        } else if some_useful {
            let message = format!("`{text}` adds nothing: the statement's actions act on {acted}");
            linter.report(&rules::RESOURCE_OF_NO_ACTION, place, message);
        } else {
            continue;
        }
        entry.reported = true;
    }
    let open_region =
        entries.iter().filter(|entry| !entry.reported && Fields::of(entry.pattern.as_str()).region_is_empty());
    for entry in open_region.filter(|entry| entry.reached.types.len() == 1 && !limits_type(entry.pattern)) {
        let message =
            format!("`{}` matches nothing but global clusters: every other ARN has a region", entry.pattern.as_str());
        linter.report(&rules::REGION_EMPTY, entry.pattern.place(), message);
    }
}

/// Whether an entry names the type of its resources.
fn limits_type(pattern: &ResourcePattern) -> bool {
    let fields = Fields::of(pattern.as_str());
    fields.resource.split_once(':').is_some_and(|(prefix, _)| !prefix.contains(['*', '?', '$']))
}

/// Reports actions of which the statement lists no resource.
fn unreached_actions(linter: &mut Linter<'_>, statement: &Statement, entries: &[Entry<'_, '_>]) {
    // What is wrong with all entries is reported at each of them.
    let all_reported = !entries.is_empty() && entries.iter().all(|entry| entry.reported);
    let mut uncovered: Vec<&str> = Vec::new();
    for action in statement.actions().entries() {
        let vocabulary = linter.options.vocabulary;
        let matching: Vec<&KnownAction> = matching(vocabulary, action).filter(|known| known.resources_known).collect();
        let reached = |known: &&&KnownAction| entries.iter().any(|entry| entry.reaches(known));
        let text = action.as_str();
        if !text.contains(':') && entries.iter().all(|entry| entry.foreign) {
            continue;
        }
        let only_star = |known: &&&KnownAction| known.resource_types.is_empty();
        if !matching.is_empty() && matching.iter().all(|known| only_star(&known)) {
            let message = format!("`{text}` is judged on `*`, which no resource of this statement covers");
            linter.report(&rules::ACTION_NEEDS_STAR, action.place(), message);
        } else if !matching.is_empty() && !matching.iter().any(|known| reached(&known)) {
            let told =
                matching.iter().any(|known| entries.iter().any(|entry| entry.reported && entry.was_meant_for(known)));
            if !all_reported && !told {
                let wanted: Vec<&str> =
                    matching.iter().flat_map(|known| known.resource_types.iter().map(String::as_str)).collect();
                let message = format!("`{text}` is judged on {}, none of which this statement lists", named(&wanted));
                linter.report(&rules::ACTION_OF_OTHER_TYPE, action.place(), message);
            }
        } else if let ([known], Effect::Allow) = (matching.as_slice(), statement.effect()) {
            missing_types(linter, action.place(), known, entries);
        } else {
            uncovered.extend(matching.iter().filter(only_star).map(|known| known.name.as_str()));
        }
    }
    if !uncovered.is_empty() && !all_reported {
        let does = match statement.effect() {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        let message = format!(
            "the statement does not {does} {}: they are judged on `*`, which it does not list",
            named(&uncovered)
        );
        linter.report(&rules::ACTIONS_NOT_COVERED, statement.actions().place(), message);
    }
}

fn matching<'v>(vocabulary: &'v Vocabulary, entry: &ActionPattern) -> impl Iterator<Item = &'v KnownAction> {
    vocabulary.actions.iter().filter(move |action| entry.matches(&action.name))
}

/// Words in backticks, without duplicates, only the first few.
fn named(words: &[&str]) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for word in words {
        if !distinct.contains(word) {
            distinct.push(word);
        }
    }
    let shown: Vec<&str> = distinct.iter().copied().take(MOST_NAMED).collect();
    let shown = format!("`{}`", shown.join("`, `"));
    match distinct.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Reports a resource on which every call of an action is judged and that no Allow of the policy covers: no such call
/// is ever allowed.
fn missing_types(linter: &mut Linter<'_>, place: Place, known: &KnownAction, entries: &[Entry<'_, '_>]) {
    // An entry of the type that matches nothing has its own finding.
    let told = |required: &super::Required| {
        entries.iter().any(|entry| entry.reported && required.any_of.iter().any(|kind| entry.names(kind)))
    };
    let missing: Vec<&super::Required> =
        known.required.iter().filter(|one| !told(one) && !is_allowed(linter, known, &one.any_of)).collect();
    if missing.is_empty() {
        return;
    }
    let alternatives = |required: &super::Required| format!("`{}`", required.any_of.join("` or `"));
    let listed: Vec<String> = missing.iter().copied().map(alternatives).collect();
    let mut message = format!(
        "`{}` is never allowed: it is judged on {} too, which no statement allows",
        known.name,
        listed.join(", ")
    );
    let assumed = missing.iter().copied().filter(|required| required.assumed);
    let assumed: Vec<String> = assumed.map(alternatives).collect();
    if !assumed.is_empty() {
        let assumed = assumed.join(", ");
        message.push_str(&format!("; for {assumed} this is our reading, where AWS's sources are silent or disagree"));
    }
    linter.report(&rules::REQUIRED_TYPE_MISSING, place, message);
}

/// Whether some Allow of the policy can allow an action on a resource of one of the types.
fn is_allowed(linter: &Linter<'_>, action: &KnownAction, any_of: &[String]) -> bool {
    let allows = linter.policy.statements().iter().filter(|other| other.effect() == Effect::Allow);
    allows.filter(|other| other.actions().include(&action.name)).any(|other| {
        let resources = other.resources();
        let universal = resources.entries().iter().any(|entry| entry.pattern().is_universal());
        if resources.form() == Form::AllButListed || universal {
            return true;
        }
        let reaches = |entry: &Entry<'_, '_>| {
            let matched = entry.reached.types.iter().chain(&entry.reached.lists);
            matched.into_iter().any(|kind| any_of.iter().any(|wanted| wanted == kind))
        };
        entries(linter, other).iter().any(reaches)
    })
}
