//! What the policies in force would say of a call that nobody has made.

use std::sync::Arc;

use time::format_description::well_known::Rfc3339;

use super::{Circumstances, ConfiguredContext, NamedPolicy, Policies, Settings, context::principal_type};
use crate::{
    aws::{
        ActionName, PrincipalArn, PrincipalKind, Region, RequestResource,
        condition_keys::{GLOBAL, Source},
        rds,
    },
    policy::{self, Context, Explanation, Key, Lookup, RequestContext, ResourceOwner, principal_arn_readings},
};

/// A call that is thought of.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its action. What would depend on it is not asked.
    pub action: ActionName,
    /// What it would act on; nothing is known of the resource where there is none.
    pub resources: Vec<RequestResource>,
    /// Who would make it; nothing is known of the caller where this is `None`.
    pub principal: Option<PrincipalArn>,
    /// Where; without a region no endpoint's policy is asked.
    pub region: Option<Region>,
    /// Condition keys that it would have.
    pub context: ConfiguredContext,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// `allow`, `explicit_deny` or `implicit_deny`: what all policies say together.
    pub decision: &'static str,
    /// The keys that are not known here and decided it.
    pub undetermined: Vec<String>,
    /// Which of the policies decided, by its place among them; `None` where none applies.
    pub by: Option<usize>,
    /// What each of them says by itself.
    pub policies: Vec<PolicyOpinion>,
}

/// What one policy says.
#[derive(Clone, Debug)]
pub struct PolicyOpinion {
    /// The policy.
    pub policy: Arc<NamedPolicy>,
    /// Its decision, statement by statement.
    pub explanation: Explanation,
}

impl Question {
    /// Asks the policies that would apply. A condition key that the question does not name has the value that the
    /// configuration gives it or that follows from the question; else it is unknown where `is_knowable` says that no
    /// call shows it, and absent where one might.
    #[must_use]
    pub fn ask(
        &self,
        policies: &Policies,
        settings: &Settings,
        circumstances: &Circumstances<'_>,
        is_knowable: &dyn Fn(&str) -> bool,
    ) -> Opinion {
        // What an action that the table lacks acts on, and which keys it has, nobody knows here.
        let is_known_action = self.is_known_action();
        let context = Imagined {
            given: &self.context,
            configured: &settings.context,
            follows: self.what_follows(circumstances, &settings.roles),
            account: self.principal.as_ref().map(|arn| arn.account().to_string()),
            // Only a user has a name.
            absent: if self.principal.is_some() { &["aws:username"] } else { &[] },
            is_known_action,
            is_knowable,
        };
        let request = policy::Request {
            action: self.action.as_str(),
            principal: self.principal.as_ref().map_or(policy::Principal::Unknown, policy::Principal::Known),
            resources: if is_known_action { &self.resources } else { &[] },
            context: &context,
        };
        let applying: Vec<&Arc<NamedPolicy>> = match &self.region {
            Some(region) => policies.applying(region, circumstances.workload).collect(),
            None => {
                let of_workload = circumstances.workload.and_then(|name| policies.workloads.get(name));
                policies.default.iter().chain(of_workload).collect()
            }
        };
        let explain = |named: &&Arc<NamedPolicy>| PolicyOpinion {
            policy: Arc::clone(named),
            explanation: named.policy.explain(&request, settings.undetermined),
        };
        let decided = policy::evaluate_all(applying.iter().map(|named| &named.policy), &request, settings.undetermined);
        Opinion {
            // Without a policy everything is allowed, as AWS does.
            decision: decided.map_or("allow", |(_, decision)| decision.as_str()),
            undetermined: decided.map(|(_, decision)| decision.grounds().undetermined()).unwrap_or_default(),
            by: decided.map(|(index, _)| index),
            policies: applying.iter().map(explain).collect(),
        }
    }

    fn is_known_action(&self) -> bool {
        let name = self.action.as_str().split_once(':').filter(|(service, _)| service.eq_ignore_ascii_case("rds"));
        name.is_some_and(|(_, name)| {
            let mut known = rds::OPERATIONS.iter().chain([&rds::LOG_FILE_DOWNLOAD]);
            known.any(|operation| operation.name.eq_ignore_ascii_case(name))
        })
    }

