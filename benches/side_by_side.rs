//! Compares rds-guard with HAProxy, each as a separate process with the same task: terminate TLS, judge by action,
//! forward over pooled TLS. The measured value is the processor time of the proxy's process, so that neither the
//! client nor the service nor other work on the machine counts; the two take turns.
//!
//! HAProxy looks for one denied action in the body. rds-guard has its policy, its identity and its audit file.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up fails by panicking"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, HandshakeKind, client::Resumption, pki_types::ServerName};
use tokio::{net::TcpStream, runtime::Runtime, task::JoinSet};
use tokio_rustls::{TlsConnector, client::TlsStream};

mod request_workload;
use request_workload::{DNS, HOST, POLICY, round_trip, service, signed, trusting};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 7;

/// A proxy as a process.
struct Proxy {
    name: &'static str,
    child: Child,
    address: SocketAddr,
    ca: String,
}

/// The load applied to both.
struct Row {
    name: &'static str,
    action: &'static str,
    parameter: (&'static str, usize),
    /// Bytes of the answer.
    answer: usize,
    way: Way,
}

enum Way {
    /// Connections that are kept open.
    Kept,
    /// A new connection for each request, with a full handshake or a resumed one.
    New(HandshakeKind),
}

const LIST: Row = Row {
    name: "judged and forwarded, kept alive",
    action: "DescribeDBInstances",
    parameter: ("DBInstanceIdentifier", 8),
    answer: 400,
    way: Way::Kept,
};

const ROWS: [Row; 6] = [
    LIST,
    Row { name: "the same, an answer of 20 kB", answer: 20_000, ..LIST },
    Row { name: "the same, a request of 20 kB", parameter: ("Further", 20_000), ..LIST },
    Row { name: "judged and refused", action: "DeleteDBInstance", ..LIST },
    Row { name: "new connection, full handshake", way: Way::New(HandshakeKind::Full), ..LIST },
    Row { name: "new connection, resumed", way: Way::New(HandshakeKind::Resumed), ..LIST },
];

impl Row {
    /// The number of requests of all clients together.
    fn count(&self) -> usize {
        match self.way {
            Way::Kept => 400 * CONNECTIONS,
            Way::New(_) => 50 * CONNECTIONS,
        }
    }

    fn status(&self) -> u16 {
        // According to the policy of the workload.
        if self.action.starts_with("Describe") { 200 } else { 403 }
    }
}

impl Proxy {
    /// rds-guard with one worker, which terminates TLS itself.
    fn rds_guard(folder: &Path, upstream: SocketAddr, upstream_ca: &Path) -> Self {
        let path = |name: &str| folder.join(name).display().to_string();
        let program = std::env::var("RDS_GUARD_TEST_PROGRAM");
        let mut child = Command::new(program.as_deref().unwrap_or(env!("CARGO_BIN_EXE_rds-guard")))
            .args(["run", "--listen", "127.0.0.1:0", "--listen-direct", "127.0.0.1:0", "--admin", "off"])
            .args(["--policy", POLICY, "--endpoint", &format!("us-east-1={DNS}")])
            .args(["--resolve", &format!("{DNS}:443:{}:{}", upstream.ip(), upstream.port())])
            .args(["--upstream-ca", &upstream_ca.display().to_string(), "--ca-dir", &path("ca")])
            .args(["--audit", &path("audit.jsonl")])
            .envs([("RDS_GUARD_WORKERS", "1"), ("RDS_GUARD_IDENTITY__OWN_CREDENTIALS", "false")])
            .env_remove("RDS_GUARD_TEST_PROGRAM")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("rds-guard");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.starts_with("ready ")).expect("it is ready");
        let direct = ready.split(' ').find_map(|part| part.strip_prefix("direct=")).expect("an address");
        let ca = fs::read_to_string(folder.join("ca/ca.pem")).expect("its root");
        Self { name: "rds-guard", child, address: direct.parse().expect("an address"), ca }
    }

    /// HAProxy with one thread.
    fn haproxy(folder: &Path, upstream: SocketAddr, upstream_ca: &Path) -> Self {
        let certified = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let pem = folder.join("haproxy.pem");
        fs::write(&pem, certified.cert.pem() + &certified.signing_key.serialize_pem()).expect("a file");
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
        let config = format!(
            "global\n  nbthread 1\n  tune.bufsize 65536\n  maxconn 4000\n\
             defaults\n  mode http\n  timeout connect 3s\n  timeout client 60s\n  timeout server 60s\n\
             frontend f\n  bind {address} ssl crt {pem} alpn http/1.1\n  option http-buffer-request\n  \
             http-request deny if {{ req.body -m sub Action=DeleteDBInstance }}\n  default_backend b\n\
             backend b\n  http-reuse always\n  server s {upstream} ssl verify required ca-file {ca} sni str({DNS}) \
             verifyhost {DNS}\n",
            pem = pem.display(),
            ca = upstream_ca.display(),
        );
        let file = folder.join("haproxy.cfg");
        fs::write(&file, config).expect("a file");
        let child = Command::new("haproxy").args(["-db", "-f"]).arg(&file).spawn().expect("haproxy");
        let proxy = Self { name: "HAProxy", child, address, ca: certified.cert.pem() };
        while std::net::TcpStream::connect(address).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        proxy
    }

