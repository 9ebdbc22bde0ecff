//! Turns needs into statements: one statement for each set of resources, in an order that does not depend on the
//! input's order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::need::{Found, Who};
use crate::policy::{Limits, Policy};

/// A set of actions, and the set of resources on which they are allowed.
type Grant = (BTreeSet<String>, BTreeSet<String>);

/// The text of a policy with a statement for each set of resources. With a base, its text with the new statements
/// added.
///
/// `None` if there would be no statement.
pub(super) fn text(found: &Found, base: Option<&Policy>) -> Option<String> {
    let taken: BTreeSet<&str> = base.iter().flat_map(|base| base.statements()).filter_map(|own| own.sid()).collect();
    let mut number = 0;
    let mut statements = Vec::new();
    for (whos, (actions, resources)) in grouped(found) {
        let sid = loop {
            number += 1;
            let sid = format!("LearnedFromAudit{}{number}", label(&whos));
            if !taken.contains(sid.as_str()) {
                break sid;
            }
        };
        statements.push(statement(&sid, &whos, &actions, &resources));
    }
    match base {
        Some(base) => Some(base.text_with(&statements)),
        None if statements.is_empty() => None,
        None => Some(format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", statements.join(","))),
    }
}

/// The text of the policy: formatted if that fits the size limit of an endpoint policy, otherwise without white
/// space.
pub(super) fn fitting(policy: &Policy) -> String {
    let readable = format!("{policy}\n");
    if readable.chars().count() <= Limits::default().max_characters {
        return readable;
    }
    serde_json::to_string(policy).unwrap_or(readable)
}

/// The grants. Principals with the same grant share one entry.
fn grouped(found: &Found) -> Vec<(BTreeSet<Who>, Grant)> {
    let mut by_grant: BTreeMap<Grant, BTreeSet<Who>> = BTreeMap::new();
    let mut alone: Vec<(BTreeSet<Who>, Grant)> = Vec::new();
    for (who, actions) in found {
        let mut by_resources: BTreeMap<&BTreeSet<String>, BTreeSet<String>> = BTreeMap::new();
        for (action, resources) in actions {
            by_resources.entry(resources).or_default().insert(action.clone());
        }
        for (resources, actions) in by_resources {
            let grant = (actions, resources.clone());
            match who {
                Who::Everyone | Who::Root(_) => alone.push((BTreeSet::from([who.clone()]), grant)),
                Who::Account(_) | Who::Principal(_) => {
                    by_grant.entry(grant).or_default().insert(who.clone());
                }
            }
        }
    }
    let mut all: Vec<_> = by_grant.into_iter().map(|(grant, whos)| (whos, grant)).chain(alone).collect();
    all.sort();
    all
}

/// A name for a statement's principals in its Sid; empty if there is no single name.
fn label(whos: &BTreeSet<Who>) -> String {
    let name = match whos.first() {
        Some(Who::Principal(arn)) if whos.len() == 1 => arn.rsplit(['/', ':']).next().unwrap_or_default(),
        Some(Who::Root(_)) => "Root",
        Some(Who::Everyone | Who::Account(_) | Who::Principal(_)) | None => "",
    };
    name.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}

/// One statement, as JSON without white space.
fn statement(sid: &str, whos: &BTreeSet<Who>, actions: &BTreeSet<String>, resources: &BTreeSet<String>) -> String {
    let names: Vec<String> = whos
        .iter()
        .filter_map(|who| match who {
            Who::Everyone => None,
            Who::Account(account) => Some(account.to_string()),
            Who::Principal(arn) | Who::Root(arn) => Some(arn.clone()),
        })
        .collect();
    let principal = match names.as_slice() {
        [] => json!("*"),
        [one] => json!({ "AWS": one }),
        several => json!({ "AWS": several }),
    };
    // AWS: the root's ARN as a principal means the whole account.
    let condition = match whos.first() {
        Some(Who::Root(arn)) => format!(",\"Condition\":{}", json!({ "ArnEquals": { "aws:PrincipalArn": arn } })),
        Some(Who::Everyone | Who::Account(_) | Who::Principal(_)) | None => String::new(),
    };
    format!(
        "{{\"Sid\":{},\"Effect\":\"Allow\",\"Principal\":{principal},\"Action\":{},\"Resource\":{}{condition}}}",
        json!(sid),
        json!(actions),
        json!(resources)
    )
}
