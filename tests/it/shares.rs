//! Workloads behind one proxy: one that takes all connections it can get leaves the others theirs.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use crate::support::stage::{ALLOW_READS, HOST, Stage};

const LIMITS: &str = "[limits]\nconnections = 24\nhead_time = \"60s\"\n";

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn stage(folder: &tempfile::TempDir, workloads: &str) -> Stage {
    let file = folder.path().join("rds-guard.toml");
    std::fs::write(&file, format!("{LIMITS}{workloads}")).unwrap();
    Stage::set(ALLOW_READS, &["--config", file.to_str().unwrap()])
}

/// A connection that asks for the RDS API, with the credentials of a workload.
fn asking(proxy: SocketAddr, user: Option<&str>) -> TcpStream {
    let mut stream = TcpStream::connect(proxy).unwrap();
    let credentials = user.map(|user| {
        let encoded = rds_guard::aws::base64::encode(format!("{user}:the-token-of-{user}-0451").as_bytes());
        format!("Proxy-Authorization: Basic {encoded}\r\n")
    });
    let head = format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n{}\r\n", credentials.unwrap_or_default());
    stream.write_all(head.as_bytes()).unwrap();
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
