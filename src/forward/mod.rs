//! Stage 6: sends the same bytes to the VPC endpoint.
//!
//! [`Forward`] takes an [`Outgoing`], which can only be made from a permitted call. It writes the request that this
//! contains, which is as it was received unless the broker re-signed it. Names are resolved over DNS and kept for
//! as long as the answers are valid, addresses are raced, failed addresses are remembered, certificates are checked
//! against the dialled name or the region's service name, and connections are kept in a pool for each runtime.
//!
//! A request is sent a second time in two cases only: the kernel had accepted none of it when its connection ended;
//! or the action only reads, no byte of an answer has arrived, and the connection came from the pool or there is
//! another address.

mod answer;
mod connector;
mod destination;
mod dns;
mod error;
mod exchange;
mod health;
mod outlook;
mod pool;
mod resolver;
mod survey;
mod through;
mod verifier;
mod watched;
mod wire;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustls::{crypto::CryptoProvider, pki_types::CertificateDer};
use tokio::{sync::Semaphore, task::JoinSet};

pub use answer::Answer;
pub use destination::{Destination, Destinations, Endpoint, FipsRouting, Unmapped};
pub use error::Error;
pub use outlook::{AddressOutlook, Failing, Outlook};
pub use resolver::ResolveOverride;
pub use survey::{Reach, Sight};
pub use watched::Watched;

use crate::{
    accept::{EndpointAddresses, UpstreamProxy},
    aws::Region,
    http1::Request,
    sign::Outgoing,
};
use connector::{Connection, Connector};
use dns::Dns;
use exchange::{Broken, exchange};
use pool::Pool;
use resolver::Resolver;
use through::Through;

/// The maximum number of connections tried for one call, as long as none of it leaves the process.
const MOST_TRIES: u32 = 4;

/// The maximum number of concurrent lookups that no request waits for.
const MOST_QUESTIONS: usize = 16;

/// How calls are forwarded.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The destinations of calls.
    pub destinations: Arc<Destinations>,
    /// Additional names of the RDS API whose addresses tunnels must not reach.
    pub watched: Watched,
    /// Names with configured addresses.
    pub overrides: Vec<ResolveOverride>,
    /// A proxy that calls go through.
    pub upstream_proxy: Option<Arc<UpstreamProxy>>,
    /// Additional networks that count as private.
    pub private_cidrs: Vec<ipnet::IpNet>,
    /// Roots in addition to Mozilla's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// Maximum time to connect to one address, TLS included.
    pub connect: Duration,
    /// Maximum time until the service begins its answer.
    pub first_byte: Duration,
    /// Maximum pause within an answer, and how long a connection is kept idle. Less than the 350 s after which an
    /// interface endpoint drops an idle connection.
    pub idle: Duration,
}

/// Forwards permitted calls. There is one for each runtime; clones share its connections.
#[derive(Clone, Debug)]
pub struct Forward(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    destinations: Arc<Destinations>,
    watched: Watched,
    connector: Arc<Connector>,
    pool: Arc<Pool>,
    first_byte: Duration,
    idle: Duration,
}

impl Forward {
    /// Creates a forwarder that adds the addresses it resolves to `known`.
    ///
    /// # Errors
    /// A root that is not a certificate.
    pub fn new(
        settings: &Settings,
        provider: Arc<CryptoProvider>,
        known: EndpointAddresses,
    ) -> Result<Self, rustls::Error> {
        let overrides = settings.overrides.clone();
        let straight = overrides.iter().map(|given| given.host.clone());
        let through = Through::new(settings.upstream_proxy.clone(), straight);
        let resolver = Resolver::new(overrides, settings.private_cidrs.clone(), known, Dns::default());
        let roots = Arc::new(verifier::root_store(&settings.extra_roots)?);
        let connector = Arc::new(Connector::new(resolver, through, provider, roots, settings.connect));
        Ok(Self(Arc::new(Inner {
            destinations: Arc::clone(&settings.destinations),
            watched: settings.watched.clone(),
            pool: Arc::new(Pool::new(settings.idle, Arc::clone(&connector))),
            connector,
            first_byte: settings.first_byte,
            idle: settings.idle,
        })))
    }

