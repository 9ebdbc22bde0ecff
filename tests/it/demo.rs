//! The demonstration as its user sees it.

use std::process::{Command, Output};

use serde_json::Value;

fn demo(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_rds-guard")).arg("demo").args(arguments).output();
    output.expect("the program starts")
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "{:?}", String::from_utf8(output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_demonstration_fits_a_terminal() {
    let text = text(demo(&[]));
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() <= 40, "{} lines", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() <= 110), "{text}");
    // No terminal here, so no colour.
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn each_call_ends_as_its_policy_says() {
    let text = text(demo(&["--format", "json"]));
    let calls: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ends: Vec<_> = calls
        .iter()
        .map(|call| {
            let decided = &call["decided"];
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (
                word(&decided["action"]),
                word(&decided["decision"]),
                word(&decided["reason"]),
                call["answer"]["status"].as_u64().expect("a status"),
                word(&call["answer"]["code"]),
            )
        })
        .collect();
    let expected = [
        ("rds:CreateDBInstance", "allow", "allowed", 200, ""),
        ("rds:ModifyDBInstance", "allow", "allowed", 200, ""),
        ("rds:CreateDBSnapshot", "allow", "allowed", 200, ""),
        ("rds:DeleteDBInstance", "deny", "implicit_deny", 403, "AccessDenied"),
        ("rds:CreateDBInstance", "allow", "allowed", 200, ""),
        ("rds:DescribeDBInstances", "allow", "allowed", 200, ""),
        ("rds:DescribeDBInstances", "deny", "explicit_deny", 403, "AccessDenied"),
        // The proxy cannot know; the service can: the bytes it got are not those that were signed.
        ("rds:CreateDBInstance", "allow", "allowed", 403, "SignatureDoesNotMatch"),
        ("rds:ModifyDBInstance", "allow", "allowed", 200, ""),
        ("rds:ModifyDBInstance", "deny", "implicit_deny", 200, ""),
    ];
    let expected = expected.map(|(action, decision, reason, status, code)| {
        (action.to_owned(), decision.to_owned(), reason.to_owned(), status, code.to_owned())
    });
    assert_eq!(ends, expected);
}
