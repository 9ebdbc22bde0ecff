//! What no client should send, through the program as a service meets it: each is answered with the right document,
//! recorded, never forwarded, and the next client is served as if nothing had been.

use std::{net::SocketAddr, process::Command, sync::Arc, time::Duration};

use rds_guard::sandbox::{Call, Key, Placement, Sandbox, SandboxSettings, SecretAccessKey};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::guard::{Endpoint, Guard};

const HOST: &str = "rds.us-east-1.amazonaws.com";
const DNS: &str = "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com";
const ALLOW_READS: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"}]}"#;

struct Stage {
    sandbox: Sandbox,
    guard: Guard,
    key: Key,
}

impl Stage {
    fn set(policy: &str) -> Self {
        let key = Key {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            secret_access_key: SecretAccessKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            account: "123456789012".parse().unwrap(),
        };
        let sandbox =
            Sandbox::start(SandboxSettings { keys: vec![key.clone()], ..SandboxSettings::default() }).unwrap();
        let endpoint = Endpoint { region: "us-east-1", dns: DNS, address: sandbox.address() };
        let guard = Guard::start(policy, &[endpoint], sandbox.ca_pem());
        Self { sandbox, guard, key }
    }

    /// A signed call as its bytes.
    fn signed(&self, region: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let call = Call {
            host: HOST.into(),
            region: region.into(),
            action: action.into(),
            parameters: parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        };
        let request = call.sign(&self.key, Placement::Header, OffsetDateTime::now_utc()).unwrap().request;
        let mut text = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path());
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        if !request.headers().contains_key("host") {
            text.push_str(&format!("host: {HOST}\r\n"));
        }
        if !request.headers().contains_key("content-length") {
            text.push_str(&format!("content-length: {}\r\n", request.body().len()));
        }
        text.push_str("\r\n");
        text + std::str::from_utf8(request.body()).unwrap()
    }

    fn good(&self) -> String {
        self.signed("us-east-1", "DescribeDBInstances", &[])
    }
}

async fn connect(proxy: SocketAddr, target: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap() == 0 {
            break;
        }
        answer.push(byte[0]);
    }
    (stream, String::from_utf8(answer).unwrap())
}

