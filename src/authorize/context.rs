//! The condition keys of a call, each asked for only when a statement needs it.
//!
//! A key has a value, is known to be absent, or cannot be known here; the three are never mixed up. Which is which:
//! IAM User Guide, "AWS global condition context keys", and the RDS authorization table.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    aws::{PrincipalArn, PrincipalKind, endpoint::VpcEndpointId},
    decode::{ApiCall, ConditionValue, NestedCall, Resolution, Value},
    identify::{Caller, Term},
    policy::{Context, Lookup},
};

/// Values of condition keys that only the configuration knows, by key in lower case.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredContext(HashMap<String, Vec<String>>);

impl ConfiguredContext {
    /// The given keys, whatever their letter case.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self(entries.into_iter().map(|(key, values)| (key.to_ascii_lowercase(), values)).collect())
    }

    /// Whether a key, in lower case, has a configured value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn lookup(&self, key: &str) -> Option<Lookup<'_>> {
        self.0.get(key).map(|values| match values.as_slice() {
            [one] => Lookup::One(one),
            many => Lookup::Many(many),
        })
    }
}

/// The condition keys of one call.
pub(super) struct CallContext<'c> {
    pub(super) call: &'c ApiCall,
    /// The request of a `PreSignedUrl`, when it is that one which is judged.
    pub(super) nested: Option<&'c NestedCall>,
    pub(super) resolution: &'c Resolution<'c>,
    pub(super) region: &'c str,
    pub(super) caller: &'c Caller,
    pub(super) tags: &'c BTreeMap<String, String>,
    pub(super) endpoint: Option<&'c VpcEndpointId>,
    pub(super) vpc: Option<&'c str>,
    pub(super) configured: &'c ConfiguredContext,
    pub(super) now: OffsetDateTime,
    pub(super) made: Made,
}

/// Values that are made when they are first asked for.
#[derive(Default)]
pub(super) struct Made {
    current_time: OnceCell<String>,
    epoch_time: OnceCell<String>,
    principal_arn: OnceCell<Option<String>>,
    account: OnceCell<Option<String>>,
    resource_account: OnceCell<Option<String>>,
    tag_keys: OnceCell<Vec<String>>,
}

impl Context for CallContext<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        if let Some(configured) = self.configured.lookup(key) {
            return configured;
        }
        if let Some(name) = key.strip_prefix("guard:param/") {
            return self.parameter(name);
        }
        let mut values = self.resolution.keys.iter().filter(|value| value.name().eq_ignore_ascii_case(key));
        if let Some(value) = values.next() {
            // Two tags whose keys differ in letter case alone are one condition key: which of them AWS takes is not said.
            return if values.next().is_some() { Lookup::Unknown } else { self.value(value) };
        }
        if self.resolution.unknown_keys.iter().any(|unknown| is_of(key, unknown)) {
            return Lookup::Unknown;
        }
        match key.split_once(':') {
            Some(("aws", name)) => self.global(name),
            // The action's keys are in the table, so another one is not sent; of an unknown action nothing is known.
            Some(("rds", _)) if !self.call.is_known_action() => Lookup::Unknown,
            _ => Lookup::Absent,
        }
    }
}

