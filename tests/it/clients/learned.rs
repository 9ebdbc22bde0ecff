//! From audit mode to an enforced policy: what boto3 did is learned, and then it is all that it may do.

use std::{fs, path::Path};

use super::{CALLS, FAR, NEAR, client, make, sandbox, venv};
use crate::{
    cli::rds_guard,
    support::guard::{Endpoint, Guard},
};

/// The first example of AWS's page on RDS endpoint policies.
const PAGE: &str = include_str!("../../../config/policies/allow-listed-actions.json");

const ROLE: &str = "arn:aws:iam::123456789012:role/Orders";

/// What boto3 does behind a proxy with a policy, and the folder that the proxy leaves.
fn behind(policy: &str, mode: &str, checks: &[&str], venv: &Path) -> tempfile::TempDir {
    let sandbox = sandbox();
    let address = sandbox.address();
    let endpoints =
        [Endpoint { region: "us-east-1", dns: NEAR, address }, Endpoint { region: "eu-west-1", dns: FAR, address }];
    let guard = Guard::start_with(policy, &endpoints, sandbox.ca_pem(), &["--mode", mode, "--principal", ROLE]);
    let mut python = client(&venv.join("bin/python"), &guard);
    python.arg(CALLS);
    make(checks, python);
    guard.ended()
}

#[test]
fn what_boto3_did_in_audit_mode_is_learned_and_is_then_all_that_it_may_do() {
    let Some(venv) = venv::ready() else { return };
    let work = ["allowed_calls_succeed", "pages_come_one_after_the_other", "a_session_token_is_passed_on"];
    let observed = behind(PAGE, "audit", &work, &venv);
    let learned = rds_guard(observed.path(), &["learn", "audit.jsonl"], &[]);
    assert_eq!(learned.code, 0, "{}", learned.stderr);
    fs::write(observed.path().join("learned.json"), &learned.stdout).unwrap();
    let lint = rds_guard(observed.path(), &["lint", "learned.json"], &[]);
    assert_eq!((lint.code, lint.stdout.as_str()), (0, ""), "{}", learned.stdout);

    // The same calls pass, and another does not.
    let all: Vec<&str> = work.iter().chain(&["an_implicit_deny_is_access_denied_in_one_try"]).copied().collect();
    let enforced = behind(&learned.stdout, "enforce", &all, &venv);

    // Nothing that was seen would be refused, and what was enforced is decided so again.
    let learned_file = observed.path().join("learned.json");
    let policy = learned_file.to_str().unwrap();
    let before = rds_guard(observed.path(), &["replay", "--policy", policy, "audit.jsonl"], &[]);
    assert!(before.stdout.contains(" 0 would be refused, "), "{}", before.stdout);
    assert!(before.stdout.contains(" 0 cannot be told"), "{}", before.stdout);
    let after = rds_guard(enforced.path(), &["replay", "--policy", policy, "audit.jsonl"], &[]);
    assert_eq!(after.code, 0, "{}{}", after.stdout, after.stderr);

    // What the two policies decide differently is so by the command that is told.
    fs::write(observed.path().join("page.json"), PAGE).unwrap();
    let diff = rds_guard(observed.path(), &["diff", "page.json", "learned.json"], &[]);
    assert_eq!(diff.code, 1, "{}", diff.stderr);
    let commands = diff.stdout.lines().filter_map(|line| line.trim().strip_prefix("rds-guard "));
    for command in commands {
        let words: Vec<&str> = command.split(' ').collect();
        assert_eq!(rds_guard(observed.path(), &words, &[]).code, 0, "{command}");
        let other = if command.contains(" page.json ") { "learned.json" } else { "page.json" };
        let swapped = command
            .replace(" page.json ", " X ")
            .replace(" learned.json ", " X ")
            .replace(" X ", &format!(" {other} "));
        let words: Vec<&str> = swapped.split(' ').collect();
        assert_eq!(rds_guard(observed.path(), &words, &[]).code, 1, "{swapped}");
    }
}
