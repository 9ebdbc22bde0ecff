//! What is shown as JSON. The names of members are a contract: `docs/admin.md` says what each means.

mod check;
mod decisions;
mod endpoints;
mod policies;
mod status;

use bytes::Bytes;
use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(super) use check::check;
pub(super) use decisions::{Filter, decisions};
pub(super) use endpoints::{Address, endpoints, known_endpoints};
pub(super) use policies::{InForce, actions, in_force, policies, statements};
pub(super) use status::{of_workloads, status};

use super::{answer::Refusal, query::Query};

/// A document as a line.
fn line(document: &impl Serialize) -> Bytes {
    // Strings, numbers and lists: they can always be written.
    let mut json = serde_json::to_vec(document).unwrap_or_default();
    json.push(b'\n');
    json.into()
}

/// The query of a path that takes no parameters.
fn nothing(query: Option<&str>) -> Result<(), Refusal> {
    Query::parse(query, &[]).map(|_| ())
}

/// A moment as RFC 3339 has it, in UTC and whole seconds.
pub(super) fn moment(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

fn as_moment<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment(*time))
}

fn as_moments<S: Serializer>(time: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(moment).serialize(serializer)
}
