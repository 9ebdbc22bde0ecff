//! A recorded call: what was requested, by whom, and the result.

use serde_json::{Map, Value};

use super::resources;
use crate::{
    aws::{
        AccessKeyId, AccountId, ActionName, PrincipalArn, Region, RequestResource, ResourceKind, UNKNOWN_ACCOUNT, rds,
    },
    policy::Principal,
};

/// A call as its record shows it.
#[derive(Clone, Debug)]
pub struct RecordedCall {
    /// When it was made, as written in the record; empty if the record has no time.
    pub time: String,
    /// The action, `rds:CreateDBInstance`.
    pub action: ActionName,
    /// The resources that it acts on.
    pub resources: Vec<RequestResource>,
    /// Further actions or resources that a policy may be evaluated for because of it.
    pub further: Vec<Demand>,
    /// The caller, as far as it is known.
    pub caller: Caller,
    /// The access key id of its signature, if it had one.
    pub access_key_id: Option<AccessKeyId>,
    /// The region that the call was sent to, if the record names one.
    pub region: Option<Region>,
    /// The name of the endpoint that it was sent to; `None` if the record has none.
    pub endpoint: Option<String>,
    /// The parameters, with the values that are shown; `None` if the record lists none or not all.
    pub parameters: Option<Vec<(String, Option<String>)>>,
    /// Whether the record may list fewer resources than the call had.
    pub cut: bool,
    /// The decision of the policy at the time.
    pub said: Said,
    /// The result of the call.
    pub outcome: Outcome,
}

/// An action that a policy is evaluated for in addition to the call's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The action, such as `rds:AddTagsToResource`.
    pub action: String,
    /// The resources that it acts on.
    pub resources: Vec<RequestResource>,
    /// Why it is evaluated.
    pub kind: DemandKind,
}

/// Why a policy is evaluated for more than a call's own action on its resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandKind {
    /// The parameters require another action.
    Dependent,
    /// The call's own action, on resources that need no Allow.
    DenyOnly,
    /// A `PreSignedUrl` contains the same call for another region.
    Presigned,
}

/// The caller, as far as the record shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// This principal.
    Known(PrincipalArn),
    /// An unknown principal of this account.
    Account(AccountId),
    /// An unknown principal.
    Unknown,
}

/// The decision of the policy at the time of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// The call was allowed.
    Allow,
    /// A statement denied it.
    ExplicitDeny,
    /// No statement allowed it.
    ImplicitDeny,
    /// Denied because something was not known.
    Undetermined,
    /// None: the call was refused, or let through, for another reason.
    Nothing,
}

/// The result of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was let through and, as far as is known, succeeded.
    Served,
    /// It was let through, or would have been, and failed: with this status, or without an answer.
    Failed(Option<u16>),
    /// It was refused by the proxy.
    Refused,
}

impl RecordedCall {
    /// Whether the record does not show which dependent actions the call required, although it may have required
    /// some.
    #[must_use]
    pub fn dependents_untold(&self) -> bool {
        self.parameters.is_none() && self.untold_demands().iter().any(|demand| demand.kind == DemandKind::Dependent)
    }

    /// Further demands that may have been evaluated because of parameters that the record does not list.
    pub(super) fn untold_demands(&self) -> Vec<Demand> {
        let Some(operation) = rds::operation(self.action.name()) else { return Vec::new() };
        let can = |dependent: &&rds::Dependent| dependent.action.starts_with("rds:") && !dependent.when.is_empty();
        let dependents = operation.dependents.iter().filter(can).map(|dependent| Demand {
            action: dependent.action.to_owned(),
            resources: vec![RequestResource { arn: "*".into(), kind: ResourceKind::Unknown }],
            kind: DemandKind::Dependent,
        });
        dependents.chain(self.untold_defaults(operation)).collect()
    }

    /// The default groups that need no Allow if the rule's `deny_only_with` parameter is present.
    fn untold_defaults(&self, operation: &'static rds::Operation) -> Option<Demand> {
        let region = self.region.as_ref()?;
        let account = self.caller.account().map_or_else(|| UNKNOWN_ACCOUNT.to_owned(), |account| account.to_string());
        let default = |rule: &rds::ResourceRule| match (&rule.resource_type, rule.absent) {
            (rds::RuleType::One(own), rds::Absent::Default { name, deny_only_with: Some(_), .. }) => {
                let (partition, name) = (region.partition().as_str(), name.replace("{Engine}", "*"));
                let arn = format!("arn:{partition}:rds:{region}:{account}:{}:{}", own.prefix, name.replace("**", "*"));
                Some(RequestResource { arn: arn.into(), kind: ResourceKind::Default })
            }
            (_, _) => None,
        };
        let resources: Vec<RequestResource> = operation.resources.iter().filter_map(default).collect();
        let action = self.action.to_string();
        (!resources.is_empty()).then_some(Demand { action, resources, kind: DemandKind::DenyOnly })
    }
}

