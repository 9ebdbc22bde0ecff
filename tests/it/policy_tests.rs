//! `test`: policy unit tests, as people and CI systems meet them.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    cli::{Run, rds_guard},
    support::tools::{self, PYTHON},
};

const POLICY: &str = r#"{"Statement": [
    {"Sid": "Look", "Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"},
    {"Sid": "Tagged", "Effect": "Deny", "Principal": "*", "Action": "rds:*", "Resource": "*",
     "Condition": {"StringEquals": {"aws:ResourceTag/team": "billing"}}}
]}"#;

/// Runs the cases in a folder that has the policy and a captured request.
fn test(cases: &str, arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), POLICY).unwrap();
    fs::write(folder.path().join("captured.http"), captured("DescribeDBInstances")).unwrap();
    fs::write(folder.path().join("unsigned.http"), "POST / HTTP/1.1\r\nHost: rds.eu-west-1.amazonaws.com\r\n\r\n")
        .unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    fs::write(folder.path().join("tests/cases.toml"), cases).unwrap();
    let all: Vec<&str> = ["test", "tests/cases.toml"].iter().chain(arguments).copied().collect();
    rds_guard(folder.path(), &all, &[])
}

fn captured(action: &str) -> String {
    let body = format!("Action={action}&Version=2014-10-31");
    format!(
        "POST / HTTP/1.1\r\nHost: rds.eu-west-1.amazonaws.com\r\nX-Amz-Date: 20260131T120000Z\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=AKIARZPUZDIKAEXAMPLE/20260131/eu-west-1/rds/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={}\r\n\r\n{body}",
        body.len(),
        "0".repeat(64)
    )
}

const CASES: &str = r#"policy = "../policy.json"

[defaults]
resource = "arn:aws:rds:eu-west-1:123456789012:db:orders"
context = { "aws:ResourceTag/team" = "orders" }

[[case]]
name = "looks"
action = "rds:DescribeDBInstances"
expect = "allow"
statement = "Look"

[[case]]
name = "looks at what is tagged"
action = "rds:DescribeDBInstances"
context = { "aws:ResourceTag/team" = "billing" }
expect = "explicit_deny"
statement = ["Tagged"]

[[case]]
name = "looks at what may be tagged"
action = "rds:DescribeDBInstances"
unknown = ["aws:ResourceTag/team"]
expect = "undetermined"
undetermined = ["aws:ResourceTag/team"]

[[case]]
name = "deletes"
action = "rds:DeleteDBInstance"
absent = ["aws:resourcetag/TEAM"]
expect = "implicit_deny"

[[case]]
name = "a captured request"
request = "../captured.http"
expect = "allow"

[[case]]
name = "one without a signature"
request = "../unsigned.http"
expect = "refused"
"#;

