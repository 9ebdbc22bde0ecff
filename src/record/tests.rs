//! Every trail leaves one line, and a reader that is too slow costs lines, never time.

use std::{
    collections::HashSet,
    fs,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{request_id::new_request_id, *};

fn settings(target: Target, on_full: OnFull, queue: usize) -> LogSettings {
    LogSettings { target, on_full, queue, recent: Arc::new(Recent::kept()) }
}

fn recorder(dir: &tempfile::TempDir, on_full: OnFull, queue: usize) -> Recorder {
    let target = Target::File(dir.path().join("audit.jsonl"));
    Recorder::open(&settings(target, on_full, queue), Arc::new(Metrics::default())).unwrap()
}

#[test]
fn a_dropped_trail_is_one_line_with_every_field() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 10);
    let mut trail = recorder.begin(Kind::Rds, Mode::Enforce, "127.0.0.1:1".into()).unwrap();
    trail.reason = "implicit_deny";
    trail.action = Some("rds:DeleteDBInstance".into());
    trail.detail = Some("a\n\u{1b}[31m\"".into());
    drop(trail);
    recorder.begin(Kind::Connection, Mode::Enforce, String::new()).unwrap().discard();
    recorder.close();
    let text = fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&line["schema"], &line["kind"], &line["decision"]), (&1.into(), &"rds".into(), &"deny".into()));
    assert_eq!(line["time"].as_str().unwrap().len(), "2026-01-01T00:00:00.000Z".len());
    let metrics = recorder.metrics().render();
    assert!(metrics.contains("kind=\"rds\",decision=\"deny\",reason=\"implicit_deny\",action=\"DeleteDBInstance\"} 1"));
}

#[test]
fn a_full_queue_drops_and_counts_or_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let refusing = recorder(&dir, OnFull::Refuse, 2);
    let first = refusing.begin(Kind::Rds, Mode::Enforce, String::new());
    let second = refusing.begin(Kind::Rds, Mode::Enforce, String::new());
    assert!(refusing.begin(Kind::Rds, Mode::Enforce, String::new()).is_none());
    first.unwrap().discard();
    assert!(refusing.begin(Kind::Rds, Mode::Enforce, String::new()).is_some());
    drop(second);
    refusing.close();

    let dropping = recorder(&dir, OnFull::Drop, 0);
    drop(dropping.begin(Kind::Rds, Mode::Enforce, String::new()));
    dropping.close();
    assert_eq!(dropping.metrics().dropped(), 1);
}

#[test]
fn a_full_disk_costs_records_and_nothing_else() {
    let target = Target::File("/dev/full".into());
    let metrics = Arc::new(Metrics::default());
    let recorder = Recorder::open(&settings(target, OnFull::Drop, 10), Arc::clone(&metrics)).unwrap();
    drop(recorder.begin(Kind::Rds, Mode::Enforce, String::new()));
    recorder.close();
    assert_eq!(metrics.dropped(), 1);
}

#[test]
fn the_end_does_not_wait_for_a_reader_that_takes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // Open for both, or opening would wait; nothing is ever read.
    let _reader = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    let settings = settings(Target::File(pipe), OnFull::Drop, 10_000);
    let recorder = Recorder::open(&settings, Arc::new(Metrics::default())).unwrap();
    for _ in 0..1000 {
        drop(recorder.begin(Kind::Rds, Mode::Enforce, String::new()));
    }
    recorder.close();
}

#[test]
fn metric_labels_are_a_closed_set_whatever_clients_send() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 2000);
    for i in 0..1000 {
        let mut trail = recorder.begin(Kind::Rds, Mode::Enforce, String::new()).unwrap();
        trail.action = Some(format!("rds:Made{i}Up"));
    }
    recorder.close();
    let series =
        recorder.metrics().render().lines().filter(|line| line.starts_with("rds_guard_records_total{")).count();
    assert_eq!(series, 1);
}

/// Writes calls of these actions and decisions, and one of each with its own statement.
fn write(recorder: &Recorder, action: &str, decision: Decision, statement: Option<usize>) {
    let mut trail = recorder.begin(Kind::Rds, Mode::Enforce, String::new()).unwrap();
    trail.action = Some(format!("rds:{action}"));
    trail.decision = decision;
    trail.policy_version = Some("0123456789ab".into());
    trail.statement = statement.map(|index| StatementRef { policy: "policy.json".into(), index, sid: None });
}

