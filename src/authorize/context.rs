//! The condition keys of a call, each asked for only when a statement needs it.
//!
//! A key has a value, is known to be absent, or cannot be known here; the three are never mixed up. Which is which:
//! the catalogue (`aws::condition_keys`) and the RDS authorization table. What neither has is not known.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::parameters::Parameters;
use crate::{
    aws::{
        AccountId, OwnAccounts, PrincipalArn, PrincipalKind,
        condition_keys::{KeyNames, KnownKey, Source, global_key, is_of},
        endpoint::VpcEndpointId,
        rds::{Operation, condition_key},
    },
    decode::{ApiCall, ConditionValue, NestedCall, Resolution},
    identify::{Caller, Term},
    policy::{self, ConfiguredContext, Context, KnownKeys, Lookup, Reading, ResourceOwner, principal_arn_readings},
};

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
    /// Whether the call may go to the service's public addresses instead of an endpoint.
    pub(super) public: bool,
    /// Roles with their paths, as the configuration names them.
    pub(super) roles: &'c [PrincipalArn],
    pub(super) configured: &'c ConfiguredContext,
    pub(super) now: OffsetDateTime,
    pub(super) made: Made<'c>,
}

/// Values that are made when they are first asked for.
#[derive(Default)]
pub(super) struct Made<'c> {
    current_time: OnceCell<String>,
    epoch_time: OnceCell<String>,
    principal_arn: OnceCell<Vec<Reading>>,
    account: OnceCell<Option<String>>,
    tag_keys: OnceCell<Vec<String>>,
    /// Where the keys of the resolution are, by their names in lower case.
    values: OnceCell<HashMap<String, Option<usize>>>,
    /// The keys of the resolution that are not known.
    unknown: OnceCell<KeyNames>,
    /// How many keys were looked up without being remembered.
    lookups: Cell<usize>,
    /// Where the keys that were looked up since get their values from.
    found: RefCell<HashMap<Box<str>, Found>>,
    /// Common to the call's own action and those that it calls for.
    parameters: Rc<OnceCell<Parameters<'c>>>,
    /// The readings of keys, in lower case, whose value may be read in another way than it was sent.
    readings: OnceCell<HashMap<String, Vec<Reading>>>,
    /// A parameter that a condition compares and whose text begins or ends with a blank.
    blank: RefCell<Option<String>>,
}

/// Where a key gets its value from.
#[derive(Clone, Copy)]
enum Found {
    /// From the request: the place among the keys of the resolution.
    Sent(usize),
    /// From what the catalogue names as its source.
    Global(&'static KnownKey),
    /// The request does not have it.
    Absent,
    /// Only AWS knows.
    Unknown,
}

/// How many keys of a request are gone through rather than indexed.
const FEW_KEYS: usize = 16;

/// The places of keys by their names in lower case; none of those that differ in letter case alone.
fn by_name(keys: &[ConditionValue<'_>]) -> HashMap<String, Option<usize>> {
    let mut places = HashMap::with_capacity(keys.len());
    for (at, key) in keys.iter().enumerate() {
        let place = places.entry(key.name().to_ascii_lowercase());
        place.and_modify(|place| *place = None).or_insert(Some(at));
    }
    places
}

impl Context for CallContext<'_> {
    fn lookup<'a>(&'a self, key: &str) -> Lookup<'a> {
        policy::lookup(self, key)
    }

    fn lookup_for<'a>(&'a self, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
        policy::lookup_for(self, key, owner)
    }
}

impl KnownKeys for CallContext<'_> {
    fn known(&self, key: &str) -> Lookup<'_> {
        if let Some(("guard", name)) = key.split_once(':') {
            return self.parameter(name);
        }
        match self.found(key) {
            Found::Sent(at) => self.resolution.keys.get(at).map_or(Lookup::Unknown, |value| self.value(value)),
            Found::Global(known) => key.split_once(':').map_or(Lookup::Unknown, |(_, name)| self.global(known, name)),
            Found::Absent => Lookup::Absent,
            Found::Unknown => Lookup::Unknown,
        }
    }

    fn configured(&self) -> &ConfiguredContext {
        self.configured
    }

    fn own_accounts(&self) -> &OwnAccounts {
        &self.caller.own_accounts
    }

    fn account(&self) -> Option<AccountId> {
        self.caller.account
    }

    fn account_text(&self) -> Option<&str> {
        let account = self.made.account.get_or_init(|| self.caller.account.map(|account| account.to_string()));
        account.as_deref()
    }

    fn common_owner(&self) -> ResourceOwner<'_> {
        ResourceOwner::common(self.resolution.all())
    }
}

