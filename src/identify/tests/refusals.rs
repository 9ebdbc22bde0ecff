//! Signatures that are malformed, or do not cover what they must; each has its own error.

use bytes::Bytes;
use time::{OffsetDateTime, macros::datetime};

use crate::{
    aws::endpoint::{Recognised, recognise},
    decode,
    http1::Request,
    identify::{
        Directory, Error, ErrorKind, Settings, Trust, caller,
        sigv4::{ScopeError, SignedHeadersError},
    },
};

const NOW: OffsetDateTime = datetime!(2026-11-24 08:00 UTC);
const CREDENTIAL: &str = "Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/rds/aws4_request";
const HEADERS: &str = "SignedHeaders=host;x-amz-date";
const DATE: &str = "X-Amz-Date: 20261124T080000Z";

fn signature() -> String {
    format!("Signature={:064}", 0)
}

fn authorization(rest: &str) -> String {
    format!("Authorization: AWS4-HMAC-SHA256 {rest}")
}

fn good() -> String {
    authorization(&format!("{CREDENTIAL}, {HEADERS}, {}", signature()))
}

/// The result for a POST with these header lines in addition to the usual ones.
fn posted(lines: &[&str]) -> Result<(), Error> {
    let body = "Action=DescribeDBInstances&Version=2014-10-31";
    let usual = format!(
        "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n",
        body.len()
    );
    judged(format!("{usual}{}\r\n\r\n{body}", lines.join("\r\n")))
}

/// The result for a presigned GET with this query.
fn presigned(change: impl Fn(String) -> String, lines: &[&str]) -> Result<(), Error> {
    let query = change(format!(
        "Action=DescribeDBInstances&Version=2014-10-31&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-\
         Credential=AKIAIOSFODNN7EXAMPLE%2F20261124%2Fus-east-1%2Frds%2Faws4_request&X-Amz-Date=20261124T080000Z&\
         X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={:064}",
        0
    ));
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    judged(format!("GET /?{query} HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\n{lines}\r\n"))
}

fn judged(text: String) -> Result<(), Error> {
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("an RDS host") };
    let request = Request::parse(Bytes::from(text)).unwrap();
    let call = decode::api_call(request, &host, &decode::Settings::default()).unwrap();
    let result = caller(call, &Directory::default(), NOW, &Settings::default());
    result.map(|identified| assert_eq!(identified.caller().trust, Trust::None)).map_err(|refused| {
        let error = refused.error().clone();
        assert_eq!(refused.let_pass().is_err(), error.is_ambiguous());
        error
    })
}

#[test]
fn a_good_one_passes_in_any_order_of_its_parts() {
    assert_eq!(posted(&[DATE, &good()]), Ok(()));
    let reordered = authorization(&format!("{},{HEADERS} ,\t{CREDENTIAL}", signature()));
    assert_eq!(posted(&[DATE, &reordered]), Ok(()));
    assert_eq!(presigned(|query| query, &[]), Ok(()));
    assert_eq!(presigned(|query| query, &["X-Amz-User-Agent: me", "X-Amzn-Trace-Id: 1"]), Ok(()));
}

#[test]
fn an_authorization_header_that_does_not_parse_is_ambiguous() {
    let signature = signature();
    let cases = [
        ("Authorization: Basic Zm9v".into(), Error::Algorithm { found: Some("Basic") }),
        ("Authorization: AWS AKIAIOSFODNN7EXAMPLE:c2ln".into(), Error::Algorithm { found: Some("AWS") }),
        (authorization("nonsense"), Error::AuthorizationMalformed),
        (authorization(&format!("{CREDENTIAL}, {CREDENTIAL}, {HEADERS}, {signature}")), Error::AuthorizationMalformed),
        (authorization(&format!("{CREDENTIAL}, {HEADERS}, {signature}, Extra=1")), Error::AuthorizationMalformed),
        (authorization(&format!("{CREDENTIAL}, {HEADERS}, {signature},")), Error::AuthorizationMalformed),
        (authorization(&format!("{HEADERS}, {signature}")), Error::PartMissing { name: "Credential" }),
        (authorization(&format!("{CREDENTIAL}, {signature}")), Error::PartMissing { name: "SignedHeaders" }),
        (authorization(&format!("{CREDENTIAL}, {HEADERS}")), Error::PartMissing { name: "Signature" }),
        (authorization(&format!("{CREDENTIAL}, {HEADERS}, Signature=abc")), Error::SignatureMalformed),
        (
            authorization(&format!("{CREDENTIAL}/x, {HEADERS}, {signature}")),
            Error::CredentialMalformed(ScopeError::Parts),
        ),
        (
            authorization(&format!("Credential=AKIAIOSFODNN7EXAMPLE, {HEADERS}, {signature}")),
            Error::CredentialMalformed(ScopeError::Parts),
        ),
        (
            authorization(&format!("Credential=AKIA/20261124/us-east-1/rds/aws4_request, {HEADERS}, {signature}")),
            Error::AccessKeyId,
        ),
        (
            good().replace("host;x-amz-date", "x-amz-date;host"),
            Error::SignedHeadersMalformed(SignedHeadersError::Order),
        ),
        (good().replace("host;x-amz", "host;host;x-amz"), Error::SignedHeadersMalformed(SignedHeadersError::Order)),
        (good().replace("host;", "Host;"), Error::SignedHeadersMalformed(SignedHeadersError::Name)),
        (good().replace("host;", "host;;"), Error::SignedHeadersMalformed(SignedHeadersError::Name)),
        (good().replace("aws4_request", "aws5_request"), Error::CredentialMalformed(ScopeError::Termination)),
        (good().replace("20261124", "2026-11-24"), Error::CredentialMalformed(ScopeError::Date)),
    ];
    for (line, expected) in cases {
        let error = posted(&[DATE, &line]).unwrap_err();
        assert_eq!(error, expected, "{line}");
        assert!(error.is_ambiguous(), "{error}");
        assert_eq!(error.kind(), ErrorKind::Incomplete);
    }
}

