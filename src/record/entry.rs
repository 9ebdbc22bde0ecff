//! One line of the decision log.

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::Omitted;

/// The subject of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A request to the RDS API.
    Rds,
    /// A connection to another host.
    Tunnel,
    /// A connection to the RDS API, or one that ended before its purpose was known.
    Connection,
}

/// Whether decisions are enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Denied requests are refused.
    Enforce,
    /// Denied requests are forwarded, and the record shows it.
    Audit,
}

/// The policy's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It may pass.
    Allow,
    /// It may not.
    Deny,
}

/// The caller.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Principal {
    /// The principal's ARN, if it is known.
    pub arn: Option<String>,
    /// The account, if it is known.
    pub account: Option<String>,
    /// The access key id of the signature.
    pub access_key_id: String,
    /// How far that identity is trusted.
    pub trust: &'static str,
}

/// The statement that decided.
#[derive(Clone, Debug, Serialize)]
pub struct StatementRef {
    /// The policy that contains it.
    pub policy: String,
    /// Its position in the policy, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
}

/// The destination of the request, and the answer.
#[derive(Clone, Debug, Serialize)]
pub struct Upstream {
    /// The name that was dialled.
    pub endpoint: String,
    /// The address that answered.
    pub address: String,
    /// The status of the answer.
    pub status: u16,
    /// The request id from AWS.
    pub request_id: Option<String>,
}

/// One line of the decision log, schema 1.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The version of this schema.
    pub schema: u8,
    /// When the request or connection began.
    #[serde(serialize_with = "milliseconds")]
    pub time: OffsetDateTime,
    /// The id that the proxy's own answers carry as `x-amzn-requestid`.
    pub request_id: String,
    /// The subject of the record.
    pub kind: Kind,
    /// Whether decisions are enforced.
    pub mode: Mode,
    /// The policy's decision, in audit mode as well.
    pub decision: Decision,
    /// False if audit mode let a `deny` pass.
    pub enforced: bool,
    /// The reason, in one word.
    pub reason: &'static str,
    /// The action, as in `rds:CreateDBInstance`.
    pub action: Option<String>,
    /// The resources that must be allowed.
    pub resources: Vec<String>,
    /// The caller.
    pub principal: Option<Principal>,
    /// The statement that decided.
    pub statement: Option<StatementRef>,
    /// The unknown condition keys that decided it.
    pub undetermined: Vec<String>,
    /// The action that a policy denied: the request's own, or one that its parameters require.
    pub denied_action: Option<String>,
    /// The first resource that no statement allows, or that the Deny matches. It may be one that is only checked for a
    /// Deny, which `resources` does not list.
    pub denied_resource: Option<String>,
    /// The first 12 hex digits of the policy's SHA-256.
    pub policy_version: Option<String>,
    /// The workload, if the client belongs to one.
    pub workload: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The requested host.
    pub host: Option<String>,
    /// The caller's address and port.
    pub source: String,
    /// The destination; `None` if nothing was forwarded.
    pub upstream: Option<Upstream>,
    /// The duration in milliseconds.
    pub duration_ms: f64,
    /// Whether the action is not in the table.
    pub unknown_action: bool,
    /// Parameters that are not in the table.
    pub unknown_parameters: Vec<String>,
    /// Whether a FIPS name went to an endpoint that is not declared FIPS.
    pub fips_downgraded: bool,
    /// Bytes from the caller.
    pub bytes_in: u64,
    /// Bytes to the caller.
    pub bytes_out: u64,
    /// Additional text: the error, a hint. Never a secret.
    pub detail: Option<String>,
    /// The parameters' names; with `audit.parameters` also their values, except for the sensitive ones.
    #[serde(serialize_with = "parameters")]
    pub parameters: Vec<(String, Option<String>)>,
    /// Dependent actions that no statement allows; recorded, and refused only by configuration.
    pub dependents_not_allowed: Vec<String>,
    /// How many names the lists omit, if a request has more than a record shows.
    pub omitted: Omitted,
}

const MILLISECONDS: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

fn milliseconds<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = time.to_offset(time::UtcOffset::UTC).format(MILLISECONDS).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&text)
}

/// Serialises as a list of names if no values are shown, else as an object; a name without a value is one whose
/// value is never shown.
fn parameters<S: Serializer>(list: &[(String, Option<String>)], serializer: S) -> Result<S::Ok, S::Error> {
    if list.iter().all(|(_, value)| value.is_none()) {
        serializer.collect_seq(list.iter().map(|(name, _)| name))
    } else {
        serializer.collect_map(list.iter().map(|(name, value)| (name, value)))
    }
}
