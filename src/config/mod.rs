//! The configuration: defaults, then the TOML file, then `RDS_GUARD_*` variables, then flags, the later stronger.
//!
//! Two forms, never mixed: what was *written* (`written::Table`, every value with its place, from whatever source)
//! and what it *means* ([`Config`], plain data that nobody has to check again). Everything that is wrong is told at
//! once, each with its place and what was expected. Nothing here reads the process's environment or arguments.

mod checks;
mod choice;
mod dns_name;
mod effective;
mod endpoint_overlay;
mod environment;
mod file;
mod flags;
mod layers;
mod locate;
mod origin;
mod policy_source;
mod problem;
mod quantity;
mod resolve;
mod section;
mod sections;
mod value;
mod warnings;
mod written;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::PathBuf,
};

pub use dns_name::{DnsName, HostPattern};
pub use effective::Effective;
pub use environment::{OTHER_VARIABLES, PREFIX};
pub use flags::{FLAGS, Flag};
pub use layers::{SYSTEM_FILE, Sources};
pub use locate::{Places, locate};
pub use origin::Origin;
pub use policy_source::PolicySource;
pub use problem::{Errors, Misdeed, Problem};
pub use quantity::ByteSize;
pub use resolve::Resolve;
pub use sections::{
    Audit, AuditFile, Broker, Ca, CertificateFile, Constrain, ContextValue, Decode, DependentActions, Drain, Endpoint,
    FipsRoute, Foreign, Host, Identity, Limits, OnFull, PolicyOptions, Ports, Principal, RateLimit, RateLimitBy,
    RequiredTrust, Routing, SameAccount, Tunnel, TunnelRule, Undetermined, UnknownActions, UnknownParameters, Unmapped,
    Upstream, UpstreamProxy, Verdict, Workload,
};

use choice::choice;

/// The whole configuration, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// `listen`: where clients send `CONNECT`.
    pub listen: Vec<SocketAddr>,
    /// `listen_direct`: where clients come with TLS.
    pub listen_direct: Vec<SocketAddr>,
    /// `listen_transparent`: where redirected connections arrive.
    pub listen_transparent: Vec<SocketAddr>,
    /// `listen_endpoint`: where clients come with plain http.
    pub listen_endpoint: Vec<SocketAddr>,
    /// `admin`: health, metrics and the page.
    pub admin: Vec<SocketAddr>,
    /// `admin_names`: by which names beside addresses and `localhost` the page may be asked for.
    pub admin_names: Vec<DnsName>,
    /// `metrics`: health and metrics only.
    pub metrics: Vec<SocketAddr>,
    /// `mode`.
    pub mode: Mode,
    /// `policy`: the policy of all endpoints.
    pub policy: Option<PolicySource>,
    /// `[policy_options]`.
    pub policy_options: PolicyOptions,
    /// `[[endpoint]]`.
    pub endpoints: Vec<Endpoint>,
    /// `[[host]]`.
    pub hosts: Vec<Host>,
    /// `[[workload]]`.
    pub workloads: Vec<Workload>,
    /// `[[principal]]`.
    pub principals: Vec<Principal>,
    /// `[identity]`.
    pub identity: Identity,
    /// `[broker]`.
    pub broker: Broker,
    /// `[context]`: condition keys in lower case, with their values.
    pub context: BTreeMap<String, ContextValue>,
    /// `[resource_ids]`: `TYPE/NAME` to id.
    pub resource_ids: BTreeMap<String, String>,
    /// `[decode]`.
    pub decode: Decode,
    /// `[tunnel]`.
    pub tunnel: Tunnel,
    /// `[routing]`.
    pub routing: Routing,
    /// `[upstream]`.
    pub upstream: Upstream,
    /// `[ca]`.
    pub ca: Ca,
    /// `[limits]`.
    pub limits: Limits,
    /// `[[rate_limit]]`.
    pub rate_limits: Vec<RateLimit>,
    /// `[audit]`.
    pub audit: Audit,
    /// `[drain]`.
    pub drain: Drain,
    /// `workers`: threads; `None` for as many as there are cores, at most 4, within the cgroup's quota.
    pub workers: Option<NonZeroUsize>,
    /// `--resolve`.
    pub resolve: Vec<Resolve>,
    /// `--require-enforce`.
    pub require_enforce: bool,
    /// The file that was read, if one was.
    pub file: Option<PathBuf>,
    /// Every key with its value and who set it, in the order of the documentation.
    pub effective: Vec<Effective>,
}

choice! {
    /// Whether the policy is enforced.
    Mode, "\"enforce\" or \"audit\"" {
        /// What the policy denies is refused.
        Enforce = "enforce",
        /// What the policy denies is forwarded, and recorded as denied.
        Audit = "audit",
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![loopback(3128)],
            listen_direct: Vec::new(),
            listen_transparent: Vec::new(),
            listen_endpoint: Vec::new(),
            admin: vec![loopback(9901)],
            admin_names: Vec::new(),
            metrics: Vec::new(),
            mode: Mode::Enforce,
            policy: None,
            policy_options: PolicyOptions::default(),
            endpoints: Vec::new(),
            hosts: Vec::new(),
            workloads: Vec::new(),
            principals: Vec::new(),
            identity: Identity::default(),
            broker: Broker::default(),
            context: BTreeMap::new(),
            resource_ids: BTreeMap::new(),
            decode: Decode::default(),
            tunnel: Tunnel::default(),
            routing: Routing::default(),
            upstream: Upstream::default(),
            ca: Ca::default(),
            limits: Limits::default(),
            rate_limits: Vec::new(),
            audit: Audit::default(),
            drain: Drain::default(),
            workers: None,
            resolve: Vec::new(),
            require_enforce: false,
            file: None,
            effective: Vec::new(),
        }
    }
}

impl Config {
    /// Every policy that is configured: the one of all endpoints, the endpoints' and the workloads' own.
    pub fn policies(&self) -> impl Iterator<Item = &PolicySource> {
        let endpoints = self.endpoints.iter().filter_map(|endpoint| endpoint.policy.as_ref());
        let workloads = self.workloads.iter().filter_map(|workload| workload.policy.as_ref());
        self.policy.iter().chain(endpoints).chain(workloads)
    }

    /// Who set a key, named as in [`Effective::key`].
    #[must_use]
    pub fn origin_of(&self, key: &str) -> Origin {
        let setting = self.effective.iter().find(|setting| setting.key == key);
        setting.map_or(Origin::Default, |setting| setting.origin.clone())
    }
}

/// Loads the configuration from its sources.
///
/// # Errors
/// Everything that is wrong with it, each with its place and what was expected.
pub fn load(sources: &Sources) -> Result<Config, Errors> {
    layers::load(sources)
}

/// The name of every key, in the order of the documentation, sections and lists of tables included.
#[must_use]
pub fn keys() -> Vec<String> {
    layers::keys()
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

#[cfg(test)]
mod tests;
