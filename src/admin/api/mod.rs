//! What is shown as JSON. The names of members are a contract: `docs/admin.md` says what each means.

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

/// A document as a line.
fn line(document: &impl Serialize) -> Bytes {
    // Strings, numbers and lists: they can always be written.
    let mut json = serde_json::to_vec(document).unwrap_or_default();
    json.push(b'\n');
    json.into()
}

/// A document as a line of at most so many bytes; `None` where it would be longer.
fn line_within(document: &impl Serialize, most: usize) -> Option<Bytes> {
    let mut json = Within { bytes: Vec::new(), most };
    serde_json::to_writer(&mut json, document).ok()?;
    json.bytes.push(b'\n');
    Some(json.bytes.into())
}

/// Takes bytes up to a limit, and fails beyond.
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