    /// The processor time of its threads, in nanoseconds.
    fn processor_time(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        let time = |path: PathBuf| -> u64 {
            let text = fs::read_to_string(path.join("schedstat")).expect("its times");
            text.split(' ').next().and_then(|time| time.parse().ok()).expect("a number")
        };
        tasks.map(|task| time(task.expect("a thread").path())).sum()
    }

    /// Its resident memory in kilobytes.
    fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.child.kill().expect("it ends");
        self.child.wait().expect("it ended");
    }
}

async fn connect(address: SocketAddr, config: &Arc<ClientConfig>) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let name = ServerName::try_from(HOST).expect("a name");
    TlsConnector::from(Arc::clone(config)).connect(name, stream).await.expect("a handshake")
}

/// One client's part of a row.
async fn client(address: SocketAddr, config: Arc<ClientConfig>, request: Arc<[u8]>, row: &'static Row) {
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut kept = None;
    for _ in 0..row.count() / CONNECTIONS {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => connect(address, &config).await,
        };
        let status = round_trip(&mut stream, &request, &mut buffer).await;
        assert_eq!(status, row.status(), "{}", row.name);
        match row.way {
            Way::Kept => kept = Some(stream),
            Way::New(kind) => assert_eq!(stream.get_ref().1.handshake_kind(), Some(kind)),
        }
    }
}

/// Microseconds of processor time for each request.
async fn measure(proxy: &Proxy, row: &'static Row) -> f64 {
    // Each client has its own store for tickets: they are used once.
    let resumption = || match row.way {
        Way::Kept | Way::New(HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest) => Resumption::disabled(),
        Way::New(_) => Resumption::in_memory_sessions(1),
    };
    let request: Arc<[u8]> = signed(row.action, row.parameter).into();
    let configs: Vec<_> = (0..CONNECTIONS).map(|_| Arc::new(trusting(&proxy.ca, resumption()))).collect();
    // Initial work, such as the ticket to resume with and the pool's connections, is not counted.
    let mut buffer = Vec::new();
    for config in &configs {
        round_trip(&mut connect(proxy.address, config).await, &request, &mut buffer).await;
    }
    let before = proxy.processor_time();
    let mut clients = JoinSet::new();
    for config in configs {
        clients.spawn(client(proxy.address, config, Arc::clone(&request), row));
    }
    clients.join_all().await;
    let count = u32::try_from(row.count()).expect("a count");
    Duration::from_nanos(proxy.processor_time() - before).as_secs_f64() * 1e6 / f64::from(count)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    if Command::new("haproxy").arg("-v").stdout(Stdio::null()).status().is_err() {
        println!("there is no haproxy to compare with: install the package haproxy (2.6 was measured)");
        return;
    }
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    println!("{:<36}{:>12}{:>12}{:>9}", "processor time per request", "rds-guard", "HAProxy", "ratio");
    for row in &ROWS {
        let (upstream, ca) = runtime.block_on(service(row.answer));
        let ca_file = folder.path().join("upstream.pem");
        fs::write(&ca_file, ca).expect("a file");
        let both =
            [Proxy::rds_guard(folder.path(), upstream, &ca_file), Proxy::haproxy(folder.path(), upstream, &ca_file)];
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (proxy, times) in both.iter().zip(&mut times) {
                times.push(runtime.block_on(measure(proxy, row)));
            }
        }
        let [ours, theirs] = times.map(median);
        println!("{:<36}{ours:>9.1} µs{theirs:>9.1} µs{:>9.2}", row.name, ours / theirs);
    }
    memory(&runtime, folder.path());
}

/// The memory of both when idle, after load, and with 990 open connections.
fn memory(runtime: &Runtime, folder: &Path) {
    println!("\n{:<36}{:>12}{:>12}{:>12}", "resident memory", "idle", "after load", "990 open");
    let (upstream, ca) = runtime.block_on(service(400));
    let ca_file = folder.join("upstream.pem");
    fs::write(&ca_file, ca).expect("a file");
    for proxy in [Proxy::rds_guard(folder, upstream, &ca_file), Proxy::haproxy(folder, upstream, &ca_file)] {
        let idle = proxy.resident();
        runtime.block_on(measure(&proxy, &LIST));
        let after = proxy.resident();
        let config = Arc::new(trusting(&proxy.ca, Resumption::disabled()));
        let request = signed(LIST.action, LIST.parameter);
        let open = runtime.block_on(async {
            let mut open = Vec::new();
            // Connections of the load still count against the limit until the proxy notices that they ended.
            for _ in 0..990 {
                let mut stream = connect(proxy.address, &config).await;
                round_trip(&mut stream, &request, &mut Vec::new()).await;
                open.push(stream);
            }
            let resident = proxy.resident();
            drop(open);
            resident
        });
        let [idle, after, open] = [idle, after, open].map(|kilobytes| format!("{:.1} MiB", kilobytes as f64 / 1024.0));
        println!("{:<36}{idle:>12}{after:>12}{open:>12}", proxy.name);
    }
}
