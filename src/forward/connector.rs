//! Connects with TLS to one of an endpoint's addresses; the next address is tried while the first is slow.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::BytesMut;
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider, pki_types::ServerName};
use tokio::{
    task::{Id, JoinSet},
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    AddressOutlook, Destination, Error, Outlook,
    dns::Dns,
    health::{Candidate, Health},
    resolver::{Purpose, Resolver},
    through::Through,
    verifier,
    wire::Wire,
};
use crate::aws::Region;

/// How long the first address may take before the next one is tried concurrently (RFC 8305, 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// How long to wait for the other names of an endpoint once one of them has been resolved.
const NAME_DELAY: Duration = Duration::from_millis(100);

/// The maximum number of service names whose TLS settings are kept.
const MOST_CONFIGS: usize = 128;

/// An open connection to an endpoint.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TlsStream<Wire>,
    /// Bytes that were read after the last answer.
    pub(super) buffer: BytesMut,
    /// An error occurred on it although there is an answer: it must not be used for another request.
    pub(super) spent: bool,
    /// The dialled name and the address that answered.
    pub(super) candidate: Candidate,
}

impl Connection {
    /// The number of bytes that the kernel has accepted for sending.
    pub(super) fn taken(&self) -> u64 {
        self.stream.get_ref().0.taken()
    }
}

/// Opens connections.
#[derive(Debug)]
pub(super) struct Connector {
    resolver: Resolver<Dns>,
    through: Through,
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
    /// TLS settings by service name: they contain the session tickets.
    configs: Mutex<HashMap<String, Arc<ClientConfig>>>,
    health: Health,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(
        resolver: Resolver<Dns>,
        through: Through,
        provider: Arc<CryptoProvider>,
        roots: Arc<RootCertStore>,
        limit: Duration,
    ) -> Self {
        Self { resolver, through, provider, roots, configs: Mutex::default(), health: Health::default(), limit }
    }

    /// Connects to a destination.
    ///
    /// # Errors
    /// [`Error::Unreachable`] with the error of every address, or the resolver's; [`Error::NotPrivate`].
    pub(super) async fn connect(self: &Arc<Self>, destination: &Arc<Destination>) -> Result<Connection, Error> {
        let mut candidates = self.candidates(destination).await?;
        candidates.sort_by_key(|candidate| self.health.is_ailing(candidate.address));
        self.race(candidates).await
    }

    /// Whether calls may use this address: it still belongs to its name, and has not failed recently.
    pub(super) fn is_current(&self, candidate: &Candidate) -> bool {
        self.lists(candidate) && !self.health.is_ailing(candidate.address)
    }

    /// Whether an address still belongs to its name; always true for a proxy's address.
    fn lists(&self, candidate: &Candidate) -> bool {
        candidate.is_proxied || self.resolver.lists(&candidate.name, candidate.address)
    }

