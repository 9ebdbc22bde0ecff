//! The accept loop: limits concurrent connections and backs off when file descriptors run out.

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::{Resource, getrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use super::{Door, Way, Worker, callers::Client};
use crate::{
    accept::original_destination,
    listener::{self, Place},
    quota::Taken,
    record::{Gauge, Metrics},
};

/// The first and the longest pause of accepting after a failure.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Minimum time between log messages about failures.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(10);

/// The maximum number of connections whose clients have not identified themselves yet.
pub(super) const LOBBY: usize = 64;

/// Descriptors for everything except guarded connections: listeners and runtimes of each worker, files, lookups;
/// the connections of the admin page, the metrics and the broker; those of clients that have not identified
/// themselves.
const OTHER_DESCRIPTORS: u64 = 64 + 3 * listener::MOST_CONNECTIONS as u64 + LOBBY as u64;

/// The number of connections served at once: the configured number, or as many as there are descriptors for. A
/// connection takes two, its own and one to its destination.
pub(super) fn connections_at_once(configured: usize) -> usize {
    let Some(limit) = getrlimit(Resource::Nofile).current else { return configured };
    // If there are few, connections take precedence: the other descriptors are seldom all in use.
    let others = OTHER_DESCRIPTORS.min(limit / 3);
    let room = usize::try_from(limit.saturating_sub(others) / 2).unwrap_or(usize::MAX).max(1);
    if room < configured {
        tracing::warn!(
            descriptors = limit,
            connections = room,
            "fewer connections than `limits.connections` are served at once: raise the limit of open files"
        );
    }
    configured.min(room)
}

/// The place that a connection occupies while it is served.
pub(super) enum Admission {
    /// A place of its workload, or of the clients without a workload.
    Place { _taken: Taken },
    /// A place for a client that has yet to identify itself; the connection must close when `closed` resolves.
    Lobby { place: Place, closed: oneshot::Receiver<()> },
}

impl Worker {
    pub(super) async fn accept(self, door: Door, listener: TcpListener) {
        let mut failing = Failing::default();
        loop {
            match listener.accept().await {
                Ok((stream, source)) => {
                    failing = Failing::default();
                    let client = self.client(&stream, source, &door);
                    let Some(admission) = self.admit(&door, &stream, &client).await else { continue };
                    let is_unknown = matches!(admission, Admission::Lobby { .. });
                    drop(tokio::spawn(self.clone().connection(door.clone(), stream, client, admission)));
                    if is_unknown {
                        // Bytes that it has already sent are read before another connection can take its place.
                        tokio::task::yield_now().await;
                    }
                }
                // The client closed the connection before it was accepted (accept(2), "Error handling").
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    self.shared.metrics.accept_failed();
                    tokio::time::sleep(failing.pause(&error)).await;
                }
            }
        }
    }

    /// The client of a connection that has just been accepted.
    pub(super) fn client(&self, stream: &TcpStream, source: SocketAddr, door: &Door) -> Client {
        // The local address of the socket is the client's original destination.
        let meant = stream.local_addr().ok().and_then(|server| match door.way {
            Way::Transparent => original_destination(stream, server).ok(),
            Way::Proxy | Way::Direct | Way::Endpoint => Some(server),
        });
        self.shared.callers.client(source, door.workload.as_ref(), meant)
    }

    /// Reserves a place for a connection. If all clients of a listener count as the same workload, or as none, the
    /// listener waits for a free place, and further connections wait in the kernel's queue.
    async fn admit(&self, door: &Door, stream: &TcpStream, client: &Client) -> Option<Admission> {
        let callers = &self.shared.callers;
        let lobby = || {
            let server = stream.local_addr().ok()?;
            let (place, closed) = self.shared.lobby.take(listener::Client::of(client.source, server));
            Some(Admission::Lobby { place, closed })
        };
        if door.way == Way::Proxy && callers.have_tokens() {
            return lobby();
        }
        let workload = client.workload.as_deref();
        if let Some(taken) = self.shared.connections.try_take(workload, 1) {
            return Some(Admission::Place { _taken: taken });
        }
        if door.workload.is_none() && callers.have_users() {
            return lobby();
        }
        Some(Admission::Place { _taken: self.place(workload).await })
    }

    /// Waits for a free place.
    async fn place(&self, workload: Option<&str>) -> Taken {
        self.shared.metrics.add(Gauge::ConnectionsWaiting, 1);
        let _waiting = Waiting(&self.shared.metrics);
        self.shared.connections.take(workload, 1).await
    }

    /// The place of a connection whose client has identified itself. `None` if no place becomes free in time.
    pub(super) async fn admitted(&self, admission: Admission, client: &Client) -> Option<Admission> {
        let Admission::Lobby { place, closed } = admission else { return Some(admission) };
        place.answering();
        let workload = client.workload.as_deref();
        if let Some(taken) = self.shared.connections.try_take(workload, 1) {
            return Some(Admission::Place { _taken: taken });
        }
        tokio::select! {
            taken = self.place(workload) => Some(Admission::Place { _taken: taken }),
            _ = closed => None,
            () = tokio::time::sleep(self.shared.head_time) => None,
        }
    }

    async fn connection(self, door: Door, stream: TcpStream, client: Client, admission: Admission) {
        let metrics = Arc::clone(&self.shared.metrics);
        metrics.add(Gauge::Connections, 1);
        self.serve(stream, client, &door, admission).await;
        metrics.add(Gauge::Connections, -1);
    }
}

/// A waiting connection, counted until this is dropped.
struct Waiting<'m>(&'m Metrics);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.add(Gauge::ConnectionsWaiting, -1);
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// A listener that cannot accept, most likely because descriptors ran out; it recovers when connections end. Until
/// then clients stay in the kernel's queue; retrying without a pause would only burn a core.
#[derive(Default)]
struct Failing {
    pause: Option<Duration>,
    warned: Option<Instant>,
}

impl Failing {
    /// The pause after one more failure.
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
