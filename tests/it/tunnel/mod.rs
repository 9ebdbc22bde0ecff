//! Tunnels and plain HTTP to other hosts, through the program and an upstream corporate proxy.

mod bulk;
mod plain;
mod world;

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use world::World;

use crate::support::{
    guard::Guard,
    plainly::call,
    stage::{ALLOW_READS, DNS, Stage},
};

/// The answer to a CONNECT, head and text, and the connection.
fn connect(proxy: SocketAddr, target: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(proxy).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).unwrap() == 0 {
            break;
        }
        answer.push(byte[0]);
    }
    let mut answer = String::from_utf8(answer).unwrap();
    if !answer.starts_with("HTTP/1.1 200 ") {
        stream.read_to_string(&mut answer).unwrap();
    }
    (stream, answer)
}

#[test]
fn tunnels_go_through_the_upstream_proxy_with_credentials_that_nothing_shows() {
    let world = World::start();
    let variable = world.variable("us%40er:sec%3Aret@");
    let stage = Stage::set(ALLOW_READS, &[&variable]);
    let (mut stream, answer) = connect(stage.guard.proxy, "echo.example:443");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut echoed = String::new();
    stream.read_to_string(&mut echoed).unwrap();
    assert_eq!(echoed, "hello", "the end of one direction leaves the other open");
    assert_eq!(
        world.asked(),
        ["CONNECT echo.example:443 HTTP/1.1\r\nHost: echo.example:443\r\n\
          Proxy-Authorization: Basic dXNAZXI6c2VjOnJldA==\r\n\r\n"]
    );
    let (name, value) = variable.split_once('=').unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_rds-guard"))
        .args(["run", "--check"])
        .env_clear()
        .env(name, value)
        .output()
        .unwrap();
    let shown = String::from_utf8([check.stdout, check.stderr].concat()).unwrap();
    assert!(shown.contains(&format!("http://***@{}", world.address)), "{shown}");
    let (_directory, written) = stage.guard.into_everything_written();
    assert!(written.contains(&format!("connected through the upstream proxy {}", world.address)), "{written}");
    assert!(written.contains("\"bytes_in\":5,\"bytes_out\":5,"), "{written}");
    for secret in ["sec:ret", "sec%3Aret", "dXNAZXI6c2VjOnJldA"] {
        assert!(!written.contains(secret) && !shown.contains(secret), "{secret}");
    }
}

#[test]
fn what_the_upstream_proxy_refuses_is_a_bad_gateway_and_no_challenge_of_its_is_passed_on() {
    let world = World::start();
    let stage = Stage::set(ALLOW_READS, &[&world.variable("")]);
    for (host, why) in [("forbidden", "answers 403"), ("unknown-client", "wants other credentials")] {
        let (_, answer) = connect(stage.guard.proxy, &format!("{host}.example:443"));
        assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains(why), "{answer}");
        assert!(answer.contains("x-rds-guard-reason: connect_failed\r\n"), "{answer}");
        assert!(!answer.to_ascii_lowercase().contains("proxy-authenticate"), "{answer}");
    }
}

