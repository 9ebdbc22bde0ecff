//! More load than the proxy serves at once, and slow clients: each is answered as documented, shows in a metric,
//! and leaves nothing behind.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use rds_guard::sandbox::Seed;
use rustix::process::{Resource, Rlimit, prlimit};

use crate::support::{
    guard::Guard,
    plainly::{call, connected, dial, intercepted, rest},
    stage::{ALLOW_READS, HOST, Stage},
};

#[test]
fn beyond_the_limit_a_connection_waits_and_is_served_when_another_ends() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_LIMITS__CONNECTIONS=2"]);
    let (guard, good) = (&stage.guard, stage.good());
    let (one, two) = (connected(guard.proxy), connected(guard.proxy));
    thread::scope(|scope| {
        let third = scope.spawn(|| call(guard, &good));
        guard.until_metric("rds_guard_connections_waiting", |waiting| waiting == 1);
        assert_eq!(guard.until_metric("rds_guard_connections", |_| true), 2);
        assert!(!third.is_finished());
        drop(one);
        assert!(third.join().unwrap().starts_with("HTTP/1.1 200 "));
    });
    guard.until_metric("rds_guard_connections_waiting", |waiting| waiting == 0);
    drop(two);
    guard.until_metric("rds_guard_connections", |open| open == 0);
}

#[test]
fn beyond_in_flight_a_request_gets_throttling_and_the_next_is_served_as_ever() {
    // An endpoint that accepts connections and sends nothing.
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let (sandbox, key) = Stage::sandbox();
    let address = endpoint.local_addr().unwrap();
    let arguments = ["RDS_GUARD_LIMITS__IN_FLIGHT=1", "RDS_GUARD_UPSTREAM__CONNECT=2s"];
    let stage = Stage::before(sandbox, key, address, ALLOW_READS, &arguments);
    let (guard, good) = (&stage.guard, stage.good());
    thread::scope(|scope| {
        let hanging = scope.spawn(|| call(guard, &good));
        // Once it has arrived, the request has its place.
        let held = endpoint.accept().unwrap();
        let beyond = call(guard, &good);
        assert!(beyond.starts_with("HTTP/1.1 400 ") && beyond.contains("<Code>Throttling</Code>"), "{beyond}");
        assert!(beyond.contains("x-rds-guard-reason: overload\r\n"), "{beyond}");
        let given_up = hanging.join().unwrap();
        assert!(given_up.starts_with("HTTP/1.1 503 "), "{given_up}");
        drop(held);
    });
    let metrics = guard.probe("/metrics");
    assert!(metrics.contains("kind=\"rds\",decision=\"deny\",reason=\"overload\",action=\"none\"} 1"), "{metrics}");
    guard.until_metric("rds_guard_requests_in_flight", |requests| requests == 0);
    let denied = stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]);
    assert!(call(guard, &denied).starts_with("HTTP/1.1 403 "), "there is a place again");
}

#[test]
fn beyond_what_is_buffered_a_body_gets_throttling_until_another_has_gone() {
    let sizes = ["RDS_GUARD_LIMITS__BODY=64KiB", "RDS_GUARD_LIMITS__BUFFERED=64KiB"];
    let stage = Stage::set(ALLOW_READS, &sizes);
    let mut holder = intercepted(&stage.guard);
    write!(holder, "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 65536\r\nExpect: 100-continue\r\n\r\n").unwrap();
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    holder.read_exact(&mut go_on).unwrap();
    let beyond = call(&stage.guard, &stage.good());
    assert!(beyond.starts_with("HTTP/1.1 400 ") && beyond.contains("<Code>Throttling</Code>"), "{beyond}");
    drop(holder);
    stage.guard.until_metric("rds_guard_connections", |open| open == 0);
    assert!(call(&stage.guard, &stage.good()).starts_with("HTTP/1.1 200 "));
}

#[test]
fn slow_heads_are_given_up_before_and_inside_tls_and_others_are_served_meanwhile() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_LIMITS__HEAD_TIME=2s"]);
    let mut connect = dial(stage.guard.proxy);
    connect.write_all(b"CONNECT rds.us-east-1.ama").unwrap();
    let mut silent = dial(stage.guard.proxy);
    let mut head = intercepted(&stage.guard);
    head.write_all(b"POST / HTTP/1.1\r\nHo").unwrap();
    let began = Instant::now();
    assert!(call(&stage.guard, &stage.good()).starts_with("HTTP/1.1 200 "));
    for stream in [&mut connect, &mut silent] {
        let answer = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("not complete within 2 s"), "{answer}");
    }
    let answer = rest(&mut head);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("<Code>RequestTimeout</Code>"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    stage.guard.until_metric("rds_guard_connections", |open| open == 0);
    let records = stage.guard.into_records();
    assert_eq!(records.iter().filter(|record| record["reason"] == "malformed").count(), 3, "{records:?}");
}

