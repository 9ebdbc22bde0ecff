//! One whole judged request over loopback TLS: client, proxy, service, each with its own TLS.
//!
//! The proxy is the program's own, in this process; the service answers every request with the same bytes. The round
//! trip holds the client's and the service's work too, so compare rows of one run, not numbers of two machines.

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
    sandbox::{Call, Key, Placement, SecretAccessKey},
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

const HOST: &str = "rds.us-east-1.amazonaws.com";
const DNS: &str = "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com";
const POLICY: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"}]}"#;

/// A service that reads one request after the other and gives each the same answer.
async fn service(size: usize) -> (SocketAddr, String) {
    let certified = rcgen::generate_simple_self_signed([DNS.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .expect("a key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer: Arc<[u8]> =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {size}\r\n\r\n{}", "x".repeat(size))
            .into_bytes()
            .into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
            tokio::spawn(async move {
                stream.set_nodelay(true).expect("an option");
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut bytes = vec![0; 64 * 1024];
                while matches!(stream.read(&mut bytes).await, Ok(n) if n > 0) {
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, certified.cert.pem())
}

async fn connect(proxy: SocketAddr, ca: &str) -> TlsStream<TcpStream> {
    let mut stream = TcpStream::connect(proxy).await.expect("a connection");
    stream.set_nodelay(true).expect("an option");
    stream.write_all(format!("CONNECT {HOST}:443 HTTP/1.1\r\n\r\n").as_bytes()).await.expect("a request");
    let mut answer = [0; 39];
    stream.read_exact(&mut answer).await.expect("an answer");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(HOST).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake")
}

fn signed(action: &str) -> Vec<u8> {
    let key = Key {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().expect("a key id"),
        secret_access_key: SecretAccessKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: None,
        account: "123456789012".parse().expect("an account"),
    };
    let call = Call { host: HOST.into(), region: "us-east-1".into(), action: action.into(), parameters: Vec::new() };
    let request = call.sign(&key, Placement::Header, OffsetDateTime::now_utc()).expect("a signature").request;
    let mut head = format!("POST / HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: {}\r\n", request.body().len());
    for (name, value) in request.headers() {
        if name != "host" && name != "content-length" {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
        }
    }
    [head.as_bytes(), b"\r\n", request.body()].concat()
}

async fn round_trip(stream: &mut TlsStream<TcpStream>, request: &[u8], buffer: &mut Vec<u8>) -> usize {
    stream.write_all(request).await.expect("a request");
    buffer.clear();
    loop {
        stream.read_buf(buffer).await.expect("an answer");
        let head = memchr::memmem::find(buffer, b"\r\n\r\n").map(|at| at + 4);
        let Some(head) = head else { continue };
        let text = std::str::from_utf8(&buffer[..head]).expect("text").to_ascii_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        if buffer.len() >= head + length.expect("a length").parse::<usize>().expect("a number") {
            return buffer.len();
        }
    }
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
        let request = signed(action);
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
