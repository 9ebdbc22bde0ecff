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
