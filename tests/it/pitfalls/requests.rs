//! Requests that hide what they are about, and what stays of them.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::support::{
    plainly::{call, connected, intercepted},
    stage::{ALLOW_READS, HOST, Stage},
};

#[test]
fn an_action_behind_more_than_is_read_is_not_sent_on() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let body =
        format!("Action=DescribeDBInstances&Version=2014-10-31&Pad={}&Action=DeleteDBInstance", "a".repeat(1 << 20));
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = call(&stage.guard, &request);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(stage.sandbox.requests(), 0);
}

#[test]
fn a_second_resource_that_is_denied_denies_the_call() {
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:*","Resource":"*"},
        {"Sid":"Groups","Effect":"Deny","Principal":"*","Action":"rds:*","Resource":"arn:aws:rds:*:*:pg:secret*"}]}"#;
    let stage = Stage::set(policy, &[]);
    let modify = |group: &str| {
        let parameters = [("DBInstanceIdentifier", "orders"), ("DBParameterGroupName", group)];
        call(&stage.guard, &stage.signed("us-east-1", "ModifyDBInstance", &parameters))
    };
    let denied = modify("secret-settings");
    assert!(denied.starts_with("HTTP/1.1 403 ") && denied.contains("explicit deny"), "{denied}");
    assert!(denied.contains(":pg:secret-settings"), "{denied}");
    let passed = modify("plain-settings");
    assert!(!passed.contains("[rds-guard]"), "the service's own answer: {passed}");
}

#[test]
fn no_header_but_the_signature_says_who_calls() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let forged = "X-Forwarded-For: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\nX-Real-Ip: 10.0.0.1\r\nX-Workload: admin\r\n\
                  X-Rds-Guard-Workload: admin\r\nX-Smokescreen-Role: admin\r\nVia: 1.1 x\r\nFrom: root@example.com\r\n\
                  Proxy-Authorization: Basic YWRtaW46eA==\r\nCookie: role=admin\r\n";
    let with = stage.good().replacen("\r\n\r\n", &format!("\r\n{forged}\r\n"), 1);
    for request in [stage.good(), with] {
        assert!(call(&stage.guard, &request).starts_with("HTTP/1.1 200 "));
    }
    let records = stage.guard.into_records();
    let calls: Vec<_> = records.iter().filter(|record| record["kind"] == "rds").collect();
    assert_eq!(calls[0]["principal"], calls[1]["principal"]);
    assert_eq!((&calls[1]["workload"], &calls[1]["mode"]), (&serde_json::Value::Null, &"enforce".into()));
    assert!(calls[1]["source"].as_str().unwrap().starts_with("127.0.0.1:"), "{}", calls[1]["source"]);
}

#[test]
fn a_client_that_goes_away_at_any_moment_leaves_one_record_of_what_it_had_asked() {
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let (sandbox, key) = Stage::sandbox();
    let address = endpoint.local_addr().unwrap();
    let stage = Stage::before(sandbox, key, address, ALLOW_READS, &["RDS_GUARD_UPSTREAM__CONNECT=1s"]);
    // After the CONNECT, in the middle of a head, in the middle of a body, and while the endpoint is waited for.
    drop(connected(stage.guard.proxy));
    let good = stage.good();
    let head = good.find("\r\n\r\n").unwrap() + 4;
    for length in [20, head + 5] {
        let mut stream = intercepted(&stage.guard);
        stream.write_all(&good.as_bytes()[..length]).unwrap();
    }
    let mut stream = intercepted(&stage.guard);
    stream.write_all(good.as_bytes()).unwrap();
    let held = endpoint.accept().unwrap();
    drop(stream);
    stage.guard.until_metric("rds_guard_connections", |open| open == 0);
    drop(held);
    let records = stage.guard.into_records();
    let of = |kind: &str| records.iter().filter(|record| record["kind"] == kind).count();
    assert_eq!((of("rds"), of("connection")), (3, 4), "{records:?}");
    let actions: Vec<_> = records.iter().filter_map(|record| record["action"].as_str()).collect();
    assert_eq!(actions, ["rds:DescribeDBInstances"], "the one that was asked whole");
}

#[test]
fn a_proxy_on_ipv6_alone_serves() {
    let stage = Stage::set(ALLOW_READS, &["--listen", "[::1]:0"]);
    assert!(stage.guard.proxy.is_ipv6(), "{}", stage.guard.proxy);
    assert!(call(&stage.guard, &stage.good()).starts_with("HTTP/1.1 200 "));
}

#[test]
fn many_clients_cost_the_endpoint_few_connections() {
    let (sandbox, key) = Stage::sandbox();
    let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, server) = (endpoint.local_addr().unwrap(), sandbox.address());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for client in endpoint.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
            let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
            let (client_again, server_again) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut &client, &mut &server));
            thread::spawn(move || std::io::copy(&mut &server_again, &mut &client_again));
        }
    });
    let stage = Stage::before(sandbox, key, address, ALLOW_READS, &["RDS_GUARD_WORKERS=1"]);
    for _ in 0..50 {
        assert!(call(&stage.guard, &stage.good()).starts_with("HTTP/1.1 200 "));
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1, "one after the other, all by the same");
}

#[test]
fn the_process_writes_no_core() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let limits = fs::read_to_string(format!("/proc/{}/limits", stage.guard.pid().as_raw_nonzero())).unwrap();
    let core: Vec<&str> =
        limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{core:?}");
}

#[test]
fn two_hundred_clients_at_once_get_their_own_answers() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let good = stage.good();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let mut stream = intercepted(&stage.guard);
                    stream.write_all(good.as_bytes()).unwrap();
                    let mut begin = [0; 12];
                    stream.read_exact(&mut begin).unwrap();
                    assert_eq!(&begin, b"HTTP/1.1 200");
                }
            });
        }
    });
    assert_eq!(stage.sandbox.requests(), 200);
}
