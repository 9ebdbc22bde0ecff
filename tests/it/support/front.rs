//! A TLS front for a plain HTTP server, with its own authority, that counts requests.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What a front has forwarded.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: u64,
    pub(crate) requests: u64,
    /// Requests by the action in their body.
    pub(crate) actions: BTreeMap<String, u64>,
}

/// A running front; it lives as long as the tests.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    pub(crate) ca_pem: String,
    counts: Arc<Mutex<Counts>>,
}

impl Front {
    /// Starts a front under these names for the server at an address.
    pub(crate) fn start(names: &[&str], server: SocketAddr) -> Self {
        let (tls, ca_pem) = certificate(names);
        let counts = Arc::new(Mutex::new(Counts::default()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let counted = Arc::clone(&counts);
        std::thread::spawn(move || runtime.block_on(accept(listener, TlsAcceptor::from(tls), counted, server)));
        Self { address, ca_pem, counts }
    }

    /// The number of forwarded requests for an action.
    pub(crate) fn count(&self, action: &str) -> u64 {
        self.counts().actions.get(action).copied().unwrap_or(0)
    }

    /// The counts so far.
    pub(crate) fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().expect("no panic while counting")
    }
}

fn certificate(names: &[&str]) -> (Arc<ServerConfig>, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("DNS names");
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().expect("a key");
    let leaf = params.signed_by(&key, &authority).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("a usable certificate");
    (Arc::new(config), authority.pem())
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, counts: Arc<Mutex<Counts>>, server: SocketAddr) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (tls, counts) = (tls.clone(), Arc::clone(&counts));
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            counts.lock().expect("no panic while counting").connections += 1;
            let service = hyper::service::service_fn(|request| pass(request, &counts, server));
            drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn pass(
    request: Request<Incoming>,
    counts: &Mutex<Counts>,
    server: SocketAddr,
) -> io::Result<Response<Incoming>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    count(counts, &body);
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(async move { drop(connection.await) });
    sender.send_request(Request::from_parts(parts, Full::new(body))).await.map_err(io::Error::other)
}

fn count(counts: &Mutex<Counts>, body: &Bytes) {
    let mut counts = counts.lock().expect("no panic while counting");
    counts.requests += 1;
    let text = std::str::from_utf8(body).unwrap_or_default();
    if let Some(action) = text.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        *counts.actions.entry(action.to_owned()).or_default() += 1;
    }
}
