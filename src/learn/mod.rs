//! Generates the least endpoint policy that allows the calls in a set of records.
//!
//! Least: for each principal, action and resource it allows the recorded calls and nothing else. Where the policy
//! language cannot be that narrow (an unknown caller, account or resource, or a list call that is judged on all
//! names), a note says what else is allowed. Before the policy is returned, the engine evaluates it against every
//! call.

mod generalize;
mod need;
mod statements;

use std::collections::BTreeSet;

use crate::{
    history::{Demand, DemandKind, RecordedCall, RecordedContext},
    policy::{Decision, Declared, Limits, Policy, Request},
};

use need::Needs;
pub use need::Who;

/// A policy that was learned from records.
#[derive(Debug)]
pub struct Learned {
    /// The text of the policy, as JSON.
    pub text: String,
    /// The parsed policy.
    pub policy: Policy,
    /// What it allows in addition to the recorded calls, and what the records do not show.
    pub notes: BTreeSet<String>,
    /// Calls that it does not allow, because a statement denies them.
    pub blocked: BTreeSet<String>,
}

/// Whether names with a common prefix become a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Each name as it was recorded.
    Exact,
    /// Three or more with a common prefix become one pattern.
    Generalized,
}

/// Learns a policy from calls. With `base`, extends that policy by the statements that are missing from it.
///
/// `None` if there is nothing to learn: no calls and no base.
#[must_use]
pub fn learn(calls: &[RecordedCall], names: Names, base: Option<&Policy>) -> Option<Learned> {
    let mut notes = BTreeSet::new();
    let mut blocked = BTreeSet::new();
    let mut needs = Needs::new(base);
    for call in calls {
        if call.cut {
            notes.insert(format!("{}: a record lists its first 200 resources only", call.action));
        }
        if call.dependents_untold() {
            notes.insert(format!("{}: a record does not tell what dependent actions it called for", call.action));
        }
        for asked in asked(call) {
            match base.map(|base| missing(base, call, &asked)) {
                None if is_deny_only(asked.2) => {}
                None => needs.add(call, asked.0, asked.1, &mut notes),
                Some(Missing::Nothing) => {}
                Some(Missing::Resources(resources)) => {
                    for at in resources {
                        needs.add(call, asked.0, asked.1.get(at..=at).unwrap_or_default(), &mut notes);
                    }
                }
                Some(Missing::Denied(why)) => {
                    blocked.insert(why);
                }
            }
        }
    }
    let mut found = needs.reduced();
    if names == Names::Generalized {
        generalize::names(&mut found, &mut notes);
    }
    let text = statements::text(&found, base)?;
    let policy = Policy::parse(&text, &Limits::NONE).ok()?;
    let text = if base.is_none() { statements::fitting(&policy) } else { text };
    let refused =
        calls.iter().flat_map(|call| asked(call).into_iter().filter_map(|asked| refusal(&policy, call, &asked)));
    blocked.extend(refused);
    Some(Learned { text, policy, notes, blocked })
}

/// An action, the resources that it acts on, and the reason for the evaluation if it is not the call itself.
type Asked<'c> = (&'c str, &'c [crate::aws::RequestResource], Option<&'c Demand>);

/// Everything that a policy is evaluated for because of a call: its own action, and its further demands.
fn asked(call: &RecordedCall) -> Vec<Asked<'_>> {
    let further = call.further.iter().map(|demand| (demand.action.as_str(), demand.resources.as_slice(), Some(demand)));
    std::iter::once((call.action.as_str(), call.resources.as_slice(), None)).chain(further).collect()
}

/// Whether the demand passes without a statement that allows it.
fn is_deny_only(demand: Option<&Demand>) -> bool {
    demand.is_some_and(|demand| demand.kind == DemandKind::DenyOnly)
}

/// What is missing from a policy for a call.
enum Missing {
    Nothing,
    /// Statements that allow these resources, given by their indices.
    Resources(Vec<usize>),
    /// Nothing can be added, because a statement denies.
    Denied(String),
}

fn missing(base: &Policy, call: &RecordedCall, (action, resources, demand): &Asked<'_>) -> Missing {
    let declared = Declared::default();
    let context = RecordedContext::new(call, *demand, &declared);
    let ask = |resources| Request { action, principal: call.caller.principal(), resources, context: &context };
    match base.evaluate(&ask(resources)) {
        Decision::Allow(_) => Missing::Nothing,
        decision @ Decision::ExplicitDeny(_) => Missing::Denied(told(call, action, &decision)),
        Decision::ImplicitDeny(_) if is_deny_only(*demand) => Missing::Nothing,
        Decision::ImplicitDeny(_) => {
            let allowed = |resource| base.evaluate(&ask(std::slice::from_ref(resource))).is_allow();
            let lacking = resources.iter().enumerate().filter(|(_, resource)| !allowed(*resource));
            Missing::Resources(lacking.map(|(at, _)| at).collect())
        }
    }
}

/// Why the policy does not allow a call; `None` if it does.
fn refusal(policy: &Policy, call: &RecordedCall, (action, resources, demand): &Asked<'_>) -> Option<String> {
    let declared = Declared::default();
    let context = RecordedContext::new(call, *demand, &declared);
    let request = Request { action, principal: call.caller.principal(), resources, context: &context };
    let decision = policy.evaluate(&request);
    let passes = decision.is_allow() || (is_deny_only(*demand) && matches!(decision, Decision::ImplicitDeny(_)));
    (!passes).then(|| told(call, action, &decision))
}

fn told(call: &RecordedCall, action: &str, decision: &Decision<'_>) -> String {
    let grounds = decision.grounds();
    let by = grounds.statement().map(|found| format!(" by statement {}", found.name())).unwrap_or_default();
    let keys = grounds.undetermined();
    let keys = if keys.is_empty() { String::new() } else { format!(", undetermined: {}", keys.join(" ")) };
    let resource = grounds.resource().map(|resource| format!(" on {}", resource.arn)).unwrap_or_default();
    let who = Who::of(&call.caller);
    format!("{action}{resource} for {who}: {}{by}{keys}", decision.as_str())
}

#[cfg(test)]
mod tests;
