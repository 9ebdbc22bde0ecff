//! The admin listener: `/livez`, `/readyz`, `/metrics`, the page at `/` and its data under `/api/`. It changes nothing.
//!
//! What requests brought along (names of actions and resources, ARNs, parameter names) is shown here to people, and may
//! have been chosen by somebody who wants them harmed: it is text in JSON and escaped in HTML, never anything else. Pages
//! of other sites get nothing, whatever name they reach this by: `visitor` sees to that.

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

/// What a listener shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `/livez`, `/readyz` and `/metrics`: what may be seen from outside.
    Probes,
    /// The page and its data too.
    Everything,
}

/// The operator's own accounts, as they are for callers of a workload.
pub(crate) type OwnAccountsOf = Arc<dyn Fn(Option<&str>) -> OwnAccounts + Send + Sync>;

/// Where what is shown comes from.
pub(crate) struct Sources {
    /// The names of this place, beside addresses and `localhost`.
    pub(crate) names: Vec<String>,
    /// The records, and what is counted.
    pub(crate) recorder: Recorder,
    /// The policies in force.
    pub(crate) policies: Arc<PolicyStore>,
    /// How calls are judged.
    pub(crate) judging: authorize::Settings,
    /// The operator's own accounts, for callers of a workload.
    pub(crate) own_accounts: OwnAccountsOf,
    /// Which condition keys, in lower case, calls may show.
    pub(crate) is_knowable: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Where calls go.
    pub(crate) destinations: Arc<Destinations>,
    /// What forwards them, one for each worker.
    pub(crate) forwards: Vec<Forward>,
    /// The names of the workloads.
    pub(crate) workloads: Vec<Arc<str>>,
    /// Where clients are listened for, by the words of the ready line.
    pub(crate) listeners: Vec<(&'static str, Vec<SocketAddr>)>,
    /// When the program began.
    pub(crate) started: OffsetDateTime,
}

/// What is shown.
pub(crate) struct Panel {
    sources: Sources,
    readiness: Mutex<Readiness>,
}

impl Panel {
    pub(crate) fn new(sources: Sources, readiness: Readiness) -> Self {
        Self { sources, readiness: Mutex::new(readiness) }
    }

    /// Shows another readiness from now on.
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
