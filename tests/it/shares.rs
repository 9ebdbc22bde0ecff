//! Workloads behind one proxy: one that takes all connections it can get leaves the others theirs.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use crate::support::{
    plainly,
    stage::{ALLOW_READS, HOST, Stage, trusting},
};

const LIMITS: &str = "[limits]\nconnections = 24\nhead_time = \"60s\"\n";

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn stage(folder: &tempfile::TempDir, workloads: &str) -> Stage {
    stage_within(folder, LIMITS, workloads)
}

fn stage_within(folder: &tempfile::TempDir, limits: &str, workloads: &str) -> Stage {
    let file = folder.path().join("rds-guard.toml");
    std::fs::write(&file, format!("{limits}{workloads}")).unwrap();
    Stage::set(ALLOW_READS, &["--config", file.to_str().unwrap()])
}

/// A request for the RDS API, with the credentials of a workload.
fn request(user: Option<&str>) -> String {
    let credentials = user.map(|user| {
        let encoded = rds_guard::aws::base64::encode(format!("{user}:the-token-of-{user}-0451").as_bytes());
        format!("Proxy-Authorization: Basic {encoded}\r\n")
    });
    format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n{}\r\n", credentials.unwrap_or_default())
}

/// A connection that asks for the RDS API, with the credentials of a workload.
fn asking(proxy: SocketAddr, user: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(proxy).unwrap();
    stream.write_all(request(user).as_bytes()).unwrap();
    stream
}

/// How long until a connection is answered 200.
fn served(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer.as_slice(), b"HTTP/1.1 200", "{}", answer.escape_ascii());
    began.elapsed()
}

const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn a_workload_that_takes_all_connections_leaves_others_theirs() {
    let (folder, orders, billing) = (tempfile::tempdir().unwrap(), free(), free());
    let workloads = format!(
        "[[workload]]\nname = \"orders\"\nlisten = \"{orders}\"\n[[workload]]\nname = \"billing\"\nlisten = \"{billing}\"\n"
    );
    let stage = stage(&folder, &workloads);
    // Silent and idle ones alike.
    let silent: Vec<TcpStream> = (0..10).map(|_| TcpStream::connect(orders).unwrap()).collect();
    let hog: Vec<TcpStream> = (0..30).map(|_| asking(orders, None)).collect();
    stage.guard.until_metric("rds_guard_connections_waiting", |waiting| waiting > 0);
    for proxy in [billing, stage.guard.proxy] {
        let mut others: Vec<TcpStream> = (0..4).map(|_| asking(proxy, None)).collect();
        assert!(others.iter_mut().all(|other| served(other) < AT_ONCE), "a share of 4 is kept");
    }
    stage.guard.until_metric("rds_guard_connections", |open| open == 16);
    drop((silent, hog));
    served(&mut asking(orders, None));
}

#[test]
fn before_a_token_is_shown_silent_connections_keep_no_workload_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut workloads = String::new();
    for name in ["orders", "billing"] {
        let token = folder.path().join(name);
        std::fs::write(&token, format!("the-token-of-{name}-0451")).unwrap();
        workloads += &format!("[[workload]]\nname = \"{name}\"\ntoken_file = \"{}\"\n", token.display());
    }
    let stage = stage(&folder, &workloads);
    let proxy = stage.guard.proxy;
    let silent: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(proxy).unwrap()).collect();
    let mut hog: Vec<TcpStream> = (0..16).map(|_| asking(proxy, Some("orders"))).collect();
    assert!(hog.iter_mut().all(|stream| served(stream) < AT_ONCE), "all but the shares of others");
    let beyond: Vec<TcpStream> = (0..200).map(|_| asking(proxy, Some("orders"))).collect();
    stage.guard.until_metric("rds_guard_connections_waiting", |waiting| waiting > 10);
    let mut others: Vec<TcpStream> = Vec::new();
    for user in ["billing", "billing", "billing", "billing"] {
        let mut other = asking(proxy, Some(user));
        assert!(served(&mut other) < AT_ONCE);
        others.push(other);
    }
    drop((silent, beyond, hog));
    served(&mut asking(proxy, Some("orders")));
}