async fn tls(guard: &Guard) -> tokio_rustls::client::TlsStream<TcpStream> {
    let (stream, answer) = connect(guard.proxy, &format!("{HOST}:443")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(guard.bundle()).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(HOST).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// Sends bytes on a connection of their own, says that no more come, and reads all that comes back.
async fn exchange(guard: &Guard, bytes: &[u8]) -> String {
    let mut stream = tls(guard).await;
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    read.expect("the proxy closes").ok();
    String::from_utf8(answer).unwrap()
}

/// (name, bytes, status, code, reason)
fn misdeeds(stage: &Stage) -> Vec<(&'static str, String, u16, &'static str, &'static str)> {
    let good = stage.good();
    let (head, body) = good.split_once("\r\n\r\n").unwrap();
    let with = |line: &str| format!("{head}\r\n{line}\r\n\r\n{body}");
    let unsigned = |lines: &str, body: &str| {
        format!("POST / HTTP/1.1\r\nHost: {HOST}\r\n{lines}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let query = "Action=DescribeDBInstances&Version=2014-10-31";
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in {good}");
        good.replace(from, to)
    };
    vec![
        ("no signature", unsigned(form, query), 403, "MissingAuthenticationToken", "unauthenticated"),
        (
            "another region's signature",
            stage.signed("eu-west-1", "DescribeDBInstances", &[]),
            400,
            "IncompleteSignature",
            "unauthenticated",
        ),
        (
            "another service's signature",
            replaced("/rds/aws4_request", "/sts/aws4_request"),
            400,
            "IncompleteSignature",
            "unauthenticated",
        ),
        (
            "SigV4A",
            replaced("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
            400,
            "IncompleteSignature",
            "unauthenticated",
        ),
        ("two signatures", with("Authorization: AWS4-HMAC-SHA256 x"), 400, "IncompleteSignature", "unauthenticated"),
        ("an unsigned x-amz header", with("X-Amz-Security-Token: x"), 400, "IncompleteSignature", "unauthenticated"),
        ("another Host", replaced(HOST, "rds.eu-west-1.amazonaws.com"), 421, "MisdirectedRequest", "misdirected"),
        ("two Hosts", with(&format!("Host: {HOST}")), 400, "MalformedQueryString", "malformed"),
        (
            "a length beside a transfer coding",
            with("Transfer-Encoding: chunked"),
            400,
            "MalformedQueryString",
            "malformed",
        ),
        ("a repeated length", with("Content-Length: 3"), 400, "MalformedQueryString", "malformed"),
        (
            "a chunked body",
            format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            411,
            "MalformedQueryString",
            "malformed",
        ),
        ("a folded header", with("X: a\r\n b"), 400, "MalformedQueryString", "malformed"),
        ("a bare line feed", with("X: a\nY: b"), 400, "MalformedQueryString", "malformed"),
        ("an upgrade", with("Upgrade: h2c"), 400, "MalformedQueryString", "malformed"),
        ("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 400, "MalformedQueryString", "malformed"),
        ("a compressed body", with("Content-Encoding: gzip"), 415, "MalformedQueryString", "malformed"),
        (
            "a head that is too long",
            with(&format!("X: {}", "a".repeat(33_000))),
            431,
            "MalformedQueryString",
            "malformed",
        ),
        (
            "a body that is too long",
            format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1048577\r\n\r\n"),
            413,
            "MalformedQueryString",
            "malformed",
        ),
        (
            "a truncated body",
            format!("POST / HTTP/1.1\r\nHost: {HOST}\r\n{form}Content-Length: 90\r\n\r\n{query}"),
            400,
            "MalformedQueryString",
            "malformed",
        ),
        (
            "JSON",
            unsigned("Content-Type: application/x-amz-json-1.1\r\n", "{}"),
            415,
            "MalformedQueryString",
            "malformed",
        ),
        ("a body without a type", unsigned("", query), 400, "MalformedQueryString", "malformed"),
        (
            "Action twice",
            unsigned(form, &format!("{query}&Action=DeleteDBInstance")),
            400,
            "InvalidParameterCombination",
            "malformed",
        ),
        (
            "a parameter twice",
            unsigned(form, &format!("{query}&MaxRecords=20&MaxRecords=30")),
            400,
            "InvalidParameterCombination",
            "malformed",
        ),
        ("no Action", unsigned(form, "Version=2014-10-31"), 400, "MissingAction", "malformed"),
        (
            "an action in another letter case",
            unsigned(form, "Action=describedbinstances&Version=2014-10-31"),
            400,
            "InvalidAction",
            "malformed",
        ),
        ("another path", replaced("POST / ", "POST /x "), 400, "MalformedQueryString", "malformed"),
        (
            "SigV2",
            unsigned(form, &format!("{query}&AWSAccessKeyId=A&Signature=b")),
            403,
            "MissingAuthenticationToken",
            "unauthenticated",
        ),
    ]
}

#[tokio::test]
async fn each_misdeed_is_answered_recorded_and_never_forwarded_and_others_are_served() {
    let stage = Stage::set(ALLOW_READS);
    let misdeeds = misdeeds(&stage);
    for (name, bytes, status, code, reason) in &misdeeds {
        let answer = exchange(&stage.guard, bytes.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        assert!(answer.contains(&format!("<Code>{code}</Code>")), "{name}: {answer}");
        assert!(answer.contains(&format!("x-rds-guard-reason: {reason}\r\n")), "{name}: {answer}");
        assert!(answer.contains(" [rds-guard]</Message>"), "{name}: {answer}");
        let served = exchange(&stage.guard, stage.good().as_bytes()).await;
        assert!(served.starts_with("HTTP/1.1 200 "), "after {name}: {served}");
    }
    assert_eq!(stage.sandbox.requests(), misdeeds.len() as u64, "only the good ones arrive");
    let records = stage.guard.into_records();
    let reasons: Vec<&str> = records
        .iter()
        .filter(|record| record["kind"] == "rds" && record["decision"] == "deny")
        .map(|record| record["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, misdeeds.iter().map(|misdeed| misdeed.4).collect::<Vec<_>>());
    let allowed = records.iter().filter(|record| record["kind"] == "rds" && record["decision"] == "allow").count();
    assert_eq!(allowed, misdeeds.len());
}

#[tokio::test]
async fn pipelined_calls_are_judged_one_by_one_and_a_denial_keeps_the_connection() {
    let stage = Stage::set(ALLOW_READS);
    let denied = stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "prod")]);
    let bytes = [stage.good(), denied, stage.good()].concat();
    let answers = exchange(&stage.guard, bytes.as_bytes()).await;
    let statuses: Vec<&str> =
        answers.match_indices("HTTP/1.1 ").filter_map(|(at, _)| answers.get(at + 9..at + 12)).collect();
    assert_eq!(statuses, ["200", "403", "200"], "{answers}");
    assert!(answers.contains(
        "is not authorized to perform: rds:DeleteDBInstance on resource: arn:aws:rds:us-east-1:unknown:db:prod because no \
         VPC endpoint policy allows the rds:DeleteDBInstance action [rds-guard]"
    ), "{answers}");
    assert_eq!((stage.sandbox.requests(), stage.sandbox.count("DeleteDBInstance")), (2, 0));
}

#[tokio::test]
async fn what_was_decided_on_is_byte_for_byte_what_arrives() {
    let stage = Stage::set(ALLOW_READS);
    let good = stage.good();
    let (head, body) = good.split_once("\r\n\r\n").unwrap();
    let bytes = format!("{head}\r\nX-One: a\r\nx-two:b\r\nX-ONE:   c  d\r\nConnection: keep-alive\r\n\r\n{body}");
    assert!(exchange(&stage.guard, bytes.as_bytes()).await.starts_with("HTTP/1.1 200 "));
    let arrivals = stage.sandbox.arrivals();
    let arrived = arrivals.first().unwrap();
    let expected = bytes.replace("Connection: keep-alive\r\n", "");
    let (head, body) = expected.split_at(expected.find("\r\n\r\n").unwrap() + 4);
    assert_eq!(String::from_utf8(arrived.head().to_vec()).unwrap(), head);
    assert_eq!(&arrived.body()[..], body.as_bytes());
}

#[tokio::test]
async fn a_connect_that_leads_nowhere_is_refused_with_a_reason_and_recorded() {
    let stage = Stage::set(ALLOW_READS);
    let cases = [
        (HOST, 403, "tunnel_not_allowed"),
        ("rds.us-east-1.amazonaws.com:80", 403, "tunnel_not_allowed"),
        ("rds.nowhere.amazonaws.com:443", 403, "tunnel_not_allowed"),
        ("user@rds.us-east-1.amazonaws.com:443", 400, "malformed"),
        ("169.254.169.254:80", 403, "metadata_address"),
        ("0xa9fea9fe:80", 403, "metadata_address"),
        ("2852039166:80", 403, "metadata_address"),
        ("[::ffff:169.254.170.2]:80", 403, "metadata_address"),
        ("[fd00:ec2::254]:80", 403, "metadata_address"),
        ("127.0.0.1:22", 403, "tunnel_not_allowed"),
        ("localhost:22", 403, "tunnel_not_allowed"),
    ];
    for (target, status, reason) in cases {
        let (_stream, answer) = connect(stage.guard.proxy, target).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
        assert!(answer.contains(&format!("x-rds-guard-reason: {reason}\r\n")), "{target}: {answer}");
    }
    assert!(exchange(&stage.guard, stage.good().as_bytes()).await.starts_with("HTTP/1.1 200 "));
    let records = stage.guard.into_records();
    let tunnels: Vec<(&str, &str)> = records
        .iter()
        .filter(|record| record["kind"] == "tunnel")
        .map(|record| (record["host"].as_str().unwrap(), record["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(tunnels.len(), cases.len(), "{tunnels:?}");
    for ((_, reason), (_, _, expected)) in tunnels.iter().zip(cases) {
        assert_eq!(*reason, expected);
    }
}

#[tokio::test]
async fn bytes_that_are_not_tls_and_another_server_name_end_the_connection_and_are_recorded() {
    let stage = Stage::set(ALLOW_READS);
    let (mut stream, _) = connect(stage.guard.proxy, &format!("{HOST}:443")).await;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty());

    let (stream, _) = connect(stage.guard.proxy, &format!("{HOST}:443")).await;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let other = ServerName::try_from("rds.eu-west-1.amazonaws.com").unwrap();
    let error = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(other, stream).await.unwrap_err();
    assert!(error.to_string().contains("UnrecognisedName"), "{error}");

    let records = stage.guard.into_records();
    let mut reasons: Vec<&str> = records.iter().map(|record| record["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["not_tls", "sni_mismatch"]);
}

#[test]
fn a_port_in_use_and_a_directory_that_cannot_be_written_are_the_worlds_fault() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_a_file = file.join("ca");
    for arguments in [
        vec!["--listen", &address, "--admin", "off"],
        vec!["--listen", "127.0.0.1:0", "--admin", "off", "--ca-dir", below_a_file.to_str().unwrap()],
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_rds-guard")).arg("run").args(&arguments).env_clear().output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains(arguments.last().unwrap()) || said.contains(&address), "{said}");
    }
}
