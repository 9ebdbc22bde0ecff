//! Checks what a signature is valid for and what it covers, with or without a known secret.

use std::time::Duration;

use aws_lc_rs::{constant_time, digest};
use time::OffsetDateTime;

use super::{
    Error,
    sigv4::{Location, Signature, timestamp::format_amz},
};
use crate::{
    aws::{Region, endpoint::RdsHost},
    http1::Request,
};

/// The longest validity of a presigned request, one week. Source: IAM User Guide, "Add the signature to the
/// request".
const LONGEST_PRESIGNED: u64 = 604_800;

/// Checks scope, headers, time and payload.
pub(super) fn check(
    signature: &Signature,
    request: &Request,
    host: &RdsHost,
    now: OffsetDateTime,
    skew: Duration,
) -> Result<(), Error> {
    headers(signature, request)?;
    scope(signature, "rds", host.region())?;
    time(signature, now, skew)?;
    payload(signature, request)
}

/// Checks scope, headers and payload of a request to another service, which checks the time itself.
pub(super) fn covers(signature: &Signature, request: &Request, service: &str, region: &Region) -> Result<(), Error> {
    headers(signature, request)?;
    scope(signature, service, region)?;
    payload(signature, request)
}

/// `x-amz-*` headers that need no signature. `x-amz-user-agent`: AWS's own clients send it unsigned.
/// `x-amz-content-sha256`: [`payload`] compares it with the body, so it matches what the signature covers anyway.
const NEED_NO_SIGNATURE: [&str; 2] = ["x-amz-user-agent", "x-amz-content-sha256"];

/// Checks that `host` is signed, that every signed header was sent, and that every other `x-amz-*` header is
/// signed.
///
/// `x-amzn-trace-id`, which proxies add, has another prefix.
fn headers(signature: &Signature, request: &Request) -> Result<(), Error> {
    let signed = signature.signed_headers();
    if !signed.contains("host") {
        return Err(Error::HostUnsigned { signed: signed.clone() });
    }
    if let Some(name) = signed.iter().find(|name| request.header(name).is_none()) {
        return Err(Error::SignedHeaderMissing { name: name.into() });
    }
    let amz = |name: &str| name.as_bytes().get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"x-amz-"));
    for header in request.headers().filter(|header| amz(header.name)) {
        let exempt = NEED_NO_SIGNATURE.iter().any(|name| header.is(name));
        if !exempt && !signed.iter().any(|name| header.is(name)) {
            return Err(Error::HeaderUnsigned { name: header.name.to_ascii_lowercase() });
        }
    }
    Ok(())
}

fn scope(signature: &Signature, service: &str, region: &Region) -> Result<(), Error> {
    let scope = signature.scope();
    if scope.service() != service {
        return Err(Error::ScopeService { found: shown(scope.service()) });
    }
    if scope.region() != region.as_str() {
        return Err(Error::ScopeRegion { found: shown(scope.region()), expected: region.clone() });
    }
    let date = format_amz(signature.signed_at());
    if date.strip_prefix(scope.date()).is_some_and(|rest| rest.starts_with('T')) {
        Ok(())
    } else {
        Err(Error::ScopeDate { found: scope.date().into(), date })
    }
}

fn time(signature: &Signature, now: OffsetDateTime, skew: Duration) -> Result<(), Error> {
    let signed_at = signature.signed_at();
    let life = match signature.location() {
        Location::Header => skew,
        Location::Query { expires } if !(1..=LONGEST_PRESIGNED).contains(&expires.as_secs()) => {
            return Err(Error::Expires { seconds: expires.as_secs() });
        }
        Location::Query { expires } => expires,
    };
    let limit = |of: Duration| time::Duration::try_from(of).unwrap_or(time::Duration::MAX);
    if signed_at - now > limit(skew) {
        Err(Error::NotYetCurrent { signed_at, now, limit: limit(skew) })
    } else if now - signed_at > limit(life) {
        Err(Error::Expired { signed_at, now, limit: limit(life) })
    } else {
        Ok(())
    }
}

/// Checks that the body is the one that was signed.
///
/// Without `x-amz-content-sha256` the hash of the body itself is signed, which can only be checked with the secret.
fn payload(signature: &Signature, request: &Request) -> Result<(), Error> {
    match signature.location() {
        Location::Query { .. } if !request.body().is_empty() => return Err(Error::PresignedBody),
        Location::Header | Location::Query { .. } => {}
    }
    let mut values = request.header_values("x-amz-content-sha256");
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(()),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(Error::Repeated { name: "x-amz-content-sha256" }),
    };
    if value == b"UNSIGNED-PAYLOAD" || value.starts_with(b"STREAMING-") {
        let found = value.iter().take(64).map(|byte| char::from(*byte)).filter(char::is_ascii_graphic).collect();
        return Err(Error::PayloadUnsigned { found });
    }
    let hash = sha256_hex(request.body());
    constant_time::verify_slices_are_equal(value, hash.as_bytes()).map_err(|_| Error::PayloadHash)
}

/// The SHA-256 of some bytes as lower-case hexadecimal digits.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let hash = digest::digest(&digest::SHA256, bytes);
    let digit = |four: u8| DIGITS.get(usize::from(four)).map_or('0', |digit| char::from(*digit));
    hash.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A part of a scope for a message, if it has the form of a region or a service: text entered there by mistake may
/// be a secret.
fn shown(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let region = lower.parse::<Region>().is_ok();
    let service = text == lower && text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if region || service { text.to_owned() } else { "(not shown)".to_owned() }
}
