//! Tests the signature check with requests that real clients sent.

use std::io::Read as _;

use http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use time::OffsetDateTime;

use crate::{
    aws::base64,
    sandbox::{Key, SecretAccessKey, SessionToken, signature},
};

/// Requests with a correct signature that a service refuses all the same: for a region or service other than the
/// host's, or with a token or header that is not covered.
const RIGHT_BUT_REFUSED: [&str; 2] = ["boto3-presign+curl--get-extra-unsigned-header", "raw--region-scope-us-west-2"];

/// Requests that hyper refuses before the signature is checked.
const NOT_HTTP: [&str; 1] = ["raw--two-host-headers"];

#[test]
fn every_captured_signature_is_judged_as_its_client_meant_it() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for line in captured().lines() {
        let request: Value = serde_json::from_str(line).expect("a JSON object a line");
        let id = text(&request, "id");
        if NOT_HTTP.contains(&id) {
            continue;
        }
        let expected = text(&request, "expect_signature") == "valid" && !RIGHT_BUT_REFUSED.contains(&id);
        let found = verify(&request);
        judged += 1;
        if found.is_ok() != expected {
            wrong.push(format!("{id}: {found:?}"));
        }
    }
    assert!(judged > 120, "only {judged} requests");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn verify(request: &Value) -> Result<String, String> {
    let keys: Vec<Key> = request["creds"].as_array().expect("credentials").iter().map(key).collect();
    let mut head = Request::builder().method(text(request, "method")).uri(text(request, "target"));
    for header in request["headers"].as_array().expect("headers") {
        let (name, value) = (header[0].as_str().expect("a name"), header[1].as_str().expect("a value"));
        let latin1: Vec<u8> = value.trim().chars().map(|c| u8::try_from(c).expect("latin-1")).collect();
        head = head
            .header(name.parse::<HeaderName>().expect("a name"), HeaderValue::from_bytes(&latin1).expect("a value"));
    }
    let body = base64::decode(text(request, "body_b64")).expect("base64");
    let (parts, ()) = head.body(()).expect("a request").into_parts();
    let time = OffsetDateTime::from_unix_timestamp(request["t"].as_f64().expect("a time") as i64).expect("a time");
    let verified = signature::verify(&parts, &body, &keys, time);
    verified.map(|verified| verified.region).map_err(|refusal| format!("{}: {}", refusal.code, refusal.message))
}

fn key(credentials: &Value) -> Key {
    Key {
        access_key_id: text(credentials, "akid").parse().expect("an access key id"),
        secret_access_key: SecretAccessKey::new(text(credentials, "secret")),
        session_token: credentials["token"].as_str().map(SessionToken::new),
        account: "123456789012".parse().expect("twelve digits"),
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

fn captured() -> String {
    let compressed = include_bytes!("../../../tests/data/wire/requests.jsonl.gz");
    let mut lines = String::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut lines).expect("gzip of UTF-8");
    lines
}
