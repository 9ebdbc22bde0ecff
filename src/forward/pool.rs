//! Connections kept open for later calls.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Waker},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::Instant,
};

use super::{
    Destination,
    connector::{Connection, Connector},
};

/// The maximum number of connections kept for one destination.
const MOST_IDLE: usize = 64;

/// The longest time that a connection may have been idle to carry a call which changes something. Such a call is
/// never sent twice, so it must not use a connection that the service may be about to close.
const FRESH: Duration = Duration::from_secs(4);

/// The idle connections of one runtime.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Vec<Kept>>,
    keep: Duration,
    connector: Arc<Connector>,
}

/// The idle connections to one destination, the most recently used last.
#[derive(Debug)]
struct Kept {
    destination: Arc<Destination>,
    connections: Vec<(Connection, Instant)>,
}

impl Pool {
    pub(super) fn new(keep: Duration, connector: Arc<Connector>) -> Self {
        Self { idle: Mutex::default(), keep, connector }
    }

    /// The most recently used connection that this call may use. A connection that the service has closed, or on
    /// which it has sent unexpected bytes, is dropped here, before anything is sent on it.
    pub(super) fn take(&self, destination: &Destination, only_reads: bool) -> Option<Connection> {
        let keep = if only_reads { self.keep } else { self.keep.min(FRESH) };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.iter_mut().find(|kept| kept.destination.is_same_way(destination))?;
        while let Some((_, since)) = kept.connections.last() {
            if since.elapsed() >= keep {
                return None;
            }
            let (mut connection, _) = kept.connections.pop()?;
            if self.is_good(&mut connection) {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection for later calls.
    pub(super) fn put(&self, destination: &Arc<Destination>, mut connection: Connection) {
        if !self.is_good(&mut connection) {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match idle.iter().position(|kept| kept.destination.is_same_way(destination)) {
            Some(place) => place,
            None => {
                idle.push(Kept { destination: Arc::clone(destination), connections: Vec::new() });
                idle.len() - 1
            }
        };
        if let Some(Kept { connections, .. }) = idle.get_mut(place) {
            if connections.len() >= MOST_IDLE {
                connections.remove(0);
            }
            connections.push((connection, Instant::now()));
        }
    }

    /// Drops connections that have been idle for too long, that the service has closed, that lead to an address
    /// that is gone or has failed, and that lead to a second choice when the first is healthy again.
    pub(super) fn sweep(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for Kept { destination, connections } in &mut *idle {
            let preferred = self.connector.preferred(destination);
            connections.retain_mut(|(connection, since)| {
                since.elapsed() < self.keep
                    && preferred.is_none_or(|name| name == &*connection.candidate.name)
                    && self.is_good(connection)
            });
        }
        idle.retain(|kept| !kept.connections.is_empty());
    }

    fn is_good(&self, connection: &mut Connection) -> bool {
        self.connector.is_current(&connection.candidate) && is_quiet(connection)
    }
}

/// Returns whether there is nothing to read: neither bytes nor the end of the stream.
fn is_quiet(connection: &mut Connection) -> bool {
    let mut byte = [0u8; 1];
    let mut context = Context::from_waker(Waker::noop());
    let read = Pin::new(&mut connection.stream).poll_read(&mut context, &mut ReadBuf::new(&mut byte));
    connection.buffer.is_empty() && read.is_pending()
}