#[test]
fn an_interim_answer_is_not_sent_to_a_client_of_http_1_0() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let old = stage.good().replacen("HTTP/1.1\r\n", "HTTP/1.0\r\nExpect: 100-continue\r\n", 1);
    let (head, body) = old.split_once("\r\n\r\n").unwrap();
    let mut stream = intercepted(&stage.guard);
    write!(stream, "{head}\r\n\r\n").unwrap();
    stream.flush().unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let answer = rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("DescribeDBInstancesResponse"), "{answer}");
}

#[test]
fn a_client_that_does_not_read_its_answer_holds_up_no_other_and_takes_no_memory() {
    let seeds = Seed {
        account: "123456789012".into(),
        region: "us-east-1".into(),
        prefix: "db".into(),
        count: 100,
        tag_bytes: 300_000,
    };
    let (sandbox, key) = Stage::sandbox_with(vec![seeds]);
    let address = sandbox.address();
    let stage = Stage::before(sandbox, key, address, ALLOW_READS, &["RDS_GUARD_LIMITS__IN_FLIGHT=1"]);
    let before = stage.guard.status("VmRSS:");
    let mut slow = intercepted(&stage.guard);
    slow.write_all(stage.good().as_bytes()).unwrap();
    let mut begin = [0; 12];
    slow.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    // If the slow request held the only place for a request, nothing would pass.
    let denied = stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]);
    for _ in 0..20 {
        assert!(call(&stage.guard, &denied).starts_with("HTTP/1.1 403 "));
    }
    let grown = stage.guard.status("VmRSS:").saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more for an answer of 30 MB that nobody reads");
    slow.conn.send_close_notify();
    let answer = rest(&mut slow);
    assert!(answer.len() > 30_000_000, "{}", answer.len());
    let end = answer.get(answer.len() - 100..).unwrap();
    assert!(end.contains("</DescribeDBInstancesResponse>"), "{end}");
}

#[test]
fn without_descriptors_clients_wait_the_process_rests_and_all_is_well_once_there_are_some() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_WORKERS=1"]);
    let guard = &stage.guard;
    assert!(call(guard, &stage.good()).starts_with("HTTP/1.1 200 "));
    let open = fs::read_dir(format!("/proc/{}/fd", guard.pid().as_raw_nonzero())).unwrap().count() as u64;
    let limit = |files: u64| Rlimit { current: Some(files), maximum: Some(20_000) };
    prlimit(Some(guard.pid()), Resource::Nofile, limit(open + 8)).unwrap();
    let crowd: Vec<TcpStream> = (0..40).map(|_| dial(guard.proxy)).collect();
    let waiting = crowd.last().unwrap();
    waiting.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let began = processor_time(guard);
    assert!((&*waiting).read(&mut [0]).is_err(), "nobody is there yet");
    let spent = processor_time(guard) - began;
    assert!(spent < 50, "{spent} hundredths of a second of processor time in two seconds of waiting");
    drop(crowd);
    assert!(call(guard, &stage.good()).starts_with("HTTP/1.1 200 "));
    guard.until_metric("rds_guard_accept_failures_total", |failures| failures > 0);
    guard.until_metric("rds_guard_connections", |open| open == 0);
}

/// Hundredths of a second.
fn processor_time(guard: &Guard) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", guard.pid().as_raw_nonzero())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn a_thousand_idle_connections_fit_into_forty_mebibytes() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let good = stage.good();
    let idle = stage.guard.status("VmRSS:");
    let mut connections = Vec::new();
    for number in 0..1000 {
        let mut stream = intercepted(&stage.guard);
        // Each has had a request, like the connections of a pool.
        if number % 10 == 0 {
            stream.write_all(good.as_bytes()).unwrap();
            let mut begin = [0; 12];
            stream.read_exact(&mut begin).unwrap();
        } else {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        connections.push(stream);
    }
    assert_eq!(stage.guard.until_metric("rds_guard_connections", |_| true), 1000);
    let full = stage.guard.status("VmRSS:");
    println!("{idle} KiB idle, {full} KiB with 1,000 connections");
    // The program is larger without optimisations; what connections add is the same.
    let bound = if cfg!(debug_assertions) { idle + 32 * 1024 } else { 40 * 1024 };
    assert!(full < bound, "{full} KiB");
    drop(connections);
    stage.guard.until_metric("rds_guard_connections", |open| open == 0);
}