#[test]
fn a_second_date_token_or_signature_is_ambiguous() {
    let token = "X-Amz-Security-Token: a";
    let signed = good().replace("x-amz-date", "x-amz-date;x-amz-security-token");
    for lines in [&[DATE, DATE, &good()][..], &[DATE, token, token, &signed], &[DATE, &good(), &good()]] {
        assert!(posted(lines).unwrap_err().is_ambiguous(), "{lines:?}");
    }
    assert_eq!(presigned(|query| query, &[DATE]), Err(Error::Repeated { name: "x-amz-date" }));
    assert_eq!(presigned(|query| query, &[token]), Err(Error::Repeated { name: "x-amz-security-token" }));
    assert!(presigned(|query| query, &[&good()]).unwrap_err().is_ambiguous());
}

#[test]
fn what_is_not_covered_is_refused_by_name() {
    let host_unsigned = good().replace("host;", "");
    assert!(
        matches!(posted(&[DATE, &host_unsigned]), Err(Error::HostUnsigned { signed }) if signed.as_str() == "x-amz-date")
    );
    let date_unsigned = good().replace(";x-amz-date", "");
    assert_eq!(posted(&[DATE, &date_unsigned]), Err(Error::HeaderUnsigned { name: "x-amz-date".into() }));
    let absent = good().replace("host;", "host;range;");
    assert_eq!(posted(&[DATE, &absent]), Err(Error::SignedHeaderMissing { name: "range".into() }));
    let hash = |value: &str| {
        let line = format!("X-Amz-Content-Sha256: {value}");
        posted(&[DATE, &line, &good().replace("host;", "host;x-amz-content-sha256;")])
    };
    let literal = "UNSIGNED-PAYLOAD";
    assert_eq!(hash(literal), Err(Error::PayloadUnsigned { found: literal.into() }));
    let streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    assert_eq!(hash(streaming), Err(Error::PayloadUnsigned { found: streaming.into() }));
    assert_eq!(hash(&"0".repeat(64)), Err(Error::PayloadHash));
    let body_hash = crate::identify::coverage::sha256_hex(b"Action=DescribeDBInstances&Version=2014-10-31");
    assert_eq!(hash(&body_hash), Ok(()));
    assert_eq!(hash(&body_hash.to_ascii_uppercase()), Err(Error::PayloadHash));
}

#[test]
fn a_scope_for_elsewhere_is_refused() {
    let with = |from: &str, to: &str| posted(&[DATE, &good().replace(from, to)]).unwrap_err();
    assert_eq!(with("/rds/", "/sts/"), Error::ScopeService { found: "sts".into() });
    assert!(matches!(with("us-east-1", "US-EAST-1"), Error::ScopeRegion { found, .. } if found == "US-EAST-1"));
    assert!(matches!(with("20261124", "20261123"), Error::ScopeDate { found, .. } if found == "20261123"));
    let sigv4a = good().replace("HMAC-SHA256", "ECDSA-P256-SHA256");
    assert_eq!(posted(&[DATE, &sigv4a]), Err(Error::SigV4A));
    assert_eq!(presigned(|query| query + "&X-Amz-Region-Set=us-east-1", &[]), Err(Error::SigV4A));
}