impl CallContext<'_> {
    fn global(&self, name: &str) -> Lookup<'_> {
        let arn = self.caller.principal.as_ref();
        match name {
            "requestedregion" => Lookup::One(self.region),
            "securetransport" => Lookup::One("true"),
            "currenttime" => {
                Lookup::One(self.made.current_time.get_or_init(|| self.now.format(&Rfc3339).unwrap_or_default()))
            }
            "epochtime" => {
                Lookup::One(self.made.epoch_time.get_or_init(|| self.now.unix_timestamp().to_string()))
            }
            "useragent" => self.header("user-agent"),
            "referer" => self.header("referer"),
            "sourcevpce" => self.endpoint.map_or(Lookup::Unknown, |id| Lookup::One(id.as_str())),
            "sourcevpc" => self.vpc.map_or(Lookup::Unknown, Lookup::One),
            "resourceaccount" => made(&self.made.resource_account, || self.resource_account()),
            "principalarn" => made(&self.made.principal_arn, || arn.map(PrincipalArn::without_session)),
            "principalaccount" => {
                made(&self.made.account, || self.caller.account.map(|account| account.to_string()))
            }
            "principaltype" => arn.map_or(Lookup::Unknown, |arn| Lookup::One(principal_type(arn.kind()))),
            "username" => match arn.map(|arn| (arn.kind(), arn.name())) {
                Some((PrincipalKind::User, Some(name))) => Lookup::One(name),
                Some(_) => Lookup::Absent,
                None => Lookup::Unknown,
            },
            "userid" => match (&self.caller.user_id, &self.caller.access_key_id) {
                (Some(id), _) => Lookup::One(id),
                // Whoever signs has one.
                (None, Some(_)) => Lookup::Present,
                // Without a signature, which only audit mode lets pass, nothing is known.
                (None, None) => Lookup::Unknown,
            },
            "tokenissuetime" => match self.caller.term {
                Term::LongLived => Lookup::Absent,
                Term::Temporary => Lookup::Present,
                Term::Issued { from, until } => Lookup::Between(from.unix_timestamp(), until.unix_timestamp()),
                Term::Unknown => Lookup::Unknown,
            },
            // A long-lived key has none of them; of a temporary one only AWS knows them.
            "multifactorauthpresent" | "multifactorauthage" | "federatedprovider"
                if self.caller.term == Term::LongLived =>
            {
                Lookup::Absent
            }
            // A service that calls on behalf of somebody does not come through a pod's proxy.
            "viaawsservice" | "principalisawsservice" => Lookup::One("false"),
            "calledvia" | "calledviafirst" | "calledvialast" | "principalservicename" | "principalservicenameslist"
            | "sourcearn" | "sourceaccount" | "sourceorgid" | "sourceorgpaths"
            // Not there on the way through a VPC endpoint.
            | "sourceip" => Lookup::Absent,
            // The request's tags are in the resolution, if the action takes tags.
            "tagkeys" => Lookup::Absent,
            _ => match name.split_once('/') {
                Some(("requesttag", _)) if self.call.is_known_action() => Lookup::Absent,
                Some(("principaltag", tag)) => self.principal_tag(tag),
                _ => Lookup::Unknown,
            },
        }
    }

    fn value<'a>(&'a self, value: &'a ConditionValue<'_>) -> Lookup<'a> {
        match value.values() {
            [one] if !value.name().eq_ignore_ascii_case("aws:TagKeys") => Lookup::One(one),
            many => Lookup::Many(
                self.made.tag_keys.get_or_init(|| many.iter().map(|value| value.clone().into_owned()).collect()),
            ),
        }
    }

    fn parameter(&self, name: &str) -> Lookup<'_> {
        let is_it = |(found, _): &(&str, Value<'_>)| found.eq_ignore_ascii_case(name);
        let found: Vec<_> = match self.nested {
            Some(nested) => nested.parameters().filter(is_it).collect(),
            None => self.call.parameters().filter(is_it).collect(),
        };
        // Keys compare without letter case: two new parameters that differ in it alone are one key, and undecided.
        match found.as_slice() {
            [] => Lookup::Absent,
            [(_, Value::Plain(value))] => Lookup::One(value),
            [..] => Lookup::Unknown,
        }
    }

    fn header(&self, name: &'static str) -> Lookup<'_> {
        match self.call.request().header(name).map(std::str::from_utf8) {
            Some(Ok(value)) => Lookup::One(value),
            Some(Err(_)) => Lookup::Unknown,
            None => Lookup::Absent,
        }
    }

    fn principal_tag(&self, tag: &str) -> Lookup<'_> {
        let mut tags = self.tags.iter();
        let found = tags.find(|(name, _)| name.eq_ignore_ascii_case(tag));
        // A tag that is not configured may still be one of the session.
        found.map_or(Lookup::Unknown, |(_, value)| Lookup::One(value))
    }

    /// The account that all resources are of, if it is one.
    fn resource_account(&self) -> Option<String> {
        let mut accounts = self.resolution.resources.iter().map(|resource| resource.arn.split(':').nth(4));
        let first = accounts.next()??;
        let known = first.len() == 12 && accounts.all(|account| account == Some(first));
        known.then(|| first.to_owned())
    }
}

fn made(cell: &OnceCell<Option<String>>, make: impl FnOnce() -> Option<String>) -> Lookup<'_> {
    cell.get_or_init(make).as_deref().map_or(Lookup::Unknown, Lookup::One)
}

pub(super) fn principal_type(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Root => "Account",
        PrincipalKind::User => "User",
        PrincipalKind::Role | PrincipalKind::AssumedRole => "AssumedRole",
        PrincipalKind::FederatedUser => "FederatedUser",
    }
}

/// Whether a key is the unknown one, or of its family (`aws:ResourceTag/${TagKey}`).
fn is_of(key: &str, unknown: &str) -> bool {
    match unknown.split_once("${") {
        Some((family, _)) => key.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)),
        None => key.eq_ignore_ascii_case(unknown),
    }
}
