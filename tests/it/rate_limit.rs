//! Rates, through the program as a service meets it.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::stage::{ALLOW_READS, Stage, exchange};

/// Two reads at once by each principal, and then as good as none.
const TWO_READS: &str = "[[rate_limit]]\naction = \"rds:describe*\"\nper_second = 0.0001\nburst = 2\n";

fn stage(folder: &Path, arguments: &[&str]) -> Stage {
    let file = folder.join("rates.toml");
    fs::write(&file, TWO_READS).unwrap();
    Stage::set(ALLOW_READS, &[arguments, &["--config", file.to_str().unwrap()]].concat())
}

/// What each call's record says: decision, whether it was enforced, reason.
fn judged(records: &[Value]) -> Vec<(String, bool, String)> {
    let calls = records.iter().filter(|record| record["kind"] == "rds");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    calls.map(|call| (text(&call["decision"]), call["enforced"].as_bool().unwrap(), text(&call["reason"]))).collect()
}

fn line(decision: &str, enforced: bool, reason: &str) -> (String, bool, String) {
    (decision.into(), enforced, reason.into())
}

#[tokio::test]
async fn beyond_its_rate_an_allowed_call_gets_throttling_and_the_service_never_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let denied = stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]);
    assert!(exchange(&stage.guard, denied.as_bytes()).await.starts_with("HTTP/1.1 403 "), "takes no part of a rate");
    for _ in 0..2 {
        assert!(exchange(&stage.guard, stage.good().as_bytes()).await.starts_with("HTTP/1.1 200 "));
    }
    let beyond = exchange(&stage.guard, stage.good().as_bytes()).await;
    assert!(beyond.starts_with("HTTP/1.1 400 "), "{beyond}");
    assert!(beyond.contains("x-rds-guard-reason: rate_limited\r\n"), "{beyond}");
    assert!(beyond.contains("<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">"), "{beyond}");
    assert!(
        beyond.contains("<Code>Throttling</Code>") && beyond.contains("Rate exceeded: `rds:describe*`"),
        "{beyond}"
    );
    let other = stage.good().replace("AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE");
    let other = exchange(&stage.guard, other.as_bytes()).await;
    assert!(!other.contains("[rds-guard]"), "another caller has a rate of its own: {other}");
    assert_eq!(stage.sandbox.requests(), 3);
    let counted = "rds_guard_records_total{kind=\"rds\",decision=\"allow\",reason=\"rate_limited\",action=\"DescribeDBInstances\"} 1";
    let metrics = stage.guard.probe("/metrics");
    assert!(metrics.contains(counted), "{metrics}");
    let allowed = line("allow", true, "allowed");
    assert_eq!(
        judged(&stage.guard.into_records()),
        [
            line("deny", true, "implicit_deny"),
            allowed.clone(),
            allowed.clone(),
            line("allow", true, "rate_limited"),
            allowed,
        ]
    );
}

#[tokio::test]
async fn audit_mode_lets_it_pass_and_says_that_enforcing_would_not_have() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &["--mode", "audit"]);
    for _ in 0..3 {
        assert!(exchange(&stage.guard, stage.good().as_bytes()).await.starts_with("HTTP/1.1 200 "));
    }
    let allowed = line("allow", true, "allowed");
    let expected = [allowed.clone(), allowed, line("allow", false, "rate_limited")];
    assert_eq!(judged(&stage.guard.into_records()), expected);
}

#[test]
fn a_pattern_that_names_no_action_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rates.toml");
    let rate = |action: &str| format!("[[rate_limit]]\naction = \"{action}\"\nper_second = 1\nburst = 1\n");
    fs::write(&file, [rate("rds:Delte*"), rate("rds:delete*"), rate("*")].concat()).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rds-guard"))
        .args(["run", "--check", "--config", file.to_str().unwrap()])
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("names no action that is known").count(), 1, "{said}");
    assert!(said.contains("`rate_limit.action` `rds:Delte*`"), "{said}");
}

#[test]
fn an_action_that_is_no_pattern_and_a_rate_of_nothing_are_refused_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rates.toml");
    fs::write(&file, "[[rate_limit]]\naction = \"Delete*\"\nper_second = 0\nburst = 1\nby = \"all\"\n").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rds-guard"))
        .args(["run", "--check", "--config", file.to_str().unwrap()])
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains(":2:1: `rate_limit.action` is `Delete*`, expected an action pattern such as"), "{said}");
    assert!(said.contains(":3:1: `rate_limit.per_second` is `0`, expected a number above 0"), "{said}");
}