impl<'c> CallContext<'c> {
    /// The condition keys of an action that the call calls for.
    pub(super) fn for_dependent(&self, resolution: &'c Resolution<'c>) -> Self {
        let made = Made { parameters: Rc::clone(&self.made.parameters), ..Made::default() };
        Self { resolution, made, ..*self }
    }

    /// Where a key gets its value from. A policy that is full of variables and conditions looks the same keys up over and
    /// over again, so after the first few they are remembered.
    fn found(&self, key: &str) -> Found {
        let lookups = self.made.lookups.get();
        if lookups < FEW_KEYS {
            self.made.lookups.set(lookups + 1);
            return self.find(key);
        }
        if let Some(found) = self.made.found.borrow().get(key) {
            return *found;
        }
        let found = self.find(key);
        self.made.found.borrow_mut().insert(key.into(), found);
        found
    }

    fn find(&self, key: &str) -> Found {
        if let Some(place) = self.sent(key) {
            return place.map_or(Found::Unknown, Found::Sent);
        }
        if self.is_unknown(key) {
            return Found::Unknown;
        }
        match key.split_once(':') {
            Some(("aws", _)) => global_key(key).map_or(Found::Unknown, Found::Global),
            // The table says which of the service's keys an action has. What it does not have is not sent.
            Some(("rds", _)) if self.call.is_known_action() && condition_key(key).is_some() => Found::Absent,
            Some(_) | None => Found::Unknown,
        }
    }

    /// Whether the request may have a key without this program knowing its value.
    fn is_unknown(&self, key: &str) -> bool {
        let keys = &self.resolution.unknown_keys;
        if keys.len() > FEW_KEYS {
            let names = self.made.unknown.get_or_init(|| KeyNames::new(keys.iter().map(|key| &**key)));
            return names.find(key).is_some();
        }
        keys.iter().any(|unknown| is_of(key, unknown))
    }

    /// The place of a key that the request has; none of two that differ in letter case alone, which are one condition key:
    /// which of them AWS takes is not documented.
    fn sent(&self, key: &str) -> Option<Option<usize>> {
        let keys = &self.resolution.keys;
        if keys.len() > FEW_KEYS {
            return self.made.values.get_or_init(|| by_name(keys)).get(key).copied();
        }
        let mut places = keys.iter().enumerate().filter(|(_, value)| value.name().eq_ignore_ascii_case(key));
        let (at, _) = places.next()?;
        Some(places.next().is_none().then_some(at))
    }

