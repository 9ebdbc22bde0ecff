//! Rules about statements as a whole: ids, versions, and statements that others make redundant.

use std::collections::HashMap;

use crate::policy::{Effect, Form, Limits, Place, Statement, Version};

use super::rules::statement as rules;
use super::{Linter, name, other_services};

pub(super) fn check(linter: &mut Linter<'_>) {
    whole_policy(linter);
    sids(linter);
    variables_without_version(linter);
    pointless(linter);
    undecidable(linter);
}

fn whole_policy(linter: &mut Linter<'_>) {
    let policy = linter.policy;
    let characters = policy.text().chars().count();
    let limit = linter.options.max_characters;
    if characters > limit {
        let message = if limit == Limits::default().max_characters {
            format!("the policy has {characters} characters; AWS takes {limit}")
        } else {
            format!("the policy has {characters} characters; {limit} are taken by configuration")
        };
        linter.report(&rules::TOO_LONG, Place::default(), message);
    }
    if policy.is_full_access() {
        let message = "the policy allows everything to everybody, as having none does".to_owned();
        linter.report(&rules::FULL_ACCESS, Place::default(), message);
    }
    let allows = |statement: &Statement| {
        statement.effect() == Effect::Allow && !other_services::is_about_others(linter, statement)
    };
    if !policy.statements().iter().any(allows) {
        let message = "no statement allows anything, so every request is denied".to_owned();
        linter.report(&rules::NOTHING_ALLOWED, Place::default(), message);
    }
    let open_deny =
        policy.statements().iter().enumerate().find(|(_, s)| s.effect() == Effect::Deny && s.is_about_everything());
    if let Some((index, statement)) = open_deny {
        let message = format!("{} denies everything to everybody", name(index, statement));
        linter.report(&rules::DENIES_EVERYTHING, statement.place(), message);
    }
}

fn sids(linter: &mut Linter<'_>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let policy = linter.policy;
    for (index, statement) in policy.statements().iter().enumerate() {
        let Some(sid) = statement.sid() else { continue };
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("the Sid `{sid}` has characters other than ASCII letters and digits");
            linter.report(&rules::SID_CHARACTERS, statement.place(), message);
        }
        match seen.get(sid) {
            Some(first) => {
                let message = format!("the Sid `{sid}` is that of statement {} too", first + 1);
                linter.report(&rules::SID_REPEATED, statement.place(), message);
            }
            None => {
                seen.insert(sid, index);
            }
        }
    }
}

fn variables_without_version(linter: &mut Linter<'_>) {
    let policy = linter.policy;
    if policy.version() == Some(Version::V2012) {
        return;
    }
    for statement in policy.statements() {
        let resources = statement.resources().entries().iter().map(|entry| (entry.as_str(), entry.place()));
        let values = statement.conditions().iter().flat_map(|condition| condition.values());
        let texts = resources.chain(values.map(|value| (value.as_str(), value.place())));
        for (text, place) in texts.filter(|(text, _)| text.contains("${")) {
            let message = format!("`{text}` is plain text here: variables need `\"Version\": \"2012-10-17\"`");
            linter.report(&rules::VARIABLE_WITHOUT_VERSION, place, message);
        }
    }
}

/// Whether one statement covers everything that another does. Detects only simple cases.
fn covers(wide: &Statement, narrow: &Statement) -> bool {
    let everybody = wide.principals().is_everyone() || wide.principals() == narrow.principals();
    let same_actions = wide.actions() == narrow.actions();
    let all_actions = wide.actions().form() == Form::Listed
        && narrow.actions().form() == Form::Listed
        && narrow.actions().entries().iter().all(|entry| {
            wide.actions()
                .entries()
                .iter()
                .any(|other| is_wider(other.as_str(), entry.as_str(), other.matches(entry.as_str())))
        });
    let every_action = wide.actions().form() == Form::Listed
        && wide.actions().entries().iter().any(|entry| entry.pattern.is_universal());
    let every_resource = wide.resources().form() == Form::Listed
        && wide.resources().entries().iter().any(|entry| entry.pattern().is_universal());
    let resources = every_resource || wide.resources() == narrow.resources();
    let conditions = wide.conditions().is_empty() || wide.conditions() == narrow.conditions();
    everybody && (same_actions || all_actions || every_action) && resources && conditions
}

/// A `?` is not wider than a `*`, although it matches that character.
fn is_wider(wide: &str, narrow: &str, matches: bool) -> bool {
    matches && !(wide.contains('?') && narrow.contains('*'))
}

fn pointless(linter: &mut Linter<'_>) {
    let statements = linter.policy.statements();
    let own: Vec<(usize, &Statement)> = statements
        .iter()
        .enumerate()
        .filter(|(_, statement)| !other_services::is_about_others(linter, statement))
        .collect();
    for (index, statement) in own.iter().copied() {
        let others = || own.iter().copied().filter(|(other, _)| *other != index);
        let shadowing = others().find(|(at, other)| {
            let same_effect = other.effect() == statement.effect();
            same_effect && covers(other, statement) && (*at < index || !covers(statement, other))
        });
        if let Some((at, other)) = shadowing {
            let message = format!("{} already says all that {} says", name(at, other), name(index, statement));
            linter.report(&rules::SHADOWED, statement.place(), message);
        }
        let denying = others().find(|(_, other)| {
            statement.effect() == Effect::Allow && other.effect() == Effect::Deny && covers(other, statement)
        });
        if let Some((at, other)) = denying {
            let message = format!("{} denies all that {} allows", name(at, other), name(index, statement));
            linter.report(&rules::DENIED_ANYWAY, statement.place(), message);
        }
    }
}

fn undecidable(linter: &mut Linter<'_>) {
    let policy = linter.policy;
    let undecidable = policy.undecidable(linter.options.is_knowable);
    let own = undecidable.iter().filter(|found| !other_services::is_about_others(linter, found.statement));
    for found in own.cloned().collect::<Vec<_>>() {
        let (keys, consequence) = (found.keys.join("`, `"), found.consequence());
        let message = format!(
            "{} depends on `{keys}`, which is not known here: it {consequence}",
            name(found.index, found.statement)
        );
        linter.report(&rules::UNDECIDABLE, found.statement.place(), message);
    }
}
