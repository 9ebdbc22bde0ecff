//! Accepting connections: as many at once as are served, and none while there are no descriptors for them.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::{Resource, getrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::OwnedSemaphorePermit,
};

use super::{Door, Worker};
use crate::record::Gauge;

/// How long accepting pauses after the first failure, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// How often failures are logged, at most.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(10);

/// Descriptors for everything but connections: listeners and runtimes of each worker, files, look-ups.
const OTHER_DESCRIPTORS: u64 = 64;

/// How many connections are served at once: as many as are configured, or as there are descriptors for. A connection takes
/// two, its own and one to where it leads.
pub(super) fn connections_at_once(configured: usize) -> usize {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return configured };
    let room = usize::try_from(limit.saturating_sub(OTHER_DESCRIPTORS) / 2).unwrap_or(usize::MAX).max(1);
    if room < configured {
        tracing::warn!(
            descriptors = limit,
            connections = room,
            "fewer connections than `limits.connections` are served at once: raise the limit of open files"
        );
    }
    configured.min(room)
}

impl Worker {
    pub(super) async fn accept(self, door: Door, listener: TcpListener) {
        let mut failing = Failing::default();
        loop {
            match listener.accept().await {
                Ok((stream, source)) => {
                    failing = Failing::default();
                    // Beyond the limit, this connection waits here and the ones after it in the kernel's queue. A permit
                    // taken before there is a connection would be kept from the other listeners.
                    let Some(permit) = self.permit().await else { return };
                    drop(tokio::spawn(self.clone().connection(door.clone(), stream, source, permit)));
                }
                // The client went away before it was accepted (accept(2), "Error handling").
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    self.shared.metrics.accept_failed();
                    tokio::time::sleep(failing.pause(&error)).await;
                }
            }
        }
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let connections = Arc::clone(&self.shared.connections);
        match Arc::clone(&connections).try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => {
                self.shared.metrics.add(Gauge::ConnectionsWaiting, 1);
                let permit = connections.acquire_owned().await;
                self.shared.metrics.add(Gauge::ConnectionsWaiting, -1);
                permit.ok()
            }
        }
    }

    async fn connection(self, door: Door, stream: TcpStream, source: SocketAddr, permit: OwnedSemaphorePermit) {
        let metrics = Arc::clone(&self.shared.metrics);
        metrics.add(Gauge::Connections, 1);
        self.serve(stream, source, &door).await;
        metrics.add(Gauge::Connections, -1);
        drop(permit);
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// A listener that cannot accept, most likely for want of descriptors: it gets better when connections end. Until then the
/// kernel keeps the clients; asking it all the time would only burn a core.
#[derive(Default)]
struct Failing {
    pause: Option<Duration>,
    warned: Option<Instant>,
}

impl Failing {
    /// How long to wait after one more failure.
    fn pause(&mut self, error: &io::Error) -> Duration {
        if self.warned.is_none_or(|warned| warned.elapsed() >= BETWEEN_WARNINGS) {
            self.warned = Some(Instant::now());
            tracing::warn!(%error, "connections cannot be accepted: they wait");
        }
        let (first, most) = PAUSES;
        let pause = self.pause.map_or(first, |pause| (pause * 2).min(most));
        self.pause = Some(pause);
        pause
    }
}
