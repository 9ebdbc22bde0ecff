//! Replays recorded calls against another policy and finds those that it would decide differently.

use std::collections::{BTreeMap, BTreeSet};

use super::{Demand, DemandKind, RecordedCall, RecordedContext, Said, Silence};
use crate::{
    aws::{AccountId, RequestResource, ResourceKind},
    policy::{Decision, Declared, Policy, Request},
};

/// Replays calls against a policy, one at a time.
#[derive(Debug)]
pub struct Replay<'p> {
    policy: &'p Policy,
    declared: Declared,
    /// The accounts of all callers; `None` is in the set if the account of some caller is not known.
    accounts: BTreeSet<Option<AccountId>>,
    changes: BTreeMap<Change, Count>,
    /// The number of calls that were judged.
    pub judged: usize,
    /// The number of calls that were not decided by a policy at the time; they are not judged.
    pub not_by_policy: usize,
}

/// The decision of the policy on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The call is allowed.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
    /// Denied because of a value that only AWS knows.
    Undetermined,
    /// Depends on a value that the record does not show and the proxy may have known.
    Untold,
}

/// A kind of call that is decided differently. Ordered by the change, then by the call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The new decision.
    pub to: Verdict,
    /// The recorded decision.
    pub from: Said,
    /// The action of the call.
    pub action: String,
    /// The ARNs that it acts on.
    pub resources: Vec<String>,
    /// The caller; a session is shown as its role.
    pub principal: String,
    /// The first resource that is not allowed.
    pub resource: Option<String>,
    /// The statement that decides, by Sid or `#N` counted from 0.
    pub statement: Option<String>,
    /// The action that is denied, if it is not the call's own.
    pub because_of: Option<String>,
    /// The keys that are not known and on which the decision depends.
    pub keys: Vec<String>,
}

/// How often a change occurred, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The number of calls.
    pub calls: usize,
    /// The time of the first call, as recorded.
    pub first: String,
    /// The time of the last call, as recorded.
    pub last: String,
}

impl Verdict {
    /// The verdict in output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
            Self::Undetermined => "undetermined",
            Self::Untold => "untold",
        }
    }
}

/// A verdict and its grounds.
struct Judgement {
    verdict: Verdict,
    resource: Option<String>,
    statement: Option<String>,
    because_of: Option<String>,
    keys: Vec<String>,
}

impl<'p> Replay<'p> {
    /// Creates a replay against a policy. The declared values apply to calls as they do in the proxy.
    #[must_use]
    pub fn new(policy: &'p Policy, declared: Declared) -> Self {
        let (accounts, changes) = (BTreeSet::new(), BTreeMap::new());
        Self { policy, declared, accounts, changes, judged: 0, not_by_policy: 0 }
    }

    /// Judges a call and counts it if the decision differs.
    pub fn take(&mut self, call: &RecordedCall) {
        if call.said == Said::Nothing {
            self.not_by_policy += 1;
            return;
        }
        self.judged += 1;
        self.accounts.insert(call.caller.account());
        let judgement = self.judge(call);
        let same = match judgement.verdict {
            Verdict::Allow => call.said == Said::Allow,
            Verdict::ExplicitDeny | Verdict::ImplicitDeny | Verdict::Undetermined => call.said != Said::Allow,
            Verdict::Untold => false,
        };
        if same {
            return;
        }
        let change = Change {
            to: judgement.verdict,
            from: call.said,
            action: call.action.to_string(),
            resources: call.resources.iter().map(|resource| resource.arn.to_string()).collect(),
            principal: call.caller.shown(),
            resource: judgement.resource,
            statement: judgement.statement,
            because_of: judgement.because_of,
            keys: judgement.keys,
        };
        let count = self.changes.entry(change).or_default();
        count.calls += 1;
        if count.first.is_empty() || call.time < count.first {
            count.first.clone_from(&call.time);
        }
        if call.time > count.last {
            count.last.clone_from(&call.time);
        }
    }

    /// The accounts of the callers of all calls that were judged. `None` is in the set if the account of some caller
    /// is not known.
    #[must_use]
    pub fn accounts(&self) -> &BTreeSet<Option<AccountId>> {
        &self.accounts
    }

