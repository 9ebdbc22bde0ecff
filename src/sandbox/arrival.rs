//! The log of requests that arrived at the sandbox, byte for byte, with counters.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::SocketAddr,
};

use bytes::Bytes;
use memchr::memmem;

/// A request as it arrived, and the response to it.
#[derive(Clone)]
pub struct Arrival {
    /// The client's address.
    pub peer: SocketAddr,
    /// The number of its connection, counted from 1.
    pub connection: u64,
    /// The server name in the client's TLS greeting.
    pub server_name: Option<String>,
    /// Head and body exactly as received.
    pub bytes: Bytes,
    /// The requested action, if it could be parsed.
    pub action: Option<String>,
    /// The access key id, if its signature was valid.
    pub verified: Option<String>,
    /// The HTTP status of the response.
    pub status: u16,
    /// The error code of the response, if it was an error.
    pub code: Option<String>,
}

impl Arrival {
    /// The head: the request line and header lines, including the final empty line.
    #[must_use]
    pub fn head(&self) -> Bytes {
        self.bytes.slice(..self.head_length())
    }

    /// The body as received.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.bytes.slice(self.head_length()..)
    }

    fn head_length(&self) -> usize {
        memmem::find(&self.bytes, b"\r\n\r\n").map_or(self.bytes.len(), |end| end + 4)
    }
}

/// Shows no bytes, because they contain signatures, tokens and passwords.
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

/// All arrivals: the latest in full, and counters of all of them.
#[derive(Debug)]
pub(super) struct Log {
    kept: VecDeque<Arrival>,
    limit: usize,
    actions: BTreeMap<String, u64>,
    requests: u64,
    connections: u64,
}

impl Log {
    /// A log that keeps the latest `limit` arrivals in full.
    pub(super) fn keeping(limit: usize) -> Self {
        Self { kept: VecDeque::new(), limit, actions: BTreeMap::new(), requests: 0, connections: 0 }
    }

    /// Counts a connection and returns its number.
    pub(super) fn connected(&mut self) -> u64 {
        self.connections += 1;
        self.connections
    }

    /// Counts and stores a request.
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
