//! The JSON responses. Member names are a contract: `docs/admin.md` documents each.

mod check;
mod decisions;
mod endpoints;
mod policies;
mod status;

use std::io;

use bytes::Bytes;
use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(super) use check::check;
pub(super) use decisions::{Filter, decisions};
pub(super) use endpoints::{Address, endpoints, known_endpoints};
pub(super) use policies::{InForce, actions, in_force, policies, statements};
pub(super) use status::{of_workloads, status};

use super::{answer::Refusal, query::Query};

/// A document as one line of JSON.
fn line(document: &impl Serialize) -> Bytes {
    // Strings, numbers and lists always serialise.
    let mut json = serde_json::to_vec(document).unwrap_or_default();
    json.push(b'\n');
    json.into()
}

/// A document as one line of JSON; `None` if it would exceed this many bytes.
fn line_within(document: &impl Serialize, most: usize) -> Option<Bytes> {
    let mut json = Within { bytes: Vec::new(), most };
    serde_json::to_writer(&mut json, document).ok()?;
    json.bytes.push(b'\n');
    Some(json.bytes.into())
}

/// A writer that fails beyond a limit of bytes.
struct Within {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Within {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() >= self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Checks that the query has no parameters.
fn nothing(query: Option<&str>) -> Result<(), Refusal> {
    Query::parse(query, &[]).map(|_| ())
}

/// A time in RFC 3339 form, in UTC and whole seconds.
pub(super) fn moment(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

fn as_moment<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment(*time))
}

fn as_moments<S: Serializer>(time: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(moment).serialize(serializer)
}