    fn global(&self, known: &KnownKey, name: &str) -> Lookup<'_> {
        match known.source {
            Source::Request => self.of_request(name),
            Source::Constant(value) => Lookup::One(value),
            Source::Direct(_) if self.nested.is_some() => Lookup::Unknown,
            Source::Direct(value) => value.map_or(Lookup::Absent, Lookup::One),
            Source::Caller => self.of_caller(name),
            Source::Session if self.caller.term == Term::LongLived => Lookup::Absent,
            Source::Session if name == "tokenissuetime" => match self.caller.term {
                Term::LongLived => Lookup::Absent,
                Term::Temporary => Lookup::Present,
                Term::Issued { from, until } => Lookup::Between(from.unix_timestamp(), until.unix_timestamp()),
                Term::Unknown => Lookup::Unknown,
            },
            Source::Endpoint if name == "sourcevpce" => {
                self.endpoint.map_or(Lookup::Unknown, |id| Lookup::One(id.as_str()))
            }
            Source::Endpoint => self.vpc.map_or(Lookup::Unknown, Lookup::One),
            Source::AbsentThroughEndpoint if self.public || self.nested.is_some() => Lookup::Unknown,
            Source::AbsentThroughEndpoint | Source::Absent => Lookup::Absent,
            Source::Session | Source::Resource | Source::NotKnown => Lookup::Unknown,
        }
    }

    fn of_request(&self, name: &str) -> Lookup<'_> {
        match name {
            "requestedregion" => Lookup::One(self.region),
            "currenttime" => {
                Lookup::One(self.made.current_time.get_or_init(|| self.now.format(&Rfc3339).unwrap_or_default()))
            }
            "epochtime" => Lookup::One(self.made.epoch_time.get_or_init(|| self.now.unix_timestamp().to_string())),
            // The request of a PreSignedUrl is sent by RDS, with headers of its own.
            "useragent" | "referer" if self.nested.is_some() => Lookup::Unknown,
            "useragent" => self.header("user-agent"),
            "referer" => self.header("referer"),
            // The request's tags are in the resolution, if the action takes tags.
            _ if self.call.is_known_action() => Lookup::Absent,
            _ => Lookup::Unknown,
        }
    }

    fn of_caller(&self, name: &str) -> Lookup<'_> {
        let arn = self.caller.principal.as_ref();
        match name {
            "principalarn" => match self.made.principal_arn.get_or_init(|| self.principal_arn()).as_slice() {
                [] => Lookup::Unknown,
                [Reading::Text(text)] => Lookup::One(text),
                readings => Lookup::OneOf(readings),
            },
            "principalaccount" => self.account_text().map_or(Lookup::Unknown, Lookup::One),
            "principaltype" => arn.map_or(Lookup::Unknown, |arn| Lookup::One(principal_type(arn.kind()))),
            "username" => match arn.map(|arn| (arn.kind(), arn.name())) {
                Some((PrincipalKind::User, Some(name))) => Lookup::One(name),
                Some(_) => Lookup::Absent,
                None => Lookup::Unknown,
            },
            "userid" => match (&self.caller.user_id, &self.caller.access_key_id) {
                (Some(id), _) => Lookup::One(id),
                // Every signed request has one.
                (None, Some(_)) => Lookup::Present,
                // Without a signature, which only audit mode lets pass, nothing is known.
                (None, None) => Lookup::Unknown,
            },
            _ => name.strip_prefix("principaltag/").map_or(Lookup::Unknown, |tag| self.principal_tag(tag)),
        }
    }

    /// The caller's ARN as `aws:PrincipalArn` may have it; nothing where the caller is not known.
    fn principal_arn(&self) -> Vec<Reading> {
        let Some(principal) = &self.caller.principal else { return Vec::new() };
        let known = self.caller.role.iter().chain(self.roles).find(|role| role.is_role_of(principal));
        principal_arn_readings(known.unwrap_or(principal))
    }

    fn value<'a>(&'a self, value: &'a ConditionValue<'_>) -> Lookup<'a> {
        match value.values() {
            [one] if !value.name().eq_ignore_ascii_case("aws:TagKeys") => {
                if value.folded().is_none() {
                    return Lookup::One(one);
                }
                let readings = self.made.readings.get_or_init(|| self.readings());
                readings
                    .get(&value.name().to_ascii_lowercase())
                    .map_or(Lookup::Unknown, |readings| Lookup::OneOf(readings))
            }
            many => Lookup::Many(
                self.made.tag_keys.get_or_init(|| many.iter().map(|value| value.clone().into_owned()).collect()),
            ),
        }
    }

    /// The values that RDS reads in another spelling than they were sent in: which of the two is compared is not documented.
    fn readings(&self) -> HashMap<String, Vec<Reading>> {
        let folded = self.resolution.keys.iter().filter_map(|value| {
            let texts = [value.values().first()?.as_ref(), value.folded()?];
            Some((value.name().to_ascii_lowercase(), texts.map(|text| Reading::Text(text.to_owned())).to_vec()))
        });
        folded.collect()
    }

    /// A key of this program's own, without its prefix.
    fn parameter(&self, name: &str) -> Lookup<'_> {
        let Some(name) = name.strip_prefix("param/").or_else(|| name.strip_prefix("unlistedparam/")) else {
            return Lookup::Unknown;
        };
        let parameters = self.made.parameters.get_or_init(|| {
            let operation: Option<&'static Operation> = self.call.operation();
            match self.nested {
                Some(nested) => Parameters::new(operation, nested.parameters()),
                None => Parameters::new(operation, self.call.parameters()),
            }
        });
        if let Some(sent) = parameters.with_blank_end(name) {
            *self.made.blank.borrow_mut() = Some(sent.to_owned());
        }
        parameters.lookup(name)
    }

    /// A parameter that some condition compared and whose text begins or ends with a blank.
    pub(super) fn blank(&self) -> Option<String> {
        self.made.blank.borrow().clone()
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
}

pub(super) fn principal_type(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Root => "Account",
        PrincipalKind::User => "User",
        PrincipalKind::Role | PrincipalKind::AssumedRole => "AssumedRole",
        PrincipalKind::FederatedUser => "FederatedUser",
    }
}
