//! Evaluates every shipped policy on a call of every operation, with each parameter that the policy mentions
//! absent and with each value.
//!
//! The behaviour of RDS if a parameter is absent (API Reference, the page of each operation): `SkipFinalSnapshot`
//! is false, `DeleteAutomatedBackups` true ("The default is to remove automated backups immediately"),
//! `PubliclyAccessible` depends on the network, `EnableInternetAccessGateway` and `AllowDataLoss` are false,
//! `BackupRetentionPeriod` of a modification keeps its stored value, and a modification without
//! `NewDBInstanceIdentifier` changes no name.

use super::calls::{self, Parameters, ROLE};
use crate::{
    aws::rds::{AccessLevel, OPERATIONS, Operation},
    policy::{Limits, Policy},
};

const NOON: &str = "20261124T120000Z";

fn policy(text: &str) -> Policy {
    Policy::parse(text, &Limits::default()).expect("what ships can be read")
}

/// Evaluates a call of every operation with every combination of the parameters' values, and checks each decision
/// against the intended one.
fn check(text: &str, parameters: &[(&str, &[&str])], intended: impl Fn(&Operation, &Parameters) -> &'static str) {
    let policy = policy(text);
    let mut wrong = Vec::new();
    for operation in OPERATIONS.iter() {
        for minimal in calls::minimal(operation) {
            let mut tried = vec![minimal.clone()];
            for (name, values) in parameters {
                let known = operation.parameters.iter().any(|parameter| parameter.name == *name);
                let values = values.iter().map(|value| Some(*value)).chain([None]).filter(|_| known);
                let more: Vec<Parameters> = values
                    .flat_map(|value| tried.iter().map(move |parameters| calls::with(parameters, name, value)))
                    .collect();
                if known {
                    tried = more;
                }
            }
            for parameters in tried {
                let found = calls::judged(&policy, operation, &parameters, ROLE, NOON);
                let wanted = intended(operation, &parameters);
                if found != wanted {
                    wrong.push(format!("{} {parameters:?}: {found}, not {wanted}", operation.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn value<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Whether a boolean has a spelling that the proxy refuses before evaluating any policy.
fn is_odd(parameters: &Parameters, names: &[&str]) -> bool {
    names.iter().any(|name| value(parameters, name).is_some_and(|value| !["true", "false"].contains(&value)))
}

const SWITCH: &[&str] = &["true", "false", "TRUE", "False", "1"];
const PERIOD: &[&str] = &["0", "00", "1", "7"];

#[test]
fn final_snapshot_keeps_snapshots_and_automated_backups_whatever_is_left_out() {
    let text = include_str!("../../../../config/policies/final-snapshot.json");
    let parameters: &[(&str, &[&str])] =
        &[("SkipFinalSnapshot", SWITCH), ("DeleteAutomatedBackups", SWITCH), ("BackupRetentionPeriod", PERIOD)];
    check(text, parameters, |operation, parameters| {
        let deletes = ["DeleteDBInstance", "DeleteDBCluster"].contains(&operation.name);
        let period = value(parameters, "BackupRetentionPeriod").and_then(|days| days.parse::<u32>().ok());
        if is_odd(parameters, &["SkipFinalSnapshot", "DeleteAutomatedBackups"]) {
            "refused"
        } else if (deletes || operation.name == "DeleteTenantDatabase")
            && value(parameters, "SkipFinalSnapshot") == Some("true")
        {
            "KeepAFinalSnapshot"
        } else if deletes && value(parameters, "DeleteAutomatedBackups") != Some("false") {
            "KeepAutomatedBackups"
        } else if ["DeleteDBInstanceAutomatedBackup", "DeleteDBClusterAutomatedBackup"].contains(&operation.name) {
            "DropNoAutomatedBackups"
        } else if ["ModifyDBInstance", "ModifyDBCluster"].contains(&operation.name) && period == Some(0) {
            "SwitchOffNoAutomatedBackups"
        } else {
            "allow"
        }
    });
}

#[test]
fn nothing_public_demands_that_new_instances_say_so() {
    let text = include_str!("../../../../config/policies/nothing-public.json");
    let parameters: &[(&str, &[&str])] = &[("PubliclyAccessible", SWITCH), ("EnableInternetAccessGateway", SWITCH)];
    check(text, parameters, |operation, parameters| {
        let says = value(parameters, "PubliclyAccessible");
        let makes = ["CreateDBInstance", "CreateDBInstanceReadReplica", "CreateDBShardGroup"].contains(&operation.name)
            || operation.name.starts_with("RestoreDBInstance");
        if is_odd(parameters, &["PubliclyAccessible", "EnableInternetAccessGateway"]) {
            "refused"
        } else if makes && says != Some("false") {
            "NewOnesSayThatTheyArePrivate"
        } else if says == Some("true") {
            "NothingBecomesPublic"
        } else if value(parameters, "EnableInternetAccessGateway") == Some("true") {
            "NoGatewayToTheInternet"
        } else if operation.name.ends_with("SnapshotAttribute") && operation.name.starts_with("Modify") {
            "NoSnapshotIsShared"
        } else {
            "allow"
        }
    });
}

#[test]
fn nothing_destructive_denies_all_that_loses_data() {
    let text = include_str!("../../../../config/policies/nothing-destructive.json");
    let parameters: &[(&str, &[&str])] = &[("BackupRetentionPeriod", PERIOD), ("AllowDataLoss", SWITCH)];
    check(text, parameters, |operation, parameters| {
        let name = operation.name;
        let period = value(parameters, "BackupRetentionPeriod").and_then(|days| days.parse::<u32>().ok());
        let shares = ["ModifyDBSnapshotAttribute", "ModifyDBClusterSnapshotAttribute"].contains(&name);
        if is_odd(parameters, &["AllowDataLoss"]) {
            "refused"
        } else if name.starts_with("Delete") || name == "BacktrackDBCluster" || shares {
            "NothingDestructive"
        } else if ["ModifyDBInstance", "ModifyDBCluster"].contains(&name) && period == Some(0) {
            "NoBackupsSwitchedOff"
        } else if name == "FailoverGlobalCluster" && value(parameters, "AllowDataLoss") == Some("true") {
            "NoFailoverThatLosesData"
        } else {
            "allow"
        }
    });
}

#[test]
fn read_only_allows_what_reads_and_nothing_else() {
    let text = include_str!("../../../../config/policies/read-only.json");
    check(text, &[], |operation, _| {
        let reads = operation.name.starts_with("Describe")
            || ["ListTagsForResource", "DownloadDBLogFilePortion"].contains(&operation.name);
        assert!(!reads || operation.read_only, "{} is not known to read only", operation.name);
        assert!(!reads || matches!(operation.access, AccessLevel::Read | AccessLevel::List), "{}", operation.name);
        if reads { "allow" } else { "implicit_deny" }
    });
}

#[test]
fn policies_by_the_clock_let_reading_pass_and_nothing_else() {
    let reads = |operation: &Operation| {
        operation.name.starts_with("Describe")
            || ["ListTagsForResource", "DownloadDBLogFilePortion"].contains(&operation.name)
    };
    let freeze = policy(include_str!("../../../../config/policies/change-freeze.json"));
    let hours = policy(include_str!("../../../../config/policies/business-hours.json"));
    for operation in OPERATIONS.iter() {
        let parameters = calls::minimal(operation).remove(0);
        let ask = |policy: &Policy, time: &str| calls::judged(policy, operation, &parameters, ROLE, time);
        let frozen = if reads(operation) { "allow" } else { "NoChangeOverNewYear" };
        let closed = if reads(operation) { "allow" } else { "implicit_deny" };
        for (time, in_freeze, in_hours) in [
            ("20261222T235959Z", "allow", closed),
            ("20261223T000000Z", frozen, closed),
            ("20270103T120000Z", frozen, "allow"),
            ("20270104T000000Z", "allow", closed),
            ("20261124T070000Z", "allow", "allow"),
            ("20261124T170000Z", "allow", closed),
        ] {
            assert_eq!(ask(&freeze, time), in_freeze, "{} at {time}", operation.name);
            assert_eq!(ask(&hours, time), in_hours, "{} at {time}", operation.name);
        }
    }
}

#[test]
fn one_team_s_instances_take_no_name_outside_the_prefix() {
    let policy = policy(include_str!("../../../../config/policies/one-teams-prefix.json"));
    let modify = OPERATIONS.iter().find(|operation| operation.name == "ModifyDBInstance").expect("it is there");
    let own = vec![("DBInstanceIdentifier".to_owned(), "orders-1".to_owned())];
    for (name, wanted) in [
        (None, "allow"),
        (Some(""), "allow"),
        (Some("orders-2"), "allow"),
        (Some("billing-1"), "NoNewNameOutsideThePrefix"),
        (Some("orders"), "NoNewNameOutsideThePrefix"),
    ] {
        let parameters = calls::with(&own, "NewDBInstanceIdentifier", name);
        assert_eq!(calls::judged(&policy, modify, &parameters, ROLE, NOON), wanted, "{name:?}");
    }
}

#[test]
fn policies_about_principals_hold_for_every_operation() {
    let account = policy(include_str!("../../../../config/policies/deny-account.json"));
    let role = policy(include_str!("../../../../config/policies/one-role.json"));
    let stranger = "arn:aws:iam::210987654321:role/Orders";
    for operation in OPERATIONS.iter() {
        for parameters in calls::minimal(operation) {
            let ask = |policy: &Policy, who: &str| calls::judged(policy, operation, &parameters, who, NOON);
            assert_eq!(ask(&account, ROLE), "#1", "{}", operation.name);
            assert_eq!(ask(&account, stranger), "allow", "{}", operation.name);
            assert_eq!(ask(&role, ROLE), "allow", "{}", operation.name);
            assert_eq!(ask(&role, stranger), "implicit_deny", "{}", operation.name);
        }
    }
}
