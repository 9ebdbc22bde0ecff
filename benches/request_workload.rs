//! Shared by the benchmarks of whole requests: a service that answers, signed requests, and the client side of TLS.

use std::{net::SocketAddr, sync::Arc};

use rds_guard::sandbox::{Call, Key, Placement, SecretAccessKey};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// The RDS API host that clients name.
pub(crate) const HOST: &str = "rds.us-east-1.amazonaws.com";
/// The endpoint that requests are forwarded to.
pub(crate) const DNS: &str = "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com";
/// The policy.
pub(crate) const POLICY: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"}]}"#;

/// A service that gives each request the same answer; returns its address and its certificate.
pub(crate) async fn service(size: usize) -> (SocketAddr, String) {
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
                let mut bytes = Vec::with_capacity(64 * 1024);
                while message(&mut stream, &mut bytes).await.is_some() {
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, certified.cert.pem())
}

/// A signed request for an action, with a parameter of this many bytes.
pub(crate) fn signed(action: &str, parameter: (&str, usize)) -> Vec<u8> {
    let key = Key {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().expect("a key id"),
        secret_access_key: SecretAccessKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: None,
        account: "123456789012".parse().expect("an account"),
    };
    let parameters = vec![(parameter.0.to_owned(), "x".repeat(parameter.1))];
    let call = Call { host: HOST.into(), region: "us-east-1".into(), action: action.into(), parameters };
    let request = call.sign(&key, Placement::Header, OffsetDateTime::now_utc()).expect("a signature").request;
    let mut head = format!("POST / HTTP/1.1\r\nhost: {HOST}\r\ncontent-length: {}\r\n", request.body().len());
    for (name, value) in request.headers() {
        if name != "host" && name != "content-length" {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().expect("text")));
        }
    }
    [head.as_bytes(), b"\r\n", request.body()].concat()
}

/// A client that trusts one certificate.
pub(crate) fn trusting(ca: &str, resumption: Resumption) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("a certificate")).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = resumption;
    config
}

/// Sends a request and reads the whole answer; returns its status.
pub(crate) async fn round_trip<S>(stream: &mut S, request: &[u8], buffer: &mut Vec<u8>) -> u16
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(request).await.expect("a request");
    message(stream, buffer).await.expect("an answer")
}

/// Reads one message; returns the status of an answer, 0 for a request, `None` at the end.
async fn message<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<u16> {
    buffer.clear();
    let mut end = None;
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        if end.is_none() {
            end = memchr::memmem::find(buffer, b"\r\n\r\n").map(|at| at + 4 + length(&buffer[..at]));
        }
        if end.is_some_and(|end| buffer.len() >= end) {
            let status = buffer.strip_prefix(b"HTTP/1.1 ").and_then(|rest| std::str::from_utf8(&rest[..3]).ok());
            return Some(status.map_or(0, |status| status.parse().expect("a status")));
        }
    }
}

fn length(head: &[u8]) -> usize {
    let text = std::str::from_utf8(head).expect("text").to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    length.map_or(0, |length| length.parse().expect("a number"))
}