#[test]
fn the_last_records_are_kept_as_written_and_what_is_often_takes_no_place_of_what_is_rare() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 10_000);
    write(&recorder, "DeleteDBInstance", Decision::Deny, None);
    for _ in 0..1000 {
        write(&recorder, "DescribeDBInstances", Decision::Allow, None);
        drop(recorder.begin(Kind::Tunnel, Mode::Enforce, String::new()));
    }
    recorder.close();
    let kept = recorder.recent().newest();
    assert_eq!(kept.len(), 301);
    assert_eq!(kept.last().unwrap().action.as_deref(), Some("rds:DeleteDBInstance"));
    let text = fs::read_to_string(dir.path().join("audit.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().rev().collect();
    assert_eq!(kept[0].json, lines[0]);
    assert_eq!(kept[1].json, lines[1]);
    assert_eq!(kept.last().unwrap().json, *lines.last().unwrap());
}

#[test]
fn large_records_are_kept_within_the_same_memory() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 10_000);
    for length in [300 * 1024, 100 * 1024, 100 * 1024, 100 * 1024] {
        let mut trail = recorder.begin(Kind::Rds, Mode::Enforce, String::new()).unwrap();
        trail.resources = vec!["x".repeat(length)];
    }
    recorder.close();
    let sizes: Vec<usize> = recorder.recent().newest().iter().map(|kept| kept.json.len() >> 10).collect();
    assert_eq!(sizes, [100, 100]);
}

#[test]
fn nothing_is_kept_where_nobody_can_look() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::File(dir.path().join("audit.jsonl"));
    let settings = LogSettings { recent: Arc::new(Recent::forgotten()), ..settings(target, OnFull::Drop, 10) };
    let recorder = Recorder::open(&settings, Arc::new(Metrics::default())).unwrap();
    write(&recorder, "DeleteDBInstance", Decision::Deny, None);
    recorder.close();
    assert!(recorder.recent().newest().is_empty());
}

#[test]
fn statements_are_counted_while_their_text_is_in_force() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 100);
    let metrics = Arc::clone(recorder.metrics());
    let in_force = |version: &str| metrics.put_in_force([("policy.json".into(), version.into(), 2)].into_iter());
    let counted = || -> Vec<(u64, u64)> {
        let tally = metrics.tally();
        tally.policies[0].statements.iter().map(|count| (count.allow, count.deny)).collect()
    };
    in_force("0123456789ab");
    write(&recorder, "DescribeDBInstances", Decision::Allow, Some(0));
    write(&recorder, "DeleteDBInstance", Decision::Deny, Some(1));
    write(&recorder, "DeleteDBInstance", Decision::Deny, None);
    write(&recorder, "DeleteDBInstance", Decision::Deny, Some(2));
    assert_eq!(counted(), [(1, 0), (0, 1)]);
    in_force("0123456789ab");
    assert_eq!(counted(), [(1, 0), (0, 1)], "the same text goes on");
    in_force("ba9876543210");
    write(&recorder, "DescribeDBInstances", Decision::Allow, Some(0));
    assert_eq!(counted(), [(0, 0), (0, 0)], "another text begins anew, and the old one counts for nothing");
    assert_eq!(metrics.tally().actions["DeleteDBInstance"].deny, 3, "actions are counted from the start");
    recorder.close();
}

#[test]
fn a_record_reaches_the_file_though_nothing_follows_it() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 10_000);
    let written = || fs::read_to_string(dir.path().join("audit.jsonl")).unwrap().lines().count();
    for lines in 1..=3 {
        drop(recorder.begin(Kind::Rds, Mode::Enforce, String::new()));
        let began = Instant::now();
        while written() < lines {
            assert!(began.elapsed() < Duration::from_secs(30), "line {lines}");
            thread::yield_now();
        }
    }
    recorder.close();
}

#[test]
fn no_two_requests_have_one_id() {
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(|| (0..1000).map(|_| new_request_id()).collect())).collect();
    let ids: Vec<Vec<uuid::Uuid>> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let ids = ids.concat();
    assert!(ids.iter().all(|id| id.get_version() == Some(uuid::Version::Random)));
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 4000);
}
