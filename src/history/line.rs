//! One line of an audit file: a call, another record, or no record at all.

use serde_json::Value;

use super::{RecordedCall, call};

/// The kind of a line.
#[derive(Debug)]
pub enum Line {
    /// The record of a call.
    Call(Box<RecordedCall>),
    /// A record of something else: a tunnel, a connection, a request that named no action.
    OtherRecord,
    /// A record of an unknown schema.
    OtherSchema,
    /// A record of a call without a field that every such record has.
    Broken,
    /// Not a record: a line of another program, or a truncated one.
    Foreign,
}

/// The version of the record schema that is read here.
const SCHEMA: u64 = 1;

/// Parses one line of an audit file.
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
