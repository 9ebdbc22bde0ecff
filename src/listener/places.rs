//! Places for connections. There is always one for a new client.
//!
//! When all are taken, the client with the most places gives one up: the connection that has waited longest for its
//! request, or, if all are being answered, the one whose answer has taken longest. A connection whose client was
//! prompted to send more ranks between the two for as long as a prompt reply takes. So a client that fills a
//! listener with silent connections, with incomplete heads or with answers that are never read only loses its own
//! connections.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::oneshot;

use super::Client;

/// The places of one listener.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    most_unread: u64,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    /// In the order of arrival.
    connections: BTreeMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    client: Client,
    progress: Progress,
    /// The unread bytes of its answer.
    unread: u64,
    /// Closes it.
    close: oneshot::Sender<()>,
}

/// The progress of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It has not sent a complete request.
    Silent,
    /// Its client was prompted to send more; a reply before `until` is in time.
    Asked { until: Instant },
    /// Its request has been read and is being answered.
    Answering,
}

impl Progress {
    /// The order of closing: connections of the lowest rank are closed first.
    fn rank(self, now: Instant) -> u8 {
        match self {
            Self::Asked { until } if now < until => 1,
            Self::Silent | Self::Asked { .. } => 0,
            Self::Answering => 2,
        }
    }
}

/// A connection's place, which is freed when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    number: u64,
}

impl Places {
    pub(crate) fn new(most: usize, most_unread: u64) -> Self {
        Self { most, most_unread, held: Mutex::default() }
    }

    /// Takes a place for a client that has just connected. The receiver resolves when the connection must give its
    /// place up.
    pub(crate) fn take(self: &Arc<Self>, client: Client) -> (Place, oneshot::Receiver<()>) {
        let (close, closed) = oneshot::channel();
        let mut held = self.held();
        while held.connections.len() >= self.most {
            held.close_one(|_, _| true);
        }
        let number = held.next;
        held.next += 1;
        held.connections.insert(number, Connection { client, progress: Progress::Silent, unread: 0, close });
        (Place { places: Arc::clone(self), number }, closed)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Closes one of the matching connections: of the client that has the most, the oldest of the lowest rank.
    /// Returns false if there is none.
    fn close_one(&mut self, may_be: impl Fn(u64, &Connection) -> bool) -> bool {
        let mut of_client: HashMap<Client, usize> = HashMap::new();
        for connection in self.connections.values() {
            *of_client.entry(connection.client).or_default() += 1;
        }
        let now = Instant::now();
        let candidates = self.connections.iter().filter(|(number, connection)| may_be(**number, connection));
        let first = candidates.min_by_key(|(number, connection)| {
            let count = of_client.get(&connection.client).copied().unwrap_or_default();
            (Reverse(count), connection.progress.rank(now), **number)
        });
        let Some(number) = first.map(|(number, _)| *number) else { return false };
        if let Some(connection) = self.connections.remove(&number) {
            let _ = connection.close.send(());
        }
        true
    }

    fn unread(&self) -> u64 {
        self.connections.values().map(|connection| connection.unread).sum()
    }
}

impl Place {
    /// Records that the request has been read.
    pub(crate) fn answering(&self) {
        self.progress(Progress::Answering);
    }

    /// Records that the client was prompted to send more, and that a reply is in time before `until`.
    pub(crate) fn asked(&self, until: Instant) {
        self.progress(Progress::Asked { until });
    }

    fn progress(&self, progress: Progress) {
        if let Some(connection) = self.places.held().connections.get_mut(&self.number) {
            connection.progress = progress;
        }
    }

    /// Records the size of the answer. If the total is too large, older unread answers are closed.
    pub(super) fn unread(&self, bytes: u64) {
        let mut held = self.places.held();
        let own = self.number;
        if let Some(connection) = held.connections.get_mut(&own) {
            connection.unread = bytes;
        }
        while held.unread() > self.places.most_unread.max(bytes) {
            if !held.close_one(|number, other| number != own && other.unread > 0) {
                return;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.held().connections.remove(&self.number);
    }
}
