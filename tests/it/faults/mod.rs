//! How the proxy behaves while something around it fails: DNS, the endpoint, the clock, the disk.
//!
//! Every fault has its own proxy in its own network. The table of results is docs/RELIABILITY.md.

pub(crate) mod certificates;
pub(crate) mod client;
pub(crate) mod dns;
pub(crate) mod lab;
mod names;
mod rows;
pub(crate) mod service;
mod table;
mod world;

use std::{
    net::{Ipv4Addr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use certificates::Certificates;
use lab::Setup;
use rows::{Audit, Row};
use table::Line;
use world::{Call, World};

/// The number of faults tested concurrently.
const AT_A_TIME: usize = 6;

/// The number of attempts for a fault that exceeds its time limits: other work uses this machine too.
const TRIES: usize = 3;

/// Prepares a lab and returns its services' certificates; `None` outside of a lab.
fn prepared() -> Option<Certificates> {
    if !lab::is_inside() {
        return None;
    }
    lab::prepare();
    Some(Certificates::make())
}

#[test]
fn every_fault_ends_as_the_table_of_reliability_says() {
    lab::enter("faults::inside");
}

#[test]
#[ignore = "runs inside namespaces, started by the test above"]
fn inside() {
    let Some(certificates) = prepared() else { return };
    let certificates = Arc::new(certificates);
    // Queries to a server that resolv.conf does not name arrive here.
    let trap = dns::udp(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 53)));
    trap.set_nonblocking(true).unwrap();
    let mut wanted = rows::all();
    if let Ok(only) = std::env::var("RDS_GUARD_FAULT") {
        wanted.retain(|row| format!("{} {}", row.part, row.fault).contains(&only));
    }
    let all = wanted.len();
    let rows = Mutex::new(wanted.into_iter().enumerate());
    let lines = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = rows.lock().unwrap().next();
                    let Some((place, row)) = next else { return };
                    // A failing fault does not hide the results of the others.
                    let line = catch_unwind(AssertUnwindSafe(|| attempt(&row, &certificates)));
                    let line = line.map_err(|_| format!("{} {}", row.part, row.fault));
                    lines.lock().unwrap().push((place, line));
                }
            });
        }
    });
    let mut lines = lines.into_inner().unwrap();
    lines.sort_by_key(|(place, _)| *place);
    let lines: Result<Vec<Line>, String> = lines.into_iter().map(|(_, line)| line).collect();
    let lines = lines.expect("what happened stands above");
    assert_eq!(lines.len(), all);
    let stray = trap.recv_from(&mut [0; 512]);
    assert!(stray.is_err(), "a question went to a server that resolv.conf does not name: {stray:?}");
    if std::env::var_os("RDS_GUARD_FAULT").is_some() {
        lines.iter().for_each(|line| println!("{line:?}"));
    } else if std::env::var_os("RDS_GUARD_WRITE_RELIABILITY").is_some() {
        table::write(&lines);
    } else {
        let differences = table::differences(&lines);
        assert!(differences.is_empty(), "docs/RELIABILITY.md is not what happens:\n{}", differences.join("\n"));
    }
}

/// Tests a fault until its times are within their limits.
fn attempt(row: &Row, certificates: &Arc<Certificates>) -> Line {
    let mut late = Vec::new();
    for _ in 0..TRIES {
        let line = happen(row, certificates);
        if line.took <= row.took && line.well <= row.well {
            return line;
        }
        late.push(line);
    }
    panic!("over the limits of {:?} and {:?}: {late:?}", row.took, row.well);
}

fn happen(row: &Row, certificates: &Arc<Certificates>) -> Line {
    let disk = tempfile::tempdir().unwrap();
    let (audit, pipe) = place(row.audit, &disk);
    let arguments = row.arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let ttl = if row.unlearned { None } else { Some(row.ttl) };
    let mut world = World::start(row.addresses, ttl, certificates, &Setup { arguments, audit });
    world.ttl = row.ttl;
    if row.unlearned {
        // The proxy has queried once, without success, and retries a second later.
        thread::sleep(Duration::from_millis(1200));
    }
    if row.kept {
        assert_eq!(world.send(Call::Read), "200", "{}", world.proxy.log());
    }
    (row.fail)(&mut world);
    if row.second {
        let _ = world.send(row.call);
        thread::sleep(Duration::from_millis(200));
    }
    let mut outcome = world.call(row.call);
    assert!(row.call == Call::Read || row.call == Call::Elsewhere || outcome.seen <= 1, "sent twice: {outcome:?}");
    if outcome.record == "none" && world.proxy.metric("rds_guard_audit_dropped_total") > 0.0 {
        outcome.record = "none, counted as lost".into();
    }
    if let Some(pipe) = pipe {
        // Reads until the test ends.
        thread::spawn(move || std::io::copy(&mut std::fs::File::open(pipe).unwrap(), &mut std::io::sink()));
    }
    let _ = std::fs::remove_file(disk.path().join("filler"));
    world.mend();
    let well = world.until_well();
    if row.audit == Audit::File || row.audit == Audit::Small {
        let after = world.call(Call::Read);
        assert_eq!((after.client.as_str(), after.record.as_str()), ("200", "`allow` `allowed`"), "{}", row.fault);
    }
    if row.audit == Audit::Small {
        lab::run("umount", &[disk.path().to_str().unwrap()]);
    }
    let (part, fault) = (row.part, row.fault);
    Line { part, fault, client: outcome.client, record: outcome.record, seen: outcome.seen, took: outcome.took, well }
}

/// The destination of the records, and the pipe, if it is one.
fn place(audit: Audit, disk: &tempfile::TempDir) -> (Option<PathBuf>, Option<PathBuf>) {
    let path = disk.path().join("audit.jsonl");
    match audit {
        Audit::File => (None, None),
        Audit::Full => (Some("/dev/full".into()), None),
        Audit::Small => {
            lab::run("mount", &["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.path().to_str().unwrap()]);
            (Some(path), None)
        }
        Audit::Pipe => {
            lab::run("mkfifo", &[path.to_str().unwrap()]);
            // Opened for both, or the proxy would wait for a reader.
            let open = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
            // It must stay open for as long as the proxy runs, which is not long.
            std::mem::forget(open);
            (Some(path.clone()), Some(path))
        }
    }
}
