//! `learn` and `replay`: from a proxy's records to a policy and back, as users and scripts run them.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    cli::{Run, rds_guard},
    support::guard::alone,
};

const RECORDS: &str = include_str!("../data/audit/orders.jsonl");

/// Runs the program in a folder that contains the records.
fn run(arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), arguments)
}

fn in_folder(folder: &Path, arguments: &[&str]) -> Run {
    fs::write(folder.join("audit.jsonl"), RECORDS).unwrap();
    rds_guard(folder, arguments, &[])
}

#[test]
fn what_is_learned_lints_clean_and_what_was_skipped_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let learned = in_folder(folder.path(), &["learn", "audit.jsonl"]);
    assert_eq!(learned.code, 0, "{}", learned.stderr);
    for told in [
        "calls learned from: 5, of 4 kinds",
        "lines skipped: 1 of other programs, 1 cut off at the end of a file, 1 of tunnels, connections or requests without an action",
        "refused, not learned (--include-denied): 1 × rds:DeleteDBInstance, implicit_deny",
        "failed, not learned (--include-failed): 1 × rds:DescribeDBSnapshots, status 404",
    ] {
        assert!(learned.stderr.contains(told), "{told}\n{}", learned.stderr);
    }
    assert!(
        learned.stdout.contains("rds:AddTagsToResource") && !learned.stdout.contains("billing"),
        "{}",
        learned.stdout
    );
    fs::write(folder.path().join("learned.json"), &learned.stdout).unwrap();
    let lint = rds_guard(folder.path(), &["lint", "learned.json"], &[]);
    assert_eq!((lint.code, lint.stdout.as_str()), (0, ""), "{}", learned.stdout);
    let again = in_folder(folder.path(), &["learn", "--merge", "learned.json", "audit.jsonl"]);
    assert_eq!((again.code, &again.stdout), (0, &learned.stdout), "{}", again.stderr);
}

#[test]
fn refused_and_failed_calls_are_learned_when_asked_for() {
    let learned = run(&["learn", "--include-denied", "--include-failed", "audit.jsonl"]);
    assert_eq!(learned.code, 0, "{}", learned.stderr);
    assert!(learned.stdout.contains("db:billing") && learned.stdout.contains("snapshot:gone"), "{}", learned.stdout);
}

