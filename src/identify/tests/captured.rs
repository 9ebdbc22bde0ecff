//! Every captured request gets the result that its client intended.

use super::wire::{Captured, Refusal, captured, named};
use crate::{
    http1,
    identify::{Error, ErrorKind, Places},
};

/// Requests that the strict HTTP parser refuses before any signature is read.
const NOT_READ: [&str; 4] =
    ["boto3--http-absolute-form", "raw--chunked-te", "raw--gzip-content-encoding", "raw--two-host-headers"];

/// Signatures that are correct but do not cover everything that they must.
const RIGHT_BUT_REFUSED: [&str; 2] = ["boto3-presign+curl--get-extra-unsigned-header", "raw--region-scope-us-west-2"];

#[test]
fn every_valid_signature_verifies_and_no_other() {
    let (mut valid, mut invalid) = (0, 0);
    for request in captured() {
        let verdict = request.verdict();
        if NOT_READ.contains(&request.id.as_str()) {
            let Err(Refusal::Http(error)) = verdict else { panic!("{}: {verdict:?}", request.id) };
            use http1::Error::{ContentEncoding, HostRepeated, Target, TransferEncoding};
            assert!(
                matches!(error, ContentEncoding | HostRepeated | Target | TransferEncoding),
                "{}: {error}",
                request.id
            );
        } else if request.valid && !RIGHT_BUT_REFUSED.contains(&request.id.as_str()) {
            valid += 1;
            assert!(verdict.is_ok(), "{}: {verdict:?}", request.id);
        } else {
            invalid += 1;
            assert!(matches!(verdict, Err(Refusal::Identity(_) | Refusal::UnknownKey)), "{}: {verdict:?}", request.id);
        }
    }
    assert_eq!((valid, invalid), (116, 12));
}

#[test]
fn each_refusal_names_the_misdeed() {
    let error = |id: &str| match named(id).verdict() {
        Err(Refusal::Identity(error)) => error,
        other => panic!("{id}: {other:?}"),
    };
    assert_eq!(error("raw--anonymous"), Error::Unsigned);
    assert_eq!(error("raw--two-authorization"), Error::SignatureRepeated(Places::TwoHeaders));
    assert_eq!(error("raw--header-and-query-auth"), Error::SignatureRepeated(Places::HeaderAndQuery));
    assert_eq!(error("boto3-presign+curl--get-over-7d"), Error::Expires { seconds: 604_801 });
    assert_eq!(
        error("boto3-presign+curl--get-extra-unsigned-header"),
        Error::HeaderUnsigned { name: "x-amz-foo".into() }
    );
    assert_eq!(
        error("raw--region-scope-us-west-2"),
        Error::ScopeRegion { found: "us-west-2".into(), expected: "us-east-1".parse().unwrap() }
    );
    assert_eq!(error("raw--temp-without-token"), Error::TokenWrong);
    assert!(matches!(error("raw--tampered-host"), Error::ScopeRegion { .. } | Error::SignatureWrong));
    assert_eq!(error("curl--get-query-unsorted-space"), Error::SignatureWrong);
    assert!(matches!(named("raw--unknown-key").verdict(), Err(Refusal::UnknownKey)));

    let old = error("raw--skew-minus-16min");
    assert_eq!(old.kind(), ErrorKind::Expired);
    assert_eq!(
        old.to_string(),
        "Signature expired: 20261123T223535Z is now earlier than 20261123T223635Z (20261123T225135Z - 15 min.)"
    );
    let future = error("raw--skew-plus-1h");
    assert_eq!(future.kind(), ErrorKind::Expired);
    assert!(
        future.to_string().starts_with(
            "Signature expired: 20261123T235135Z is still later than 20261123T230635Z (20261123T225135Z + 15 min.)"
        ),
        "{future}"
    );
}

#[test]
fn what_only_a_secret_tells_apart_is_read_without_one() {
    let readable = |request: &Captured| {
        let parsed = request.request().ok()?;
        request.signature(&parsed).ok()
    };
    let signature = readable(&named("boto3-presign+curl--get-temp")).unwrap();
    assert_eq!(signature.access_key_id().as_str(), "ASIAY34FZKBOKMUTVV7A");
    assert!(signature.session_token().unwrap().reveal().starts_with("IQoJ"));
    assert_eq!(signature.scope().as_str(), "20261123/us-east-1/rds/aws4_request");
    assert_eq!(signature.signed_headers().as_str(), "host");

    let signature = readable(&named("boto3--date-header-instead")).unwrap();
    assert_eq!(signature.signed_at().date().to_string(), "2026-11-23");
    assert_eq!(captured().iter().filter(|request| readable(request).is_none()).count(), 4 + 3);
}

#[test]
fn debug_output_shows_neither_token_nor_signature() {
    for request in captured() {
        let Ok(parsed) = request.request() else { continue };
        let Ok(signature) = request.signature(&parsed) else { continue };
        let shown = format!("{signature:?}");
        let secrets = signature.session_token().map(|token| token.reveal().to_owned());
        for secret in secrets.iter().map(String::as_str).chain([signature.value()]) {
            assert!(!shown.contains(secret), "{}", request.id);
        }
    }
}
