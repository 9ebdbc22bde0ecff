//! The admin listener: `/livez`, `/readyz`, `/metrics`, the page at `/` and its data under `/api/`. It is
//! read-only.
//!
//! Values that come from requests (names of actions and resources, ARNs, parameter names) are shown to people here
//! and may be attacker-controlled: they are written as JSON strings or escaped in HTML, never in any other form.
//! Pages of other sites get nothing, whatever name they reach this listener by: `visitor` enforces that.

mod answer;
mod api;
mod desk;
mod page;
mod query;
mod readiness;
mod routes;
mod serve;
mod visitor;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use time::OffsetDateTime;

use crate::{
    authorize::{self, Policies, PolicyStore},
    aws::OwnAccounts,
    forward::{Destinations, Forward},
    record::{Metrics, Recorder},
};

pub(crate) use readiness::Readiness;
pub(crate) use serve::serve;

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `/livez`, `/readyz` and `/metrics`: what may be visible from outside.
    Probes,
    /// The probes, and also the page and its data.
    Everything,
}

/// Returns the operator's own accounts, as they apply to callers of a workload.
pub(crate) type OwnAccountsOf = Arc<dyn Fn(Option<&str>) -> OwnAccounts + Send + Sync>;

/// The parts of the proxy that the admin listener reads from.
pub(crate) struct Sources {
    /// Host names under which the listener is served, in addition to IP addresses and `localhost`.
    pub(crate) names: Vec<String>,
    /// The recent records, and the counters.
    pub(crate) recorder: Recorder,
    /// The active policies.
    pub(crate) policies: Arc<PolicyStore>,
    /// The settings by which calls are authorized.
    pub(crate) judging: authorize::Settings,
    /// Returns the operator's own accounts, as they apply to callers of a workload.
    pub(crate) own_accounts: OwnAccountsOf,
    /// Whether calls can have a value for this condition key (in lower case).
    pub(crate) is_knowable: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// The configured destinations of calls.
    pub(crate) destinations: Arc<Destinations>,
    /// The forwarders, one for each worker.
    pub(crate) forwards: Vec<Forward>,
    /// The names of the configured workloads.
    pub(crate) workloads: Vec<Arc<str>>,
    /// The addresses of each client listener, under its name in the ready line.
    pub(crate) listeners: Vec<(&'static str, Vec<SocketAddr>)>,
    /// When the program started.
    pub(crate) started: OffsetDateTime,
}

/// The state of the admin listener: its sources and the current readiness.
pub(crate) struct Panel {
    sources: Sources,
    readiness: Mutex<Readiness>,
}

impl Panel {
    pub(crate) fn new(sources: Sources, readiness: Readiness) -> Self {
        Self { sources, readiness: Mutex::new(readiness) }
    }

    /// Replaces the readiness that is shown.
    pub(crate) fn show(&self, readiness: Readiness) {
        *self.readiness.lock().unwrap_or_else(PoisonError::into_inner) = readiness;
    }

    fn readiness(&self) -> Readiness {
        self.readiness.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn metrics(&self) -> &Metrics {
        self.sources.recorder.metrics()
    }

    fn policies(&self) -> Arc<Policies> {
        self.sources.policies.current()
    }
}

#[cfg(test)]
mod tests;