#[test]
fn cases_that_get_what_they_must_get_pass() {
    let run = test(CASES, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(run.stdout.ends_with("6 passed, 0 failed\n"), "{}", run.stdout);
}

#[test]
fn a_case_that_fails_says_where_what_and_why() {
    let wrong = CASES.replace("expect = \"implicit_deny\"", "expect = \"allow\"\nstatement = \"Look\"");
    let run = test(&wrong, &[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for told in [
        "  FAIL deletes",
        "line 27: expected allow, got implicit_deny",
        "line 27: expected statement Look to decide; those that did: none",
        "| statement 1 \"Look\", Allow (line 2, column 5): does not match",
        "5 passed, 1 failed",
    ] {
        assert!(run.stdout.contains(told), "{told}\n{}", run.stdout);
    }
}

#[test]
fn machines_get_json_and_junit() {
    let wrong = CASES.replace("name = \"deletes\"", "name = \"<deletes> & \\\"more\\\" \\u0001\"");
    let wrong = wrong.replace("expect = \"implicit_deny\"", "expect = \"allow\"");
    let run = test(&wrong, &["--format", "json"]);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &found["passed"], &found["failed"]), (1, &5.into(), &1.into()));
    let failed = &found["files"][0]["cases"][3];
    assert_eq!(
        (&failed["decision"], &failed["passed"], &failed["line"]),
        (&"implicit_deny".into(), &false.into(), &27.into())
    );
    let run = test(&wrong, &["--format", "junit"]);
    assert_eq!(run.code, 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("results.xml");
    fs::write(&file, &run.stdout).unwrap();
    let read = "import sys, xml.etree.ElementTree as E; r = E.parse(sys.argv[1]).getroot(); \
                c = r.findall('testsuite/testcase'); print(len(c), r.get('failures'), c[3].get('name'), \
                c[3].find('failure').text.splitlines()[0])";
    if !tools::available_for("JUnit's format, by another reader", &[&PYTHON]) {
        return;
    }
    let python =
        Command::new("python3").args(["-c", read]).arg(&file).env("PYTHONIOENCODING", "utf-8").output().unwrap();
    let told = String::from_utf8(python.stdout).unwrap();
    assert_eq!(told, "6 1 <deletes> & \"more\" \u{fffd} implicit_deny\n", "{}", run.stdout);
}

#[test]
fn what_is_wrong_with_a_file_is_told_at_once_with_its_place() {
    for (cases, told) in [
        (
            CASES.replace("action = \"rds:DeleteDBInstance\"", "acton = \"rds:DeleteDBInstance\""),
            "tests/cases.toml:29:1: `acton` is no key of [[case]]; did you mean `action`?",
        ),
        (
            CASES.replace("name = \"deletes\"", "name = \"looks\""),
            "tests/cases.toml:27:1: the name `looks` is that of the case in line 7 too",
        ),
        (
            CASES.replace("\"implicit_deny\"", "\"denied\""),
            "`expect` is `denied`, expected one of allow, explicit_deny",
        ),
        (CASES.replace("rds:DeleteDBInstance", "delete"), "`action`:"),
        (CASES.replace("../captured.http", "../gone.http"), "cannot read `tests/../gone.http`"),
        (CASES.replace("../policy.json", "../gone.json"), "cannot read `tests/../gone.json`"),
        (
            CASES.replace("../policy.json", "{}"),
            "tests/cases.toml:1:1: policy: line 1, column 1: a policy needs `Statement`",
        ),
        ("policy = \"../policy.json\"\n".to_owned(), "there is no case: add a table `[[case]]`"),
        ("policy = \"../policy.json\"\ncase = []\n".to_owned(), "there is no case: add a table `[[case]]`"),
        ("policy = ".to_owned(), "tests/cases.toml:1:"),
        (CASES.replace("[defaults]", "[default]"), "`default` is no key of a file of cases; did you mean `defaults`?"),
        (CASES.replace("policy = \"../policy.json\"", ""), "no policy is named"),
        (
            CASES.replace("request = \"../captured.http\"", "request = \"x\"\naction = \"rds:X\""),
            "either `action` or `request`",
        ),
        (CASES.replace("\"aws:resourcetag/TEAM\"", "\"team\""), "`team` is no condition key"),
    ] {
        let run = test(&cases, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{told}\n{}", run.stderr);
        assert!(run.stderr.contains(told), "{told}\n{}", run.stderr);
    }
    let two = CASES.replace("\"implicit_deny\"", "\"denied\"").replace("[defaults]", "[default]");
    assert_eq!(test(&two, &[]).stderr.matches("tests/cases.toml:").count(), 2);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(rds_guard(folder.path(), &["test", "gone.toml"], &[]).code, 2);
}

#[test]
fn another_policy_can_be_put_to_the_same_cases() {
    let folder = tempfile::tempdir().unwrap();
    let stricter = folder.path().join("stricter.json");
    fs::write(&stricter, POLICY.replace("rds:Describe*", "rds:ListTagsForResource")).unwrap();
    let run = test(CASES, &["--policy", stricter.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("FAIL looks\n"), "{}", run.stdout);
}

#[test]
fn the_shipped_policies_decide_as_their_tests_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = |folder: &str, extension: &str| {
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<String> = entries
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let cases = names("config/policies/tests", "toml");
    assert_eq!(cases, names("config/policies", "json"));
    let files: Vec<String> = cases.iter().map(|name| format!("config/policies/tests/{name}.toml")).collect();
    let arguments: Vec<&str> = ["test"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let run = rds_guard(root, &arguments, &[]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}
