//! Tests of the demonstration that need no proxy.

use std::{fs::OpenOptions, io::Write as _};

use super::{
    colour::Surroundings,
    follow::{Follower, Verdict},
};

const DENIED: &str = r#"{"time":"2026-11-24T11:20:03.120Z","kind":"rds","decision":"deny","enforced":false,"reason":"explicit_deny","action":"rds:StopDBInstance","resources":["arn:aws:rds:us-east-1:123456789012:db:orders"],"principal":null,"statement":{"policy":"p","index":1,"sid":"NeverStop"},"undetermined":[],"host":null,"upstream":{"status":200},"detail":null,"bytes_in":1}"#;

#[test]
fn a_line_is_read_when_it_is_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("audit.jsonl");
    let mut follower = Follower::at_end(path.clone()).expect("a log that is yet to come");
    let mut log = OpenOptions::new().create(true).append(true).open(path).expect("a file");
    let (first, rest) = DENIED.split_at(100);
    log.write_all(first.as_bytes()).expect("half a line");
    assert!(follower.look().expect("no record yet").is_empty());
    log.write_all(format!("{rest}\n{first}").as_bytes()).expect("the rest, and the next beginning");
    assert_eq!(follower.look().expect("a record").len(), 1);
    log.write_all(format!("{rest}\n").as_bytes()).expect("the rest");
    let [decided] = follower.look().expect("a record").try_into().expect("one record");
    assert_eq!(decided.verdict(), Verdict::LetPass);
    assert_eq!(decided.because(), "statement 2, NeverStop");
    assert_eq!(decided.clock(), "11:20:03");
}

#[test]
fn a_log_that_exists_is_read_from_its_end() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("audit.jsonl");
    std::fs::write(&path, format!("{DENIED}\n")).expect("a file");
    let mut follower = Follower::at_end(path).expect("a log");
    assert!(follower.look().expect("nothing new").is_empty());
}

/// A modern terminal, without any setting for colour.
const TERMINAL: Surroundings<'static> =
    Surroundings { plain: false, no_color: None, clicolor_force: None, term: Some("xterm"), terminal: true };

#[test]
fn colour_goes_to_terminals_unless_somebody_says_otherwise() {
    let pipe = Surroundings { terminal: false, ..TERMINAL };
    let cases = [
        (TERMINAL, true),
        (pipe, false),
        (Surroundings { term: Some("dumb"), ..TERMINAL }, false),
        (Surroundings { term: None, ..TERMINAL }, true),
        (Surroundings { plain: true, ..TERMINAL }, false),
        (Surroundings { no_color: Some("1"), ..TERMINAL }, false),
        (Surroundings { no_color: Some(""), ..TERMINAL }, true),
        (Surroundings { clicolor_force: Some("1"), ..pipe }, true),
        (Surroundings { clicolor_force: Some("0"), ..pipe }, false),
        (Surroundings { clicolor_force: Some(""), ..pipe }, false),
        (Surroundings { clicolor_force: Some("1"), term: Some("dumb"), ..pipe }, true),
        (Surroundings { clicolor_force: Some("1"), no_color: Some("1"), ..pipe }, false),
        (Surroundings { clicolor_force: Some("1"), plain: true, ..pipe }, false),
    ];
    for (surroundings, coloured) in cases {
        assert_eq!(surroundings.coloured(), coloured, "{surroundings:?}");
    }
}
