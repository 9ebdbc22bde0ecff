//! The content of `/readyz`.

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::record::{Metrics, Mode};

/// Whether the proxy is ready, and what the operator should know.
#[derive(Clone, Debug)]
pub(crate) struct Readiness {
    /// Whether shutdown has been requested.
    pub(crate) draining: bool,
    /// Whether denials are enforced.
    pub(crate) mode: Mode,
    /// The active policies: name and version.
    pub(crate) policies: Vec<(String, String)>,
    /// Whether the active policies restrict nothing.
    pub(crate) full_access: bool,
    /// Why the current policy files could not be loaded.
    pub(crate) reload_error: Option<String>,
    /// When the certificate authority expires.
    pub(crate) authority_not_after: OffsetDateTime,
    /// Other warnings for the operator.
    pub(crate) warnings: Vec<String>,
}

/// The same as JSON, together with values that change without an update.
#[derive(Serialize)]
pub(super) struct Document<'r> {
    pub(super) status: &'static str,
    pub(super) mode: Mode,
    policies: Vec<PolicyInForce<'r>>,
    pub(super) full_access: bool,
    pub(super) reload_error: Option<&'r str>,
    pub(super) ca_not_after: String,
    pub(super) audit_dropped: u64,
    pub(super) warnings: &'r [String],
}

#[derive(Serialize)]
struct PolicyInForce<'r> {
    name: &'r str,
    version: &'r str,
}

impl Readiness {
    /// Whether the workload may start or continue. No readiness exists until the proxy accepts connections.
    pub(super) fn is_ready(&self) -> bool {
        !self.draining
    }

    pub(super) fn document(&self, metrics: &Metrics) -> Document<'_> {
        Document {
            status: if self.is_ready() { "ready" } else { "draining" },
            mode: self.mode,
            policies: self.policies.iter().map(|(name, version)| PolicyInForce { name, version }).collect(),
            full_access: self.full_access,
            reload_error: self.reload_error.as_deref(),
            ca_not_after: self.authority_not_after.format(&Rfc3339).unwrap_or_default(),
            audit_dropped: metrics.dropped(),
            warnings: &self.warnings,
        }
    }
}
