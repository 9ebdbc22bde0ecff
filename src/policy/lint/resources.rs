//! Rules about `Resource` and `NotResource`.

use crate::policy::{Effect, Form, ResourcePattern, Statement, suggest};

use super::rules::resource as rules;
use super::vocabulary::KnownAction;
use super::{Linter, Vocabulary};

pub(super) fn check(linter: &mut Linter<'_>, statement: &Statement) {
    let resources = statement.resources();
    for entry in resources.entries().iter().filter(|entry| !entry.pattern().is_universal()) {
        one(linter, entry);
    }
    if resources.form() == Form::AllButListed && statement.effect() == Effect::Allow {
        let message =
            "`NotResource` with `Allow` allows every resource but those listed, future ones included".to_owned();
        linter.report(&rules::ALLOW_NOT_RESOURCE, resources.place(), message);
    }
    if resources.entries().len() > 1 && resources.entries().iter().any(|entry| entry.pattern().is_universal()) {
        let message = "`*` stands for every resource: the other entries add nothing".to_owned();
        linter.report(&rules::RESOURCE_REDUNDANT, resources.place(), message);
    }
    if resources.form() == Form::Listed {
        actions_without_their_resources(linter, statement);
    }
}

/// The fields of an ARN pattern whose first five have no `*` that could run over a colon.
struct Fields<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

fn fields(text: &str) -> Option<Fields<'_>> {
    let mut fields = text.splitn(6, ':');
    let (_arn, _partition) = (fields.next()?, fields.next()?);
    Some(Fields { service: fields.next()?, region: fields.next()?, account: fields.next()?, resource: fields.next()? })
}

fn one(linter: &mut Linter<'_>, entry: &ResourcePattern) {
    let text = entry.as_str();
    let has_wildcard = text.contains(['*', '?']);
    if !text.starts_with("arn:") && !text.starts_with(['*', '?']) {
        let message = format!("`{text}` is no ARN and matches nothing: an ARN begins with `arn:`");
        linter.report(&rules::RESOURCE_NOT_AN_ARN, entry.place(), message);
        return;
    }
    let Some(fields) = fields(text) else {
        if !has_wildcard {
            let message = format!("`{text}` has fewer than 6 fields and matches nothing");
            linter.report(&rules::RESOURCE_TOO_SHORT, entry.place(), message);
        }
        return;
    };
    let before_sixth = text.get(..text.len() - fields.resource.len()).unwrap_or_default();
    if before_sixth.contains("${") {
        let message = format!("the variable in `{text}` is plain text: variables are read behind the fifth colon only");
        linter.report(&rules::VARIABLE_IN_ARN_HEAD, entry.place(), message);
        return;
    }
    head(linter, entry, &fields);
    resource_type(linter, entry, &fields);
}

fn head(linter: &mut Linter<'_>, entry: &ResourcePattern, fields: &Fields<'_>) {
    let (text, service) = (entry.as_str(), &linter.options.vocabulary.service);
    let plain = |field: &str| !field.contains(['*', '?']);
    if plain(fields.service) && fields.service != service {
        let message =
            format!("`{text}` matches nothing here: resources of this endpoint have `{service}` in the third field");
        linter.report(&rules::RESOURCE_OF_OTHER_SERVICE, entry.place(), message);
    }
    let wildcard_alone = fields.account == "*" || fields.account == "????????????";
    let is_account = fields.account.parse::<crate::aws::AccountId>().is_ok();
    if !plain(fields.account) && !wildcard_alone {
        let message = format!("AWS refuses `{}` as account: it takes an account id or `*`", fields.account);
        linter.report(&rules::ACCOUNT_MIXED, entry.place(), message);
    } else if plain(fields.account) && !is_account {
        let message = format!("`{}` is no account id of 12 digits, so `{text}` matches nothing", fields.account);
        linter.report(&rules::ACCOUNT_MALFORMED, entry.place(), message);
    }
    let is_region = fields.region.parse::<crate::aws::Region>().is_ok();
    if plain(fields.region) && !fields.region.is_empty() && !is_region {
        let message = format!("`{}` is no region, so `{text}` matches nothing", fields.region);
        linter.report(&rules::REGION_MALFORMED, entry.place(), message);
    }
}