#[test]
fn the_clock_decides_within_fifteen_minutes() {
    let dated = |date: &str| posted(&[&format!("X-Amz-Date: {date}"), &good()]);
    assert_eq!(dated("20261124T074500Z"), Ok(()));
    assert!(matches!(dated("20261124T074459Z"), Err(Error::Expired { .. })));
    assert_eq!(dated("20261124T081500Z"), Ok(()));
    assert!(matches!(dated("20261124T081501Z"), Err(Error::NotYetCurrent { .. })));
    for malformed in ["", "20261124", "20261124T080000", "20261324T080000Z", "20261124T250000Z", "2026-11-24T08:00:00Z"]
    {
        assert_eq!(dated(malformed), Err(Error::DateMalformed { name: "x-amz-date" }), "{malformed}");
    }
    let by_date_header = good().replace(";x-amz-date", "");
    assert_eq!(posted(&["Date: Tue, 24 Nov 2026 08:00:00 GMT", &by_date_header]), Ok(()));
    assert_eq!(posted(&["Date: Tue, 24 Nov 2026 08:00:00 -0000", &by_date_header]), Ok(()));
    // The second has no date in UTC with a year of four digits.
    for malformed in ["today", "Fri, 31 Dec 9999 23:59:59 -0100"] {
        let date = format!("Date: {malformed}");
        assert_eq!(posted(&[&date, &by_date_header]), Err(Error::DateMalformed { name: "date" }), "{malformed}");
    }
    assert_eq!(posted(&[&by_date_header]), Err(Error::DateMissing));
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says_and_a_week_at_most() {
    let with = |from: &'static str, to: &'static str| presigned(move |query| query.replace(from, to), &[]);
    assert_eq!(with("Date=20261124T080000Z", "Date=20261124T074500Z"), Ok(()));
    assert!(matches!(with("Date=20261124T080000Z", "Date=20261124T074459Z"), Err(Error::Expired { .. })));
    assert!(matches!(with("Date=20261124T080000Z", "Date=20261124T081501Z"), Err(Error::NotYetCurrent { .. })));
    assert_eq!(with("Expires=900", "Expires=604800"), Ok(()));
    assert_eq!(with("Expires=900", "Expires=604801"), Err(Error::Expires { seconds: 604_801 }));
    assert_eq!(with("Expires=900", "Expires=0"), Err(Error::Expires { seconds: 0 }));
    for malformed in ["Expires=", "Expires=-1", "Expires=1e3", "Expires=99999999999999999999"] {
        assert_eq!(with("Expires=900", malformed), Err(Error::ExpiresMalformed), "{malformed}");
    }
    assert_eq!(with("&X-Amz-Expires=900", ""), Err(Error::PartMissing { name: "X-Amz-Expires" }));
    assert_eq!(with("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=date").unwrap_err().kind(), ErrorKind::Incomplete);
}

/// A header whose value is the SHA-256 of the body.
const BODY_HASH: &str = "x-amz-content-sha256: ";

#[test]
fn a_right_payload_hash_needs_no_signature() {
    let body = "Action=DescribeDBInstances&Version=2014-10-31";
    let right = format!("{BODY_HASH}{}", crate::identify::coverage::sha256_hex(body.as_bytes()));
    let of_nothing = format!("{BODY_HASH}{}", crate::identify::coverage::sha256_hex(b""));
    assert_eq!(posted(&[DATE, &right, &good()]), Ok(()));
    assert_eq!(posted(&[DATE, &right.to_uppercase().to_lowercase(), &good()]), Ok(()));
    assert_eq!(presigned(|query| query, &[&of_nothing]), Ok(()));
    assert_eq!(posted(&[DATE, &of_nothing, &good()]), Err(Error::PayloadHash));
    assert_eq!(presigned(|query| query, &[&right]), Err(Error::PayloadHash));
    assert_eq!(posted(&[DATE, &right, &right, &good()]), Err(Error::Repeated { name: "x-amz-content-sha256" }));
    for value in
        ["", "0", "UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]
    {
        let line = format!("{BODY_HASH}{value}");
        assert!(posted(&[DATE, &line, &good()]).is_err(), "{value}");
        assert!(presigned(|query| query, &[&line]).is_err(), "{value}");
    }
    for name in
        ["x-amz-security-token", "x-amz-foo", "x-amz-content-sha256-2", "x-amz-content-sha1", "x-amz-sdk-checksum"]
    {
        let line = format!("{name}: 1");
        assert_eq!(posted(&[DATE, &line, &good()]), Err(Error::HeaderUnsigned { name: name.to_owned() }));
    }
}
