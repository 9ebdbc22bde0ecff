//! Counters and gauges in the Prometheus text format. Labels are closed sets, whatever a client sends.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use time::OffsetDateTime;

use super::{Decision, Kind, Record, Tally};
use crate::aws::rds;

/// The upper bounds of the duration buckets, in milliseconds.
const BUCKETS: [f64; 10] = [1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 500.0, 2500.0, 10_000.0];

/// A value that can increase and decrease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gauge {
    /// Open client connections.
    Connections,
    /// Connections that were accepted beyond the limit and wait; others wait in the kernel's queue.
    ConnectionsWaiting,
    /// Requests in progress.
    InFlight,
    /// 1 in audit mode.
    AuditMode,
    /// Records that wait to be written, including places reserved for requests.
    AuditRecords,
    /// The size of these records in bytes.
    AuditBytes,
    /// Statements that can never be decided with this configuration.
    UndecidableStatements,
    /// The linter's findings in the policies in force.
    PolicyFindings,
    /// When the certificate authority expires, in seconds since 1970.
    AuthorityNotAfter,
    /// When the policy in force was loaded, in seconds since 1970.
    PolicyLoaded,
}

impl Gauge {
    const ALL: [(Self, &'static str, &'static str); 10] = [
        (Self::Connections, "rds_guard_connections", "Client connections open."),
        (Self::ConnectionsWaiting, "rds_guard_connections_waiting", "Client connections beyond the limit."),
        (Self::InFlight, "rds_guard_requests_in_flight", "Requests being served."),
        (Self::AuditMode, "rds_guard_audit_mode", "1 while denials are recorded and not enforced."),
        (Self::AuditRecords, "rds_guard_audit_queue_records", "Records that wait to be written."),
        (Self::AuditBytes, "rds_guard_audit_queue_bytes", "Memory of the records that wait to be written."),
        (
            Self::UndecidableStatements,
            "rds_guard_policy_undecidable_statements",
            "Statements that can never be decided with what is configured.",
        ),
        (
            Self::PolicyFindings,
            "rds_guard_policy_findings",
            "Statements of the policies in force that do nothing of what they say, by the linter.",
        ),
        (Self::AuthorityNotAfter, "rds_guard_ca_not_after_seconds", "End of the certificate authority, Unix time."),
        (Self::PolicyLoaded, "rds_guard_policy_loaded_seconds", "When the policy in force was loaded, Unix time."),
    ];
}

#[derive(Clone, Debug, Default)]
struct Durations {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    sum_ms: f64,
}

#[derive(Debug, Default)]
struct Counted {
    records: BTreeMap<(Kind, Decision, &'static str, &'static str), u64>,
    /// Records of workloads. Their names come from the configuration, so they are a closed set too.
    workloads: BTreeMap<(String, Kind, Decision), u64>,
    durations: Durations,
    tally: Tally,
}

impl Counted {
    /// A copy of what the text of all counters shows.
    fn for_text(&self) -> Self {
        Self {
            records: self.records.clone(),
            workloads: self.workloads.clone(),
            durations: self.durations.clone(),
            tally: Tally::default(),
        }
    }
}

/// The program's counters.
#[derive(Debug, Default)]
pub struct Metrics {
    counted: Mutex<Counted>,
    gauges: [AtomicI64; Gauge::ALL.len()],
    accept_failures: AtomicU64,
    audit_dropped: AtomicU64,
    reloads_good: AtomicU64,
    reloads_bad: AtomicU64,
}

impl Metrics {
    /// Counts a record.
    pub(super) fn observe(&self, record: &Record) {
        let operation = record.action.as_deref().and_then(|action| action.strip_prefix("rds:"));
        let action = match operation {
            None => "none",
            Some(name) => rds::operation(name).map_or("other", |operation| operation.name),
        };
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *counted.records.entry((record.kind, record.decision, record.reason, action)).or_default() += 1;
        if let Some(workload) = &record.workload {
            *counted.workloads.entry((workload.clone(), record.kind, record.decision)).or_default() += 1;
        }
        if record.kind == Kind::Rds {
            counted.tally.count(record, action);
            let durations = &mut counted.durations;
            durations.count += 1;
            durations.sum_ms += record.duration_ms;
            for (bucket, bound) in durations.buckets.iter_mut().zip(BUCKETS) {
                *bucket += u64::from(record.duration_ms <= bound);
            }
        }
    }

