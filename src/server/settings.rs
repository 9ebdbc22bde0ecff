//! All that a proxy goes by, already checked.

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
    /// Where the proxy listens; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Where the direct way in listens.
    pub listen_direct: Vec<SocketAddr>,
    /// Where redirected connections arrive.
    pub listen_transparent: Vec<SocketAddr>,
    /// Where the endpoint way in listens, in plain http.
    pub listen_endpoint: Vec<SocketAddr>,
    /// Where local keys are handed out.
    pub listen_broker: Vec<SocketAddr>,
    /// Where the admin page listens.
    pub admin: Vec<SocketAddr>,
    /// The names by which the page may be asked for, beside addresses and `localhost`.
    pub admin_names: Vec<String>,
    /// Where health and metrics are served beside it.
    pub metrics: Vec<SocketAddr>,
    /// How many runtimes there are.
    pub workers: usize,
    /// Whether denials are enforced.
    pub mode: record::Mode,
    /// Refuse to start where denials would not be enforced.
    pub require_enforce: bool,
    /// Further names of the RDS API.
    pub hosts: Vec<RdsHost>,
    /// Other hosts.
    pub tunnel: TunnelSettings,
    /// A proxy that tunnels go through.
    pub upstream_proxy: Option<Arc<UpstreamProxy>>,
    /// The certificate authority.
    pub authority: intercept::authority::Settings,
    /// Limits of requests.
    pub limits: intercept::Limits,
    /// The most connections at once; beyond them accepting waits.
    pub connections: usize,
    /// The most requests at once; beyond them `Throttling` is answered.
    pub in_flight: usize,
    /// How requests are decoded.
    pub decode: decode::Settings,
    /// How callers are identified.
    pub identify: identify::Settings,
    /// Whose keys are known.
    pub directory: identify::Directory,
    /// Where the proxy's own credentials are looked for; `None` where they are not wanted.
    pub credentials: Option<credentials::Settings>,
    /// Whether principals are learnt from answers of STS.
    pub observe_sts: bool,
    /// Who gets local keys; `None` without a broker.
    pub broker: Option<broker::Settings>,
    /// The workloads.
    pub workloads: Vec<Workload>,
    /// How calls are judged.
    pub authorize: authorize::Settings,
    /// Reads the policies, now and whenever they may have changed.
    pub read_policies: ReadPolicies,
    /// Which condition keys can be known.
    pub is_knowable: IsKnowable,
    /// What is wrong with a policy that can be read.
    pub lint: LintPolicy,
    /// How large a policy may be.
    pub policy_limits: policy::Limits,
    /// How often calls may be made.
    pub rate_limits: Vec<RateLimit>,
    /// How calls are forwarded.
    pub forward: forward::Settings,
    /// Where records go.
    pub audit: record::LogSettings,
    /// Whether records show parameter values.
    pub record_values: bool,
    /// What the operator should know; shown at start and in readiness.
    pub warnings: Vec<String>,
}

/// A workload, which is told from others by its listeners, its user, its token and its keys.
pub struct Workload {
    /// Its name in records, and how it is known.
    pub known: Known,
    /// Where it finds the proxy.
    pub listen: Vec<SocketAddr>,
    /// Where it comes with TLS.
    pub listen_direct: Vec<SocketAddr>,
    /// Where it comes in plain http.
    pub listen_endpoint: Vec<SocketAddr>,
    /// How its callers are identified.
    pub identify: identify::Settings,
}