    /// The first of a destination's names that calls currently go to; `None` if it cannot be determined.
    pub(super) fn preferred<'a>(&self, destination: &'a Destination) -> Option<&'a str> {
        let well = |name: &&String| self.resolver.known(name).iter().any(|address| !self.health.is_ailing(*address));
        destination.names.iter().find(well).map(String::as_str)
    }

    /// Whether there is another address for a call that failed at one.
    pub(super) fn has_other(&self, destination: &Destination, failed: &Candidate) -> bool {
        let known = destination.names.iter().flat_map(|name| self.resolver.known(name));
        known.into_iter().any(|address| address != failed.address && !self.health.is_ailing(address))
    }

    /// Records that an address answered a call.
    pub(super) fn answered(&self, connection: &Connection) {
        self.health.answered(connection.candidate.address);
    }

    /// Records that an address accepted a connection but served no call on it.
    pub(super) fn failed(&self, candidate: &Candidate, detail: &str) {
        if self.health.failed(candidate) {
            tracing::warn!(name = %candidate.name, address = %candidate.address, detail, "an endpoint's address fails");
        }
    }

    /// Resolves a name only to know its addresses.
    ///
    /// # Errors
    /// The errors of the resolver.
    pub(super) async fn learn(&self, name: &str, region: &Region) -> Result<Vec<SocketAddr>, Error> {
        self.resolver.addresses(name, &Destination::named(name, region), Purpose::Learn).await
    }

    /// Whether the last lookup of a name was answered, including the answer that it does not exist.
    pub(super) fn is_answered(&self, name: &str) -> bool {
        self.resolver.is_answered(name)
    }

    /// The current state of a name, without sending a query.
    pub(super) fn outlook(&self, name: &str, region: &Region) -> Outlook {
        let known = self.resolver.known(name).into_iter();
        let seen = |address| AddressOutlook { address, failing: self.health.failing(address) };
        Outlook {
            name: name.to_owned(),
            region: region.clone(),
            is_proxied: self.through.is_for(name),
            addresses: known.map(seen).collect(),
            unresolved: self.resolver.unresolved(name),
        }
    }

    /// Maximum time to connect to one address.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Refreshes names whose answers expire, and retries failed addresses. Does not wait for either.
    pub(super) fn tend(self: &Arc<Self>) {
        for name in self.resolver.due() {
            let connector = Arc::clone(self);
            tokio::spawn(async move { connector.resolver.refresh(&name).await });
        }
        for candidate in self.health.due(|candidate| self.lists(candidate)) {
            let connector = Arc::clone(self);
            tokio::spawn(async move {
                match attempt(candidate.clone(), connector.through.clone(), connector.limit).await {
                    Ok(_) => connector.health.connected(candidate.address),
                    Err((_, detail)) => connector.failed(&candidate, &detail),
                }
            });
        }
    }

    /// The addresses of a name, or of the proxy through which it is reached, and whether they are the proxy's.
    async fn addresses(&self, name: &str, destination: &Destination) -> Result<(bool, Vec<SocketAddr>), Error> {
        match self.through.addresses(name, destination).await {
            Some(Ok(addresses)) => Ok((true, addresses)),
            Some(Err(error)) => Err(Error::Unreachable { detail: format!("the upstream proxy: {error}") }),
            None => self.resolver.addresses(name, destination, Purpose::Call).await.map(|found| (false, found)),
        }
    }

    /// All addresses of a destination, those of its first name first.
    async fn candidates(self: &Arc<Self>, destination: &Arc<Destination>) -> Result<Vec<Candidate>, Error> {
        let tls = self.config(&destination.service_name)?;
        let mut asked = JoinSet::new();
        for (place, name) in destination.names.iter().enumerate() {
            let (connector, destination, name) = (Arc::clone(self), Arc::clone(destination), name.clone());
            asked.spawn(async move { (place, connector.addresses(&name, &destination).await) });
        }
        let mut found = Vec::new();
        let mut refused = None;
        loop {
            // A name that cannot be resolved must not delay those that can.
            let patience = if found.is_empty() { Duration::MAX } else { NAME_DELAY };
            match timeout(patience, asked.join_next()).await {
                Ok(Some(Ok((place, Ok(addresses))))) => found.push((place, addresses)),
                Ok(Some(Ok((_, Err(error))))) => refused = refused.or(Some(error)),
                Ok(Some(Err(_))) => {}
                Ok(None) | Err(_) => break,
            }
        }
        found.sort_by_key(|(place, _)| *place);
        let mut candidates: Vec<Candidate> = Vec::new();
        for (place, addresses) in found {
            let Some(name) = destination.names.get(place) else { continue };
            let name: Arc<str> = name.as_str().into();
            let (is_proxied, addresses) = addresses;
            for address in addresses {
                // The address of a zonal name is also an address of the regional name.
                if candidates.iter().all(|candidate| candidate.address != address) {
                    let (name, tls) = (Arc::clone(&name), Arc::clone(&tls));
                    candidates.push(Candidate { name, address, is_proxied, tls });
                }
            }
        }
        if candidates.is_empty() {
            return Err(refused.unwrap_or_else(|| Error::Unreachable { detail: "no address".into() }));
        }
        Ok(candidates)
    }

    /// Tries the candidates in order, each with a head start over the next; the first that connects wins. Those
    /// that had their head start and lost are recorded as failing, so that the next call does not wait for them.
    async fn race(&self, candidates: Vec<Candidate>) -> Result<Connection, Error> {
        let mut waiting = candidates.into_iter();
        let mut attempts = JoinSet::new();
        let mut running: Vec<(Id, Candidate, Instant)> = Vec::new();
        let mut failures: Vec<String> = Vec::new();
        loop {
            if let Some(candidate) = waiting.next() {
                let started = attempts.spawn(attempt(candidate.clone(), self.through.clone(), self.limit));
                running.push((started.id(), candidate, Instant::now()));
            } else if attempts.is_empty() {
                return Err(Error::Unreachable { detail: failures.join("; ") });
            }
            let ended = if waiting.len() > 0 {
                match timeout(HEAD_START, attempts.join_next_with_id()).await {
                    Ok(ended) => ended,
                    Err(_) => continue,
                }
            } else {
                attempts.join_next_with_id().await
            };
            let id = match ended {
                Some(Ok((_, Ok(connection)))) => {
                    self.health.connected(connection.candidate.address);
                    running.retain(|(_, candidate, _)| candidate.address != connection.candidate.address);
                    for (_, candidate, since) in running {
                        if since.elapsed() >= HEAD_START {
                            self.failed(&candidate, "it hesitates to connect");
                        }
                    }
                    return Ok(connection);
                }
                Some(Ok((id, Err((candidate, detail))))) => {
                    self.failed(&candidate, &detail);
                    failures.push(format!("{}: {detail}", candidate.address));
                    id
                }
                Some(Err(error)) => {
                    failures.push(error.to_string());
                    error.id()
                }
                None => continue,
            };
            running.retain(|(attempt, _, _)| *attempt != id);
        }
    }

    /// The TLS settings for a service name.
    ///
    /// # Errors
    /// The name is not a DNS name.
    pub(super) fn config(&self, service_name: &str) -> Result<Arc<ClientConfig>, Error> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(service_name) {
            return Ok(Arc::clone(config));
        }
        let config = verifier::client_config(&self.provider, &self.roots, service_name)
            .map_err(|detail| Error::Unreachable { detail })?;
        // A caller can name any region that is well-formed.
        if configs.len() >= MOST_CONFIGS {
            configs.clear();
        }
        configs.insert(service_name.to_owned(), Arc::clone(&config));
        Ok(config)
    }
}

async fn attempt(candidate: Candidate, through: Through, limit: Duration) -> Result<Connection, (Candidate, String)> {
    let connecting = async {
        let name = ServerName::try_from(candidate.name.to_string()).map_err(std::io::Error::other)?;
        let wire = through.connect(&candidate, limit).await?;
        TlsConnector::from(Arc::clone(&candidate.tls)).connect(name, wire).await
    };
    match timeout(limit, connecting).await {
        Ok(Ok(stream)) => Ok(Connection { stream, buffer: BytesMut::new(), spent: false, candidate }),
        Ok(Err(error)) => Err((candidate, error.to_string())),
        Err(_) => Err((candidate, format!("no connection within {} s", limit.as_secs_f32()))),
    }
}
