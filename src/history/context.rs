//! The condition keys of a recorded call: which values the record shows, and which it leaves unknown.

use std::collections::BTreeMap;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Caller, Demand, DemandKind, RecordedCall};
use crate::{
    aws::{
        AccountId, OwnAccounts, PrincipalArn, PrincipalKind, UNTOLD,
        condition_keys::{GLOBAL, Source, describes_principal},
        endpoint::vpc_endpoint_id,
        rds::{Operation, condition_key, list_name, parameter_of, readings},
    },
    decode::{RememberedCall, Resolution, ResourceIds, Scope},
    policy::{
        self, ConfiguredContext, Context, Declared, KnownKeys, Lookup, Reading, RequestContext, ResourceOwner,
        principal_arn_readings,
    },
};

/// Why a key of a recorded call is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The proxy did not know it either: only AWS does.
    Unknowable,
    /// The record does not show it; the proxy may have known it.
    Untold,
}

/// The condition keys of one recorded call.
#[derive(Debug)]
pub struct RecordedContext<'c> {
    call: &'c RecordedCall,
    demand: Option<&'c Demand>,
    declared: &'c Declared,
    told: RequestContext,
    /// The caller's account as text, if it is known.
    account: Option<String>,
    /// Keys that the call did not have, in lower case.
    absent: Vec<String>,
    /// Keys, or key prefixes that end in `/`, in lower case, that only AWS knows.
    unknowable: Vec<String>,
    /// How much the record shows of the keys that come from parameters.
    parameters: Parameters,
}

/// How much a record shows of the keys that come from parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameters {
    /// The record shows none of them.
    Untold,
    /// Only the names of the parameters, of an action that is not in the table.
    Names,
    /// All keys except those of tags whose own names are not shown.
    AllButTags,
    /// All keys.
    All,
}

impl<'c> RecordedContext<'c> {
    /// Creates the context of a call, or of one of its further demands, from its record and the declared values.
    #[must_use]
    pub fn new(call: &'c RecordedCall, demand: Option<&'c Demand>, declared: &'c Declared) -> Self {
        let mut context = Self {
            call,
            demand,
            declared,
            told: RequestContext::new(),
            account: call.caller.account().map(|account| account.to_string()),
            absent: Vec::new(),
            unknowable: Vec::new(),
            parameters: Parameters::Untold,
        };
        context.of_the_way(call);
        context.of_the_caller(call);
        context.of_parameters(call, demand);
        context
    }

    /// Returns why a key that is not known is not known.
    #[must_use]
    pub fn silence(&self, key: &str) -> Silence {
        let key = key.to_ascii_lowercase();
        // `guard:resourcearn` is the engine's name for a resource whose name is not known.
        let of_aws = key == "guard:resourcearn" || key.starts_with("aws:resourcetag/");
        // The proxy's configuration has a value, but only for other callers.
        let of_others = describes_principal(&key) && self.declared.context.has(&key) && self.is_foreign();
        let listed = self.unknowable.iter().any(|known| match known.strip_suffix('/') {
            Some(_) => key.starts_with(known),
            None => key == *known,
        });
        if of_aws || of_others || listed { Silence::Unknowable } else { Silence::Untold }
    }

    /// Adds the keys that every call through a VPC endpoint has or does not have ("AWS global condition context
    /// keys").
    fn of_the_way(&mut self, call: &RecordedCall) {
        // RDS itself sends this call, from the other region.
        let is_presigned = self.demand.is_some_and(|demand| demand.kind == DemandKind::Presigned);
        for known in GLOBAL {
            match known.source {
                Source::Direct(_) | Source::AbsentThroughEndpoint if is_presigned => {
                    self.unknowable.push(known.name.to_ascii_lowercase());
                }
                Source::Constant(value) | Source::Direct(Some(value)) => self.told.insert(known.name, value),
                Source::Absent | Source::AbsentThroughEndpoint | Source::Direct(None) => {
                    self.absent.push(known.name.to_ascii_lowercase());
                }
                // The proxy may have known these: `[context]` can set them.
                Source::NotKnown => {}
                Source::Request | Source::Caller | Source::Session | Source::Endpoint | Source::Resource => {}
            }
        }
        if let Some(region) = &call.region {
            self.told.insert("aws:RequestedRegion", region.as_str());
        }
        if let Some(id) = call.endpoint.as_deref().and_then(vpc_endpoint_id) {
            self.told.insert("aws:SourceVpce", id.as_str());
        }
        if let Ok(time) = OffsetDateTime::parse(&call.time, &Rfc3339) {
            self.told.insert("aws:CurrentTime", call.time.clone());
            self.told.insert("aws:EpochTime", time.unix_timestamp().to_string());
        }
    }

