//! The canonical request: the text that both signer and verifier derive from a request.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 1. Built from bytes, since header values may not
//! be valid text.

use super::{
    coverage::sha256_hex,
    sigv4::{Location, Signature},
};
use crate::{aws::percent, http1::Request};

/// The canonical form of a request for the headers that its signature covers; `None` if the query has an invalid
/// escape, which no signer can have signed.
pub(super) fn request(signature: &Signature, request: &Request) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(512);
    text.extend_from_slice(request.method().as_bytes());
    text.push(b'\n');
    path(request.path(), &mut text);
    text.push(b'\n');
    query(request.query().unwrap_or_default(), signature.location(), &mut text)?;
    text.push(b'\n');
    for name in signature.signed_headers().iter() {
        header(name, request, &mut text);
    }
    text.push(b'\n');
    text.extend_from_slice(signature.signed_headers().as_str().as_bytes());
    text.push(b'\n');
    match request.header("x-amz-content-sha256") {
        // Equal to the body's own hash, as checked earlier.
        Some(hash) => text.extend_from_slice(hash),
        None => text.extend_from_slice(sha256_hex(request.body()).as_bytes()),
    }
    Some(text)
}

/// Removes dot segments and empty segments, then encodes each segment once more, as every service but S3 does:
/// `%2F` becomes `%252F`.
fn path(raw: &str, text: &mut Vec<u8>) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    for segment in &segments {
        text.push(b'/');
        encode(segment.as_bytes(), text);
    }
    let ends_in_slash = raw.rsplit('/').next().is_none_or(|last| matches!(last, "" | "." | ".."));
    if segments.is_empty() || ends_in_slash {
        text.push(b'/');
    }
}

/// Decodes names and values and encodes them again in the only permitted way, sorted by both; a plus sign is a
/// literal plus. The signature itself is omitted.
fn query(raw: &str, location: Location, text: &mut Vec<u8>) -> Option<()> {
    if raw.is_empty() {
        return Some(());
    }
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for pair in raw.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (recode(name)?, recode(value)?);
        match location {
            Location::Query { .. } if name == b"X-Amz-Signature" => {}
            Location::Query { .. } | Location::Header => pairs.push((name, value)),
        }
    }
    pairs.sort_unstable();
    for (nth, (name, value)) in pairs.iter().enumerate() {
        if nth > 0 {
            text.push(b'&');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value);
    }
    Some(())
}

/// Writes the name, a colon, and the values of all lines with that name, separated by commas, trimmed, with inner
/// runs of blanks folded.
fn header(name: &str, request: &Request, text: &mut Vec<u8>) {
    text.extend_from_slice(name.as_bytes());
    for (nth, value) in request.header_values(name).enumerate() {
        text.push(if nth == 0 { b':' } else { b',' });
        let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        for (nth, word) in words.enumerate() {
            if nth > 0 {
                text.push(b' ');
            }
            text.extend_from_slice(word);
        }
    }
    text.push(b'\n');
}

fn recode(raw: &str) -> Option<Vec<u8>> {
    let decoded: Vec<u8> = percent::decode(raw)?.collect();
    let mut encoded = Vec::with_capacity(raw.len());
    encode(&decoded, &mut encoded);
    Some(encoded)
}

fn encode(bytes: &[u8], text: &mut Vec<u8>) {
    for part in percent::encode(bytes) {
        text.extend_from_slice(part.as_bytes());
    }
}