/// A connection after its handshake, which is kept open for longer than a head may take.
fn idle(stage: &Stage, mut stream: TcpStream) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let mut head = [0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()];
    stream.read_exact(&mut head).unwrap();
    assert!(head.starts_with(b"HTTP/1.1 200 "), "{}", head.escape_ascii());
    let name = rustls::pki_types::ServerName::try_from(HOST).unwrap();
    let session = rustls::ClientConnection::new(trusting(&stage.guard).into(), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, stream);
    stream.conn.complete_io(&mut stream.sock).unwrap();
    stream
}

/// A workload with a listener of its own and a token.
fn orders_with_a_token(folder: &tempfile::TempDir, listen: SocketAddr) -> String {
    let token = folder.path().join("token");
    std::fs::write(&token, "the-token-of-orders-0451").unwrap();
    format!("[[workload]]\nname = \"orders\"\nlisten = \"{listen}\"\ntoken_file = \"{}\"\n", token.display())
}

#[test]
fn a_client_that_is_asked_for_its_token_keeps_its_place_while_it_answers_promptly() {
    let (folder, orders) = (tempfile::tempdir().unwrap(), free());
    let stage = stage(&folder, &orders_with_a_token(&folder, orders));
    let silent = || -> Vec<TcpStream> { (0..200).map(|_| TcpStream::connect(orders).unwrap()).collect() };
    let challenged = || {
        let mut stream = asking(orders, None);
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let head = String::from_utf8(answer).unwrap();
        assert!(head.starts_with("HTTP/1.1 407 "), "{head}");
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
        stream.read_exact(&mut vec![0; length.unwrap_or(0)]).unwrap();
        stream
    };
    // More silent connections than there are places, both before and after it is asked.
    let before = silent();
    let mut prompt = challenged();
    let after = silent();
    let _ = prompt.write_all(request(Some("orders")).as_bytes());
    assert!(served(&mut prompt) < AT_ONCE);
    // One that was asked long ago has no more right to a place than a silent one.
    let mut late = challenged();
    std::thread::sleep(Duration::from_secs(3));
    let more = silent();
    assert!(matches!(late.read(&mut [0]), Ok(0) | Err(_)), "it was closed for others");
    drop((stage, before, after, more));
}

#[test]
fn a_connect_beyond_what_a_workload_may_have_waits_and_is_answered_with_the_limits_name() {
    let (folder, orders) = (tempfile::tempdir().unwrap(), free());
    let limits = "[limits]\nconnections = 8\nhead_time = \"2s\"\n";
    let stage = stage_within(&folder, limits, &orders_with_a_token(&folder, orders));
    // A quarter of the eight is kept for clients of no workload.
    let mut hog: Vec<_> = (0..6).map(|_| idle(&stage, asking(orders, Some("orders")))).collect();
    let began = Instant::now();
    let answer = plainly::rest(asking(orders, Some("orders")));
    let took = began.elapsed();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("too many connections are open: `limits.connections`"), "{answer}");
    assert!((Duration::from_millis(1900)..Duration::from_secs(10)).contains(&took), "{took:?}");
    // One that waits is served when another ends.
    let mut waiting = asking(orders, Some("orders"));
    stage.guard.until_metric("rds_guard_connections_waiting", |waiting| waiting == 1);
    drop(hog.pop());
    served(&mut waiting);
    drop((hog, waiting));
    let records = stage.guard.into_records();
    let refused: Vec<_> = records.iter().filter(|record| record["reason"] == "overload").collect();
    assert_eq!(refused.len(), 1, "{records:?}");
    assert_eq!((&refused[0]["workload"], &refused[0]["decision"]), (&"orders".into(), &"deny".into()));
}