    /// The kinds of calls that are decided differently.
    pub fn changes(&self) -> impl Iterator<Item = (&Change, &Count)> {
        self.changes.iter()
    }

    /// The number of calls whose decision changed to one that `to` selects.
    #[must_use]
    pub fn count(&self, to: impl Fn(Verdict) -> bool) -> usize {
        self.changes().filter(|(change, _)| to(change.to)).map(|(_, count)| count.calls).sum()
    }

    fn judge(&self, call: &RecordedCall) -> Judgement {
        let mut resources = call.resources.clone();
        if call.cut {
            resources.push(RequestResource { arn: "*".into(), kind: ResourceKind::Unknown });
        }
        let own = self.ask(call, None, call.action.as_str(), &resources);
        if own.verdict != Verdict::Allow {
            return own;
        }
        for demand in &call.further {
            let judgement = self.demand(call, demand);
            // An implicit deny of a dependent action is recorded, but does not refuse the call.
            let refuses = match judgement.verdict {
                Verdict::Allow => false,
                Verdict::ImplicitDeny => demand.kind == DemandKind::Presigned,
                Verdict::ExplicitDeny | Verdict::Undetermined | Verdict::Untold => true,
            };
            if refuses {
                return Judgement { because_of: Some(demand.action.clone()), ..judgement };
            }
        }
        self.untold_denial(call).unwrap_or(own)
    }

    /// The judgement of a Deny that applies if the call had parameters that its record does not list.
    fn untold_denial(&self, call: &RecordedCall) -> Option<Judgement> {
        if call.parameters.is_some() {
            return None;
        }
        call.untold_demands().into_iter().find_map(|demand| {
            let context = RecordedContext::new(call, None, &self.declared);
            let principal = call.caller.principal();
            let request =
                Request { action: &demand.action, principal, resources: &demand.resources, context: &context };
            let Decision::ExplicitDeny(grounds) = self.policy.evaluate(&request) else { return None };
            Some(Judgement {
                verdict: Verdict::Untold,
                resource: grounds.resource().map(|resource| resource.arn.to_string()),
                statement: grounds.statement().map(|decisive| decisive.name()),
                keys: grounds.undetermined(),
                because_of: Some(demand.action.clone()),
            })
        })
    }

    fn demand(&self, call: &RecordedCall, demand: &Demand) -> Judgement {
        if demand.kind != DemandKind::Presigned {
            return self.ask(call, Some(demand), &demand.action, &demand.resources);
        }
        // RDS itself sends this call, from the other region.
        let region = demand.resources.iter().find_map(|resource| resource.arn.split(':').nth(3)?.parse().ok());
        let elsewhere = RecordedCall { region, endpoint: None, resources: demand.resources.clone(), ..call.clone() };
        self.ask(&elsewhere, Some(demand), &demand.action, &demand.resources)
    }

    fn ask(
        &self,
        call: &RecordedCall,
        demand: Option<&Demand>,
        action: &str,
        resources: &[RequestResource],
    ) -> Judgement {
        let context = RecordedContext::new(call, demand, &self.declared);
        let request = Request { action, principal: call.caller.principal(), resources, context: &context };
        let decision = self.policy.evaluate(&request);
        let grounds = decision.grounds();
        let keys = grounds.undetermined();
        let untold = keys.iter().any(|key| context.silence(key) == Silence::Untold);
        let verdict = match &decision {
            Decision::Allow(_) => Verdict::Allow,
            Decision::ExplicitDeny(_) | Decision::ImplicitDeny(_) if untold => Verdict::Untold,
            Decision::ExplicitDeny(_) | Decision::ImplicitDeny(_) if decision.is_undetermined() => {
                Verdict::Undetermined
            }
            Decision::ExplicitDeny(_) => Verdict::ExplicitDeny,
            Decision::ImplicitDeny(_) => Verdict::ImplicitDeny,
        };
        Judgement {
            verdict,
            resource: grounds.resource().map(|resource| resource.arn.to_string()),
            statement: grounds.statement().map(|decisive| decisive.name()),
            because_of: None,
            keys,
        }
    }
}
