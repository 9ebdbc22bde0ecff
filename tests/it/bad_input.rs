//! Input that no client should send, through the whole program: each is answered with the right document, recorded,
//! never forwarded, and the next client is served normally.

use std::{process::Command, sync::Arc};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{
    guard::ALONE,
    stage::{ALLOW_READS, HOST, Stage, connect, exchange},
};

/// (name, bytes, status, code, reason)
pub(crate) fn misdeeds(stage: &Stage) -> Vec<(&'static str, String, u16, &'static str, &'static str)> {
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
    let stage = Stage::set(ALLOW_READS, &[]);
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
    let stage = Stage::set(ALLOW_READS, &[]);
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
    let stage = Stage::set(ALLOW_READS, &[]);
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
    let stage = Stage::set(ALLOW_READS, &[]);
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
    let stage = Stage::set(ALLOW_READS, &[]);
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

#[tokio::test]
async fn a_tls_that_never_starts_and_a_body_that_never_ends_are_given_up_and_recorded() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_LIMITS__HEAD_TIME=2s", "RDS_GUARD_LIMITS__BODY_TIME=2s"]);
    let (mut silent, answer) = connect(stage.guard.proxy, &format!("{HOST}:443")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());

    let good = stage.good();
    let unfinished = stage.open(&good[..good.len() - 1]).await;
    assert!(
        unfinished.starts_with("HTTP/1.1 400 ") && unfinished.contains("<Code>RequestTimeout</Code>"),
        "{unfinished}"
    );
    assert_eq!(stage.sandbox.requests(), 0);
    let records = stage.guard.into_records();
    let reasons = |kind: &str| -> Vec<String> {
        let of_kind = records.iter().filter(|record| record["kind"] == kind);
        of_kind.map(|record| record["reason"].as_str().unwrap().to_owned()).collect()
    };
    assert!(reasons("connection").contains(&"handshake_failed".to_owned()), "{records:?}");
    assert_eq!(reasons("rds"), ["malformed"]);
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
        let mut run = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
        let output = run.arg("run").args(&arguments).env_clear().envs(ALONE).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {said}");
        assert!(said.contains(arguments.last().unwrap()) || said.contains(&address), "{said}");
    }
}
