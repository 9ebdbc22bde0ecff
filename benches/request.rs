//! One whole judged request over loopback TLS: client, proxy, service, each with its own TLS.
//!
//! The proxy is the program's own, in this process; the service answers every request with the same bytes. The
//! round trip includes the client's and the service's work too, so compare rows of one run, not numbers of two
//! machines.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a benchmark that cannot be set up fails by panicking"
)]

use std::{fs, net::SocketAddr, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use rds_guard::{
    cli::{Environment, serve},
    config::{self, Flag, Sources},
};
use rustls::{client::Resumption, pki_types::ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Runtime,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

mod request_workload;
use request_workload::{DNS, HOST, POLICY, round_trip, service, signed, trusting};

async fn connect(proxy: SocketAddr, ca: &str) -> TlsStream<TcpStream> {
    let mut stream = TcpStream::connect(proxy).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    stream.write_all(format!("CONNECT {HOST}:443 HTTP/1.1\r\n\r\n").as_bytes()).await.expect("a request");
    let mut answer = [0; 39];
    stream.read_exact(&mut answer).await.expect("an answer");
    let name = ServerName::try_from(HOST).expect("a name");
    let config = trusting(ca, Resumption::default());
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
}

fn bench(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    for (name, size, action) in [
        ("judged and forwarded, 400 B", 400, "DescribeDBInstances"),
        ("judged and forwarded, 20 kB", 20_000, "DescribeDBInstances"),
        ("judged and refused", 400, "DeleteDBInstance"),
    ] {
        let (upstream, upstream_ca) = runtime.block_on(service(size));
        let ca_file = directory.path().join("upstream.pem");
        fs::write(&ca_file, upstream_ca).expect("a file");
        let flag = |name, value: &str| Flag { name, value: value.to_owned() };
        let sources = Sources {
            file: None,
            system_file: None,
            environment: Vec::new(),
            flags: vec![
                flag("--listen", "127.0.0.1:0"),
                flag("--admin", "127.0.0.1:0"),
                flag("--policy", POLICY),
                flag("--endpoint", &format!("us-east-1={DNS}")),
                flag("--resolve", &format!("{DNS}:443:127.0.0.1:{}", upstream.port())),
                flag("--upstream-ca", ca_file.to_str().expect("text")),
                flag("--audit", directory.path().join("audit.jsonl").to_str().expect("text")),
            ],
            require_enforce: false,
        };
        let config = config::load(&sources).expect("a configuration");
        let running = serve::start(&config, &Environment::default()).expect("a proxy");
        let proxy = *running.proxy.first().expect("an address");
        let mut stream = runtime.block_on(connect(proxy, &running.authority().ca_pem()));
        let request = signed(action, ("DBInstanceIdentifier", 8));
        let mut buffer = Vec::with_capacity(64 * 1024);
        criterion.bench_function(&format!("request/{name}"), |bencher| {
            bencher.iter(|| runtime.block_on(round_trip(&mut stream, &request, &mut buffer)));
        });
        drop(stream);
        running.stop();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
