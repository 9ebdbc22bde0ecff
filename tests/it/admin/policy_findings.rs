//! A policy in force without its intended effect is shown in readiness, in the log and in a metric.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::get;
use crate::support::stage::Stage;

const ALLOW: &str = r#"{"Sid":"All","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;

fn policy(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{ALLOW},{statement}]}}"#)
}

fn warnings(stage: &Stage) -> Vec<String> {
    let ready = get(stage, "/readyz").json();
    let warnings = ready["warnings"].as_array().unwrap().iter();
    warnings.filter_map(Value::as_str).filter(|warning| warning.contains(": [RG")).map(str::to_owned).collect()
}

/// The findings in readiness, once they are as wanted: they are shown a moment after a reload.
fn until(stage: &Stage, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
    let began = Instant::now();
    loop {
        let found = warnings(stage);
        if wanted(&found) || began.elapsed() > Duration::from_secs(60) {
            return found;
        }
        std::thread::yield_now();
    }
}

/// Statements that can never apply, and their findings.
const NEVER: [(&str, &str); 6] = [
    (
        r#"{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:role/*"},"Action":"rds:*","Resource":"*"}"#,
        "[RG020] `arn:aws:iam::123456789012:role/*` names no principal",
    ),
    (
        r#"{"Effect":"Deny","Principal":{"AWS":"AROADBQP57FF2AEXAMPLE"},"Action":"rds:*","Resource":"*"}"#,
        "[RG022] `AROADBQP57FF2AEXAMPLE`",
    ),
    (
        r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds::123456789012:*"}"#,
        "[RG048]",
    ),
    (
        r#"{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:*:*:db/orders"}"#,
        "[RG056]",
    ),
    (
        r#"{"Effect":"Deny","Principal":"*","Action":"rds:ModifyDBInstance","Resource":"*","Condition":{"Bool":{"rds:PubliclyAccessible":"true"}}}"#,
        "`guard:Param/PubliclyAccessible`",
    ),
    (
        r#"{"Effect":"Deny","Principal":"*","Action":"rds:RestoreDBInstanceFromDBSnapshot","Resource":"*","Condition":{"Bool":{"rds:StorageEncrypted":"false"}}}"#,
        "[RG079]",
    ),
];

#[test]
fn a_statement_that_never_applies_is_in_readiness_from_the_start_and_after_each_reload() {
    let stage = Stage::set(&policy(NEVER[0].0), &[]);
    let begun = until(&stage, |found| !found.is_empty());
    assert!(begun.len() == 1 && begun[0].contains(NEVER[0].1), "{begun:?}");
    assert!(begun[0].contains("line 1, column "), "{begun:?}");
    for (statement, told) in &NEVER[1..] {
        stage.guard.replace_policy(&policy(statement));
        let found = until(&stage, |found| found.iter().any(|finding| finding.contains(told)));
        assert!(found.len() == 1 && found[0].contains(told), "{statement}: {found:?}");
    }
    stage.guard.replace_policy(&format!(r#"{{"Version":"2012-10-17","Statement":[{ALLOW}]}}"#));
    stage.guard.until_metric("rds_guard_policy_findings", |count| count == 0);
    assert_eq!(until(&stage, <[String]>::is_empty), Vec::<String>::new());
    let (_, written) = stage.guard.into_everything_written();
    assert!(written.contains("names no principal"), "{written}");
}

#[test]
fn hundreds_of_findings_are_twenty_lines_and_a_count() {
    let statements: Vec<String> = (0..60)
        .map(|at| {
            format!(
                r#"{{"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:*:*:db/orders-{at}"}}"#
            )
        })
        .collect();
    let stage = Stage::set(&policy(&statements.join(",")), &[]);
    stage.guard.until_metric("rds_guard_policy_findings", |count| count == 60);
    assert_eq!(until(&stage, |found| found.len() == 20).len(), 20);
    assert!(get(&stage, "/readyz").body.contains("40 more findings about the policies in force"));
}
