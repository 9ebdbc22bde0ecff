//! The demonstration as its user sees it.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use crate::support::guard::alone;

/// The program with this command, in an environment that says nothing of colour.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
    alone(command.arg("demo").args(arguments));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("TERM");
    command
}

fn demo(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the program starts")
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "{:?}", String::from_utf8(output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The exit code, and what was said on standard error.
fn complaint(output: Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

/// Asserts that a complaint is one line of what is wrong and one of what to do about it.
fn assert_helpful(complaint: &str) {
    let lines: Vec<_> = complaint.lines().collect();
    let [problem, next] = lines.as_slice() else { panic!("not two lines: {complaint}") };
    assert!(problem.starts_with("rds-guard: ") && next.starts_with("rds-guard: next: "), "{complaint}");
}

#[test]
fn the_demonstration_fits_a_terminal() {
    let text = text(demo(&[]));
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() <= 50, "{} lines", lines.len());
    let too_long: Vec<_> = lines.iter().filter(|line| line.chars().count() > 110).collect();
    assert!(too_long.is_empty(), "{too_long:#?}");
}

#[test]
fn the_readme_opens_with_the_screen_as_it_is() {
    let readme = include_str!("../../README.md");
    let (before, rest) = readme.split_once("```text\nrds-guard demo: ").expect("a block");
    let (screen, _) = rest.split_once("```\n").expect("its end");
    assert_eq!(text(demo(&[])), format!("rds-guard demo: {screen}"));
    assert!(before.lines().count() <= 30, "the screen is not at the top");
}

#[test]
fn colour_is_for_terminals_and_for_those_who_insist() {
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = command(arguments).envs(variables.iter().copied()).output().expect("the program starts");
        text(output).contains('\x1b')
    };
    assert!(!coloured(&[], &[]), "no terminal here");
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["--plain"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--format", "json"], &[("CLICOLOR_FORCE", "1")]));
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
        ("rds:CreateDBInstance", "allow", "allowed", 200, ""),
        ("rds:DeleteDBInstance", "allow", "allowed", 200, ""),
        ("rds:StopDBInstance", "deny", "implicit_deny", 403, "AccessDenied"),
        ("rds:ModifyDBInstance", "deny", "implicit_deny", 403, "AccessDenied"),
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

#[test]
fn a_reader_that_goes_away_ends_it_without_a_word() {
    for arguments in [&[][..], &["--format", "json"], &["--serve"]] {
        let mut child = piped(arguments);
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        output.read_line(&mut String::new()).expect("a line");
        drop(output);
        let (code, complaint) = complaint(child.wait_with_output().expect("it ends"));
        assert_eq!((code, complaint.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn an_output_that_is_full_is_told_in_one_line() {
    let full = File::options().write(true).open("/dev/full").expect("Linux has it");
    let child = command(&[]).stdout(full).stderr(Stdio::piped()).spawn().expect("the program starts");
    let (code, complaint) = complaint(child.wait_with_output().expect("it ends"));
    assert_eq!(code, Some(3));
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.starts_with("rds-guard: cannot write to standard output: "), "{complaint}");
}

#[test]
fn a_port_that_is_taken_is_told_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address").to_string();
    let (code, complaint) = complaint(demo(&["--serve", "--listen", &address]));
    assert_eq!(code, Some(3), "{complaint}");
    assert_helpful(&complaint);
    assert!(complaint.contains(&address), "{complaint}");
}

#[test]
fn a_machine_that_gives_too_little_is_told_with_the_way_out() {
    let mut shell = Command::new("sh");
    // What the caller of the tests left open would count as well.
    let script = "for fd in 3 4 5 6 7 8 9; do eval \"exec $fd<&-\"; done; ulimit -n 9 && exec \"$0\" demo";
    alone(shell.args(["-c", script, env!("CARGO_BIN_EXE_rds-guard")]));
    let starved = shell.output().expect("a shell");
    let (code, complaint) = complaint(starved);
    assert_eq!(code, Some(3), "{complaint}");
    assert_helpful(&complaint);
}

#[test]
fn a_temporary_directory_that_is_none_is_told_with_the_way_out() {
    let output = command(&[]).env("TMPDIR", "/proc").output().expect("the program starts");
    let (code, complaint) = complaint(output);
    assert_eq!(code, Some(3), "{complaint}");
    assert_helpful(&complaint);
    assert!(complaint.contains("TMPDIR"), "{complaint}");
}

#[test]
fn serving_listens_where_it_is_told_and_ends_with_a_count() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address").to_string();
    let mut child = piped(&["--serve", "--listen", &free]);
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    assert_eq!(line, format!("HTTPS_PROXY=http://{free}\n"));
    crate::support::guard::interrupt(&child);
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("the rest");
    assert!(child.wait().expect("it ends").success());
    assert!(rest.ends_with("\n# ended: 0 allowed, 0 denied\n"), "{rest}");
}

fn piped(arguments: &[&str]) -> Child {
    let mut command = command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
}
