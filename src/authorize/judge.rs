//! Judges a call: its own action and resources, its dependent actions, and the request in its `PreSignedUrl`.

use std::sync::Arc;

use time::OffsetDateTime;

use super::{
    Denied, NamedPolicy, PermittedCall, Policies, Why,
    context::{CallContext, Made},
    denied::shortened,
};
use crate::{
    aws::{
        PrincipalArn, Region, RequestResource, ResourceKind,
        condition_keys::{Source, global_key},
        endpoint::VpcEndpointId,
    },
    decode::{Dependent, Resolution, ResourceIds, Scope},
    identify::{Caller, IdentifiedCall},
    policy::{self, ConfiguredContext, Decision, Decisive, Undetermined},
};

/// How to treat dependent actions: those that a call's parameters require in addition to its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DependentActions {
    /// A Deny on one denies the call; if none allows it, that is only recorded. AWS does not document whether
    /// endpoint policies apply to them.
    #[default]
    DenyOnly,
    /// Each must be allowed.
    Require,
    /// They are not judged.
    Ignore,
}

/// The configuration of the judgement.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Configured values of condition keys.
    pub context: ConfiguredContext,
    /// Roles with their paths, which the ARN of a session does not contain.
    pub roles: Vec<PrincipalArn>,
    /// Ids that AWS generated, by name.
    pub resource_ids: ResourceIds,
    /// How to treat dependent actions.
    pub dependents: DependentActions,
    /// How to treat statements that depend on unknown values.
    pub undetermined: Undetermined,
}

/// Facts that are not in the request: time, VPC endpoint, workload.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'c> {
    /// The time of the judgement.
    pub now: OffsetDateTime,
    /// The VPC endpoint that the call will go through, if any.
    pub endpoint: Option<&'c VpcEndpointId>,
    /// The VPC of that endpoint, if it is configured.
    pub vpc: Option<&'c str>,
    /// Whether the call may go to the service's public addresses instead.
    pub public: bool,
    /// The workload that made the call, if the caller belongs to one.
    pub workload: Option<&'c str>,
}

/// Whether denials are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// A denied call is not forwarded.
    Enforce,
    /// A denied call is forwarded, and the judgement shows the denial.
    Observe,
}

/// The result, for the record.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// The judged resources.
    pub resources: Vec<String>,
    /// The statement that decided: policy, position from 0, Sid.
    pub statement: Option<(String, usize, Option<String>)>,
    /// The version of the policy that decided, or of the one that applies.
    pub policy_version: Option<String>,
    /// The unknown condition keys that affected the decision.
    pub undetermined: Vec<String>,
    /// Dependent actions that no statement allows.
    pub dependents_not_allowed: Vec<String>,
    /// The denial, in audit mode as well.
    pub denied: Option<Denied>,
}

/// Judges a call. The second value is the proof that it may be forwarded, or the denial.
///
/// # Errors
/// In the second value: [`Denied`], if a policy does not let it pass and denials are enforced.
pub fn permit(
    identified: IdentifiedCall,
    policies: &Policies,
    settings: &Settings,
    circumstances: &Circumstances<'_>,
    enforcement: Enforcement,
) -> (Judgement, Result<PermittedCall, Denied>) {
    let mut judgement = Judgement::default();
    let judge = || judge(&identified, policies, settings, circumstances, &mut judgement);
    let denied = policy::limited(judge).err();
    judgement.denied.clone_from(&denied);
    match (denied, enforcement) {
        (None, _) | (Some(_), Enforcement::Observe) => (judgement, Ok(PermittedCall::new(identified))),
        (Some(denied), Enforcement::Enforce) => (judgement, Err(denied)),
    }
}

fn judge(
    identified: &IdentifiedCall,
    policies: &Policies,
    settings: &Settings,
    circumstances: &Circumstances<'_>,
    judgement: &mut Judgement,
) -> Result<(), Denied> {
    let call = identified.call();
    let caller = identified.caller();
    let region = call.host().region();
    let scope = |region| Scope { region, account: caller.account, resource_ids: &settings.resource_ids };
    let resolution = call.resolve(&scope(region));
    judgement.resources = resolution.required().iter().map(|resource| resource.arn.to_string()).collect();
    let applying: Vec<&Arc<NamedPolicy>> = policies.applying(region, circumstances.workload).collect();
    judgement.policy_version = applying.first().map(|named| named.version.clone());
    let mut bench = Bench { identified, settings, judgement };
    let surroundings = context(identified, &resolution, region, settings, circumstances);
    bench.action(call.action().as_str(), &resolution, &surroundings, &applying)?;
    for dependent in &resolution.dependents {
        bench.dependent(dependent, &surroundings.for_dependent(&dependent.resolution), &applying)?;
    }
    if let Some(nested) = call.presigned_url() {
        // RDS sends this request to the other region itself, not through an endpoint; it does not pass here again.
        let elsewhere = Circumstances { endpoint: None, vpc: None, public: true, ..*circumstances };
        let region = nested.host().region();
        let resolution = nested.resolve(&scope(region));
        let surroundings = context(identified, &resolution, region, settings, &elsewhere);
        let surroundings = CallContext { nested: Some(nested), ..surroundings };
        let applying: Vec<&Arc<NamedPolicy>> = policies.applying(region, circumstances.workload).collect();
        bench.action(nested.action().as_str(), &resolution, &surroundings, &applying)?;
    }
    Ok(())
}