fn resource_type(linter: &mut Linter<'_>, entry: &ResourcePattern, fields: &Fields<'_>) {
    let text = entry.as_str();
    let Some((prefix, name)) = fields.resource.split_once(':') else { return };
    if prefix.contains(['*', '?', '$']) {
        return;
    }
    let vocabulary = linter.options.vocabulary;
    let Some(known) = vocabulary.resource_type(prefix) else {
        let near = suggest::nearest(prefix, vocabulary.resource_types.iter().map(|known| known.prefix.as_str()));
        let message = |hint: String| format!("`{prefix}` is no resource type, so `{text}` matches nothing{hint}");
        match near {
            Some(near) => {
                let head = text.get(..text.len() - fields.resource.len()).unwrap_or_default();
                let message = message(format!("; did you mean `{near}`?"));
                linter.report_with_fix(
                    &rules::RESOURCE_TYPE_UNKNOWN,
                    entry.place(),
                    message,
                    &format!("{head}{near}:{name}"),
                );
            }
            None => linter.report(&rules::RESOURCE_TYPE_UNKNOWN, entry.place(), message(String::new())),
        }
        return;
    };
    if known.lower_case && name.bytes().any(|byte| byte.is_ascii_uppercase()) && !name.contains("${") {
        let head = text.get(..text.len() - name.len()).unwrap_or_default();
        let message = format!("`{name}` never matches: names of `{prefix}` are stored in lower case");
        let mended = format!("{head}{}", name.to_ascii_lowercase());
        linter.report_with_fix(&rules::NAME_LETTER_CASE, entry.place(), message, &mended);
    }
    let region_wanted = !known.global;
    let fits = fields.region.is_empty() != region_wanted || fields.region == "*";
    if !fits {
        let has = if region_wanted { "has a region" } else { "has no region" };
        let message = format!("`{text}` matches nothing: the ARN of `{prefix}` {has}");
        linter.report(&rules::REGION_OF_TYPE, entry.place(), message);
    }
}

/// The resource type that an entry is limited to, if it is.
fn limited_to(entry: &ResourcePattern) -> Option<&str> {
    let (prefix, _) = fields(entry.as_str())?.resource.split_once(':')?;
    (!prefix.contains(['*', '?', '$'])).then_some(prefix)
}

/// Exactly named actions none of whose resources the statement lists.
fn actions_without_their_resources(linter: &mut Linter<'_>, statement: &Statement) {
    let entries = statement.resources().entries();
    let limits: Option<Vec<&str>> = entries.iter().map(limited_to).collect();
    let Some(limits) = limits else { return };
    if statement.actions().form() == Form::AllButListed {
        return;
    }
    for action in statement.actions().entries() {
        let vocabulary = linter.options.vocabulary;
        let matching: Vec<&KnownAction> = matching(vocabulary, action.as_str(), |name| action.matches(name));
        let text = action.as_str();
        if !matching.is_empty() && matching.iter().all(|known| known.resource_types.is_empty()) {
            let message = format!("`{text}` is judged on `*`, which no resource of this statement covers");
            linter.report(&rules::ACTION_NEEDS_STAR, action.place(), message);
            continue;
        }
        let reached = |known: &&KnownAction| {
            known.resource_types.is_empty() || known.resource_types.iter().any(|kind| limits.contains(&kind.as_str()))
        };
        if let [known] = matching.as_slice()
            && !reached(known)
        {
            let wanted = known.resource_types.join("`, `");
            let message = format!("`{text}` is judged on `{wanted}`, none of which this statement lists");
            linter.report(&rules::ACTION_OF_OTHER_TYPE, action.place(), message);
        } else if let [known] = matching.as_slice()
            && statement.effect() == Effect::Allow
        {
            missing_types(linter, action.place(), known, &limits);
        }
    }
}

fn matching<'v>(vocabulary: &'v Vocabulary, text: &str, matches: impl Fn(&str) -> bool) -> Vec<&'v KnownAction> {
    if text.contains(['*', '?']) {
        return vocabulary.actions.iter().filter(|action| matches(&action.name)).collect();
    }
    vocabulary.action(text).into_iter().collect()
}

/// Required types of an action that no Allow of the policy reaches: then no call of it is ever allowed.
fn missing_types(linter: &mut Linter<'_>, place: crate::policy::Place, known: &KnownAction, limits: &[&str]) {
    let reached_elsewhere = |kind: &str| {
        linter.policy.statements().iter().any(|other| {
            let about = other.effect() == Effect::Allow && other.actions().include(&known.name);
            let resources = other.resources();
            let listed = resources.entries().iter().any(|entry| limited_to(entry).is_none_or(|limit| limit == kind));
            about && (listed || resources.form() == Form::AllButListed)
        })
    };
    let missing: Vec<&str> = known
        .required_types
        .iter()
        .map(String::as_str)
        .filter(|kind| !limits.contains(kind) && !reached_elsewhere(kind))
        .collect();
    if !missing.is_empty() {
        let missing = missing.join("`, `");
        let message =
            format!("`{}` is never allowed: it is judged on `{missing}` too, which no statement allows", known.name);
        linter.report(&rules::REQUIRED_TYPE_MISSING, place, message);
    }
}