#[test]
fn no_host_that_is_refused_or_reached_without_it_gets_to_the_upstream_proxy() {
    let world = World::start();
    let policy = ["RDS_GUARD_TUNNEL__DENY=*.evil.example", "RDS_GUARD_UPSTREAM__NO_PROXY=*.invalid,192.0.2.0/24"];
    let stage = Stage::set(ALLOW_READS, &[&[world.variable("").as_str()], policy.as_slice()].concat());
    let refused = [
        ("localhost:22", "tunnel_not_allowed"),
        ("a.localhost:22", "tunnel_not_allowed"),
        ("169.254.169.254:80", "metadata_address"),
        ("127.0.0.1:22", "tunnel_not_allowed"),
        ("very.evil.example:443", "tunnel_not_allowed"),
        ("rds.eu-west-1.amazonaws.com:22", "tunnel_not_allowed"),
        ("unknown.invalid:443", "connect_failed"),
    ];
    for (target, reason) in refused {
        let (_, answer) = connect(stage.guard.proxy, target);
        assert!(answer.contains(&format!("x-rds-guard-reason: {reason}\r\n")), "{target}: {answer}");
    }
    assert_eq!(world.asked(), [""; 0]);

    // If only networks are allowed, a name that another proxy resolves is not.
    let networks = ["RDS_GUARD_TUNNEL__DEFAULT=deny", "RDS_GUARD_TUNNEL__ALLOW=10.0.0.0/8"];
    let stage = Stage::set(ALLOW_READS, &[&[world.variable("").as_str()], networks.as_slice()].concat());
    let (_, answer) = connect(stage.guard.proxy, "echo.example:443");
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let (_, answer) = connect(stage.guard.proxy, "10.1.2.3:443");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn a_server_that_speaks_first_is_heard_and_a_silent_tunnel_ends() {
    let world = World::start();
    let times = ["RDS_GUARD_TUNNEL__PEEK=300ms", "RDS_GUARD_TUNNEL__IDLE=1s"];
    let stage = Stage::set(ALLOW_READS, &[&[world.variable("").as_str()], times.as_slice()].concat());
    let (mut stream, _) = connect(stage.guard.proxy, "banner.example:22");
    let mut banner = [0; 11];
    stream.read_exact(&mut banner).unwrap();
    assert_eq!(&banner, b"220 speak\r\n");
    stream.write_all(b"MAIL").unwrap();
    let mut echoed = [0; 4];
    stream.read_exact(&mut echoed).unwrap();
    assert_eq!(&echoed, b"MAIL");
    let began = Instant::now();
    assert_eq!(stream.read(&mut echoed).unwrap_or(0), 0, "the silence ends it");
    assert!((Duration::from_millis(900)..Duration::from_secs(20)).contains(&began.elapsed()), "{:?}", began.elapsed());

    let (mut stream, _) = connect(stage.guard.proxy, "silent.example:22");
    assert_eq!(stream.read(&mut echoed).unwrap_or(0), 0, "also before the first byte");
    let records = stage.guard.into_records();
    let counts: Vec<_> =
        records.iter().map(|record| (record["bytes_in"].as_u64(), record["bytes_out"].as_u64())).collect();
    assert_eq!(counts, [(Some(4), Some(15)), (Some(0), Some(0))]);
}

#[test]
fn calls_go_through_the_upstream_proxy_where_the_configuration_says_so() {
    let world = World::start();
    let (sandbox, key) = Stage::sandbox();
    world.set_endpoint(sandbox.address());
    let before = Stage::before(sandbox, key, world.address, ALLOW_READS, &[]);
    // Without a configured address: only the proxy knows the name.
    let endpoint = format!("us-east-1={DNS}");
    let guard = |arguments: &[&str]| {
        let own = ["--endpoint", &endpoint, "RDS_GUARD_UPSTREAM__CONNECT=2s"];
        Guard::start_with(ALLOW_READS, &[], before.sandbox.ca_pem(), &[&own, arguments].concat())
    };
    let variable = world.variable("u:secret@");
    let through = guard(&[&variable, "RDS_GUARD_UPSTREAM__PROXY_RDS=true"]);
    for _ in 0..3 {
        let answer = call(&through, &before.good());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let asked = world.asked();
    let expected =
        format!("CONNECT {DNS}:443 HTTP/1.1\r\nHost: {DNS}:443\r\nProxy-Authorization: Basic dTpzZWNyZXQ=\r\n\r\n");
    // Each worker has its own connection, and keeps it.
    assert!((1..=3).contains(&asked.len()) && asked.iter().all(|head| *head == expected), "{asked:?}");
    let records = through.into_records();
    let record = records.iter().find(|record| record["kind"] == "rds").unwrap();
    assert_eq!(record["upstream"]["address"], world.address.to_string());
    assert_eq!(record["upstream"]["endpoint"], DNS);

    let straight =
        guard(&[&variable, "RDS_GUARD_UPSTREAM__PROXY_RDS=true", "RDS_GUARD_UPSTREAM__NO_PROXY=*.amazonaws.com"]);
    assert!(call(&straight, &before.good()).starts_with("HTTP/1.1 503 "), "nobody else knows the name");
    let unasked = guard(&[&variable]);
    assert!(call(&unasked, &before.good()).starts_with("HTTP/1.1 503 "));
    assert_eq!(world.asked().len(), asked.len());
}
