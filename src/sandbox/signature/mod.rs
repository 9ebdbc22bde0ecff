//! Verifies Signature Version 4 with the secret, as the service does.
//!
//! The canonical request is built here from what hyper parsed, by the rules of the IAM User Guide ("Create a
//! signed AWS API request") and independently of the stages of the proxy, so that the two check each other. Only
//! the key derivation and the HMAC are those of crate `aws-sigv4`.

mod canonical;
mod claim;

use aws_lc_rs::{constant_time, digest};
use aws_sigv4::sign::v4;
use http::request::Parts;
use time::{Duration, OffsetDateTime};

use super::{
    answer::{Outcome, Refusal},
    key::Key,
};
use claim::{Claim, Place};

/// Maximum difference between the clocks of the two sides.
const SKEW: Duration = Duration::minutes(15);

/// A request with a valid signature.
#[derive(Debug)]
pub(super) struct Verified<'k> {
    /// The key that signed it.
    pub(super) key: &'k Key,
    /// The region it was signed for.
    pub(super) region: String,
}

/// Finds the key that signed a request.
///
/// # Errors
/// The refusal of RDS if there is no valid signature of a known key over exactly these bytes.
pub(super) fn verify<'k>(parts: &Parts, body: &[u8], keys: &'k [Key], now: OffsetDateTime) -> Outcome<Verified<'k>> {
    let claim = Claim::read(parts)?;
    check_scope(&claim, parts)?;
    check_time(&claim, now)?;
    let key = keys
        .iter()
        .find(|key| key.access_key_id.as_str() == claim.access_key_id)
        .ok_or_else(|| unknown_key("The security token included in the request is invalid."))?;
    check_token(&claim, key)?;
    check_coverage(&claim, parts)?;

    let request = canonical::request(&claim, parts, &sha256_hex(body))?;
    let scope = format!("{}/{}/{}/aws4_request", claim.date, claim.region, claim.service);
    let timestamp = claim.timestamp();
    let to_sign = format!("AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{}", sha256_hex(request.as_bytes()));
    let secret = key.secret_access_key.reveal();
    let signing_key = v4::generate_signing_key(secret, claim.time.into(), &claim.region, &claim.service);
    let expected = v4::calculate_signature(signing_key, to_sign.as_bytes());
    constant_time::verify_slices_are_equal(expected.as_bytes(), claim.signature.as_bytes()).map_err(|_| {
        mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
             Access Key and signing method. Consult the service documentation for details.",
        )
    })?;
    Ok(Verified { key, region: claim.region })
}

fn check_scope(claim: &Claim, parts: &Parts) -> Outcome<()> {
    if claim.service != "rds" {
        return Err(mismatch("Credential should be scoped to correct service: 'rds'."));
    }
    if claim.date != claim.timestamp().get(..8).unwrap_or_default() {
        return Err(mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
        ));
    }
    match region_of(parts) {
        Some(region) if region != claim.region => {
            Err(mismatch(format!("Credential should be scoped to a valid region, not '{}'.", claim.region)))
        }
        Some(_) | None => Ok(()),
    }
}

/// The region in the Host header: the label that looks like a region; us-east-1 for the name without one. `None`
/// for a name that is not the service's, such as a loopback address.
fn region_of(parts: &Parts) -> Option<String> {
    let host = parts.headers.get(http::header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let name = host.split(':').next().unwrap_or_default();
    if name == "rds.amazonaws.com" {
        return Some("us-east-1".into());
    }
    let ends_in_digit = |label: &&str| label.ends_with(|c: char| c.is_ascii_digit());
    let region =
        name.split('.').find(|label| !label.starts_with("vpce-") && label.contains('-') && ends_in_digit(label));
    region.map(String::from)
}

fn check_time(claim: &Claim, now: OffsetDateTime) -> Outcome<()> {
    let (signed, now_text) = (claim.timestamp(), claim::timestamp(now));
    let expired =
        |limit: &str| mismatch(format!("Signature expired: {signed} is now earlier than {limit} ({now_text})"));
    if claim.time > now + SKEW {
        let limit = claim::timestamp(now + SKEW);
        return Err(mismatch(format!("Signature not yet current: {signed} is still later than {limit} ({now_text})")));
    }
    let life = match claim.place {
        Place::Header => SKEW,
        Place::Query { expires } => expires,
    };
    if claim.time + life < now { Err(expired(&claim::timestamp(now - life))) } else { Ok(()) }
}

fn check_token(claim: &Claim, key: &Key) -> Outcome<()> {
    let wanted = key.session_token.as_ref().map(|token| token.reveal().as_bytes());
    let equal = match (wanted, claim.session_token.as_deref()) {
        (None, None) => true,
        (Some(wanted), Some(sent)) => constant_time::verify_slices_are_equal(wanted, sent.as_bytes()).is_ok(),
        (Some(_), None) | (None, Some(_)) => false,
    };
    if equal { Ok(()) } else { Err(unknown_key("The security token included in the request is invalid")) }
}

/// Checks that `host` and every `x-amz-*` header in the request are signed. The user agent header is an exception,
/// which botocore and curl rely on.
fn check_coverage(claim: &Claim, parts: &Parts) -> Outcome<()> {
    let signed = |name: &str| claim.signed_headers.iter().any(|header| header == name);
    let amz = parts.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
    let unsigned = amz.chain(["host"]).find(|name| *name != "x-amz-user-agent" && !signed(name));
    match unsigned {
        Some(name) => Err(mismatch(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."))),
        None => Ok(()),
    }
}

fn mismatch(message: impl Into<String>) -> Refusal {
    Refusal::forbidden("SignatureDoesNotMatch", message)
}

fn unknown_key(message: &str) -> Refusal {
    Refusal::forbidden("InvalidClientTokenId", message)
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
fn sha256_hex(bytes: &[u8]) -> String {
    let sum = digest::digest(&digest::SHA256, bytes);
    sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
