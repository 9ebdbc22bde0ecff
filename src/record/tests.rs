//! Every trail leaves one line, and a reader that is too slow costs lines, never time.

use std::{fs, sync::Arc};

use super::*;

fn recorder(dir: &tempfile::TempDir, on_full: OnFull, queue: usize) -> Recorder {
    let target = Target::File(dir.path().join("audit.jsonl"));
    Recorder::open(&LogSettings { target, on_full, queue }, Arc::new(Metrics::default())).unwrap()
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
    let recorder =
        Recorder::open(&LogSettings { target, on_full: OnFull::Drop, queue: 10 }, Arc::clone(&metrics)).unwrap();
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
    let settings = LogSettings { target: Target::File(pipe), on_full: OnFull::Drop, queue: 10_000 };
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