#[test]
fn records_come_from_standard_input_too() {
    let mut learn = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
    let mut child = alone(learn.args(["learn", "-"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(RECORDS.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), run(&["learn", "audit.jsonl"]).stdout);
}

#[test]
fn what_stands_in_the_way_is_told_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("empty.jsonl", b"nothing of ours\n");
    write("packed.gz", &[0x1f, 0x8b, 8, 0]);
    write("bad.json", b"{}");
    write(
        "denying.json",
        br#"{"Statement": {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
    );
    for (arguments, code, told) in [
        (vec!["learn", "empty.jsonl"], 1, "there is nothing to learn"),
        (vec!["learn", "gone.jsonl"], 2, "cannot read `gone.jsonl`"),
        (vec!["learn", "packed.gz"], 2, "zcat"),
        (vec!["learn", "--merge", "bad.json", "audit.jsonl"], 2, "a policy needs `Statement`"),
        (vec!["learn", "--merge", "gone.json", "audit.jsonl"], 2, "cannot read `gone.json`"),
        (vec!["learn", "--merge", "denying.json", "audit.jsonl"], 1, "explicit_deny by statement No"),
        (vec!["learn"], 2, "<AUDIT>"),
    ] {
        let run = in_folder(folder.path(), &arguments);
        assert_eq!(run.code, code, "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains(told), "{told}\n{}", run.stderr);
    }
}

#[test]
fn a_policy_that_is_too_long_for_an_endpoint_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let line = RECORDS.lines().nth(1).unwrap();
    let many: String = (0..700).map(|n| line.replace("db:orders-1", &format!("db:orders-number-{n}")) + "\n").collect();
    fs::write(folder.path().join("many.jsonl"), many).unwrap();
    let long = rds_guard(folder.path(), &["learn", "many.jsonl"], &[]);
    assert_eq!(long.code, 1, "{}", long.stderr);
    assert!(long.stderr.contains("an endpoint takes 20480: --generalize makes it shorter"), "{}", long.stderr);
    let short = rds_guard(folder.path(), &["learn", "--generalize", "many.jsonl"], &[]);
    assert_eq!(short.code, 0, "{}", short.stderr);
    assert!(short.stdout.contains("db:orders-number-*\""), "{}", short.stdout);
    assert!(short.stderr.contains("stands for 700 names that were shown"), "{}", short.stderr);
}

#[test]
fn a_replay_of_what_was_learned_changes_nothing_but_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let learned = in_folder(folder.path(), &["learn", "--include-failed", "audit.jsonl"]);
    fs::write(folder.path().join("learned.json"), &learned.stdout).unwrap();
    // In audit mode the policy denied what the learned one allows: the two differ, and none is refused.
    let run = in_folder(folder.path(), &["replay", "--policy", "learned.json", "--format", "json", "audit.jsonl"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &found["refused"], &found["untold"]), (1, &0.into(), &0.into()), "{}", run.stdout);
    assert_eq!((&found["judged"], &found["unchanged"], &found["allowed"]), (&7.into(), &2.into(), &5.into()));
    assert_eq!(found["skipped"]["foreign"], 1);
    let twice = found["changes"].as_array().unwrap().iter().find(|change| change["count"] == 2).unwrap();
    assert_eq!(
        (&twice["action"], &twice["from"], &twice["to"]),
        (&"rds:DescribeDBInstances".into(), &"implicit_deny".into(), &"allow".into())
    );
    assert_eq!(
        (&twice["first"], &twice["last"]),
        (&"2026-11-24T10:02:00.000Z".into(), &"2026-11-24T10:05:00.000Z".into())
    );
}

