//! One line of an audit file: a call, another record, or something that is no record at all.

use serde_json::Value;

use super::{RecordedCall, call};

/// What a line is.
#[derive(Debug)]
pub enum Line {
    /// The record of a call.
    Call(Box<RecordedCall>),
    /// A record of something else: a tunnel, a connection, a request that named no action.
    OtherRecord,
    /// A record of a schema that is not known here.
    OtherSchema,
    /// A record of a call that lacks what every such record has.
    Broken,
    /// No record: a line of another program, or one that was cut off.
    Foreign,
}

/// The schema of records that is read here.
const SCHEMA: u64 = 1;

/// Reads a line.
#[must_use]
pub fn read(line: &str) -> Line {
    let Ok(Value::Object(record)) = serde_json::from_str(line) else { return Line::Foreign };
    let (Some(schema), Some(kind)) = (record.get("schema"), record.get("kind").and_then(Value::as_str)) else {
        return Line::Foreign;
    };
    if schema.as_u64() != Some(SCHEMA) {
        return Line::OtherSchema;
    }
    let has_action = record.get("action").is_some_and(|action| !action.is_null());
    if kind != "rds" || !has_action {
        return Line::OtherRecord;
    }
    call::read(&record).map_or(Line::Broken, |call| Line::Call(Box::new(call)))
}
