//! Every trail writes one line, and a reader that is too slow loses lines but delays nothing.

use std::{
    collections::HashSet,
    fs,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{request_id::new_request_id, *};

fn settings(target: Target, on_full: OnFull, queue: usize) -> LogSettings {
    let capacity = Capacity { records: queue, bytes: 16 << 20 };
    LogSettings { target, on_full, capacity, recent: Arc::new(Recent::kept()) }
}

/// A pipe that is never read: opened for both, because opening it for writing only would block.
fn unread_pipe(dir: &tempfile::TempDir) -> (fs::File, Target) {
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    (reader, Target::File(pipe))
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
    let (_reader, target) = unread_pipe(&dir);
    let settings = settings(target, OnFull::Drop, 10_000);
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

/// Writes one call for these values.
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

/// Writes a request with hundreds of long names, as large as a record can become.
fn write_large(recorder: &Recorder) -> bool {
    let Some(mut trail) = recorder.begin(Kind::Rds, Mode::Enforce, String::new()) else { return false };
    trail.resources =
        (0..200).map(|n| format!("arn:aws:rds:us-east-1:123456789012:secgrp:{n}-{}", "x".repeat(1800))).collect();
    trail.parameters = (0..200).map(|n| (format!("P{n}"), Some("x".repeat(2000)))).collect();
    true
}

#[test]
fn large_records_are_kept_within_the_same_memory() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(&dir, OnFull::Drop, 10_000);
    for _ in 0..300 {
        write_large(&recorder);
    }
    recorder.close();
    let kept: usize = recorder.recent().newest().iter().map(|kept| kept.json.len()).sum();
    assert!((200 * 1024..=256 * 1024).contains(&kept), "{kept}");
}

#[test]
fn a_reader_that_takes_nothing_costs_no_more_memory_than_the_queue_has_bytes() {
    const MOST: usize = 1 << 20;
    let dir = tempfile::tempdir().unwrap();
    let (_reader, target) = unread_pipe(&dir);
    let capacity = Capacity { records: 10_000, bytes: MOST };
    let settings = LogSettings { capacity, ..settings(target, OnFull::Drop, 0) };
    let recorder = Recorder::open(&settings, Arc::new(Metrics::default())).unwrap();
    for _ in 0..3000 {
        write_large(&recorder);
    }
    let metrics = Arc::clone(recorder.metrics());
    let waiting = metrics.get(Gauge::AuditRecords);
    assert!((20..60).contains(&waiting), "{waiting} records of about 25 KiB");
    let bytes = usize::try_from(metrics.get(Gauge::AuditBytes)).unwrap();
    assert!(bytes <= MOST && bytes > MOST / 2, "{bytes}");
    assert!(metrics.dropped() > 2900, "{}", metrics.dropped());
}

#[test]
fn on_full_refuse_refuses_by_bytes_and_a_judged_request_gives_back_what_it_does_not_need() {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::File(dir.path().join("audit.jsonl"));
    let capacity = Capacity { records: 10_000, bytes: 2 * LARGEST_RECORD };
    let settings = LogSettings { capacity, ..settings(target, OnFull::Refuse, 0) };
    let recorder = Recorder::open(&settings, Arc::new(Metrics::default())).unwrap();
    let begin = || recorder.begin(Kind::Rds, Mode::Enforce, String::new());
    let (first, mut second) = (begin().unwrap(), begin().unwrap());
    assert!(begin().is_none() && !recorder.has_place(), "each may become as large as a record can be");
    second.settle();
    assert!(begin().is_none(), "the first may still become large");
    let mut first = first;
    first.settle();
    let third = begin().unwrap();
    for trail in [first, second, third] {
        drop(trail);
    }
    recorder.close();
    assert_eq!(recorder.metrics().dropped(), 0);
    assert_eq!((recorder.metrics().get(Gauge::AuditRecords), recorder.metrics().get(Gauge::AuditBytes)), (0, 0));
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
