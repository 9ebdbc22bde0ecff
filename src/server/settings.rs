//! All settings of a proxy, already validated.

use std::{net::SocketAddr, sync::Arc};

use super::{IsKnowable, LintPolicy, ReadPolicies, callers::Known};
use crate::{
    accept::{TunnelSettings, UpstreamProxy},
    authorize,
    aws::endpoint::RdsHost,
    broker, credentials, decode, forward, identify, intercept, policy,
    rate_limit::RateLimit,
    record,
};

/// A proxy's settings.
pub struct Settings {
    /// The addresses of the proxy listener; port 0 selects a free port.
    pub listen: Vec<SocketAddr>,
    /// The addresses of the direct listener.
    pub listen_direct: Vec<SocketAddr>,
    /// The addresses of the listener for redirected connections.
    pub listen_transparent: Vec<SocketAddr>,
    /// The addresses of the endpoint listener, in plain http.
    pub listen_endpoint: Vec<SocketAddr>,
    /// The addresses at which local keys are handed out.
    pub listen_broker: Vec<SocketAddr>,
    /// The addresses of the admin page.
    pub admin: Vec<SocketAddr>,
    /// The host names under which the page may be requested, in addition to addresses and `localhost`.
    pub admin_names: Vec<String>,
    /// The addresses at which health and metrics are served in addition to the admin page.
    pub metrics: Vec<SocketAddr>,
    /// The number of runtimes.
    pub workers: usize,
    /// Whether denials are enforced.
    pub mode: record::Mode,
    /// Whether to refuse to start if denials would not be enforced.
    pub require_enforce: bool,
    /// Additional names of the RDS API.
    pub hosts: Vec<RdsHost>,
    /// The tunnel policy for other hosts.
    pub tunnel: TunnelSettings,
    /// A proxy that tunnels go through.
    pub upstream_proxy: Option<Arc<UpstreamProxy>>,
    /// The certificate authority.
    pub authority: intercept::authority::Settings,
    /// The limits of requests.
    pub limits: intercept::Limits,
    /// The maximum number of concurrent connections; accepting waits above it.
    pub connections: usize,
    /// The maximum number of concurrent requests; `Throttling` is answered above it.
    pub in_flight: usize,
    /// How requests are decoded.
    pub decode: decode::Settings,
    /// How callers are identified.
    pub identify: identify::Settings,
    /// The directory of known keys.
    pub directory: identify::Directory,
    /// The sources of the proxy's own credentials; `None` if it has none.
    pub credentials: Option<credentials::Settings>,
    /// Whether principals are learned from answers of STS.
    pub observe_sts: bool,
    /// The broker of local keys; `None` without a broker.
    pub broker: Option<broker::Settings>,
    /// The workloads.
    pub workloads: Vec<Workload>,
    /// How calls are judged.
    pub authorize: authorize::Settings,
    /// Reads the policies, at the start and whenever they may have changed.
    pub read_policies: ReadPolicies,
    /// Whether a condition key can be known.
    pub is_knowable: IsKnowable,
    /// Lints a valid policy.
    pub lint: LintPolicy,
    /// The maximum size of a policy.
    pub policy_limits: policy::Limits,
    /// The rate limits of calls.
    pub rate_limits: Vec<RateLimit>,
    /// How calls are forwarded.
    pub forward: forward::Settings,
    /// The destination of records.
    pub audit: record::LogSettings,
    /// Whether records show parameter values.
    pub record_values: bool,
    /// Warnings for the operator; shown at start and in readiness.
    pub warnings: Vec<String>,
}

/// A workload, which is distinguished from others by its listeners, its user, its token and its keys.
pub struct Workload {
    /// Its name in records, and how it is recognised.
    pub known: Known,
    /// The addresses of its proxy listeners.
    pub listen: Vec<SocketAddr>,
    /// The addresses of its direct listeners, with TLS.
    pub listen_direct: Vec<SocketAddr>,
    /// The addresses of its endpoint listeners, in plain http.
    pub listen_endpoint: Vec<SocketAddr>,
    /// How its callers are identified.
    pub identify: identify::Settings,
}
