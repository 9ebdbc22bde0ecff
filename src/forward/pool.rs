//! Connections kept for the next call.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Waker},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::Instant,
};

use super::{Destination, connector::Connection};

/// The most connections kept for one destination.
const MOST_IDLE: usize = 64;

/// The idle connections of one runtime, by the first name of the destination.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<HashMap<String, Vec<(Connection, Instant)>>>,
    keep: Duration,
}

impl Pool {
    pub(super) fn new(keep: Duration) -> Self {
        Self { idle: Mutex::default(), keep }
    }

    /// The connection that was used last and is still open. One that the service has closed, or has sent something
    /// unasked on, is dropped here, before anything is sent on it.
    pub(super) fn take(&self, destination: &Destination) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.get_mut(destination.names.first()?)?;
        while let Some((mut connection, since)) = connections.pop() {
            if since.elapsed() < self.keep && is_quiet(&mut connection) {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection.
    pub(super) fn put(&self, destination: &Arc<Destination>, connection: Connection) {
        let Some(name) = destination.names.first() else { return };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = match idle.get_mut(name) {
            Some(connections) => connections,
            None => idle.entry(name.clone()).or_default(),
        };
        if connections.len() >= MOST_IDLE {
            connections.remove(0);
        }
        connections.push((connection, Instant::now()));
    }

    /// Drops what has been idle for too long or was closed by the service.
    pub(super) fn sweep(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for connections in idle.values_mut() {
            connections.retain_mut(|(connection, since)| since.elapsed() < self.keep && is_quiet(connection));
        }
        idle.retain(|_, connections| !connections.is_empty());
    }
}

/// Whether nothing waits to be read: neither bytes nor the end.
fn is_quiet(connection: &mut Connection) -> bool {
    let mut byte = [0u8; 1];
    let mut context = Context::from_waker(Waker::noop());
    let read = Pin::new(&mut connection.stream).poll_read(&mut context, &mut ReadBuf::new(&mut byte));
    connection.buffer.is_empty() && read.is_pending()
}