    /// Counts the decisions of the statements of these policies from now on; they are given by name, version and
    /// number of statements.
    pub fn put_in_force(&self, policies: impl Iterator<Item = (String, String, usize)>) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.tally.put_in_force(policies, OffsetDateTime::now_utc());
    }

    /// The decisions of each statement and on each action.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).tally.clone()
    }

    /// The number of records by subject, decision and reason.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<(Kind, Decision, &'static str), u64> {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut reasons = BTreeMap::new();
        for ((kind, decision, reason, _), count) in &counted.records {
            *reasons.entry((*kind, *decision, *reason)).or_default() += count;
        }
        reasons
    }

    /// The number of calls of a workload with this decision, including those refused before a policy was evaluated.
    #[must_use]
    pub fn calls_of(&self, workload: &str, decided: Decision) -> u64 {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.workloads.get(&(workload.to_owned(), Kind::Rds, decided)).copied().unwrap_or_default()
    }

    /// The number of RDS API calls with this decision, including those refused before a policy was evaluated.
    #[must_use]
    pub fn calls(&self, decided: Decision) -> u64 {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let calls =
            counted.records.iter().filter(|((kind, decision, ..), _)| *kind == Kind::Rds && *decision == decided);
        calls.map(|(_, number)| number).sum()
    }

    /// Sets a gauge.
    pub fn set(&self, gauge: Gauge, value: i64) {
        self.gauge(gauge).store(value, Ordering::Relaxed);
    }

    /// Adds to a gauge; returns its new value.
    pub fn add(&self, gauge: Gauge, change: i64) -> i64 {
        self.gauge(gauge).fetch_add(change, Ordering::Relaxed) + change
    }

    /// A gauge's value.
    #[must_use]
    pub fn get(&self, gauge: Gauge) -> i64 {
        self.gauge(gauge).load(Ordering::Relaxed)
    }

    /// Counts a reload of the policy.
    pub fn reloaded(&self, good: bool) {
        let counter = if good { &self.reloads_good } else { &self.reloads_bad };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that could not be accepted.
    pub fn accept_failed(&self) {
        self.accept_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts records that did not fit in the queue, or could not be written.
    pub(super) fn audit_dropped(&self, records: u64) {
        self.audit_dropped.fetch_add(records, Ordering::Relaxed);
    }

    /// The number of lost records.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.audit_dropped.load(Ordering::Relaxed)
    }

    fn gauge(&self, gauge: Gauge) -> &AtomicI64 {
        let [
            connections,
            waiting,
            in_flight,
            audit_mode,
            audit_records,
            audit_bytes,
            undecidable,
            findings,
            not_after,
            loaded,
        ] = &self.gauges;
        match gauge {
            Gauge::Connections => connections,
            Gauge::ConnectionsWaiting => waiting,
            Gauge::InFlight => in_flight,
            Gauge::AuditMode => audit_mode,
            Gauge::AuditRecords => audit_records,
            Gauge::AuditBytes => audit_bytes,
            Gauge::UndecidableStatements => undecidable,
            Gauge::PolicyFindings => findings,
            Gauge::AuthorityNotAfter => not_after,
            Gauge::PolicyLoaded => loaded,
        }
    }

    /// Renders all metrics in the Prometheus text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(4096);
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "# HELP rds_guard_build_info What this is.\n# TYPE rds_guard_build_info gauge")?;
        writeln!(out, "rds_guard_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))?;
        {
            // A copy: no request waits for the counters while the text is rendered.
            let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner).for_text();
            writeln!(out, "# HELP rds_guard_records_total Requests, tunnels and connections by what became of them.")?;
            writeln!(out, "# TYPE rds_guard_records_total counter")?;
            for ((kind, decision, reason, action), count) in &counted.records {
                let (kind, decision) = (kind_name(*kind), decision_name(*decision));
                writeln!(
                    out,
                    "rds_guard_records_total{{kind=\"{kind}\",decision=\"{decision}\",reason=\"{reason}\",action=\"{action}\"}} {count}"
                )?;
            }
            writeln!(out, "# HELP rds_guard_workload_records_total The same by workload, where there are several.")?;
            writeln!(out, "# TYPE rds_guard_workload_records_total counter")?;
            for ((workload, kind, decision), count) in &counted.workloads {
                let (kind, decision) = (kind_name(*kind), decision_name(*decision));
                writeln!(
                    out,
                    "rds_guard_workload_records_total{{workload=\"{workload}\",kind=\"{kind}\",decision=\"{decision}\"}} {count}"
                )?;
            }
            let durations = &counted.durations;
            writeln!(
                out,
                "# HELP rds_guard_request_duration_ms From the first byte of a request to the last of its answer."
            )?;
            writeln!(out, "# TYPE rds_guard_request_duration_ms histogram")?;
            for (bound, bucket) in BUCKETS.iter().zip(durations.buckets) {
                writeln!(out, "rds_guard_request_duration_ms_bucket{{le=\"{bound}\"}} {bucket}")?;
            }
            writeln!(out, "rds_guard_request_duration_ms_bucket{{le=\"+Inf\"}} {}", durations.count)?;
            writeln!(out, "rds_guard_request_duration_ms_sum {}", durations.sum_ms)?;
            writeln!(out, "rds_guard_request_duration_ms_count {}", durations.count)?;
        }
        for (gauge, name, help) in Gauge::ALL {
            writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {}", self.get(gauge))?;
        }
        writeln!(
            out,
            "# HELP rds_guard_accept_failures_total Times that no connection could be accepted.\n# TYPE rds_guard_accept_failures_total counter"
        )?;
        writeln!(out, "rds_guard_accept_failures_total {}", self.accept_failures.load(Ordering::Relaxed))?;
        writeln!(
            out,
            "# HELP rds_guard_audit_dropped_total Records that were lost.\n# TYPE rds_guard_audit_dropped_total counter"
        )?;
        writeln!(out, "rds_guard_audit_dropped_total {}", self.dropped())?;
        writeln!(
            out,
            "# HELP rds_guard_policy_reloads_total Reloads of the policy.\n# TYPE rds_guard_policy_reloads_total counter"
        )?;
        for (result, counter) in [("good", &self.reloads_good), ("bad", &self.reloads_bad)] {
            writeln!(out, "rds_guard_policy_reloads_total{{result=\"{result}\"}} {}", counter.load(Ordering::Relaxed))?;
        }
        Ok(())
    }
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rds => "rds",
        Kind::Tunnel => "tunnel",
        Kind::Connection => "connection",
    }
}

const fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::Deny => "deny",
    }
}
