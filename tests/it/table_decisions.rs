//! The effect of the table's rules: calls that evaded a policy by naming something differently than the policy
//! expected.

use std::{fs, path::Path};

use serde_json::Value;

use crate::cli::rds_guard;

/// The decision of a policy of these statements, each with `Principal` added, on a call.
fn decision(folder: &Path, statements: &str, body: &str) -> String {
    let scope = "AKIAIOSFODNN7EXAMPLE/20260131/us-east-1/rds/aws4_request";
    let (signature, body) = ("0".repeat(64), format!("Version=2014-10-31&{body}"));
    let request = format!(
        "POST / HTTP/1.1\r\nHost: rds.us-east-1.amazonaws.com\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Amz-Date: 20260131T120000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential={scope}, \
         SignedHeaders=content-type;host;x-amz-date, Signature={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let policy = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{statements}]}}");
    fs::write(folder.join("policy.json"), policy.replace("\"Effect\"", "\"Principal\": \"*\", \"Effect\"")).unwrap();
    fs::write(folder.join("request.http"), request).unwrap();
    let caller = "arn:aws:iam::123456789012:role/App";
    let flags =
        ["check", "--policy", "policy.json", "--request", "request.http", "--format", "json", "--principal", caller];
    let run = rds_guard(folder, &flags, &[]);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
    answer["decision"].as_str().unwrap().to_owned()
}

const ALL: &str = r#"{"Effect": "Allow", "Action": "rds:*", "Resource": "*"}"#;

/// Checks calls under a policy that allows everything except what one statement denies.
fn denied(deny: &str, calls: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for call in calls {
        assert_eq!(decision(folder.path(), &format!("{ALL}, {deny}"), call), "explicit_deny", "{deny}\n{call}");
    }
}

fn allowed(statements: &str, calls: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for call in calls {
        assert_eq!(decision(folder.path(), statements, call), "allow", "{statements}\n{call}");
    }
}

