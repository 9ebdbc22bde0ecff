//! Recorded calls before another policy: which of them it would decide otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::{Demand, DemandKind, RecordedCall, RecordedContext, Said, Silence};
use crate::{
    aws::{AccountId, RequestResource, ResourceKind},
    policy::{Decision, Declared, Policy, Request},
};

/// A replay of calls, one by one.
#[derive(Debug)]
pub struct Replay<'p> {
    policy: &'p Policy,
    declared: Declared,
    /// The accounts of all callers; `None` among them is a caller of an unknown one.
    accounts: BTreeSet<Option<AccountId>>,
    changes: BTreeMap<Change, Count>,
    /// Calls that were judged.
    pub judged: usize,
    /// Calls that no policy was asked for, then.
    pub not_by_policy: usize,
}

/// What the policy says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Allowed.
    Allow,
    /// A statement denies.
    ExplicitDeny,
    /// No statement allows.
    ImplicitDeny,
    /// Denied for what only AWS knows.
    Undetermined,
    /// It depends on what the record does not tell and the proxy may have known.
    Untold,
}

/// A kind of call that is decided otherwise. Ordered by what changes, then by the call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// What is said now.
    pub to: Verdict,
    /// What was said.
    pub from: Said,
    /// The action.
    pub action: String,
    /// What it acts on.
    pub resources: Vec<String>,
    /// Who made it; a session by its role.
    pub principal: String,
    /// The first resource that is not allowed.
    pub resource: Option<String>,
    /// The statement that decides, by Sid or `#N` from 0.
    pub statement: Option<String>,
    /// The action that is denied, where it is not the call's own.
    pub because_of: Option<String>,
    /// The keys that are not known and decide it.
    pub keys: Vec<String>,
}

/// How often, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How many calls.
    pub calls: usize,
    /// The time of the first, as recorded.
    pub first: String,
    /// The time of the last.
    pub last: String,
}

impl Verdict {
    /// The word for it.
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

/// What decides, and how.
struct Judgement {
    verdict: Verdict,
    resource: Option<String>,
    statement: Option<String>,
    because_of: Option<String>,
    keys: Vec<String>,
}

impl<'p> Replay<'p> {
    /// A replay before a policy; what is declared counts for calls as it does in the proxy.
    #[must_use]
    pub fn new(policy: &'p Policy, declared: Declared) -> Self {
        let (accounts, changes) = (BTreeSet::new(), BTreeMap::new());
        Self { policy, declared, accounts, changes, judged: 0, not_by_policy: 0 }
    }

    /// Judges a call.
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

    /// The accounts of the callers of all calls that were judged; `None` stands for those whose account is not known.
    #[must_use]
    pub fn accounts(&self) -> &BTreeSet<Option<AccountId>> {
        &self.accounts
    }

    /// What is decided otherwise, each kind once.
    pub fn changes(&self) -> impl Iterator<Item = (&Change, &Count)> {
        self.changes.iter()
    }

    /// How many calls are decided so, having been decided otherwise.
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
            // That no statement allows a dependent action is recorded and refuses nothing.
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

    /// A Deny that applies if the call had parameters that its record does not list.
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
        // RDS sends this one itself, from the other region.
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
