//! Shutdown: finishes when no work is left, or when the time limit is reached.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::record::{Gauge, Metrics};

/// How long shutdown waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainSettings {
    /// Minimum time without new requests or connections before shutdown completes.
    pub quiet: Duration,
    /// Maximum time for the whole shutdown.
    pub limit: Duration,
}

/// The work in progress, and whether shutdown has begun.
#[derive(Debug)]
pub struct Drain {
    draining: AtomicBool,
    /// When a request or a connection last arrived.
    last: Mutex<Instant>,
    metrics: Arc<Metrics>,
}

/// A request that is being served.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Drain>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.metrics.add(Gauge::InFlight, -1);
        self.0.touch();
    }
}

impl Drain {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { draining: AtomicBool::new(false), last: Mutex::new(Instant::now()), metrics }
    }

    /// Records that a request or a connection arrived.
    pub(super) fn touch(&self) {
        // Only shutdown needs the time.
        if self.is_draining() {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
    }

    /// Registers a request; it counts as finished when the returned value is dropped, for whatever reason.
    pub(super) fn begin_request(self: &Arc<Self>) -> InFlight {
        self.metrics.add(Gauge::InFlight, 1);
        self.touch();
        InFlight(Arc::clone(self))
    }

    /// Returns whether shutdown has begun: answers then ask clients to close their connections.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Returns whether no request is being served.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.metrics.get(Gauge::InFlight) <= 0
    }

    /// Begins the shutdown.
    pub(super) fn begin(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Waits until no request is in progress and nothing has arrived for the quiet time, at most for the limit.
    pub(super) async fn wait(&self, settings: DrainSettings) {
        let began = Instant::now();
        loop {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let quiet = last.elapsed() >= settings.quiet && self.is_idle();
            if quiet || began.elapsed() >= settings.limit {
                return;
            }
            let due = settings.quiet.saturating_sub(last.elapsed()).max(Duration::from_millis(5));
            let left = settings.limit.saturating_sub(began.elapsed());
            tokio::time::sleep(due.min(left).min(Duration::from_millis(50))).await;
        }
    }
}
