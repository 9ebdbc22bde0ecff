//! The end: when nothing is left to do, or when waiting for it has taken long enough.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::record::{Gauge, Metrics};

/// How the end is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainSettings {
    /// How long nothing new must have come.
    pub quiet: Duration,
    /// How long the whole may take.
    pub limit: Duration,
}

/// What is under way, and whether the end has been asked for.
#[derive(Debug)]
pub struct Drain {
    draining: AtomicBool,
    /// When a request or a connection last came.
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

    /// Something new has come.
    pub(super) fn touch(&self) {
        // Only the end needs to know when.
        if self.is_draining() {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
    }

    /// A request has begun; it is over when what is given back is dropped, however that comes about.
    pub(super) fn begin_request(self: &Arc<Self>) -> InFlight {
        self.metrics.add(Gauge::InFlight, 1);
        self.touch();
        InFlight(Arc::clone(self))
    }

    /// Whether the end has been asked for: answers then tell clients to close.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether a request is being served.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.metrics.get(Gauge::InFlight) <= 0
    }

    /// Asks for the end.
    pub(super) fn begin(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Waits until no request is under way and nothing has come for the quiet time, at most for the limit.
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
