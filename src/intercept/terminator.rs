//! The server side of TLS: which certificate to present, and whether the client intended to reach this host.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    server::{Acceptor, ProducesTickets},
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{Error, Prefixed, authority::Authority};
use crate::{accept::Host, aws::endpoint::RdsHost};

/// The fatal alert unrecognized_name, as a record on the wire (RFC 8446, 6; RFC 6066, 3).
const UNRECOGNIZED_NAME: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 112];

/// Terminates TLS for RDS API hosts. One for the process; all methods may be called from any thread.
#[derive(Debug)]
pub struct Terminator {
    authority: Arc<Authority>,
    provider: Arc<CryptoProvider>,
    tickets: Arc<dyn ProducesTickets>,
    /// TLS settings by host: one certificate each, so that one host's session can never be resumed as another's.
    configs: Mutex<HashMap<String, Arc<ServerConfig>>>,
    limit: Duration,
}

impl Terminator {
    /// Creates a terminator whose handshakes take at most `limit`.
    ///
    /// # Errors
    /// No key for session tickets could be generated.
    pub fn new(
        authority: Arc<Authority>,
        provider: Arc<CryptoProvider>,
        limit: Duration,
    ) -> Result<Self, rustls::Error> {
        let tickets = rustls::crypto::aws_lc_rs::Ticketer::new()?;
        Ok(Self { authority, provider, tickets, configs: Mutex::default(), limit })
    }

    /// Performs the handshake with a client that requested `host` by CONNECT. If the client sends no server name,
    /// the host of the CONNECT applies.
    ///
    /// # Errors
    /// Not TLS, another server name, or a handshake that fails or takes too long.
    pub async fn accept<S>(&self, stream: Prefixed<S>, host: &RdsHost) -> Result<TlsStream<Prefixed<S>>, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let same = |name: Option<&str>| match name {
            None => Ok(host.clone()),
            Some(name) if is_host(name, host) => Ok(host.clone()),
            Some(name) => {
                Err(Error::ServerName { found: name.chars().take(300).collect(), expected: host.name().to_owned() })
            }
        };
        self.accept_if(stream, same).await.map(|(stream, _)| stream)
    }

    /// Like [`Self::accept`], for a host that is not the RDS API.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub async fn accept_for<S>(&self, stream: Prefixed<S>, host: &str) -> Result<TlsStream<Prefixed<S>>, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let same = |name: Option<&str>| match name {
            Some(name) if !matches!(Host::parse(name), Ok(Host::Name(name)) if name == host) => {
                Err(Error::ServerName { found: name.chars().take(300).collect(), expected: host.to_owned() })
            }
            Some(_) | None => Ok(host.to_owned()),
        };
        self.handshake(stream, same, String::as_str).await.map(|(stream, _)| stream)
    }

    /// Performs the handshake with a client whose host `choose` determines from the server name.
    ///
    /// # Errors
    /// The error of `choose` (the client receives the alert unrecognized_name), and as [`Self::accept`].
    pub async fn accept_if<S>(
        &self,
        stream: Prefixed<S>,
        choose: impl FnOnce(Option<&str>) -> Result<RdsHost, Error>,
    ) -> Result<(TlsStream<Prefixed<S>>, RdsHost), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.handshake(stream, choose, RdsHost::name).await
    }

    async fn handshake<S, H>(
        &self,
        mut stream: Prefixed<S>,
        choose: impl FnOnce(Option<&str>) -> Result<H, Error>,
        name: impl Fn(&H) -> &str,
    ) -> Result<(TlsStream<Prefixed<S>>, H), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let deadline = Instant::now() + self.limit;
        let late = || Error::Timeout { seconds: self.limit.as_secs() };
        if stream.early().is_empty() {
            let read = timeout_at(deadline, stream.read_ahead()).await.map_err(|_| late())?;
            if read.map_or(true, |n| n == 0) {
                return Err(Error::Unused);
            }
        }
        if stream.early().first() != Some(&0x16) {
            return Err(Error::NotTls);
        }
        let acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let handshake_error = |error: std::io::Error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                Error::Closed
            } else {
                Error::Handshake(error.to_string())
            }
        };
        let mut start = timeout_at(deadline, acceptor).await.map_err(|_| late())?.map_err(handshake_error)?;
        let host = match choose(start.client_hello().server_name()) {
            Ok(host) => host,
            Err(error) => {
                let say = async {
                    start.io.write_all(&UNRECOGNIZED_NAME).await?;
                    start.io.shutdown().await
                };
                let _ = timeout(Duration::from_secs(1), say).await;
                return Err(error);
            }
        };
        let config = self.config(name(&host))?;
        let stream = timeout_at(deadline, start.into_stream(config)).await.map_err(|_| late())?;
        stream.map(|stream| (stream, host)).map_err(handshake_error)
    }

    /// Issues the certificates of hosts in advance.
    ///
    /// # Errors
    /// No certificate could be issued for one of them.
    pub fn prepare<'h>(&self, hosts: impl IntoIterator<Item = &'h str>) -> Result<(), Error> {
        hosts.into_iter().try_for_each(|host| self.config(host).map(drop))
    }

    fn config(&self, host: &str) -> Result<Arc<ServerConfig>, Error> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(host) {
            return Ok(Arc::clone(config));
        }
        let resolver = self
            .authority
            .resolver(host, OffsetDateTime::now_utc)
            .map_err(|error| Error::Certificate(error.to_string()))?;
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Certificate(error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"http/1.1".to_vec(), b"http/1.0".to_vec()];
        config.ticketer = Arc::clone(&self.tickets);
        config.send_tls13_tickets = 1;
        // Hosts come from CONNECT lines: a client can send any number of them, so what is kept for them is bounded.
        if configs.len() >= 512 {
            configs.clear();
        }
        let config = Arc::new(config);
        configs.insert(host.to_owned(), Arc::clone(&config));
        Ok(config)
    }
}

/// Returns whether a server name is the host, in any letter case.
fn is_host(name: &str, host: &RdsHost) -> bool {
    matches!(Host::parse(name), Ok(Host::Name(name)) if name == host.name())
}
