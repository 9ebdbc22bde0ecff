//! What ships under `config/` says what holds: every key with its default, and policies that decide as they are meant to.

use std::{fs, path::PathBuf};

use rds_guard::{
    aws::{PrincipalArn, RequestResource, ResourceKind},
    config::{self, Origin, PolicySource, Sources},
    policy::{Limits, Principal, Request, RequestContext},
};

fn shipped(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

fn text() -> String {
    fs::read_to_string(shipped("rds-guard.toml")).unwrap()
}

/// The file with every commented key and table in effect.
fn with_everything_set() -> String {
    let setting = |line: &str| {
        line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| !c.is_whitespace())).map(str::to_owned)
    };
    text().lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

#[test]
fn the_shipped_file_says_exactly_the_defaults() {
    let defaults = config::load(&Sources::default()).unwrap();
    let shipped = config::load(&Sources { file: Some(shipped("rds-guard.toml")), ..Sources::default() }).unwrap();
    let pairs = defaults.effective.iter().zip(&shipped.effective);
    assert_eq!(defaults.effective.len(), shipped.effective.len());
    for (default, written) in pairs {
        assert_eq!((&default.key, &default.value), (&written.key, &written.value));
        let set = written.origin != Origin::Default;
        assert_eq!(
            set,
            !default.value.is_empty(),
            "`{}` has a default and stands in the file, or neither",
            default.key
        );
    }
}

#[test]
fn the_shipped_file_names_every_key_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("everything.toml");
    let everything = with_everything_set();
    fs::write(&file, &everything).unwrap();
    let errors = config::load(&Sources { file: Some(file), ..Sources::default() }).unwrap_err();
    let told = errors.to_string();
    assert!(
        !told.contains("is not a key") && !told.contains("not valid TOML") && !told.contains("expected \""),
        "{told}"
    );
    let table: toml::Table = everything.parse().unwrap();
    for key in config::keys() {
        let mut at = toml::Value::Table(table.clone());
        for part in key.split('.') {
            at = at.get(part).unwrap_or_else(|| panic!("`{key}` is missing")).clone();
            if let Some(first) = at.as_array().and_then(|list| list.first()).filter(|first| first.is_table()) {
                at = first.clone();
            }
        }
    }
}

/// What a shipped policy says of an action on a resource by somebody.
fn decision(policy: &str, action: &str, resource: &str, caller: &str) -> &'static str {
    let source = PolicySource::from_file(shipped("policies").join(policy), Limits::default()).unwrap();
    let principal: PrincipalArn = caller.parse().unwrap();
    let resources = [RequestResource { arn: resource.into(), kind: ResourceKind::Exact }];
    let context = RequestContext::new();
    let request = Request { action, principal: Principal::Known(&principal), resources: &resources, context: &context };
    source.policy().evaluate(&request).as_str()
}

const DATABASE: &str = "arn:aws:rds:eu-west-1:123456789012:db:orders-1";
const SNAPSHOT: &str = "arn:aws:rds:eu-west-1:123456789012:snapshot:orders-1-evening";
const APPLICATION: &str = "arn:aws:sts::123456789012:assumed-role/App/i-0abc";
const BACKUP: &str = "arn:aws:iam::123456789012:role/Backup";
const STRANGER: &str = "arn:aws:iam::210987654321:user/ann";

#[test]
fn shipped_policies_decide_as_they_say() {
    let cases = [
        ("allow-listed-actions.json", "rds:CreateDBInstance", DATABASE, STRANGER, "allow"),
        ("allow-listed-actions.json", "rds:ModifyDBInstance", DATABASE, APPLICATION, "allow"),
        ("allow-listed-actions.json", "rds:CreateDBSnapshot", SNAPSHOT, APPLICATION, "allow"),
        ("allow-listed-actions.json", "rds:DeleteDBInstance", DATABASE, APPLICATION, "implicit_deny"),
        ("deny-account.json", "rds:DescribeDBInstances", DATABASE, APPLICATION, "explicit_deny"),
        ("deny-account.json", "rds:DeleteDBInstance", DATABASE, STRANGER, "allow"),
        ("read-only.json", "rds:DescribeDBInstances", DATABASE, APPLICATION, "allow"),
        ("read-only.json", "rds:DownloadCompleteDBLogFile", DATABASE, APPLICATION, "implicit_deny"),
        ("read-only.json", "rds:RebootDBInstance", DATABASE, APPLICATION, "implicit_deny"),
        ("snapshots-of-own-databases.json", "rds:CreateDBSnapshot", SNAPSHOT, BACKUP, "allow"),
        ("snapshots-of-own-databases.json", "rds:CreateDBSnapshot", SNAPSHOT, APPLICATION, "implicit_deny"),
        ("snapshots-of-own-databases.json", "rds:DeleteDBInstance", DATABASE, BACKUP, "implicit_deny"),
        ("nothing-destructive.json", "rds:RebootDBInstance", DATABASE, APPLICATION, "allow"),
        ("nothing-destructive.json", "rds:DeleteDBInstance", DATABASE, APPLICATION, "explicit_deny"),
        ("nothing-destructive.json", "rds:ModifyDBSnapshotAttribute", SNAPSHOT, APPLICATION, "explicit_deny"),
        ("nothing-destructive.json", "rds:RebootDBInstance", DATABASE, STRANGER, "implicit_deny"),
        ("one-teams-prefix.json", "rds:RebootDBInstance", DATABASE, APPLICATION, "allow"),
        ("one-teams-prefix.json", "rds:RebootDBInstance", DATABASE, STRANGER, "implicit_deny"),
        ("final-snapshot.json", "rds:RebootDBInstance", DATABASE, APPLICATION, "allow"),
        // It does not say that the automated backups are kept.
        ("final-snapshot.json", "rds:DeleteDBInstance", DATABASE, APPLICATION, "explicit_deny"),
        ("nothing-public.json", "rds:CreateDBInstance", DATABASE, APPLICATION, "explicit_deny"),
        ("nothing-public.json", "rds:ModifyDBInstance", DATABASE, APPLICATION, "allow"),
        ("business-hours.json", "rds:DescribeDBInstances", DATABASE, APPLICATION, "allow"),
        ("business-hours.json", "rds:ModifyDBInstance", DATABASE, APPLICATION, "implicit_deny"),
        ("change-freeze.json", "rds:ModifyDBInstance", DATABASE, APPLICATION, "allow"),
        ("one-role.json", "rds:ModifyDBInstance", DATABASE, APPLICATION, "implicit_deny"),
    ];
    for (policy, action, resource, caller, expected) in cases {
        assert_eq!(decision(policy, action, resource, caller), expected, "{policy}: {action} by {caller}");
    }
}

#[test]
fn every_shipped_policy_is_among_the_cases_above() {
    let this = include_str!("shipped_config.rs");
    for entry in fs::read_dir(shipped("policies")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".json") {
            continue;
        }
        assert!(this.contains(&format!("(\"{name}\"")), "{name}");
    }
}