/// The evaluation of one call by the policies.
struct Bench<'c> {
    identified: &'c IdentifiedCall,
    settings: &'c Settings,
    judgement: &'c mut Judgement,
}

/// The decision of the policies on one action and its resources.
struct Verdict {
    statement: Option<(String, usize, Option<String>)>,
    policy_version: Option<String>,
    undetermined: Vec<String>,
    /// Whether a Deny applies, for certain or as far as is known.
    explicit: bool,
    denied: Option<Denied>,
}

impl Bench<'_> {
    fn action(
        &mut self,
        action: &str,
        resolution: &Resolution<'_>,
        context: &CallContext<'_>,
        applying: &[&Arc<NamedPolicy>],
    ) -> Result<(), Denied> {
        let Some(verdict) = self.hear(action, &resolution.required(), context, applying) else { return Ok(()) };
        self.conclude(verdict)?;
        let resources = resolution.deny_only();
        if resources.is_empty() {
            return Ok(());
        }
        match self.hear(action, &resources, context, applying) {
            Some(verdict) if verdict.denied.is_some() && verdict.explicit => self.conclude(verdict),
            Some(_) | None => Ok(()),
        }
    }

    fn dependent(
        &mut self,
        dependent: &Dependent<'_>,
        context: &CallContext<'_>,
        applying: &[&Arc<NamedPolicy>],
    ) -> Result<(), Denied> {
        if self.settings.dependents == DependentActions::Ignore {
            return Ok(());
        }
        let resources = dependent.resolution.required();
        let Some(verdict) = self.hear(dependent.action, &resources, context, applying) else { return Ok(()) };
        if verdict.denied.is_none() {
            return Ok(());
        }
        if !verdict.explicit && self.settings.dependents == DependentActions::DenyOnly {
            self.judgement.dependents_not_allowed.push(dependent.action.to_owned());
            return Ok(());
        }
        self.conclude(verdict)
    }

    fn hear(
        &self,
        action: &str,
        resources: &[RequestResource],
        context: &CallContext<'_>,
        applying: &[&Arc<NamedPolicy>],
    ) -> Option<Verdict> {
        let caller = self.identified.caller();
        let request = request(action, caller, resources, context);
        let policies = applying.iter().map(|named| &named.policy);
        let Decided { index, decision, .. } = decide(policies, &request, self.settings.undetermined)?;
        let (grounds, named) = (decision.grounds(), applying.get(index)?);
        let policy::Reasons { statement: decisive, resource, undetermined } = grounds.reasons();
        let blank = context.blank().filter(|_| undetermined.iter().any(|key| is_of_parameter(key)));
        let (explicit, why) = match decision {
            Decision::Allow(_) => (false, None),
            Decision::ExplicitDeny(_) if decision.is_undetermined() => {
                (true, Some(Why::Undetermined { keys: undetermined.clone() }))
            }
            Decision::ImplicitDeny(_) if decision.is_undetermined() => {
                (false, Some(Why::Undetermined { keys: undetermined.clone() }))
            }
            Decision::ExplicitDeny(_) => {
                let shown = |decisive: &Decisive<'_>| match decisive.statement.sid() {
                    Some(sid) => format!("\"{sid}\""),
                    None => (decisive.index + 1).to_string(),
                };
                (true, Some(Why::Explicit { statement: decisive.as_ref().map(shown).unwrap_or_default() }))
            }
            Decision::ImplicitDeny(_) => (false, Some(Why::Implicit)),
        };
        Some(Verdict {
            statement: decisive
                .map(|decisive| (named.name.clone(), decisive.index, decisive.statement.sid().map(str::to_owned))),
            policy_version: Some(named.version.clone()),
            undetermined,
            explicit,
            denied: why.map(|why| {
                let why = match (why, blank.clone()) {
                    (Why::Undetermined { .. }, Some(parameter)) => Why::Blank { parameter },
                    (why, _) => why,
                };
                denied(caller, action, resource, why)
            }),
        })
    }

    /// Records a verdict in the judgement: the last one recorded is the one that decided.
    fn conclude(&mut self, verdict: Verdict) -> Result<(), Denied> {
        self.judgement.statement = verdict.statement;
        self.judgement.policy_version = verdict.policy_version;
        self.judgement.undetermined = verdict.undetermined;
        verdict.denied.map_or(Ok(()), Err)
    }
}

