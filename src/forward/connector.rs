//! A TLS connection to one of an endpoint's addresses: the next is tried while the first one hesitates.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider, pki_types::ServerName};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Destination, Error, Resolver, verifier};
use crate::aws::Region;

/// How long the first address may hesitate before the next one is tried beside it (RFC 8305, 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// How long an address that failed is tried last.
const SICK_FOR: Duration = Duration::from_secs(30);

/// The most regions whose TLS settings are kept.
const MOST_CONFIGS: usize = 128;

/// An open connection to an endpoint.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TlsStream<TcpStream>,
    /// Bytes that were read and do not belong to what has been answered yet.
    pub(super) buffer: BytesMut,
    /// Something went wrong on it, though there is an answer: it carries no further request.
    pub(super) spent: bool,
    /// Which of the endpoint's names was dialled.
    pub(super) name: Arc<str>,
    /// Which address answered.
    pub(super) address: SocketAddr,
}

/// Opens connections.
#[derive(Debug)]
pub(super) struct Connector {
    resolver: Resolver,
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    /// TLS settings by service name: they hold the session tickets.
    configs: Mutex<HashMap<String, Arc<ClientConfig>>>,
    /// Addresses that failed, and when.
    sick: Mutex<HashMap<SocketAddr, Instant>>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(
        resolver: Resolver,
        provider: Arc<CryptoProvider>,
        roots: Arc<RootCertStore>,
        limit: Duration,
    ) -> Self {
        Self { resolver, provider, roots, configs: Mutex::default(), sick: Mutex::default(), limit }
    }

    /// Connects to a destination.
    ///
    /// # Errors
    /// [`Error::Unreachable`] with what every address said, or what the resolver said.
    pub(super) async fn connect(&self, destination: &Destination) -> Result<Connection, Error> {
        let config = self.config(&destination.service_name)?;
        let mut candidates: Vec<(Arc<str>, SocketAddr)> = Vec::new();
        let mut refused = None;
        for name in &destination.names {
            match self.resolver.addresses(name, destination).await {
                Ok(addresses) => {
                    candidates.extend(addresses.into_iter().map(|address| (name.as_str().into(), address)))
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if candidates.is_empty() {
            return Err(refused.unwrap_or_else(|| Error::Unreachable { detail: "no address".into() }));
        }
        {
            let sick = self.sick.lock().unwrap_or_else(PoisonError::into_inner);
            candidates.sort_by_key(|(_, address)| sick.get(address).is_some_and(|since| since.elapsed() < SICK_FOR));
        }
        self.race(candidates, &config).await
    }

    /// Resolves a name only to know its addresses.
    pub(super) async fn learn(&self, name: &str, region: &Region) {
        let _ = self.resolver.addresses(name, &Destination::named(name, region)).await;
    }

    /// Tries the candidates in order, each with a head start over the next; the first that stands wins.
    async fn race(
        &self,
        candidates: Vec<(Arc<str>, SocketAddr)>,
        config: &Arc<ClientConfig>,
    ) -> Result<Connection, Error> {
        let mut waiting = candidates.into_iter();
        let mut attempts = JoinSet::new();
        let mut failures: Vec<String> = Vec::new();
        loop {
            if let Some((name, address)) = waiting.next() {
                attempts.spawn(attempt(name, address, Arc::clone(config), self.limit));
            } else if attempts.is_empty() {
                return Err(Error::Unreachable { detail: failures.join("; ") });
            }
            let more = waiting.len() > 0;
            let ended = if more {
                match timeout(HEAD_START, attempts.join_next()).await {
                    Ok(ended) => ended,
                    Err(_) => continue,
                }
            } else {
                attempts.join_next().await
            };
            match ended {
                Some(Ok(Ok(connection))) => {
                    self.sick.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection.address);
                    return Ok(connection);
                }
                Some(Ok(Err((address, detail)))) => {
                    self.sick.lock().unwrap_or_else(PoisonError::into_inner).insert(address, Instant::now());
                    failures.push(format!("{address}: {detail}"));
                }
                Some(Err(error)) => failures.push(error.to_string()),
                None => {}
            }
        }
    }

    fn config(&self, service_name: &str) -> Result<Arc<ClientConfig>, Error> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(service_name) {
            return Ok(Arc::clone(config));
        }
        let config = verifier::client_config(&self.provider, &self.roots, service_name)
            .map_err(|detail| Error::Unreachable { detail })?;
        // A caller may name any region that has the form of one.
        if configs.len() >= MOST_CONFIGS {
            configs.clear();
        }
        configs.insert(service_name.to_owned(), Arc::clone(&config));
        Ok(config)
    }
}

async fn attempt(
    name: Arc<str>,
    address: SocketAddr,
    config: Arc<ClientConfig>,
    limit: Duration,
) -> Result<Connection, (SocketAddr, String)> {
    let tls_name = ServerName::try_from(name.to_string()).map_err(|error| (address, error.to_string()))?;
    let connecting = async {
        let tcp = TcpStream::connect(address).await?;
        // Without it a request that takes two segments waits for a delayed acknowledgement.
        tcp.set_nodelay(true)?;
        TlsConnector::from(config).connect(tls_name, tcp).await
    };
    match timeout(limit, connecting).await {
        Ok(Ok(stream)) => Ok(Connection { stream, buffer: BytesMut::new(), spent: false, name, address }),
        Ok(Err(error)) => Err((address, error.to_string())),
        Err(_) => Err((address, format!("no connection within {} s", limit.as_secs_f32()))),
    }
}