#[test]
fn a_source_named_by_its_resource_id_does_not_escape_a_deny_on_its_name() {
    let deny = r#"{"Effect": "Deny", "Action": "*", "Resource": ["arn:aws:rds:*:123456789012:db:prod*", "arn:aws:rds:*:123456789012:cluster:prod*"]}"#;
    let instance = "Action=RestoreDBInstanceToPointInTime&TargetDBInstanceIdentifier=new&UseLatestRestorableTime=true";
    let cluster = "Action=RestoreDBClusterToPointInTime&DBClusterIdentifier=new&UseLatestRestorableTime=true";
    let backup = "arn%3Aaws%3Ards%3Aus-east-1%3A123456789012%3Aauto-backup%3Aab-1";
    denied(
        deny,
        &[
            &format!("{instance}&SourceDBInstanceIdentifier=Prod"),
            &format!("{instance}&SourceDbiResourceId=db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            &format!("{instance}&SourceDBInstanceAutomatedBackupsArn={backup}"),
            &format!("{instance}&SourceDBInstanceIdentifier=dev&SourceDbiResourceId=db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            &format!("{instance}&SourceByAnythingNew=x"),
            &format!("{cluster}&SourceDbClusterResourceId=cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            "Action=DescribeDBSnapshots&DbiResourceId=db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        ],
    );
    allowed(&format!("{ALL}, {deny}"), &[&format!("{instance}&SourceDBInstanceIdentifier=dev")]);
}

#[test]
fn an_allow_on_some_instances_does_not_cover_a_source_named_by_its_id() {
    let own = r#"{"Effect": "Allow", "Action": "rds:*", "Resource": ["arn:aws:rds:*:*:db:dev-*", "arn:aws:rds:*:*:auto-backup:*", "arn:aws:rds:*:*:pg:*", "arn:aws:rds:*:*:subgrp:*"]}"#;
    let folder = tempfile::tempdir().unwrap();
    let call = "Action=RestoreDBInstanceToPointInTime&TargetDBInstanceIdentifier=dev-2&SourceDbiResourceId=db-ABC";
    assert_eq!(decision(folder.path(), own, call), "implicit_deny");
    allowed(
        own,
        &["Action=RestoreDBInstanceToPointInTime&TargetDBInstanceIdentifier=dev-2&SourceDBInstanceIdentifier=dev-1"],
    );
}

#[test]
fn a_second_value_of_a_tag_key_does_not_escape_a_deny_on_the_first_and_no_allow_reaches_it() {
    let create = "Action=CreateDBInstance&DBInstanceIdentifier=a&DBInstanceClass=db.t3.micro&Engine=mysql";
    let tags = "Tags.Tag.1.Key=stage&Tags.Tag.1.Value";
    let item = |nth: u8, value: &str| {
        let tag = format!("TagSpecifications.item.{nth}.Tags.Tag.1");
        format!("&{tag}.Key=stage&{tag}.Value={value}")
    };
    let two = [
        format!("{create}&{tags}=dev{}", item(1, "prod")),
        format!("{create}&{tags}=prod{}", item(1, "dev")),
        format!("{create}{}{}", item(1, "dev"), item(2, "prod")),
        format!("{create}{}{}", item(1, "prod"), item(2, "dev")),
        format!("{create}&{tags}=dev&Tags.Tag.2.Key=Stage&Tags.Tag.2.Value=prod"),
    ];
    let two: Vec<&str> = two.iter().map(String::as_str).collect();
    denied(
        r#"{"Effect": "Deny", "Action": "rds:CreateDBInstance", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/stage": "prod"}}}"#,
        &two,
    );
    let only_dev = r#"{"Effect": "Allow", "Action": "rds:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/stage": "dev"}}}"#;
    let folder = tempfile::tempdir().unwrap();
    for call in two {
        assert_eq!(decision(folder.path(), only_dev, call), "implicit_deny", "{call}");
    }
    allowed(only_dev, &[&format!("{create}&{tags}=dev{}", item(1, "dev"))]);
}

#[test]
fn tags_of_a_modification_or_in_a_parameter_that_is_new_do_not_escape_a_deny_on_them() {
    let conditions = [
        r#""StringEquals": {"aws:RequestTag/stage": "prod"}"#,
        r#""ForAnyValue:StringEquals": {"aws:TagKeys": "stage"}"#,
        r#""StringEquals": {"rds:req-tag/stage": "prod"}"#,
    ];
    let tag = |list: &str| format!("{list}.1.Tags.Tag.1.Key=stage&{list}.1.Tags.Tag.1.Value=prod");
    let calls = [
        format!("Action=ModifyDBInstance&DBInstanceIdentifier=a&{}", tag("TagSpecifications.item")),
        format!("Action=PromoteReadReplica&DBInstanceIdentifier=a&{}", tag("TagSpecifications.item")),
        format!(
            "Action=CopyDBSnapshot&SourceDBSnapshotIdentifier=a&TargetDBSnapshotIdentifier=b&{}",
            tag("TagSpecifications.item")
        ),
        format!("Action=StartDBInstance&DBInstanceIdentifier=a&{}", tag("TagSpecifications.item")),
        "Action=StartDBInstance&DBInstanceIdentifier=a&NewTags.Tag.1.Key=stage&NewTags.Tag.1.Value=prod".to_owned(),
    ];
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    for condition in conditions {
        for action in ["rds:*", "rds:AddTagsToResource"] {
            denied(
                &format!(
                    r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*", "Condition": {{{condition}}}}}"#
                ),
                &calls,
            );
        }
    }
    let deny = r#"{"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/stage": "prod"}}}"#;
    allowed(
        &format!("{ALL}, {deny}"),
        &[
            "Action=ModifyDBInstance&DBInstanceIdentifier=a",
            "Action=StartDBInstance&DBInstanceIdentifier=a&CopyTagsToBackup=true",
            "Action=ModifyDBInstance&DBInstanceIdentifier=a&TagSpecifications.item.1.Tags.Tag.1.Key=stage&TagSpecifications.item.1.Tags.Tag.1.Value=dev",
        ],
    );
}

#[test]
fn a_subnet_group_in_a_parameter_that_is_new_does_not_escape_a_deny_on_it() {
    denied(
        r#"{"Effect": "Deny", "Action": "rds:*", "Resource": "arn:aws:rds:*:*:subgrp:public"}"#,
        &[
            "Action=ModifyDBCluster&DBClusterIdentifier=a&DBSubnetGroupName=Public",
            "Action=StartDBInstance&DBInstanceIdentifier=a&DBSubnetGroupName=public",
            "Action=StartDBInstance&DBInstanceIdentifier=a&TargetDBSubnetGroupNames.member.1=x",
            "Action=StartDBInstance&DBInstanceIdentifier=a&Place=arn%3Aaws%3Ards%3Aus-east-1%3A123456789012%3Asubgrp%3Apublic",
        ],
    );
    let deny =
        r#"{"Effect": "Deny", "Action": "rds:*", "Resource": "arn:aws:rds:us-east-1:123456789012:subgrp:public"}"#;
    allowed(
        &format!("{ALL}, {deny}"),
        &[
            "Action=ModifyDBCluster&DBClusterIdentifier=a&DBSubnetGroupName=private",
            "Action=StartDBInstance&DBInstanceIdentifier=a&NewKnob=public",
            "Action=StartDBInstance&DBInstanceIdentifier=a&NewRoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr",
        ],
    );
}

#[test]
fn a_member_of_a_cluster_is_allowed_without_its_default_parameter_group_and_denied_by_it() {
    let provision = r#"{"Effect": "Allow", "Action": ["rds:CreateDBCluster", "rds:CreateDBInstance"], "Resource": ["arn:aws:rds:*:*:subgrp:*", "arn:aws:rds:*:*:cluster:*", "arn:aws:rds:*:*:db:*"]}"#;
    let member = "Action=CreateDBInstance&DBInstanceIdentifier=orders-1&DBClusterIdentifier=orders&Engine=aurora-postgresql&DBInstanceClass=db.r6g.large";
    allowed(provision, &[member]);
    denied(
        r#"{"Effect": "Deny", "Action": "rds:CreateDBInstance", "Resource": "arn:aws:rds:*:*:pg:default.*"}"#,
        &[member],
    );
    let folder = tempfile::tempdir().unwrap();
    let alone = member.replace("&DBClusterIdentifier=orders", "");
    assert_eq!(decision(folder.path(), provision, &alone), "implicit_deny");
}

#[test]
fn an_action_that_the_reference_lacks_acts_on_anything() {
    let call =
        "Action=ModifyDBCapacityReservation&DBCapacityReservationIdentifier=dbcr-1&CapacityPerAvailabilityZone=2";
    denied(r#"{"Effect": "Deny", "Action": "rds:Modify*", "Resource": "arn:aws:rds:*:*:db:prod"}"#, &[call]);
    allowed(ALL, &[call]);
    let folder = tempfile::tempdir().unwrap();
    let by_arn = r#"{"Effect": "Allow", "Action": "rds:*", "Resource": "arn:aws:rds:*:*:*"}"#;
    assert_eq!(decision(folder.path(), by_arn, call), "implicit_deny");
}

#[test]
fn a_dependent_action_is_denied_by_a_condition_that_only_it_has() {
    denied(
        r#"{"Effect": "Deny", "Action": "rds:AddTagsToResource", "Resource": "*", "Condition": {"Bool": {"rds:TagsFromRequest": "true"}}}"#,
        &["Action=CreateDBSnapshot&DBInstanceIdentifier=a&DBSnapshotIdentifier=b&Tags.Tag.1.Key=k"],
    );
    denied(
        r#"{"Effect": "Deny", "Action": "rds:CreateDBInstance", "Resource": "*", "Condition": {"Bool": {"rds:PubliclyAccessible": "true"}}}"#,
        &[
            "Action=CreateDBCluster&DBClusterIdentifier=a&Engine=mysql&DBClusterInstanceClass=db.r6gd.large&PubliclyAccessible=true",
        ],
    );
    let deny = r#"{"Effect": "Deny", "Action": "rds:CreateDBInstance", "Resource": "*", "Condition": {"Bool": {"rds:PubliclyAccessible": "true"}}}"#;
    allowed(
        &format!("{ALL}, {deny}"),
        &[
            "Action=CreateDBCluster&DBClusterIdentifier=a&Engine=mysql&DBClusterInstanceClass=db.r6gd.large&PubliclyAccessible=false",
        ],
    );
}

#[test]
fn a_deny_on_tags_does_not_reach_a_deletion_whose_final_snapshot_has_none_of_its_own() {
    let delete = "Action=DeleteDBInstance&DBInstanceIdentifier=orders&FinalDBSnapshotIdentifier=last";
    for condition in [
        r#"{"StringEquals": {"aws:RequestTag/stage": "prod"}}"#,
        r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "stage"}}"#,
    ] {
        let deny = format!(r#"{{"Effect": "Deny", "Action": "rds:*", "Resource": "*", "Condition": {condition}}}"#);
        allowed(&format!("{ALL}, {deny}"), &[delete]);
        denied(
            &deny,
            &[
                "Action=CreateDBSnapshot&DBInstanceIdentifier=orders&DBSnapshotIdentifier=s&Tags.Tag.1.Key=stage&Tags.Tag.1.Value=prod",
            ],
        );
    }
}

#[test]
fn an_engine_in_other_letter_case_escapes_no_deny_and_no_allow_reaches_it() {
    let create = |engine: &str| {
        format!(
            "Action=CreateDBInstance&DBInstanceIdentifier=a&DBInstanceClass=db.t3.micro&AllocatedStorage=20\
             &Engine={engine}"
        )
    };
    for (key, operator, value) in [
        ("rds:DatabaseEngine", "StringEquals", "mysql"),
        ("rds:DatabaseEngine", "StringLike", "my*"),
        ("guard:Param/Engine", "StringEquals", "mysql"),
        ("guard:Param/Engine", "StringLike", "my*"),
    ] {
        let condition = format!(r#""Condition": {{"{operator}": {{"{key}": "{value}"}}}}"#);
        let deny = format!(r#"{{"Effect": "Deny", "Action": "*", "Resource": "*", {condition}}}"#);
        denied(&deny, &[&create("mysql"), &create("MySQL"), &create("MYSQL")]);
        allowed(&format!("{ALL}, {deny}"), &[&create("postgres"), &create("Postgres")]);
        // Which spelling AWS compares is not documented: a call that only one of the two allows is not allowed.
        let folder = tempfile::tempdir().unwrap();
        let allow = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", {condition}}}"#);
        assert_eq!(decision(folder.path(), &allow, &create("mysql")), "allow", "{allow}");
        assert_ne!(decision(folder.path(), &allow, &create("MySQL")), "allow", "{allow}");
    }
}

#[test]
fn parameters_that_some_clients_add_to_every_call_are_known() {
    allowed(
        ALL,
        &[
            "Action=DescribeDBInstances&Timestamp=2026-01-31T12%3A00%3A00Z",
            "Action=CopyDBSnapshot&SourceDBSnapshotIdentifier=a&TargetDBSnapshotIdentifier=b&DestinationRegion=us-east-1",
        ],
    );
}

/// The table as one file, modified by `change`.
fn table_file(folder: &Path, change: impl FnOnce(&mut Value)) {
    let read = |name: &str| -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rds").join(name);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut table = serde_json::json!({
        "format": "rds-guard-table/1",
        "authorization": read("rds-authorization.json"),
        "wire_params": read("rds-wire-params.json")["operations"],
        "tags_on": read("tags-on.json")["tags_on"],
    });
    change(&mut table);
    fs::write(folder.join("table.json"), table.to_string()).unwrap();
}

#[test]
fn a_newer_table_from_a_file_tells_what_a_new_action_acts_on_and_a_bad_one_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.json");
    let variable = [("RDS_GUARD_DECODE__TABLE", path.to_str().unwrap())];
    table_file(folder.path(), |table| {
        table["authorization"]["sources"]["botocore"] = "1.99.0".into();
        let action = table["authorization"]["actions"]["StopDBInstance"].clone();
        table["authorization"]["actions"]["ParkDBInstance"] = action;
        table["wire_params"]["ParkDBInstance"] = table["wire_params"]["StopDBInstance"].clone();
    });
    let actions = rds_guard(folder.path(), &["actions", "rds:ParkDBInstance"], &variable);
    assert!(actions.stdout.contains("arn:aws:rds:REGION:ACCOUNT:db:NAME"), "{} {}", actions.stdout, actions.stderr);
    let version = rds_guard(folder.path(), &["version", "--format", "json"], &variable);
    let version: Value = serde_json::from_str(&version.stdout).unwrap();
    assert_eq!(version["table"]["botocore"], "1.99.0");
    assert_eq!(version["table"]["sha256"].as_str().unwrap().len(), 12);

    fs::write(folder.path().join("rds-guard.toml"), "[decode]\ntable = \"table.json\"\n").unwrap();
    let check = ["run", "--check", "--config", "rds-guard.toml"];
    let run = rds_guard(folder.path(), &check, &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    table_file(folder.path(), |table| {
        table["authorization"]["actions"].as_object_mut().unwrap().remove("DeleteDBInstance");
    });
    let run = rds_guard(folder.path(), &check, &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("lacks the action DeleteDBInstance"), "{}", run.stderr);
    fs::write(&path, "{}").unwrap();
    assert_eq!(rds_guard(folder.path(), &check, &[]).code, 2);
    fs::remove_file(&path).unwrap();
    let run = rds_guard(folder.path(), &check, &[]);
    assert!(run.code == 2 && run.stderr.contains("decode.table"), "{}", run.stderr);
}