/// The combined decision of several policies.
pub(super) struct Decided<'p> {
    /// The index of the deciding policy.
    pub(super) index: usize,
    pub(super) decision: Decision<'p>,
    /// How statements that depend on unknown values were treated.
    pub(super) undetermined: Undetermined,
}

/// Evaluates policies that must all allow the request; `None` if there are no policies.
pub(super) fn decide<'p>(
    policies: impl Iterator<Item = &'p policy::Policy> + Clone,
    request: &policy::Request<'p>,
    undetermined: Undetermined,
) -> Option<Decided<'p>> {
    let (index, decision) = policy::evaluate_all(policies.clone(), request, undetermined)?;
    // A statement on one of this program's own keys cannot be left to AWS, which does not have the key.
    let is_own = |key: &String| is_of_parameter(key) || key == policy::UNFINISHED;
    if decision.is_allow() && decision.grounds().undetermined().iter().any(is_own) {
        let (index, decision) = policy::evaluate_all(policies, request, Undetermined::Deny)?;
        return Some(Decided { index, decision, undetermined: Undetermined::Deny });
    }
    Some(Decided { index, decision, undetermined })
}

/// Whether a condition key compares a parameter.
fn is_of_parameter(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("guard:param/") || key.starts_with("guard:unlistedparam/")
}

pub(super) fn context<'c>(
    identified: &'c IdentifiedCall,
    resolution: &'c Resolution<'c>,
    region: &'c Region,
    settings: &'c Settings,
    circumstances: &Circumstances<'c>,
) -> CallContext<'c> {
    CallContext {
        call: identified.call(),
        nested: None,
        resolution,
        region: region.as_str(),
        caller: identified.caller(),
        tags: &identified.caller().tags,
        endpoint: circumstances.endpoint,
        vpc: circumstances.vpc,
        public: circumstances.public,
        roles: &settings.roles,
        configured: &settings.context,
        now: circumstances.now,
        made: Made::default(),
    }
}

pub(super) fn request<'r>(
    action: &'r str,
    caller: &'r Caller,
    resources: &'r [RequestResource],
    context: &'r CallContext<'_>,
) -> policy::Request<'r> {
    let principal = match (&caller.principal, caller.account) {
        (Some(arn), _) => policy::Principal::Known(arn),
        (None, Some(account)) => policy::Principal::Account(account),
        (None, None) => policy::Principal::Unknown,
    };
    policy::Request { action, principal, resources, context }
}

fn denied(caller: &Caller, action: &str, resource: Option<&RequestResource>, why: Why) -> Denied {
    let user = match (&caller.principal, caller.account) {
        (Some(arn), _) => arn.to_string(),
        (None, Some(account)) => format!("{} of account {account}", shortened(caller.access_key_id.as_ref())),
        (None, None) => format!("{} of an unknown account", shortened(caller.access_key_id.as_ref())),
    };
    let needs_default = resource.is_some_and(|resource| resource.kind == ResourceKind::Default) && why == Why::Implicit;
    let hint = match &why {
        Why::Undetermined { keys } => what_would_decide(keys),
        Why::Explicit { .. } | Why::Implicit | Why::Blank { .. } => needs_default.then(|| DEFAULTS.to_owned()),
    };
    let resource = resource.map(|resource| resource.arn.to_string());
    Denied { user, action: action.to_owned(), resource, why, hint: hint.map(String::into_boxed_str) }
}

const DEFAULTS: &str =
    "the call names no option, parameter or subnet group, so it needs the default ones: a policy must cover them too";

const FEWER: &str = "the policies have more to compare with this call than a decision may take: name fewer resources in one \
                     call, or give the policies fewer or simpler patterns (few `*` and `?` in one pattern)";

/// What the operator can do about unknown condition keys.
fn what_would_decide(keys: &[String]) -> Option<String> {
    if keys.iter().any(|key| key == policy::UNFINISHED) {
        return Some(FEWER.to_owned());
    }
    let key = keys.iter().find(|key| !key.to_ascii_lowercase().starts_with("guard:"))?;
    if key.eq_ignore_ascii_case("aws:PrincipalArn") {
        return Some("a session does not show the path of its role: `identity.roles` can name it".to_owned());
    }
    let only_configured = match global_key(key).map(|known| known.source) {
        Some(Source::NotKnown) => true,
        None => !key.to_ascii_lowercase().starts_with("rds:"),
        Some(_) => false,
    };
    only_configured.then(|| {
        format!(
            "[context] of rds-guard can give its value, or say that no call has it: \"{key}\" = {{ absent = true }}"
        )
    })
}