    fn of_the_caller(&mut self, call: &RecordedCall) {
        if let Some(account) = call.caller.account() {
            self.told.insert("aws:PrincipalAccount", account.to_string());
        } else {
            self.unknowable.push("aws:principalaccount".to_owned());
        }
        match &call.caller {
            Caller::Known(arn) => self.of_principal(arn),
            Caller::Account(_) | Caller::Unknown => {
                self.unknowable.extend(["aws:principalarn", "aws:principaltype", "aws:username"].map(str::to_owned));
            }
        }
        if call.access_key_id.is_some() {
            // Every signed request has a user id.
            match &call.caller {
                Caller::Known(arn) if arn.user_id().is_some() => {
                    arn.user_id().into_iter().for_each(|id| self.told.insert("aws:userid", id));
                }
                Caller::Known(_) | Caller::Account(_) | Caller::Unknown => self.told.insert_present("aws:userid"),
            }
        }
        if call.access_key_id.as_ref().is_some_and(|id| !id.is_temporary()) {
            let names = ["tokenissuetime", "multifactorauthpresent", "multifactorauthage", "federatedprovider"];
            self.absent.extend(names.map(|name| format!("aws:{name}")));
        }
    }

    fn of_principal(&mut self, arn: &PrincipalArn) {
        self.told.insert_readings("aws:PrincipalArn", principal_arn_readings(arn));
        let kind = match arn.kind() {
            PrincipalKind::AssumedRole | PrincipalKind::Role => "AssumedRole",
            PrincipalKind::Root => "Account",
            PrincipalKind::User => "User",
            PrincipalKind::FederatedUser => "FederatedUser",
        };
        self.told.insert("aws:PrincipalType", kind);
        match (arn.kind(), arn.name()) {
            (PrincipalKind::User, Some(name)) => self.told.insert("aws:username", name),
            (
                PrincipalKind::Root
                | PrincipalKind::User
                | PrincipalKind::Role
                | PrincipalKind::AssumedRole
                | PrincipalKind::FederatedUser,
                _,
            ) => self.absent.push("aws:username".to_owned()),
        }
    }

    /// Adds the keys that come from parameters. A value that is not shown leaves its key unknown. The absence of a
    /// parameter is as informative as a value that is shown.
    fn of_parameters(&mut self, call: &RecordedCall, demand: Option<&Demand>) {
        let Some(parameters) = &call.parameters else { return };
        self.parameters = Parameters::Names;
        let remembered = RememberedCall::new(call.action.name(), parameters);
        self.of_own_keys(parameters, remembered.as_ref().map(RememberedCall::operation));
        let (Some(region), Some(remembered)) = (&call.region, remembered) else { return };
        let ids = ResourceIds::default();
        let resolution = remembered.resolve(&Scope { region, account: call.caller.account(), resource_ids: &ids });
        let dependent = demand
            .filter(|demand| demand.kind == DemandKind::Dependent)
            .and_then(|demand| resolution.dependents.iter().find(|dependent| dependent.action == demand.action));
        self.of_keys(dependent.map_or(&resolution, |dependent| &dependent.resolution));
    }

