//! Signed calls as bytes, and requests over a plain socket.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use rds_guard::sandbox::{Call, Key, Placement, SecretAccessKey, SessionToken};
use serde_json::Value;
use time::OffsetDateTime;

/// A list of databases in us-east-1.
pub(crate) fn describe(host: &str) -> Call {
    Call { host: host.into(), region: "us-east-1".into(), action: "DescribeDBInstances".into(), parameters: vec![] }
}

/// A signed call as bytes.
pub(crate) fn bytes(call: &Call, key: &Key, placement: Placement) -> String {
    bytes_at(call, key, placement, OffsetDateTime::now_utc())
}

/// Like [`bytes`], signed at another time.
pub(crate) fn bytes_at(call: &Call, key: &Key, placement: Placement, now: OffsetDateTime) -> String {
    let request = call.sign(key, placement, now).unwrap().request;
    let target = request.uri().path_and_query().unwrap();
    let mut text = format!("{} {target} HTTP/1.1\r\n", request.method());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    if !request.body().is_empty() {
        text.push_str(&format!("content-length: {}\r\n", request.body().len()));
    }
    text + "\r\n" + std::str::from_utf8(request.body()).unwrap()
}

/// The region that [`copy`] copies from.
pub(crate) const FAR: &str = "rds.eu-west-1.amazonaws.com";

/// A copy from another region, sent to a host, with a nested request to that region, signed with a key.
pub(crate) fn copy(host: &str, key: &Key, nested_key: &Key) -> String {
    copy_from(&format!("https://{FAR}"), host, key, nested_key)
}

/// Like [`copy`], with a nested request to this scheme and host.
pub(crate) fn copy_from(far: &str, host: &str, key: &Key, nested_key: &Key) -> String {
    let far_host = far.split("://").nth(1).unwrap();
    let own = [
        ("SourceDBSnapshotIdentifier", "arn:aws:rds:eu-west-1:123456789012:snapshot:far"),
        ("TargetDBSnapshotIdentifier", "near"),
    ];
    let mut parameters: Vec<(String, String)> =
        own.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let mut nested = parameters.clone();
    nested.push(("DestinationRegion".into(), "us-east-1".into()));
    let call = |host: &str, region: &str, parameters| Call {
        host: host.into(),
        region: region.into(),
        action: "CopyDBSnapshot".into(),
        parameters,
    };
    let hour = Placement::Query(Duration::from_secs(3600));
    let signed = call(far_host, "eu-west-1", nested).sign(nested_key, hour, OffsetDateTime::now_utc()).unwrap().request;
    parameters.push(("PreSignedUrl".into(), format!("{far}{}", signed.uri().path_and_query().unwrap())));
    bytes(&call(host, "us-east-1", parameters), key, Placement::Header)
}

/// The same key with another secret.
pub(crate) fn forged(key: &Key) -> Key {
    Key { secret_access_key: SecretAccessKey::new("another"), ..key.clone() }
}

/// Sends a request over plain TCP and reads the whole answer: its status and its body.
pub(crate) fn ask(address: SocketAddr, text: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The request of a broker's client, with a token.
pub(crate) fn for_credentials(path: &str, token: Option<&str>) -> String {
    let header = token.map(|token| format!("Authorization: {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n{header}Connection: close\r\n\r\n")
}

/// The key in a broker's answer.
pub(crate) fn key_of(document: &Value) -> Key {
    let text = |name: &str| document[name].as_str().unwrap_or_else(|| panic!("{document}")).to_owned();
    Key {
        access_key_id: text("AccessKeyId").parse().unwrap(),
        secret_access_key: SecretAccessKey::new(text("SecretAccessKey")),
        session_token: Some(SessionToken::new(text("Token"))),
        account: "123456789012".parse().unwrap(),
    }
}
