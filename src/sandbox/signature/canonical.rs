//! The canonical request: the text that both sides derive from a request for its signature.
//!
//! Percent encoding and decoding are implemented here and not shared with the proxy and its signer: an error in their
//! codec must show as a signature that does not match.

use std::fmt::Write as _;

use http::request::Parts;

use super::claim::{Claim, Place};
use crate::sandbox::answer::{Outcome, Refusal};

/// The canonical request for a claim, with the hash of the body that was actually received.
///
/// A hash that the client sends in `x-amz-content-sha256` counts only as a header: if it is wrong, or if the
/// payload is not covered, the signature does not match.
pub(super) fn request(claim: &Claim, parts: &Parts, body_hash: &str) -> Outcome<String> {
    let mut text = format!("{}\n{}\n", parts.method, path(parts.uri.path()));
    let mut pairs = query_pairs(parts.uri.query().unwrap_or_default());
    if matches!(claim.place, Place::Query { .. }) {
        pairs.retain(|(name, _)| name != "X-Amz-Signature");
    }
    let mut pairs: Vec<_> = pairs.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort_unstable();
    let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    text.push_str(&pairs.join("&"));
    text.push('\n');
    for name in &claim.signed_headers {
        let mut values = Vec::new();
        for value in parts.headers.get_all(name) {
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| unreadable(name))?;
            values.push(value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
        }
        if values.is_empty() {
            return Err(unreadable(name));
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{name}:{}", values.join(","));
    }
    let _ = write!(text, "\n{}\n{body_hash}", claim.signed_headers.join(";"));
    Ok(text)
}

/// The pairs of a query with percent escapes decoded. A `+` stays a plus, as in Signature Version 4.
pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// The path without empty and dot segments, with each segment encoded once more than it was received.
fn path(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let mut canonical: String = kept.iter().map(|segment| format!("/{}", encode(segment))).collect();
    if canonical.is_empty() || path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Decodes percent escapes. An invalid escape, or one that does not decode to UTF-8, is left as it is: no client
/// signs that.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            (_, _) => None,
        };
        match escape {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn unreadable(name: &str) -> Refusal {
    Refusal::bad_request("IncompleteSignature", format!("The signed header '{name}' is missing or not text."))
}
