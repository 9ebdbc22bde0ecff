//! Renders a fault as the bytes of an HTTP response.

use std::fmt::Write;

use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{Fault, Side};
use crate::aws::xml::element_reference;

/// The date format of HTTP headers (RFC 9110, 5.6.7: IMF-fixdate).
const HTTP_DATE: &[BorrowedFormatItem<'static>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Writes the whole response. The date must be accurate: SDKs correct their clocks with it.
#[must_use]
pub fn render(fault: &Fault, request_id: &str, now: OffsetDateTime, close: bool) -> Vec<u8> {
    let side = match fault.side() {
        Side::Sender => "Sender",
        Side::Receiver => "Receiver",
    };
    let mut body = String::with_capacity(512);
    let _ = write!(
        body,
        "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>{side}</Type><Code>{}</Code>\
         <Message>",
        fault.code,
    );
    escape(&fault.message, &mut body);
    let _ = writeln!(body, "</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>");
    let date = now.to_offset(time::UtcOffset::UTC).format(HTTP_DATE).unwrap_or_default();
    let connection = if close { "connection: close\r\n" } else { "" };
    let mut answer = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: text/xml\r\ncontent-length: {}\r\ndate: {date}\r\nx-amzn-requestid: {request_id}\r\n\
         x-rds-guard-reason: {}\r\n{connection}\r\n",
        fault.status,
        phrase(fault.status),
        body.len(),
        fault.reason,
    );
    answer.push_str(&body);
    answer.into_bytes()
}

/// Escapes a message for an XML element, but only what XML requires: fog displays references unresolved. A message is
/// printable ASCII (see [`Fault`]), so nothing else needs escaping.
fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match element_reference(letter) {
            Some(reference) => out.push_str(reference),
            None => out.push(letter),
        }
    }
}

fn phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    }
}
