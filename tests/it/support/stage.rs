//! A sandbox behind the proxy, and a client that sends arbitrary bytes.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rds_guard::sandbox::{Call, Key, Placement, Sandbox, SandboxSettings, SecretAccessKey, Seed};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::guard::{Endpoint, Guard};

pub(crate) const HOST: &str = "rds.us-east-1.amazonaws.com";
pub(crate) const DNS: &str = "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com";
pub(crate) const ALLOW_READS: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"}]}"#;

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) guard: Guard,
    pub(crate) key: Key,
}

impl Stage {
    /// A proxy with this policy and these additional arguments.
    pub(crate) fn set(policy: &str, arguments: &[&str]) -> Self {
        let (sandbox, key) = Self::sandbox();
        let address = sandbox.address();
        Self::before(sandbox, key, address, policy, arguments)
    }

    /// The sandbox behind a proxy, and the key that it accepts.
    pub(crate) fn sandbox() -> (Sandbox, Key) {
        Self::sandbox_with(Vec::new())
    }

    /// Like [`sandbox`], with existing databases.
    pub(crate) fn sandbox_with(seeds: Vec<Seed>) -> (Sandbox, Key) {
        let key = Key {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            secret_access_key: SecretAccessKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            account: "123456789012".parse().unwrap(),
        };
        let sandbox =
            Sandbox::start(SandboxSettings { keys: vec![key.clone()], seeds, ..SandboxSettings::default() }).unwrap();
        (sandbox, key)
    }

    /// A proxy with this policy and these additional arguments, in front of a sandbox that is reached at an
    /// address.
    pub(crate) fn before(sandbox: Sandbox, key: Key, address: SocketAddr, policy: &str, arguments: &[&str]) -> Self {
        let endpoint = Endpoint { region: "us-east-1", dns: DNS, address };
        let guard = Guard::start_with(policy, &[endpoint], sandbox.ca_pem(), arguments);
        Self { sandbox, guard, key }
    }

    /// A signed call as bytes.
    pub(crate) fn signed(&self, region: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let call = Call {
            host: HOST.into(),
            region: region.into(),
            action: action.into(),
            parameters: parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        };
        let request = call.sign(&self.key, Placement::Header, OffsetDateTime::now_utc()).unwrap().request;
        let mut text = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path());
        for (name, value) in request.headers() {
            text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        if !request.headers().contains_key("host") {
            text.push_str(&format!("host: {HOST}\r\n"));
        }
        if !request.headers().contains_key("content-length") {
            text.push_str(&format!("content-length: {}\r\n", request.body().len()));
        }
        text.push_str("\r\n");
        text + std::str::from_utf8(request.body()).unwrap()
    }

    /// Sends bytes on a connection that was requested for another host.
    pub(crate) async fn exchange_with(&self, host: &str, bytes: &[u8]) -> String {
        exchange_for(&self.guard, host, bytes).await
    }

    /// Sends bytes, leaves the connection open, and reads until the proxy closes it.
    pub(crate) async fn open(&self, bytes: &str) -> String {
        let mut stream = tls(&self.guard, HOST).await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.expect("the proxy closes").ok();
        String::from_utf8(answer).unwrap()
    }

    /// A call that every policy here allows.
    pub(crate) fn good(&self) -> String {
        self.signed("us-east-1", "DescribeDBInstances", &[])
    }
}

pub(crate) async fn connect(proxy: SocketAddr, target: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap() == 0 {
            break;
        }
        answer.push(byte[0]);
    }
    (stream, String::from_utf8(answer).unwrap())
}

async fn tls(guard: &Guard, host: &str) -> tokio_rustls::client::TlsStream<TcpStream> {
    let (stream, answer) = connect(guard.proxy, &format!("{host}:443")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let name = ServerName::try_from(host.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(trusting(guard))).connect(name, stream).await.unwrap()
}

/// The TLS settings of a client that trusts a proxy's authority, without the public roots of the bundle, which a
/// debug build takes long to read.
pub(crate) fn trusting(guard: &Guard) -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(guard.published("ca.pem")).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Sends bytes on a new connection, closes the sending side, and reads the whole answer.
pub(crate) async fn exchange(guard: &Guard, bytes: &[u8]) -> String {
    exchange_for(guard, HOST, bytes).await
}

async fn exchange_for(guard: &Guard, host: &str, bytes: &[u8]) -> String {
    let mut stream = tls(guard, host).await;
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    read.expect("the proxy closes").ok();
    String::from_utf8(answer).unwrap()
}
