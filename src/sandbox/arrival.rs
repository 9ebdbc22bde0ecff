//! What arrived at the sandbox, byte for byte, and how often.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::SocketAddr,
};

use bytes::Bytes;
use memchr::memmem;

/// A request as it arrived, and what it was answered.
#[derive(Clone)]
pub struct Arrival {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// Which connection it came on, counted from 1.
    pub connection: u64,
    /// The name the client asked for in its TLS greeting.
    pub server_name: Option<String>,
    /// Head and body exactly as they were read.
    pub bytes: Bytes,
    /// The action asked for, where one could be read.
    pub action: Option<String>,
    /// The access key id whose signature was good.
    pub verified: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// The error code of the answer, if it was one.
    pub code: Option<String>,
}

impl Arrival {
    /// The head: request line and header lines with the empty line that ends them.
    #[must_use]
    pub fn head(&self) -> Bytes {
        self.bytes.slice(..self.head_length())
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.bytes.slice(self.head_length()..)
    }

    fn head_length(&self) -> usize {
        memmem::find(&self.bytes, b"\r\n\r\n").map_or(self.bytes.len(), |end| end + 4)
    }
}

/// Prints no bytes: they hold signatures, tokens and passwords.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("connection", &self.connection)
            .field("server_name", &self.server_name)
            .field("action", &self.action)
            .field("verified", &self.verified)
            .field("status", &self.status)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// Everything that arrived, the latest in full and all of it in numbers.
#[derive(Debug)]
pub(super) struct Log {
    kept: VecDeque<Arrival>,
    limit: usize,
    actions: BTreeMap<String, u64>,
    requests: u64,
    connections: u64,
}

impl Log {
    /// A log that keeps this many arrivals in full.
    pub(super) fn keeping(limit: usize) -> Self {
        Self { kept: VecDeque::new(), limit, actions: BTreeMap::new(), requests: 0, connections: 0 }
    }

    /// Counts a connection and gives its number.
    pub(super) fn connected(&mut self) -> u64 {
        self.connections += 1;
        self.connections
    }

    /// Counts and keeps a request.
    pub(super) fn arrived(&mut self, arrival: Arrival) {
        self.requests += 1;
        if let Some(action) = &arrival.action {
            *self.actions.entry(action.clone()).or_default() += 1;
        }
        self.kept.push_back(arrival);
        while self.kept.len() > self.limit {
            self.kept.pop_front();
        }
    }

    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.kept.iter().cloned().collect()
    }

    pub(super) fn count(&self, action: &str) -> u64 {
        self.actions.get(action).copied().unwrap_or(0)
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests
    }

    pub(super) fn connections(&self) -> u64 {
        self.connections
    }
}
