//! The signature inside a `PreSignedUrl`. AWS accepts the request in it by that signature alone, so the signature
//! must be the caller's own; otherwise the caller that the policy judged is not the one that AWS sees.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    Error, Verifier, coverage,
    sigv4::{CredentialScope, Signature},
};
use crate::{aws::AccessKeyId, decode::NestedCall, http1::Request};

/// Checks that a nested request is signed with the same access key, for RDS and for the region that it is sent to.
pub(super) fn check(nested: &NestedCall, caller: &AccessKeyId) -> Result<(), Error> {
    let credential = nested
        .authentication_query()
        .find_map(|(name, value)| name.eq_ignore_ascii_case("X-Amz-Credential").then_some(value))
        .and_then(|credential| credential.split_once('/'));
    let Some((key, scope)) = credential else { return Err(Error::PresignedUrl { why: "it has no credential" }) };
    if key != caller.as_str() {
        return Err(Error::PresignedUrl { why: "it is signed with another access key than the request" });
    }
    let scope: CredentialScope =
        scope.parse().map_err(|_| Error::PresignedUrl { why: "the scope of its credential is malformed" })?;
    if scope.service() != "rds" || scope.region() != nested.host().region().as_str() {
        return Err(Error::PresignedUrl { why: "its credential is scoped to another service or region" });
    }
    Ok(())
}

/// Verifies the signature of a nested request like any other.
pub(super) fn verify(
    nested: &NestedCall,
    verifier: &Verifier,
    now: OffsetDateTime,
    skew: Duration,
) -> Result<(), Error> {
    let target = nested.target();
    let request = request(&target, nested)?;
    let signature = Signature::read(&request, nested.authentication_query())?;
    coverage::check(&signature, &request, nested.host(), now, skew)?;
    if verifier.verify(&signature, &request).is_ok() {
        return Ok(());
    }
    // The SDK for JavaScript writes a parameter without a value as a bare name, and does not sign it. All these
    // bytes are covered by the signature of the outer request, which was also made with the secret.
    let with_values: Vec<&str> = target.trim_start_matches("/?").split('&').filter(|pair| pair.contains('=')).collect();
    let request = self::request(&format!("/?{}", with_values.join("&")), nested)?;
    verifier.verify(&signature, &request).map_err(|_| Error::PresignedUrlSignature)
}

fn request(target: &str, nested: &NestedCall) -> Result<Request, Error> {
    let text = format!("GET {target} HTTP/1.1\r\nhost: {}\r\n\r\n", nested.signed_host());
    Request::parse(text.into()).map_err(|_| Error::PresignedUrl { why: "it is no request" })
}