    /// Resolves the names that calls go to, so that tunnels know their addresses before the first call does.
    /// Returns true if DNS answered for each of them.
    pub async fn learn_addresses(&self) -> bool {
        let Destinations { endpoints, .. } = &*self.0.destinations;
        let of_endpoints = endpoints.iter().flat_map(|of| of.dns.iter().map(|name| (name.clone(), of.region.clone())));
        self.learn(of_endpoints).await
    }

    /// Resolves the additional names of the RDS API in the regions in use, so that no tunnel reaches them by
    /// address. Returns true if DNS answered for each of them.
    pub async fn learn_watched_addresses(&self) -> bool {
        self.learn(self.0.watched.names(&self.0.destinations)).await
    }

    /// Waits until a region whose names have not been resolved comes into use.
    pub async fn region_added(&self) {
        self.0.watched.added().await;
    }

    async fn learn(&self, names: impl IntoIterator<Item = (String, Region)>) -> bool {
        let places = Arc::new(Semaphore::new(MOST_QUESTIONS));
        let mut asked = JoinSet::new();
        for (name, region) in names {
            let (connector, places) = (Arc::clone(&self.0.connector), Arc::clone(&places));
            asked.spawn(async move {
                let _place = places.acquire().await;
                // Best effort: a failed lookup is retried in the next round.
                let _ = connector.learn(&name, &region).await;
                connector.is_answered(&name)
            });
        }
        let mut answered = true;
        while let Some(name) = asked.join_next().await {
            answered &= name.unwrap_or(false);
        }
        answered
    }

    /// Refreshes DNS answers, retries failed addresses, and drops connections that can no longer be used. To be
    /// called every second.
    pub fn tend(&self) {
        self.0.connector.tend();
        self.0.pool.sweep();
    }

    async fn send(&self, call: Outgoing) -> Result<Answer, Error> {
        let Inner { connector, pool, first_byte, .. } = &*self.0;
        let destination = self.0.destinations.find(call.host())?;
        self.0.watched.add_region(&destination.region);
        let only_reads = call.is_read_only();
        let request: Arc<Request> = Arc::new(call.into_request());
        let mut kept = pool.take(&destination, only_reads);
        let mut tries = 0;
        loop {
            let reused = kept.is_some();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => connector.connect(&destination).await?,
            };
            tries += 1;
            let broken = match exchange(&mut connection, &request, *first_byte).await {
                Ok(head) => {
                    connector.answered(&connection);
                    return Ok(self.answer(head, connection, destination));
                }
                Err(broken) => broken,
            };
            // A pooled connection may end at any time; this does not mean that its address has failed.
            let ended = matches!(broken, Broken::Unsent(_) | Broken::BeforeAnswer(_));
            if !(reused && ended) {
                connector.failed(&connection.candidate, "it serves no call");
            }
            let unseen = matches!(broken, Broken::Unsent(_)) && tries < MOST_TRIES;
            // A pooled connection may end just as the request is written, and an address may fail at that moment. A
            // call that only reads can be sent again; a call that writes may have been acted on, and only the
            // caller may decide to send it twice.
            let harmless = only_reads
                && matches!(broken, Broken::BeforeAnswer(_) | Broken::Gone(_))
                && (reused || (tries == 1 && connector.has_other(&destination, &connection.candidate)));
            if !unseen && !harmless {
                return Err(self.error(broken));
            }
        }
    }

    fn answer(
        &self,
        head: crate::http1::ResponseHead,
        connection: Connection,
        destination: Arc<Destination>,
    ) -> Answer {
        Answer::new(head, connection, self.0.idle, Arc::clone(&self.0.pool), destination)
    }

    fn error(&self, broken: Broken) -> Error {
        match broken {
            Broken::Unsent(detail) => Error::Unreachable { detail },
            Broken::BeforeAnswer(detail) | Broken::Gone(detail) | Broken::InAnswer(detail) => Error::Lost { detail },
            Broken::Timeout => Error::Timeout { seconds: self.0.first_byte.as_secs() },
        }
    }
}

impl tower::Service<Outgoing> for Forward {
    type Response = Answer;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Outgoing) -> Self::Future {
        let forward = self.clone();
        Box::pin(async move { forward.send(call).await })
    }
}

#[cfg(test)]
mod tests;
