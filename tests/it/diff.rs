//! `diff`: what two policies decide differently, each difference with a request that `check` confirms.

use std::fs;

use serde_json::Value;

use crate::cli::{Run, rds_guard};

const OLD: &str = include_str!("../../config/policies/allow-listed-actions.json");

const NEW: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["rds:CreateDBInstance", "rds:ModifyDBInstance"],
     "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}},
    {"Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "arn:aws:rds:*:*:db:orders-*"},
    {"Effect": "Deny", "Principal": "*", "Action": "rds:*", "Resource": "arn:aws:rds:*:*:db:it's prod*"}
]}"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old.json"), OLD).unwrap();
        fs::write(folder.path().join("new.json"), NEW).unwrap();
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        rds_guard(self.0.path(), arguments, &[])
    }
}

#[test]
fn every_request_that_is_told_is_confirmed_by_check_under_both_policies() {
    let folder = Folder::new();
    let run = folder.run(&["diff", "--format", "json", "old.json", "new.json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let differences = found["differences"].as_array().unwrap();
    let has = |action: &str, direction: &str| {
        differences.iter().any(|found| found["action"] == action && found["direction"] == direction)
    };
    assert!(has("rds:CreateDBInstance", "lost") && !has("rds:CreateDBInstance", "gained"), "{found:#}");
    assert!(has("rds:DescribeDBInstances", "gained") && has("rds:CreateDBSnapshot", "lost"), "{found:#}");
    let judged = |policy: &str, name: &str| {
        let policy: Value = serde_json::from_str(policy).unwrap();
        let cases: Vec<String> = differences
            .iter()
            .map(|found| serde_json::json!({"id": 0, "policy": policy, "request": found["request"]}).to_string() + "\n")
            .collect();
        fs::write(folder.0.path().join(name), cases.concat()).unwrap();
        let answers = folder.run(&["check", "--cases", name]);
        assert_eq!(answers.code, 0, "{}", answers.stdout);
        let decisions =
            answers.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["decision"].clone());
        decisions.collect::<Vec<_>>()
    };
    let wanted = |side: &str| differences.iter().map(|found| found[side].clone()).collect::<Vec<_>>();
    assert_eq!(judged(OLD, "old.jsonl"), wanted("old"));
    assert_eq!(judged(NEW, "new.jsonl"), wanted("new"));
}

#[test]
fn the_commands_that_are_printed_say_what_they_are_printed_for() {
    let folder = Folder::new();
    let run = folder.run(&["diff", "old.json", "new.json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let commands: Vec<&str> = run.stdout.lines().filter_map(|line| line.trim().strip_prefix("rds-guard ")).collect();
    assert!(commands.len() > 3, "{}", run.stdout);
    for command in commands.iter().take(3).chain(commands.last()) {
        for (policy, code) in [("old.json", 1), ("new.json", 1)] {
            let allows = command.contains(&format!("--policy {policy}"));
            let other = if policy == "old.json" { "new.json" } else { "old.json" };
            let asked = command.replace(&format!("--policy {other}"), &format!("--policy {policy}"));
            let words: Vec<&str> = asked.split(' ').collect();
            let expected = if allows { 0 } else { code };
            assert_eq!(folder.run(&words).code, expected, "{asked}");
        }
    }
}

#[test]
fn no_difference_is_said_so_and_what_cannot_be_read_is_named() {
    let folder = Folder::new();
    let same = folder.run(&["diff", "old.json", "old.json"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "no difference found\n"));
    fs::write(folder.0.path().join("bad.json"), "{}").unwrap();
    for (arguments, told) in [
        (["diff", "gone.json", "old.json"], "cannot read `gone.json`"),
        (["diff", "old.json", "bad.json"], "a policy needs `Statement`"),
    ] {
        let run = folder.run(&arguments);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
}
