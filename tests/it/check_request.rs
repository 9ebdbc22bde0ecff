//! `check --request`: captured requests are read, identified and judged as the proxy would.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::cli::{Run, rds_guard};

const POLICY: &str = r#"{"Statement": [
    {"Sid": "Look", "Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"},
    {"Sid": "Create", "Effect": "Allow", "Principal": "*", "Action": "rds:CreateDBInstance", "Resource": "*"},
    {"Sid": "NoTags", "Effect": "Deny", "Principal": "*", "Action": "rds:AddTagsToResource", "Resource": "*"}
]}"#;

const SIGNED: &str = "20260131T120000Z";

/// A request as captured, with a signature of the right form.
fn captured(region: &str, host: &str, body: &str) -> String {
    let scope = format!("AKIAIOSFODNN7EXAMPLE/20260131/{region}/rds/aws4_request");
    let signature = "0".repeat(64);
    format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Amz-Date: {SIGNED}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=content-type;host;x-amz-date, Signature={signature}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn judge(folder: &Path, request: &str, more: &[&str]) -> Run {
    fs::write(folder.join("policy.json"), POLICY).unwrap();
    fs::write(folder.join("request.http"), request).unwrap();
    let fixed = ["check", "--policy", "policy.json", "--request", "request.http"];
    rds_guard(folder, &fixed.into_iter().chain(more.iter().copied()).collect::<Vec<_>>(), &[])
}

fn judged(request: &str, more: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let run = judge(folder.path(), request, &[&["--format", "json"], more].concat());
    (run.code, serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr)))
}

const HOST: &str = "rds.eu-west-1.amazonaws.com";
const DESCRIBE: &str = "Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=Orders";
const CREATE: &str =
    "Action=CreateDBInstance&Version=2014-10-31&DBInstanceIdentifier=orders&DBInstanceClass=db.t3.micro&Engine=mysql";
const CALLER: [&str; 2] = ["--principal", "arn:aws:iam::123456789012:role/App"];

#[test]
fn an_allowed_request_is_shown_with_all_that_was_judged() {
    let (code, answer) = judged(&captured("eu-west-1", HOST, DESCRIBE), &CALLER);
    assert_eq!(code, 0);
    let arn = "arn:aws:rds:eu-west-1:123456789012:db:orders";
    assert_eq!((&answer["decision"], &answer["action"]), (&json!("allow"), &json!("rds:DescribeDBInstances")));
    assert_eq!(answer["resources"], json!([arn]));
    assert_eq!(answer["resource_detail"], json!([{ "arn": arn, "type": "db", "kind": "exact", "role": "target" }]));
    assert_eq!((&answer["context"], &answer["sids"]), (&json!({}), &json!(["Look"])));
    assert!(answer["unknown"].as_array().unwrap().contains(&json!("rds:db-tag/${TagKey}")), "{answer}");
    assert_eq!(
        answer["principal"],
        json!({ "arn": CALLER[1], "account": "123456789012", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "trust": "assumed" })
    );
}

#[test]
fn two_tags_that_differ_in_letter_case_alone_leave_their_condition_key_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let tagged = |second: &str| {
        let body = format!(
            "Action=AddTagsToResource&Version=2014-10-31&ResourceName=arn%3Aaws%3Ards%3Aeu-west-1%3A123456789012%3Adb%3Aa&\
             Tags.Tag.1.Key=env&Tags.Tag.1.Value=dev&Tags.Tag.2.Key={second}&Tags.Tag.2.Value=prod"
        );
        fs::write(folder.path().join("request.http"), captured("eu-west-1", HOST, &body)).unwrap();
        let policy = r#"{"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
             "Condition": {"StringEquals": {"aws:RequestTag/ENV": "prod"}}}
        ]}"#;
        fs::write(folder.path().join("policy.json"), policy).unwrap();
        let arguments = ["check", "--policy", "policy.json", "--request", "request.http", "--format", "json"];
        let run = rds_guard(folder.path(), &[&arguments[..], &CALLER].concat(), &[]);
        serde_json::from_str::<Value>(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
    };
    assert_eq!(tagged("tier")["decision"], "allow");
    let both = tagged("Env");
    assert_eq!((&both["decision"], &both["undetermined"]), (&json!("explicit_deny"), &json!(["aws:RequestTag/ENV"])));
}

