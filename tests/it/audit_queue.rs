//! Records that are never read: requests are answered all the same, or refused where that is asked for, and memory is bounded
//! however large the records are.

use std::{
    fs,
    io::{Read as _, Write as _},
    process::Command,
    thread,
    time::Duration,
};

use crate::support::{
    plainly::{call, dial, rest},
    stage::{ALLOW_READS, Stage},
};

/// The bytes that the queue holds.
const MOST: i64 = 512 * 1024;

const BYTES: &str = "rds_guard_audit_queue_bytes";
const DROPPED: &str = "rds_guard_audit_dropped_total";

/// A proxy that writes its records into a pipe, and the pipe.
struct Scene {
    stage: Stage,
    pipe: fs::File,
    _folder: tempfile::TempDir,
}

fn scene(on_full: &str) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    // Open for both, or opening would wait.
    let pipe = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let arguments = [
        "--audit".to_owned(),
        path.to_str().unwrap().to_owned(),
        format!("RDS_GUARD_AUDIT__QUEUE_BYTES={}KiB", MOST / 1024),
        format!("RDS_GUARD_AUDIT__ON_FULL={on_full}"),
        "RDS_GUARD_AUDIT__PARAMETERS=true".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Scene { stage: Stage::set(ALLOW_READS, &arguments), pipe, _folder: folder }
}

/// A call that is denied, with as many tags as a resource may have and each as long as it may be.
fn large(stage: &Stage) -> String {
    let mut parameters = vec![("ResourceName".to_owned(), "arn:aws:rds:us-east-1:123456789012:db:orders".to_owned())];
    for number in 1..=50 {
        parameters.push((format!("Tags.Tag.{number}.Key"), format!("{number}{}", "k".repeat(126))));
        parameters.push((format!("Tags.Tag.{number}.Value"), "v".repeat(256)));
    }
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    stage.signed("us-east-1", "AddTagsToResource", &parameters)
}

#[test]
fn large_denied_requests_are_answered_while_nobody_reads_the_records_and_memory_is_bounded() {
    let Scene { stage, pipe, _folder } = scene("drop");
    let denied = large(&stage);
    let before = stage.guard.status("VmRSS:");
    let mut fullest = 0;
    for number in 0..200 {
        let answer = call(&stage.guard, &denied);
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("AccessDenied"), "{answer}");
        if number % 20 == 0 {
            fullest = fullest.max(stage.guard.until_metric(BYTES, |_| true));
            assert!(fullest <= MOST, "{fullest} bytes wait");
        }
    }
    assert!(fullest > MOST / 2, "{fullest} bytes: the records were large, and waited");
    let records = stage.guard.until_metric("rds_guard_audit_queue_records", |_| true);
    assert!((20..200).contains(&records), "{records} records wait");
    assert!(stage.guard.until_metric(DROPPED, |_| true) > 50, "what has no place is counted");
    assert!(call(&stage.guard, &stage.good()).starts_with("HTTP/1.1 200 "));
    let grown = stage.guard.status("VmRSS:").saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more");
    // Once it is read, nothing more is lost.
    read(pipe);
    stage.guard.until_metric(BYTES, |bytes| bytes < MOST / 8);
    let lost = stage.guard.until_metric(DROPPED, |_| true);
    assert!(call(&stage.guard, &denied).starts_with("HTTP/1.1 403 "));
    assert_eq!(stage.guard.until_metric(DROPPED, |_| true), lost);
}

#[test]
fn where_what_is_not_recorded_is_refused_a_queue_full_of_bytes_refuses_until_it_is_read() {
    let Scene { stage, pipe, _folder } = scene("refuse");
    let (denied, good) = (large(&stage), stage.good());
    let full = (0..200).map(|_| call(&stage.guard, &denied)).find(|answer| !answer.starts_with("HTTP/1.1 403 "));
    let full = full.expect("the queue is full after so many");
    for answer in [full, call(&stage.guard, &good)] {
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("<Code>Throttling</Code>"), "{answer}");
        assert!(answer.contains("x-rds-guard-reason: overload\r\n"), "{answer}");
    }
    let mut tunnel = dial(stage.guard.proxy);
    tunnel.write_all(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n").unwrap();
    let answer = rest(tunnel);
    assert!(
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("the audit log cannot take more records"),
        "{answer}"
    );
    let waiting = stage.guard.until_metric(BYTES, |_| true);
    assert!(waiting <= MOST && waiting > MOST / 2, "{waiting} bytes wait");
    read(pipe);
    stage.guard.until_metric(BYTES, |bytes| bytes < MOST / 8);
    assert!(call(&stage.guard, &good).starts_with("HTTP/1.1 200 "));
    assert!(call(&stage.guard, &denied).starts_with("HTTP/1.1 403 "));
}

/// Reads the records from here on.
fn read(mut pipe: fs::File) {
    thread::spawn(move || {
        let mut bytes = vec![0; 64 * 1024];
        while pipe.read(&mut bytes).is_ok_and(|read| read > 0) {}
    });
    thread::sleep(Duration::from_millis(10));
}