#[test]
fn a_replay_names_what_would_be_refused_and_what_the_records_do_not_tell() {
    let folder = tempfile::tempdir().unwrap();
    let allowed: String = RECORDS
        .lines()
        .filter(|line| line.contains("rds:"))
        .map(|line| {
            line.replace(
                "\"deny\",\"enforced\":false,\"reason\":\"implicit_deny\"",
                "\"allow\",\"enforced\":true,\"reason\":\"allowed\"",
            ) + "\n"
        })
        .collect();
    fs::write(folder.path().join("allowed.jsonl"), allowed).unwrap();
    let replay = |policy: &str, arguments: &[&str]| {
        fs::write(folder.path().join("new.json"), policy).unwrap();
        let all: Vec<&str> =
            ["replay", "--policy", "new.json", "allowed.jsonl"].iter().chain(arguments).copied().collect();
        rds_guard(folder.path(), &all, &[])
    };
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let run = replay(
        &format!(
            r#"{{"Statement": [{open}, {{"Effect": "Deny", "Principal": "*", "Action": "rds:DeleteDBInstance", "Resource": "*"}}]}}"#
        ),
        &[],
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("7 requests judged: 7 as before, 0 would be refused"), "{}", run.stdout);

    let deny =
        r#"{"Sid": "NoTags", "Effect": "Deny", "Principal": "*", "Action": "rds:AddTagsToResource", "Resource": "*"}"#;
    let run = replay(&format!(r#"{{"Statement": [{open}, {deny}]}}"#), &[]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("allow → explicit_deny by statement NoTags, because of rds:AddTagsToResource"),
        "{}",
        run.stdout
    );

    let key = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}"#;
    let run = replay(&format!(r#"{{"Statement": {key}}}"#), &[]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("cannot be told from the records:") && run.stdout.contains("depends on aws:PrincipalOrgID"),
        "{}",
        run.stdout
    );
    let run = replay(&format!(r#"{{"Statement": {key}}}"#), &["--context", "aws:PrincipalOrgID=o-1"]);
    // The instance that was refused would be deleted.
    assert!(
        run.stdout.contains("6 as before, 0 would be refused, 1 would be allowed, 0 cannot be told"),
        "{}",
        run.stdout
    );

    let tag = key.replace("aws:PrincipalOrgID", "aws:ResourceTag/team");
    let run = replay(&format!(r#"{{"Statement": {tag}}}"#), &[]);
    assert!(run.stdout.contains("allow → undetermined"), "{}", run.stdout);
    for (arguments, code) in [
        (["replay", "--policy", "gone.json", "allowed.jsonl"], 2),
        (["replay", "--policy", "new.json", "gone.jsonl"], 2),
        (["replay", "--policy", "new.json", "new.json"], 2),
    ] {
        assert_eq!(rds_guard(folder.path(), &arguments, &[]).code, code, "{arguments:?}");
    }
}

#[test]
fn what_is_said_of_principals_counts_in_a_replay_for_the_own_accounts_callers_alone() {
    let folder = tempfile::tempdir().unwrap();
    let call = |account: &str| {
        format!(
            r#"{{"schema":1,"time":"2026-11-24T10:00:00.000Z","kind":"rds","mode":"enforce","decision":"allow","enforced":true,"reason":"allowed","action":"rds:DescribeDBInstances","resources":["arn:aws:rds:eu-west-1:{account}:db:*"],"principal":{{"arn":"arn:aws:iam::{account}:user/ann","account":"{account}","access_key_id":"AKIAIOSFODNN7EXAMPLE","trust":"known"}},"region":"eu-west-1","parameters":[]}}"#
        ) + "\n"
    };
    let (own, foreign) = ("123456789012", "210987654321");
    fs::write(folder.path().join("both.jsonl"), call(own) + &call(foreign)).unwrap();
    fs::write(folder.path().join("own.jsonl"), call(own)).unwrap();
    let condition = r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"},"Null":{"lambda:SourceFunctionArn":"true"}}"#;
    let policy = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    fs::write(folder.path().join("new.json"), policy).unwrap();
    let said = ["--context", "aws:PrincipalOrgID=o-1", "--absent", "lambda:SourceFunctionArn"];
    let replay = |records: &str, further: &[&str]| {
        let arguments: Vec<&str> =
            ["replay", "--policy", "new.json", records].iter().chain(&said).chain(further).copied().collect();
        rds_guard(folder.path(), &arguments, &[])
    };
    let whose = replay("both.jsonl", &["--own-account", own]);
    assert_eq!(whose.code, 1, "{}{}", whose.stdout, whose.stderr);
    assert!(whose.stdout.contains("allow → undetermined"), "{}", whose.stdout);
    assert!(whose.stdout.contains("1 as before, 1 would be refused, 0 would be allowed"), "{}", whose.stdout);
    let both = replay("both.jsonl", &["--own-account", own, "--own-account", foreign]);
    assert_eq!((both.code, both.stderr.as_str()), (0, ""), "{}", both.stdout);
    // Without the flag it counts for all of them, and a note says so.
    let open = replay("both.jsonl", &[]);
    assert_eq!(open.code, 0, "{}", open.stdout);
    assert!(open.stderr.contains("callers of 2 accounts") && open.stderr.contains("--own-account"), "{}", open.stderr);
    assert_eq!(replay("own.jsonl", &[]).stderr, "");
    for (flags, told) in [
        (&["--own-account", "12345"][..], "is not an account id of 12 digits"),
        (&["--absent", "orders"][..], "is not a condition key such as"),
        (&["--absent", "AWS:PrincipalOrgId"][..], "is given twice"),
    ] {
        let run = replay("own.jsonl", flags);
        assert!(run.code == 2 && run.stderr.contains(told), "{flags:?} {}", run.stderr);
    }
}
