//! `/api/status`: the state of the proxy in one document.

use std::{collections::BTreeMap, net::SocketAddr};

use bytes::Bytes;
use serde::Serialize;
use time::OffsetDateTime;

use super::{as_moment, line, nothing};
use crate::{
    admin::{Panel, answer::Refusal, readiness::Document},
    record::{Decision, Gauge, Kind},
};

#[derive(Serialize)]
struct Status<'s> {
    version: &'static str,
    #[serde(serialize_with = "as_moment")]
    started: OffsetDateTime,
    readiness: Document<'s>,
    listeners: BTreeMap<&'static str, &'s [SocketAddr]>,
    connections: i64,
    connections_waiting: i64,
    in_flight: i64,
    records: Vec<Reason>,
    audit_waiting: usize,
    workloads: Vec<Workload>,
}

#[derive(Serialize)]
struct Reason {
    kind: Kind,
    decision: Decision,
    reason: &'static str,
    count: u64,
}

/// A workload and the decisions on its calls.
#[derive(Serialize)]
pub(in crate::admin) struct Workload {
    pub(in crate::admin) name: String,
    pub(in crate::admin) policy: Option<String>,
    pub(in crate::admin) allow: u64,
    pub(in crate::admin) deny: u64,
}

/// The workloads, in the order of the configuration.
pub(in crate::admin) fn of_workloads(panel: &Panel) -> Vec<Workload> {
    let policies = panel.policies();
    let workload = |name: &std::sync::Arc<str>| Workload {
        name: name.to_string(),
        policy: policies.workloads.get(name).map(|policy| policy.name.clone()),
        allow: panel.metrics().calls_of(name, Decision::Allow),
        deny: panel.metrics().calls_of(name, Decision::Deny),
    };
    panel.sources.workloads.iter().map(workload).collect()
}

/// The state of the proxy.
pub(in crate::admin) fn status(panel: &Panel, query: Option<&str>) -> Result<Bytes, Refusal> {
    nothing(query)?;
    let (metrics, readiness) = (panel.metrics(), panel.readiness());
    let listeners = panel.sources.listeners.iter().filter(|(_, addresses)| !addresses.is_empty());
    let reasons = metrics.reasons().into_iter();
    Ok(line(&Status {
        version: env!("CARGO_PKG_VERSION"),
        started: panel.sources.started,
        readiness: readiness.document(metrics),
        listeners: listeners.map(|(name, addresses)| (*name, addresses.as_slice())).collect(),
        connections: metrics.get(Gauge::Connections),
        connections_waiting: metrics.get(Gauge::ConnectionsWaiting),
        in_flight: metrics.get(Gauge::InFlight),
        records: reasons.map(|((kind, decision, reason), count)| Reason { kind, decision, reason, count }).collect(),
        audit_waiting: panel.sources.recorder.waiting(),
        workloads: of_workloads(panel),
    }))
}
