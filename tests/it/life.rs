//! The life of a running proxy: audit mode, reloads, an endpoint that is away, the end.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::support::stage::{ALLOW_READS, HOST, Stage, exchange};

const DENY_ALL: &str =
    r#"{"Statement":[{"Sid":"Nothing","Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// What a probe is told: status and document.
fn probe(admin: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(admin).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer[9..12].parse().unwrap(), answer)
}

/// Asks again until the answer begins so, for at most a minute.
async fn until(stage: &Stage, status: &str) {
    let began = Instant::now();
    loop {
        let answer = exchange(&stage.guard, stage.good().as_bytes()).await;
        if answer.starts_with(status) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{answer}");
    }
}

#[tokio::test]
async fn audit_mode_forwards_what_the_policy_denies_and_says_so_but_nothing_ambiguous() {
    let stage = Stage::set(DENY_ALL, &["--mode", "audit"]);
    let passed = exchange(&stage.guard, stage.good().as_bytes()).await;
    assert!(passed.starts_with("HTTP/1.1 200 "), "{passed}");
    let two = stage.good().replacen("\r\n", "\r\nAuthorization: AWS4-HMAC-SHA256 x\r\n", 1);
    let ambiguous = exchange(&stage.guard, two.as_bytes()).await;
    assert!(ambiguous.starts_with("HTTP/1.1 400 "), "{ambiguous}");
    let stale = stage.good().replace("x-amz-date: 20", "x-amz-date: 19");
    let expired = exchange(&stage.guard, stale.as_bytes()).await;
    assert!(!expired.contains("[rds-guard]"), "the service's own answer: {expired}");
    assert_eq!(stage.sandbox.requests(), 2);
    let records = stage.guard.into_records();
    let judged: Vec<_> = records
        .iter()
        .filter(|record| record["kind"] == "rds")
        .map(|record| {
            let word = |name: &str| record[name].as_str().unwrap().to_owned();
            (word("mode"), word("decision"), record["enforced"].as_bool().unwrap(), word("reason"))
        })
        .collect();
    let line = |enforced, reason: &str| ("audit".to_owned(), "deny".to_owned(), enforced, reason.to_owned());
    assert_eq!(judged[0], line(false, "explicit_deny"));
    assert_eq!(judged[1], line(true, "unauthenticated"));
    assert_eq!((judged[2].1.as_str(), judged[2].2), ("deny", false));
    assert_eq!(records.iter().find(|record| record["kind"] == "rds").unwrap()["statement"]["sid"], "Nothing");
}

#[tokio::test]
async fn audit_mode_lets_nothing_pass_that_has_nowhere_to_go() {
    let stage = Stage::set(DENY_ALL, &["--mode", "audit", "RDS_GUARD_ROUTING__UNMAPPED=deny"]);
    let host = "rds.eu-west-1.amazonaws.com";
    let elsewhere = stage.signed("eu-west-1", "DescribeDBInstances", &[]).replace(HOST, host);
    let answer = stage.exchange_with(host, elsewhere.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("x-rds-guard-reason: no_endpoint"), "{answer}");
    let records = stage.guard.into_records();
    let record = records.iter().find(|record| record["kind"] == "rds").unwrap();
    assert_eq!((&record["decision"], &record["enforced"]), (&"deny".into(), &true.into()), "{record}");
    assert_eq!(record["reason"], "no_endpoint");
}

#[tokio::test]
async fn a_changed_policy_is_put_into_force_and_a_bad_one_leaves_the_old() {
    let stage = Stage::set(ALLOW_READS, &[]);
    until(&stage, "HTTP/1.1 200").await;
    stage.guard.rewrite_policy(DENY_ALL);
    until(&stage, "HTTP/1.1 403").await;
    stage.guard.rewrite_policy(r#"{"Statement":[{"Effect":"Allow"#);
    stage.guard.signal(Signal::HUP);
    let began = Instant::now();
    loop {
        let (status, document) = probe(stage.guard.admin, "/readyz");
        assert_eq!(status, 200);
        if document.contains("\"reload_error\":\"") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{document}");
    }
    assert!(exchange(&stage.guard, stage.good().as_bytes()).await.starts_with("HTTP/1.1 403"));
    stage.guard.rewrite_policy(ALLOW_READS);
    until(&stage, "HTTP/1.1 200").await;
    let versions: std::collections::BTreeSet<_> = stage
        .guard
        .into_records()
        .iter()
        .filter_map(|record| record["policy_version"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(versions.len(), 2, "{versions:?}");
}

#[tokio::test]
async fn a_call_that_has_nowhere_to_go_is_told_why() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_ROUTING__UNMAPPED=deny"]);
    let elsewhere = stage.signed("eu-west-1", "DescribeDBInstances", &[]).replace(HOST, "rds.eu-west-1.amazonaws.com");
    let answer = stage.exchange_with("rds.eu-west-1.amazonaws.com", elsewhere.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("x-rds-guard-reason: no_endpoint"), "{answer}");
    assert!(answer.contains("add an [[endpoint]]"), "{answer}");

    let foreign = "vpce-0fffffffffffffff0-ffffffff.rds.us-east-1.vpce.amazonaws.com";
    let answer = stage.exchange_with(foreign, stage.good().replace(HOST, foreign).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("x-rds-guard-reason: host_not_allowed"), "{answer}");

    let Stage { sandbox, guard, .. } = stage;
    sandbox.shutdown();
    let stage = Stage::set(ALLOW_READS, &[]);
    let good = stage.good();
    let answer = exchange(&guard, good.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("upstream_unreachable"), "{answer}");
    let records = guard.into_records();
    let last = records.iter().rfind(|record| record["kind"] == "rds").unwrap();
    assert_eq!((&last["decision"], &last["reason"]), (&"allow".into(), &"upstream_unreachable".into()));
}

#[tokio::test]
async fn after_sigterm_calls_are_served_until_none_comes_and_the_exit_is_zero() {
    let mut stage = Stage::set(ALLOW_READS, &["RDS_GUARD_DRAIN__QUIET=3s", "RDS_GUARD_DRAIN__LIMIT=60s"]);
    assert_eq!(probe(stage.guard.admin, "/readyz").0, 200);
    stage.guard.signal(Signal::TERM);
    let began = Instant::now();
    while probe(stage.guard.admin, "/readyz").0 != 503 {
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    let late = exchange(&stage.guard, stage.good().as_bytes()).await;
    assert!(late.starts_with("HTTP/1.1 200 ") && late.contains("connection: close\r\n"), "{late}");
    assert_eq!(stage.guard.wait(), Some(0));
    assert!(began.elapsed() >= Duration::from_secs(3), "the quiet time begins anew with each call");
    assert_eq!(stage.guard.records_so_far().iter().filter(|record| record["kind"] == "rds").count(), 1);
}

#[tokio::test]
async fn health_and_metrics_say_what_has_happened() {
    let stage = Stage::set(ALLOW_READS, &[]);
    exchange(&stage.guard, stage.good().as_bytes()).await;
    let (status, metrics) = probe(stage.guard.admin, "/metrics");
    assert_eq!(status, 200);
    assert!(
        metrics.contains("rds_guard_records_total{kind=\"rds\",decision=\"allow\",reason=\"allowed\",action=\"DescribeDBInstances\"} 1"),
        "{metrics}"
    );
    assert_eq!(probe(stage.guard.admin, "/livez").0, 200);
    assert_eq!(probe(stage.guard.admin, "/nowhere").0, 404);
}