    /// Adds rds-guard's own keys, which compare parameters.
    fn of_own_keys(&mut self, parameters: &[(String, Option<String>)], operation: Option<&'static Operation>) {
        let engine = parameters.iter().find(|(name, _)| name == "Engine").and_then(|(_, value)| value.as_deref());
        let mut lists: BTreeMap<String, Option<Vec<Vec<Reading>>>> = BTreeMap::new();
        for (name, value) in parameters {
            let list = list_name(name);
            let key = format!("guard:Param/{list}");
            let known = operation.and_then(|operation| Some((operation, parameter_of(operation, &list)?)));
            let value = value.as_deref().map(|value| texts(readings(known, value, engine)));
            match value {
                value if list != *name => {
                    let values = lists.entry(key).or_insert_with(|| Some(Vec::new()));
                    *values = values.take().zip(value).map(|(mut values, value)| {
                        values.push(value);
                        values
                    });
                }
                Some(value) => self.told.insert_readings(&key, value),
                None => self.told.insert_unknown(&key),
            }
        }
        for (key, values) in lists {
            match values {
                Some(values) => self.told.insert_list_of_readings(&key, values),
                None => self.told.insert_unknown(&key),
            }
        }
    }

    /// Adds the service's keys.
    fn of_keys(&mut self, resolution: &Resolution<'_>) {
        let untold_tags = resolution.keys.iter().any(|key| key.name().contains(UNTOLD));
        self.parameters = if untold_tags { Parameters::AllButTags } else { Parameters::All };
        for key in &resolution.keys {
            match (key.values(), key.folded()) {
                (values, _) if values.iter().any(|value| value.contains(UNTOLD)) => {
                    self.told.insert_unknown(key.name());
                }
                ([one], folded) if !key.name().eq_ignore_ascii_case("aws:TagKeys") => {
                    let all = std::iter::once(one.as_ref()).chain(folded).map(str::to_owned);
                    self.told.insert_readings(key.name(), texts(all.collect()));
                }
                (many, _) => self.told.insert_list(key.name(), many.iter().map(ToString::to_string).collect()),
            }
        }
        for key in &resolution.unknown_keys {
            self.told.insert_unknown(key);
            let family = key.split("${").next().unwrap_or_default();
            self.unknowable.push(family.to_ascii_lowercase());
        }
    }

    /// Whether the call is known not to have had a key for which nothing is recorded.
    fn says_absent(&self, key: &str) -> bool {
        let of_tags = ["aws:requesttag/", "rds:req-tag/"].iter().any(|family| key.starts_with(family));
        let of_tags = of_tags || key == "aws:tagkeys";
        let told = self.parameters;
        match key.split_once(':') {
            _ if self.absent.iter().any(|absent| absent == key) => true,
            _ if of_tags => told == Parameters::All,
            Some(("guard", name)) if name.starts_with("param/") => told != Parameters::Untold,
            // The action's keys are in the table: a key that the table lists for other actions only is not sent.
            Some(("rds", _)) if condition_key(key).is_none() => false,
            Some(("rds", _)) => told == Parameters::All || told == Parameters::AllButTags,
            Some(("aws" | "guard", _)) => false,
            // Nothing is known about keys with other prefixes.
            Some(_) | None => false,
        }
    }
}

fn texts(readings: Vec<String>) -> Vec<Reading> {
    readings.into_iter().map(Reading::Text).collect()
}

impl Context for RecordedContext<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        policy::lookup(self, key)
    }

    fn lookup_for<'a>(&'a self, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
        policy::lookup_for(self, key, owner)
    }
}

impl KnownKeys for RecordedContext<'_> {
    fn known(&self, key: &str) -> Lookup<'_> {
        let found = self.told.lookup(key);
        if found == Lookup::Absent && !self.says_absent(key) { Lookup::Unknown } else { found }
    }

    fn configured(&self) -> &ConfiguredContext {
        &self.declared.context
    }

    fn own_accounts(&self) -> &OwnAccounts {
        &self.declared.own
    }

    fn account(&self) -> Option<AccountId> {
        self.call.caller.account()
    }

    fn account_text(&self) -> Option<&str> {
        self.account.as_deref()
    }

    fn common_owner(&self) -> ResourceOwner<'_> {
        ResourceOwner::common(match self.demand {
            Some(demand) => demand.resources.iter(),
            None => self.call.resources.iter(),
        })
    }
}
