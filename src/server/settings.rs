//! All that a proxy goes by, already checked.

use std::net::SocketAddr;

use super::ReadPolicies;
use crate::{
    accept::TunnelSettings, authorize, aws::endpoint::RdsHost, decode, forward, identify, intercept, policy, record,
};

/// A proxy's settings.
pub struct Settings {
    /// Where the proxy listens; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Where the direct way in listens.
    pub listen_direct: Vec<SocketAddr>,
    /// Where the admin page listens.
    pub admin: Vec<SocketAddr>,
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
    /// How calls are judged.
    pub authorize: authorize::Settings,
    /// Reads the policies, now and whenever they may have changed.
    pub read_policies: ReadPolicies,
    /// How large a policy may be.
    pub policy_limits: policy::Limits,
    /// How calls are forwarded.
    pub forward: forward::Settings,
    /// Where records go.
    pub audit: record::LogSettings,
    /// Whether records show parameter values.
    pub record_values: bool,
    /// What the operator should know; shown at start and in readiness.
    pub warnings: Vec<String>,
}
