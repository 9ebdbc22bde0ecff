//! A small RDS API behind TLS that verifies every signature, for the demonstration and the tests.
//!
//! It replaces the service, so it shares no code with the stages that it checks: it reads HTTP with hyper, builds
//! the canonical request with its own code, and refuses a request whose bytes were modified in transit. It keeps
//! every request byte for byte, so that a test can compare it with what was sent.
//!
//! It listens only on loopback, with an authority created at start whose key never leaves memory.

mod answer;
mod api;
mod arrival;
mod certificates;
mod client;
mod connection;
mod key;
mod parameters;
mod signature;
mod tap;
mod xml;

#[cfg(test)]
mod tests;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::sync::watch;

pub use crate::identify::{SecretAccessKey, SessionToken};
pub use arrival::Arrival;
pub use client::{Call, Client, ClientError, Placement, Reply, Route, SignedRequest};
pub use key::Key;

use api::Api;
use arrival::Log;
use certificates::Certificates;

/// The initial state of a sandbox.
#[derive(Clone, Debug)]
pub struct SandboxSettings {
    /// The accepted credentials. A request signed with any other is refused as RDS does.
    pub keys: Vec<Key>,
    /// The DB instances that exist from the start.
    pub seeds: Vec<Seed>,
    /// Maximum number of arrivals that are kept; the oldest are dropped first. Counters include all of them.
    pub kept_arrivals: usize,
}

/// DB instances that exist from the start, named `PREFIX-0001` and so on.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Their owner: the account id of one of the keys.
    pub account: String,
    /// The region they are in.
    pub region: String,
    /// The prefix of their identifiers.
    pub prefix: String,
    /// Their number, at most 9,999.
    pub count: usize,
    /// Size of the tags of each instance in bytes, to make responses long.
    pub tag_bytes: usize,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self { keys: Vec::new(), seeds: Vec::new(), kept_arrivals: 10_000 }
    }
}

/// A running sandbox. It stops when dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    ca_pem: String,
    log: Arc<Mutex<Log>>,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on a free port of 127.0.0.1, on a dedicated thread. It accepts connections immediately.
    ///
    /// # Errors
    /// No port can be opened, no thread started, or no certificate created.
    pub fn start(settings: SandboxSettings) -> io::Result<Self> {
        let certificates = Certificates::create().map_err(io::Error::other)?;
        let ca_pem = certificates.ca_pem().to_owned();
        let tls = certificates.into_server_config().map_err(io::Error::other)?;
        let api = Api::new(&settings).map_err(io::Error::other)?;
        let log = Arc::new(Mutex::new(Log::keeping(settings.kept_arrivals)));

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let service = Arc::new(connection::Service::new(api, settings.keys, Arc::clone(&log)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("sandbox".into()).spawn(move || {
            runtime.block_on(connection::accept(listener, Arc::new(tls), service, stopped));
        })?;
        Ok(Self { address, ca_pem, log, stop, thread: Some(thread) })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate of its authority, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The arrivals that are kept, oldest first.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.log().arrivals()
    }

    /// Number of requests for an action, whatever the response.
    #[must_use]
    pub fn count(&self, action: &str) -> u64 {
        self.log().count(action)
    }

    /// Number of all requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.log().requests()
    }

    /// Number of TLS connections accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.log().connections()
    }

    /// Stops accepting connections, drops the open ones and waits for the thread to end.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic was already reported by the thread itself, and nothing is left to stop.
            drop(thread.join());
        }
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}