    /// The keys whose values follow from the question and the moment; of a caller who is not named nothing follows.
    fn what_follows(&self, circumstances: &Circumstances<'_>, roles: &[PrincipalArn]) -> RequestContext {
        let mut context = RequestContext::new();
        let now = circumstances.now;
        context.insert("aws:CurrentTime", now.format(&Rfc3339).unwrap_or_default());
        context.insert("aws:EpochTime", now.unix_timestamp().to_string());
        for known in GLOBAL {
            match known.source {
                Source::Constant(value) | Source::Direct(Some(value)) => context.insert(known.name, value),
                Source::AbsentThroughEndpoint if circumstances.public => context.insert_unknown(known.name),
                Source::AbsentThroughEndpoint | Source::Absent | Source::Direct(None) => {
                    context.insert_absent(known.name);
                }
                Source::Request | Source::Caller | Source::Session | Source::Endpoint => {}
                Source::Resource | Source::NotKnown => context.insert_unknown(known.name),
            }
        }
        // Of whatever credentials would sign.
        for key in OF_THE_CALLER {
            context.insert_unknown(key);
        }
        let known = [
            ("aws:RequestedRegion", self.region.as_ref().map(|region| region.as_str())),
            ("aws:SourceVpce", circumstances.endpoint.map(|id| id.as_str())),
            ("aws:SourceVpc", circumstances.vpc),
        ];
        for (key, value) in known {
            match value {
                Some(value) => context.insert(key, value),
                None => context.insert_unknown(key),
            }
        }
        if let Some(arn) = &self.principal {
            let known = roles.iter().find(|role| role.is_role_of(arn));
            context.insert_readings("aws:PrincipalArn", principal_arn_readings(known.unwrap_or(arn)));
            context.insert("aws:PrincipalAccount", arn.account().to_string());
            context.insert("aws:PrincipalType", principal_type(arn.kind()));
            if let Some(id) = arn.user_id() {
                context.insert("aws:userid", id);
            }
            match arn.name().filter(|_| arn.kind() == PrincipalKind::User) {
                Some(name) => context.insert("aws:username", name),
                None => context.insert_absent("aws:username"),
            }
        }
        context
    }
}

/// Keys that follow from who signs, and with which credentials.
const OF_THE_CALLER: [&str; 10] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:PrincipalTag/*",
    "aws:username",
    "aws:userid",
    "aws:TokenIssueTime",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:FederatedProvider",
];

/// The condition keys of a call that nobody has made.
struct Imagined<'c> {
    given: &'c ConfiguredContext,
    configured: &'c ConfiguredContext,
    follows: RequestContext,
    /// The caller's account.
    account: Option<String>,
    /// Keys, in lower case, that the call would not have.
    absent: &'c [&'c str],
    is_known_action: bool,
    is_knowable: &'c dyn Fn(&str) -> bool,
}

impl Context for Imagined<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        if let Some(given) = self.given.lookup(key) {
            return given;
        }
        if Key::is_name_of_resource(key) {
            return Lookup::Unknown;
        }
        self.configured.or(self.known(key), key)
    }

    fn lookup_for<'a>(&'a self, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
        if let Some(given) = self.given.lookup(key) {
            return given;
        }
        let own = self.account.as_deref();
        match (key, owner) {
            ("aws:resourceaccount", ResourceOwner::Account(account)) => Lookup::One(account),
            ("aws:resourceaccount", ResourceOwner::Caller) => own.map_or(Lookup::Unknown, Lookup::One),
            ("aws:resourceaccount", ResourceOwner::Unknown) => Lookup::Unknown,
            (_, ResourceOwner::Account(account)) if own == Some(account) => self.configured.or(Lookup::Unknown, key),
            (_, ResourceOwner::Caller) if own.is_some() => self.configured.or(Lookup::Unknown, key),
            (_, ResourceOwner::Account(_) | ResourceOwner::Caller | ResourceOwner::Unknown) => Lookup::Unknown,
        }
    }
}

impl Imagined<'_> {
    fn known(&self, key: &str) -> Lookup<'_> {
        let found = self.follows.lookup(key);
        let is_of_action = ["rds:", "aws:requesttag/", "aws:tagkeys"].iter().any(|begin| key.starts_with(begin));
        let is_shown = (self.is_known_action || !is_of_action) && (self.is_knowable)(key);
        let is_shown = is_shown || self.absent.contains(&key);
        if found == Lookup::Absent && !is_shown { Lookup::Unknown } else { found }
    }
}
