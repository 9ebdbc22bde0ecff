//! Stage 6: the same bytes to the VPC endpoint.
//!
//! [`Forward`] takes a [`PermittedCall`], which only `authorize` can make, and writes the request it holds as it was
//! received. Names are resolved and addresses raced in [`Resolver`] and the connector, certificates checked against the
//! dialled name or the region's service name, connections kept in a pool of each runtime.

mod answer;
mod connector;
mod destination;
mod error;
mod exchange;
mod pool;
mod resolver;
mod verifier;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustls::{crypto::CryptoProvider, pki_types::CertificateDer};

pub use answer::Answer;
pub use destination::{Destination, Destinations, Endpoint, FipsRouting, Unmapped};
pub use error::Error;
pub use resolver::{ResolveOverride, Resolver};

use crate::{
    accept::EndpointAddresses,
    authorize::PermittedCall,
    aws::endpoint::{private_dns_name, service_name},
    http1::Request,
};
use connector::Connector;
use exchange::{Broken, exchange};
use pool::Pool;

/// How calls are forwarded.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where they go.
    pub destinations: Arc<Destinations>,
    /// Names whose addresses are given by hand.
    pub overrides: Vec<ResolveOverride>,
    /// Further networks that count as private.
    pub private_cidrs: Vec<ipnet::IpNet>,
    /// Roots beside Mozilla's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// How long one address may take to connect, TLS included.
    pub connect: Duration,
    /// How long the service may take to begin its answer.
    pub first_byte: Duration,
    /// How long an answer may pause, and a connection may be kept idle. Below the 350 s after which an interface
    /// endpoint forgets a connection.
    pub idle: Duration,
}

/// Forwards permitted calls. One for each runtime; clones share its connections.
#[derive(Clone, Debug)]
pub struct Forward(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    destinations: Arc<Destinations>,
    connector: Connector,
    pool: Arc<Pool>,
    first_byte: Duration,
    idle: Duration,
}

impl Forward {
    /// A forwarder that tells `known` the addresses it resolves.
    ///
    /// # Errors
    /// A root that is no certificate.
    pub fn new(
        settings: &Settings,
        provider: Arc<CryptoProvider>,
        known: EndpointAddresses,
    ) -> Result<Self, rustls::Error> {
        let resolver = Resolver::new(settings.overrides.clone(), settings.private_cidrs.clone(), known);
        let roots = Arc::new(verifier::root_store(&settings.extra_roots)?);
        Ok(Self(Arc::new(Inner {
            destinations: Arc::clone(&settings.destinations),
            connector: Connector::new(resolver, provider, roots, settings.connect),
            pool: Arc::new(Pool::new(settings.idle)),
            first_byte: settings.first_byte,
            idle: settings.idle,
        })))
    }

    /// Resolves the names of all endpoints, so that tunnels know their addresses before the first call does. A name that
    /// cannot be resolved now is none the worse for it.
    pub async fn learn_addresses(&self) {
        for endpoint in &self.0.destinations.endpoints {
            for name in &endpoint.dns {
                self.0.connector.learn(name, &endpoint.region).await;
            }
        }
    }

    /// Resolves the service's own names in the regions of the endpoints, so that no tunnel reaches them by address.
    pub async fn learn_service_addresses(&self) {
        for endpoint in &self.0.destinations.endpoints {
            for name in [service_name(&endpoint.region), private_dns_name(&endpoint.region)] {
                self.0.connector.learn(&name, &endpoint.region).await;
            }
        }
    }

    /// Drops connections that are no longer good. To be called every few seconds.
    pub fn sweep(&self) {
        self.0.pool.sweep();
    }

    async fn send(&self, call: PermittedCall) -> Result<Answer, Error> {
        let destination = self.0.destinations.find(call.host())?;
        let repeatable = call.is_read_only();
        let request: Arc<Request> = Arc::new(call.into_request());
        if let Some(mut connection) = self.0.pool.take(&destination) {
            match exchange(&mut connection, &request, self.0.first_byte).await {
                Ok(head) => return Ok(self.answer(head, connection, destination)),
                // A kept connection may end just as the request is written. What only reads can be asked again; what
                // writes may have been acted on, and nobody but the caller may decide to send it twice.
                Err(Broken::BeforeAnswer(_)) if repeatable => {}
                Err(broken) => return Err(self.error(broken)),
            }
        }
        let mut connection = self.0.connector.connect(&destination).await?;
        match exchange(&mut connection, &request, self.0.first_byte).await {
            Ok(head) => Ok(self.answer(head, connection, destination)),
            Err(broken) => Err(self.error(broken)),
        }
    }

    fn answer(
        &self,
        head: crate::http1::ResponseHead,
        connection: connector::Connection,
        destination: Arc<Destination>,
    ) -> Answer {
        Answer::new(head, connection, self.0.idle, Arc::clone(&self.0.pool), destination)
    }

    fn error(&self, broken: Broken) -> Error {
        match broken {
            Broken::BeforeAnswer(detail) | Broken::InAnswer(detail) => Error::Lost { detail },
            Broken::Timeout => Error::Timeout { seconds: self.0.first_byte.as_secs() },
        }
    }
}

impl tower::Service<PermittedCall> for Forward {
    type Response = Answer;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: PermittedCall) -> Self::Future {
        let forward = self.clone();
        Box::pin(async move { forward.send(call).await })
    }
}