impl Caller {
    /// The caller as a policy sees it.
    #[must_use]
    pub fn principal(&self) -> Principal<'_> {
        match self {
            Self::Known(arn) => Principal::Known(arn),
            Self::Account(account) => Principal::Account(*account),
            Self::Unknown => Principal::Unknown,
        }
    }

    /// A short name for the caller; a session is shown as its role.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Known(arn) => arn.without_session(),
            Self::Account(account) => format!("account {account}"),
            Self::Unknown => "unknown".to_owned(),
        }
    }

    /// The caller's account, if it is known.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Known(arn) => Some(arn.account()),
            Self::Account(account) => Some(*account),
            Self::Unknown => None,
        }
    }
}

impl Said {
    /// The decision as `check` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
            Self::Undetermined => "undetermined",
            Self::Nothing => "refused",
        }
    }
}

/// The length at which a record's lists may have been truncated.
const MOST_NAMES: usize = 200;

/// Reads the record of a call; `None` if a field that every such record has is missing.
pub(super) fn read(record: &Map<String, Value>) -> Option<RecordedCall> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let action: ActionName = text("action")?.parse().ok()?;
    let arns: Vec<&str> = record.get("resources")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
    let (caller, access_key_id) = caller(record.get("principal"))?;
    let omitted = record.get("omitted");
    let is_whole = |list| omitted.and_then(|omitted| omitted.get(list)?.as_u64()).is_none_or(|number| number == 0);
    let parameters =
        record.get("parameters").and_then(parameters).filter(|list| list.len() < MOST_NAMES && is_whole("parameters"));
    let unknown = record.get("unknown_action").and_then(Value::as_bool).unwrap_or(false)
        || record.get("unknown_parameters").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let region: Option<Region> = text("region").and_then(|region| region.parse().ok());
    let upstream = record.get("upstream").filter(|upstream| !upstream.is_null());
    let endpoint = upstream.and_then(|upstream| upstream.get("endpoint")?.as_str()).map(str::to_owned);
    let status = upstream.and_then(|upstream| upstream.get("status")?.as_u64());
    let mut call = RecordedCall {
        time: text("time").unwrap_or_default().to_owned(),
        action,
        resources: Vec::new(),
        further: Vec::new(),
        caller,
        access_key_id,
        region,
        endpoint,
        parameters,
        cut: arns.len() >= MOST_NAMES || !is_whole("resources"),
        said: said(record)?,
        outcome: outcome(record, status.and_then(|status| u16::try_from(status).ok()))?,
    };
    resources::fill(&mut call, &arns, unknown);
    Some(call)
}

fn caller(principal: Option<&Value>) -> Option<(Caller, Option<AccessKeyId>)> {
    let member = |name: &str| principal.and_then(|principal| principal.get(name)?.as_str());
    let access_key_id = member("access_key_id").and_then(|id| id.parse().ok());
    let caller = match (member("arn"), member("account")) {
        (Some(arn), _) => Caller::Known(arn.parse().ok()?),
        (None, Some(account)) => Caller::Account(account.parse().ok()?),
        (None, None) => Caller::Unknown,
    };
    Some((caller, access_key_id))
}

/// Reads a list of names, or an object of names and values.
fn parameters(written: &Value) -> Option<Vec<(String, Option<String>)>> {
    if let Some(names) = written.as_array() {
        return names.iter().map(|name| Some((name.as_str()?.to_owned(), None))).collect();
    }
    let members = written.as_object()?;
    Some(members.iter().map(|(name, value)| (name.clone(), value.as_str().map(str::to_owned))).collect())
}

fn said(record: &Map<String, Value>) -> Option<Said> {
    let reason = record.get("reason").and_then(Value::as_str).unwrap_or_default();
    Some(match (record.get("decision")?.as_str()?, reason) {
        ("allow", _) => Said::Allow,
        ("deny", "explicit_deny") => Said::ExplicitDeny,
        ("deny", "implicit_deny") => Said::ImplicitDeny,
        ("deny", "undetermined") => Said::Undetermined,
        ("deny", _) => Said::Nothing,
        _ => return None,
    })
}

/// A call without a status was let through if the record says so. Whether the service accepted it is not known here.
fn outcome(record: &Map<String, Value>, status: Option<u16>) -> Option<Outcome> {
    let reason = record.get("reason").and_then(Value::as_str).unwrap_or_default();
    let denied = record.get("decision")?.as_str()? == "deny";
    let enforced = record.get("enforced").and_then(Value::as_bool).unwrap_or(true);
    Some(match status {
        _ if denied && enforced => Outcome::Refused,
        Some(200..=299) => Outcome::Served,
        Some(status) => Outcome::Failed(Some(status)),
        None if denied || reason.is_empty() || reason == "allowed" => Outcome::Served,
        None => Outcome::Failed(None),
    })
}
