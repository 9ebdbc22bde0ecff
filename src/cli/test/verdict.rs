//! Evaluates a case with its policy, and compares the result with the expected one.

use std::fs;

use super::case::{Caller, Case, Expect, Question};
use crate::{
    cli::check::captured::{self, Terms},
    policy::{Policy, Principal, Request, Undetermined},
};

/// The result of a case.
pub(super) struct Verdict {
    /// `allow`, `explicit_deny`, `implicit_deny`, or `refused` before the policy.
    pub(super) decision: &'static str,
    /// The names of the deciding statements.
    pub(super) sids: Vec<String>,
    /// The unknown condition keys that led to the decision.
    pub(super) undetermined: Vec<String>,
    /// The explanation, statement by statement.
    pub(super) explanation: String,
    /// The differences from the expected result; empty if the case passes.
    pub(super) complaints: Vec<String>,
}

/// Evaluates a case with its policy.
///
/// # Errors
/// The file of a captured request cannot be read.
pub(super) fn judge(case: &Case, policy: &Policy) -> Result<Verdict, String> {
    let mut verdict = match &case.question {
        Question::Action { action, resources, caller, facts } => {
            let context = facts.context();
            let principal = match caller {
                Caller::Known(arn) => Principal::Known(arn),
                Caller::Account(account) => Principal::Account(*account),
                Caller::Unknown => Principal::Unknown,
            };
            asked(policy, &Request { action: action.as_str(), principal, resources, context: &context })
        }
        Question::Captured { path, caller, facts, now } => {
            let bytes = fs::read(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
            let principal = match caller {
                Caller::Known(arn) => Some(arn.clone()),
                Caller::Account(_) | Caller::Unknown => None,
            };
            read(bytes, policy, Terms { principal, context: facts.declared(), now: *now })
        }
    };
    verdict.complaints = complaints(case, &verdict);
    Ok(verdict)
}

fn asked(policy: &Policy, request: &Request<'_>) -> Verdict {
    let decision = policy.evaluate(request);
    let grounds = decision.grounds();
    Verdict {
        decision: decision.as_str(),
        sids: grounds.statements().iter().map(|decisive| decisive.name()).collect(),
        undetermined: grounds.undetermined(),
        explanation: policy.explain(request, Undetermined::Deny).to_string(),
        complaints: Vec::new(),
    }
}

fn read(bytes: Vec<u8>, policy: &Policy, terms: Terms) -> Verdict {
    match captured::answer(bytes, policy, terms) {
        Ok(verdict) => Verdict {
            decision: verdict.decision,
            explanation: verdict.text(),
            sids: verdict.sids,
            undetermined: verdict.undetermined,
            complaints: Vec::new(),
        },
        Err(refusal) => Verdict {
            decision: "refused",
            sids: Vec::new(),
            undetermined: Vec::new(),
            explanation: format!("refused\nreason: {}\ndetail: {}\n", refusal.reason, refusal.detail),
            complaints: Vec::new(),
        },
    }
}

fn complaints(case: &Case, verdict: &Verdict) -> Vec<String> {
    let mut complaints = Vec::new();
    let got = verdict.decision;
    let denied = got == "explicit_deny" || got == "implicit_deny";
    let as_expected = match case.expect {
        Expect::Deny => denied,
        Expect::Undetermined => denied && !verdict.undetermined.is_empty(),
        Expect::Allow | Expect::ExplicitDeny | Expect::ImplicitDeny | Expect::Refused => got == case.expect.as_str(),
    };
    if !as_expected {
        complaints.push(format!("expected {}, got {got}", case.expect.as_str()));
    }
    for wanted in case.statements.iter().filter(|wanted| !verdict.sids.contains(wanted)) {
        let decided = if verdict.sids.is_empty() { "none".to_owned() } else { verdict.sids.join(", ") };
        complaints.push(format!("expected statement {wanted} to decide; those that did: {decided}"));
    }
    if let Some(wanted) = &case.undetermined {
        let sorted = |keys: &[String]| {
            let mut keys: Vec<String> = keys.iter().map(|key| key.to_ascii_lowercase()).collect();
            keys.sort_unstable();
            keys
        };
        if sorted(wanted) != sorted(&verdict.undetermined) {
            let shown = |keys: &[String]| if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
            let (wanted, found) = (shown(wanted), shown(&verdict.undetermined));
            complaints.push(format!("expected undetermined keys {wanted}; found {found}"));
        }
    }
    complaints
}
