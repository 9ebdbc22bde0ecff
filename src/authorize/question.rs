//! Evaluates a hypothetical call against the active policies.

use std::sync::Arc;

use time::format_description::well_known::Rfc3339;

use super::{
    Circumstances, Knowledge, NamedPolicy, Policies, Settings, context::principal_type, is_knowable, judge::decide,
};
use crate::{
    aws::{
        AccountId, ActionName, OwnAccounts, PrincipalArn, PrincipalKind, Region, RequestResource,
        condition_keys::{GLOBAL, Source},
        rds,
    },
    policy::{
        self, ConfiguredContext, Context, Explanation, KnownKeys, Lookup, RequestContext, ResourceOwner,
        principal_arn_readings,
    },
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
    /// call shows it, and absent where one might. What the configuration says of principals and resources counts for
    /// `own` accounts, as it does for a call.
    #[must_use]
    pub fn ask(
        &self,
        policies: &Policies,
        settings: &Settings,
        own: &OwnAccounts,
        circumstances: &Circumstances<'_>,
        is_knowable: &dyn Fn(&str) -> bool,
    ) -> Opinion {
        let is_known_action = self.is_known_action();
        let context = self.context(settings, own, circumstances, is_knowable);
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
        let policies = applying.iter().map(|named| &named.policy);
        let decided = policy::limited(|| decide(policies, &request, settings.undetermined));
        let undetermined = decided.as_ref().map_or(settings.undetermined, |decided| decided.undetermined);
        let explain = |named: &&Arc<NamedPolicy>| PolicyOpinion {
            policy: Arc::clone(named),
            explanation: named.policy.explain(&request, undetermined),
        };
        Opinion {
            // Without a policy everything is allowed, as AWS does.
            decision: decided.as_ref().map_or("allow", |decided| decided.decision.as_str()),
            undetermined: decided.as_ref().map(|decided| decided.decision.grounds().undetermined()).unwrap_or_default(),
            by: decided.as_ref().map(|decided| decided.index),
            policies: applying.iter().map(explain).collect(),
        }
    }

    /// The condition keys of the call.
    #[must_use]
    pub fn context<'c>(
        &'c self,
        settings: &'c Settings,
        own: &'c OwnAccounts,
        circumstances: &Circumstances<'_>,
        is_knowable: &'c dyn Fn(&str) -> bool,
    ) -> impl Context + use<'c> {
        let is_known_action = self.is_known_action();
        let account = self.principal.as_ref().map(PrincipalArn::account);
        Imagined {
            given: &self.context,
            configured: &settings.context,
            own,
            follows: self.what_follows(circumstances, &settings.roles),
            account,
            account_text: account.map(|account| account.to_string()),
            common_owner: ResourceOwner::common(self.resources.iter().filter(|_| is_known_action)),
            // Only a user has a name.
            absent: if self.principal.is_some() { &["aws:username"] } else { &[] },
            is_known_action,
            is_knowable,
        }
    }

    /// What an action that the table lacks acts on, and which keys it has, is not known.
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
            match arn.user_id() {
                Some(id) => context.insert("aws:userid", id),
                // Every signed request has one.
                None => context.insert_present("aws:userid"),
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

/// The condition keys of a hypothetical call.
struct Imagined<'c> {
    given: &'c ConfiguredContext,
    configured: &'c ConfiguredContext,
    own: &'c OwnAccounts,
    follows: RequestContext,
    account: Option<AccountId>,
    account_text: Option<String>,
    common_owner: ResourceOwner<'c>,
    /// Keys, in lower case, that the call would not have.
    absent: &'c [&'c str],
    is_known_action: bool,
    is_knowable: &'c dyn Fn(&str) -> bool,
}

impl Context for Imagined<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        self.given.lookup(key).unwrap_or_else(|| policy::lookup(self, key))
    }

    fn lookup_for<'a>(&'a self, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
        self.given.lookup(key).unwrap_or_else(|| policy::lookup_for(self, key, owner))
    }
}

impl KnownKeys for Imagined<'_> {
    fn known(&self, key: &str) -> Lookup<'_> {
        let found = self.follows.lookup(key);
        let is_of_action = ["rds:", "aws:requesttag/", "aws:tagkeys"].iter().any(|begin| key.starts_with(begin));
        // That the configuration knows a key says nothing of what a call shows.
        let is_shown = if self.configured.has(key) {
            is_knowable(key, &ConfiguredContext::default(), Knowledge::default())
        } else {
            (self.is_knowable)(key)
        };
        let is_shown = is_shown && (self.is_known_action || !is_of_action);
        let is_shown = is_shown || self.absent.contains(&key);
        if found == Lookup::Absent && !is_shown { Lookup::Unknown } else { found }
    }

    fn configured(&self) -> &ConfiguredContext {
        self.configured
    }

    fn own_accounts(&self) -> &OwnAccounts {
        self.own
    }

    fn account(&self) -> Option<AccountId> {
        self.account
    }

    fn account_text(&self) -> Option<&str> {
        self.account_text.as_deref()
    }

    fn common_owner(&self) -> ResourceOwner<'_> {
        self.common_owner
    }
}