#[test]
fn a_presigned_url_inside_a_call_must_be_signed_by_the_caller_for_where_it_goes() {
    let copy = |key: &str, region: &str| {
        let url = format!(
            "https://rds.us-west-2.amazonaws.com/?Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier=\
             arn%3Aaws%3Ards%3Aus-west-2%3A123456789012%3Asnapshot%3As1&TargetDBSnapshotIdentifier=s2&DestinationRegion=eu-west-1&\
             X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20260131%2F{region}%2Frds%2Faws4_request&\
             X-Amz-Date={SIGNED}&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={}",
            "0".repeat(64)
        );
        let escaped: String = url.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let body = format!(
            "Action=CopyDBSnapshot&Version=2014-10-31&SourceDBSnapshotIdentifier=arn%3Aaws%3Ards%3Aus-west-2%3A123456789012%3Asnapshot%3As1&\
             TargetDBSnapshotIdentifier=s2&PreSignedUrl={escaped}"
        );
        judged(&captured("eu-west-1", HOST, &body), &CALLER).1
    };
    let own = copy("AKIAIOSFODNN7EXAMPLE", "us-west-2");
    assert_eq!((&own["decision"], &own["action"]), (&json!("implicit_deny"), &json!("rds:CopyDBSnapshot")));
    for (key, region) in [("AKIAI44QH8DHBEXAMPLE", "us-west-2"), ("AKIAIOSFODNN7EXAMPLE", "eu-west-1")] {
        let refused = copy(key, region);
        assert_eq!(
            (&refused["decision"], &refused["reason"]),
            (&json!("refused"), &json!("unauthenticated")),
            "{refused}"
        );
    }
}

#[test]
fn resources_and_keys_are_those_of_the_reference() {
    let cases = include_str!("../data/rds/cases-dev.jsonl").lines().step_by(12);
    for case in cases.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let text = |name: &str| case[name].as_str().unwrap();
        let principal = format!("arn:aws:iam::{}:role/App", text("account"));
        let request = captured(text("region"), text("host"), text("body"));
        let (_, answer) = judged(&request, &["--principal", &principal]);
        let expected = &case["expected"];
        for (ours, theirs) in
            [("action", "action"), ("resources", "resources"), ("context", "keys"), ("unknown", "unknown_keys")]
        {
            assert_eq!(answer[ours], expected[theirs], "{}: {ours}", case["id"]);
        }
    }
}

#[test]
fn a_deny_on_an_action_that_tags_call_for_denies_the_call() {
    let tagged = format!("{CREATE}&Tags.Tag.1.Key=team&Tags.Tag.1.Value=orders");
    let (code, answer) = judged(&captured("eu-west-1", HOST, &tagged), &CALLER);
    assert_eq!((code, &answer["decision"], &answer["sids"]), (1, &json!("explicit_deny"), &json!(["NoTags"])));
    assert_eq!(answer["because_of"], json!("rds:AddTagsToResource"));
    assert_eq!(judged(&captured("eu-west-1", HOST, CREATE), &CALLER).1["decision"], json!("allow"));
}

#[test]
fn a_request_that_never_reaches_the_policy_is_refused_with_its_reason() {
    let good = captured("eu-west-1", HOST, DESCRIBE);
    let cases = [
        (good.replace("\r\n", "\n"), "malformed"),
        (good.replace("Action=", "action="), "malformed"),
        (good.replace("Authorization:", "X-Authorization:"), "unauthenticated"),
        (captured("us-east-1", HOST, DESCRIBE), "unauthenticated"),
        (captured("eu-west-1", "db.eu-west-1.rds.amazonaws.com", DESCRIBE), "misdirected"),
        (good.replace("&Version", "&Action=DeleteDBInstance&Version"), "malformed"),
        (String::new(), "malformed"),
    ];
    for (request, reason) in cases {
        let (code, answer) = judged(&request, &[]);
        assert_eq!((code, &answer["decision"], &answer["reason"]), (1, &json!("refused"), &json!(reason)), "{request}");
        assert!(!answer["detail"].as_str().unwrap().is_empty());
    }
}

#[test]
fn dates_are_checked_only_against_a_moment_that_is_given() {
    let request = captured("eu-west-1", HOST, DESCRIBE);
    for (now, decision) in [
        (None, "allow"),
        (Some("2026-01-31T12:14:59Z"), "allow"),
        (Some("2026-01-31T12:15:01Z"), "refused"),
        (Some("2026-01-31T11:44:59Z"), "refused"),
    ] {
        let more: Vec<&str> = now.into_iter().flat_map(|now| ["--now", now]).collect();
        assert_eq!(judged(&request, &more).1["decision"], json!(decision), "{now:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let run = judge(folder.path(), &request, &["--now", "yesterday"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("rds-guard: --now: `yesterday` is not a time"), "{}", run.stderr);
}

#[test]
fn without_json_the_decision_comes_first_and_every_statement_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let run = judge(
        folder.path(),
        &captured("eu-west-1", HOST, "Action=RebootDBInstance&Version=2014-10-31&DBInstanceIdentifier=orders"),
        &[],
    );
    assert_eq!((run.code, run.stdout.lines().next()), (1, Some("implicit_deny")));
    for line in
        ["action: rds:RebootDBInstance", "resource: arn:aws:rds:eu-west-1:unknown:db:orders", "statement 3 \"NoTags\""]
    {
        assert!(run.stdout.lines().any(|told| told.starts_with(line)), "{line}\nnot in\n{}", run.stdout);
    }
}
