//! Parses one statement and its elements.

use crate::policy::json::{Member, Node};
use crate::policy::pattern::{Pattern, Variables, Wildcards};
use crate::policy::principal::{Entry, EntryKind, Form, PRINCIPAL_TYPES, Principals};
use crate::policy::statement::{ActionPattern, Actions, Effect, ResourcePattern, Resources, Statement};
use crate::policy::{Error, Place, Version, suggest};

use super::{Members, Problems, condition};

const STATEMENT: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Parses a statement; `None` if something is wrong with it, which is then added to `problems`.
pub(super) fn statement(node: &Node, version: Version, problems: &mut Problems<'_>) -> Option<Statement> {
    let members = problems.members(node, "Statement", "a statement", STATEMENT)?;
    // AWS accepts an empty Sid in any number of statements: it identifies nothing.
    let sid = members.get("Sid").and_then(|member| problems.string(member)).filter(|sid| !sid.is_empty());
    let sid = sid.map(Into::into);
    let effect = effect(&members, problems);
    let principals = principals(&members, effect, problems);
    let actions = actions(&members, problems);
    let resources = resources(&members, version, problems);
    let conditions = match members.get("Condition") {
        Some(member) => condition::conditions(member, version, problems),
        None => Some(Vec::new()),
    };
    Some(Statement {
        sid,
        effect: effect?,
        principals: principals?,
        actions: actions?,
        resources: resources?,
        conditions: conditions?.into(),
        place: Place::at(node.start),
    })
}

fn effect(members: &Members<'_>, problems: &mut Problems<'_>) -> Option<Effect> {
    let Some(member) = members.get("Effect") else {
        problems.add(members.start, Error::Missing { of: "a statement", member: "Effect" });
        return None;
    };
    match problems.string(member)? {
        "Allow" => Some(Effect::Allow),
        "Deny" => Some(Effect::Deny),
        other => {
            let suggestion = suggest::nearest(other, ["Allow", "Deny"]).map(str::to_owned);
            problems.add(member.node.start, Error::Effect { found: other.to_owned(), suggestion });
            None
        }
    }
}

/// The member of an element that has two forms; exactly one of them must be present.
fn either<'n>(
    members: &Members<'n>,
    (element, complement): (&'static str, &'static str),
    missing: &'static str,
    problems: &mut Problems<'_>,
) -> Option<(Form, &'n Member)> {
    match (members.get(element), members.get(complement)) {
        (Some(listed), None) => Some((Form::Listed, listed)),
        (None, Some(all_but)) => Some((Form::AllButListed, all_but)),
        (Some(one), Some(other)) => {
            problems.add(one.start.max(other.start), Error::BothForms { element, complement });
            None
        }
        (None, None) => {
            problems.add(members.start, Error::Missing { of: "a statement", member: missing });
            None
        }
    }
}

fn principals(members: &Members<'_>, effect: Option<Effect>, problems: &mut Problems<'_>) -> Option<Principals> {
    // AWS: a VPC endpoint policy must specify a principal ("Control access to VPC endpoints using endpoint
    // policies").
    let (form, member) = either(members, ("Principal", "NotPrincipal"), "Principal` or `NotPrincipal", problems)?;
    if form == Form::AllButListed && effect == Some(Effect::Allow) {
        problems.add(member.start, Error::NotPrincipalWithAllow);
    }
    let place = Place::at(member.start);
    if let Some(text) = member.node.as_str() {
        if text != "*" {
            problems.add(member.node.start, Error::Principal { found: text.to_owned() });
            return None;
        }
        let entry = Entry { text: text.into(), kind: EntryKind::Star, place: Place::at(member.node.start) };
        return Some(Principals::new(form, vec![entry], place));
    }
    if member.node.as_object().is_none() {
        problems.wrong_type(&member.name, "`*` or an object", &member.node);
        return None;
    }
    let types = problems.members(&member.node, &member.name, "a principal", &PRINCIPAL_TYPES)?;
    if types.members.is_empty() {
        problems.add(member.node.start, Error::Empty { member: member.name.clone() });
    }
    let mut entries = Vec::new();
    for kind in types.members {
        for (text, node) in problems.strings(kind) {
            match entry_kind(&kind.name, text) {
                Some(kind) => entries.push(Entry { text: text.into(), kind, place: Place::at(node.start) }),
                None => problems.add(node.start, Error::AwsPrincipal { found: text.to_owned() }),
            }
        }
    }
    Some(Principals::new(form, entries, place))
}

fn entry_kind(principal_type: &str, text: &str) -> Option<EntryKind> {
    match principal_type {
        "Service" => Some(EntryKind::Service),
        "Federated" => Some(EntryKind::Federated),
        "CanonicalUser" => Some(EntryKind::CanonicalUser),
        _ => EntryKind::aws(text),
    }
}

fn actions(members: &Members<'_>, problems: &mut Problems<'_>) -> Option<Actions> {
    let (form, member) = either(members, ("Action", "NotAction"), "Action` or `NotAction", problems)?;
    let mut entries = Vec::new();
    for (text, node) in problems.strings(member) {
        if !is_action(text) {
            problems.add(node.start, Error::Action { found: text.to_owned() });
            continue;
        }
        let pattern = Pattern::without_variables(&text.to_ascii_lowercase(), Wildcards::Live);
        entries.push(ActionPattern { text: text.into(), pattern, place: Place::at(node.start) });
    }
    Some(Actions { form, entries: entries.into(), place: Place::at(member.start) })
}

/// Whether a text is `*` or `service:Name` with wildcards only in the name ("IAM JSON policy elements: Action").
fn is_action(text: &str) -> bool {
    let is_service = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_name = |part: &str| {
        let wildcard = |b| b == b'*' || b == b'?';
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || wildcard(b))
    };
    text.bytes().all(|b| b == b'*')
        || text.split_once(':').is_some_and(|(service, name)| is_service(service) && is_name(name))
}

fn resources(members: &Members<'_>, version: Version, problems: &mut Problems<'_>) -> Option<Resources> {
    let (form, member) = either(members, ("Resource", "NotResource"), "Resource` or `NotResource", problems)?;
    let variables = match version {
        Version::V2012 => Variables::LiveAfterFifthColon,
        Version::V2008 => Variables::Literal,
    };
    let mut entries = Vec::new();
    for (text, node) in problems.strings(member) {
        match Pattern::parse(text, variables, Wildcards::Live) {
            Ok(pattern) => {
                pattern.variable_pieces().for_each(|variable| problems.guard_key(&variable.key, node.start));
                entries.push(ResourcePattern { pattern, place: Place::at(node.start) });
            }
            Err(error) => problems.add(node.start, Error::Variable(error)),
        }
    }
    Some(Resources { form, entries: entries.into(), place: Place::at(member.start) })
}