/// Two workloads, each with a listener of its own.
fn two_workloads(orders: SocketAddr, billing: SocketAddr) -> String {
    format!(
        "[[workload]]\nname = \"orders\"\nlisten = \"{orders}\"\n[[workload]]\nname = \"billing\"\nlisten = \"{billing}\"\n"
    )
}

/// One request by a listener, and what is answered.
fn answered(stage: &Stage, proxy: SocketAddr, request: &str) -> String {
    let mut stream = idle(stage, asking(proxy, None));
    stream.sock.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.replacen("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n", 1).as_bytes()).unwrap();
    plainly::rest(stream)
}

#[test]
fn a_workload_whose_requests_take_all_places_leaves_others_theirs() {
    let (folder, orders, billing) = (tempfile::tempdir().unwrap(), free(), free());
    // An endpoint that takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let file = folder.path().join("rds-guard.toml");
    // Of twelve, two are kept for each workload and for clients of none.
    let limits = "[limits]\nin_flight = 12\n[upstream]\nconnect = \"120s\"\n";
    std::fs::write(&file, format!("{limits}{}", two_workloads(orders, billing))).unwrap();
    let (sandbox, key) = Stage::sandbox();
    let address = silent.local_addr().unwrap();
    let stage = Stage::before(sandbox, key, address, ALLOW_READS, &["--config", file.to_str().unwrap()]);
    let good = stage.good();
    let hang = |proxy: SocketAddr| {
        let mut stream = idle(&stage, asking(proxy, None));
        stream.write_all(good.as_bytes()).unwrap();
        stream.flush().unwrap();
        stream
    };
    let denied = stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]);
    let mut hog: Vec<_> = (0..8).map(|_| hang(orders)).collect();
    stage.guard.until_metric("rds_guard_requests_in_flight", |requests| requests == 8);
    let beyond = answered(&stage, orders, &denied);
    assert!(beyond.contains("<Code>Throttling</Code>") && beyond.contains("x-rds-guard-reason: overload"), "{beyond}");
    for (proxy, so_far) in [(billing, 8), (stage.guard.proxy, 9)] {
        // One place is taken, the other one serves.
        hog.push(hang(proxy));
        stage.guard.until_metric("rds_guard_requests_in_flight", |requests| requests == so_far + 1);
        let answer = answered(&stage, proxy, &denied);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    // The endpoint is gone, and with it what waited for it.
    drop((hog, silent));
    stage.guard.until_metric("rds_guard_requests_in_flight", |requests| requests == 0);
    let answer = answered(&stage, orders, &denied);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[test]
fn a_workload_whose_bodies_take_all_memory_leaves_others_theirs() {
    let (folder, orders, billing) = (tempfile::tempdir().unwrap(), free(), free());
    // Of twelve bodies of 64 KiB, two are kept for each workload and for clients of none.
    let limits = "[limits]\nbody = \"64KiB\"\nbuffered = \"768KiB\"\nbody_time = \"120s\"\n";
    let stage = stage_within(&folder, limits, &two_workloads(orders, billing));
    let hold = |proxy: SocketAddr| {
        let mut stream = idle(&stage, asking(proxy, None));
        write!(stream, "POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 65536\r\nExpect: 100-continue\r\n\r\n")
            .unwrap();
        let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut go_on).unwrap();
        assert!(go_on.starts_with(b"HTTP/1.1 100 "), "{}", go_on.escape_ascii());
        stream
    };
    let mut hog: Vec<_> = (0..8).map(|_| hold(orders)).collect();
    let beyond = answered(&stage, orders, &stage.good());
    assert!(beyond.starts_with("HTTP/1.1 400 ") && beyond.contains("<Code>Throttling</Code>"), "{beyond}");
    for proxy in [billing, stage.guard.proxy] {
        hog.push(hold(proxy));
        let answer = answered(&stage, proxy, &stage.good());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    drop(hog);
    stage.guard.until_metric("rds_guard_connections", |open| open == 0);
    let answer = answered(&stage, orders, &stage.good());
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
