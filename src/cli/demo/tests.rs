//! Claims about the demonstration that need no proxy.

use std::{fs::OpenOptions, io::Write as _};

use super::follow::{Follower, Verdict};

const DENIED: &str = r#"{"kind":"rds","decision":"deny","enforced":false,"reason":"explicit_deny","action":"rds:StopDBInstance","resources":["arn:aws:rds:us-east-1:123456789012:db:orders"],"principal":null,"statement":{"policy":"p","index":1,"sid":"NeverStop"},"undetermined":[],"host":null,"upstream":{"status":200},"detail":null,"bytes_in":1}"#;

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
}

#[test]
fn a_log_that_exists_is_read_from_its_end() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("audit.jsonl");
    std::fs::write(&path, format!("{DENIED}\n")).expect("a file");
    let mut follower = Follower::at_end(path).expect("a log");
    assert!(follower.look().expect("nothing new").is_empty());
}
