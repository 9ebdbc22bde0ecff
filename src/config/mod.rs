//! The configuration: defaults, overridden by the TOML file, by `RDS_GUARD_*` variables, and by flags, in this
//! order.
//!
//! It has two forms that are kept apart: what was *written* (`written::Table`, every value with its origin, from
//! any source) and what it *means* ([`Config`], plain validated data). All errors are reported at once, each with
//! its position and what was expected. Nothing here reads the process's environment or arguments.

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

/// The complete, validated configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `listen`: the listeners for `CONNECT`.
    pub listen: Vec<SocketAddr>,
    /// `listen_direct`: the listeners for direct TLS connections.
    pub listen_direct: Vec<SocketAddr>,
    /// `listen_transparent`: the listeners for redirected connections.
    pub listen_transparent: Vec<SocketAddr>,
    /// `listen_endpoint`: the listeners for plain HTTP.
    pub listen_endpoint: Vec<SocketAddr>,
    /// `admin`: the listeners for health, metrics and the page.
    pub admin: Vec<SocketAddr>,
    /// `admin_names`: host names that the page may be requested under, besides IP addresses and `localhost`.
    pub admin_names: Vec<DnsName>,
    /// `metrics`: the listeners for health and metrics only.
    pub metrics: Vec<SocketAddr>,
    /// `mode`: whether the policies are enforced.
    pub mode: Mode,
    /// `policy`: the policy that applies to every call.
    pub policy: Option<PolicySource>,
    /// `[policy_options]`: how policies are parsed and evaluated.
    pub policy_options: PolicyOptions,
    /// `[[endpoint]]`: the VPC endpoints.
    pub endpoints: Vec<Endpoint>,
    /// `[[host]]`: additional names of the RDS API.
    pub hosts: Vec<Host>,
    /// `[[workload]]`: the containers that share the proxy.
    pub workloads: Vec<Workload>,
    /// `[[principal]]`: access keys of known principals.
    pub principals: Vec<Principal>,
    /// `[identity]`: how callers are identified.
    pub identity: Identity,
    /// `[broker]`: the credential broker.
    pub broker: Broker,
    /// `[context]`: condition keys in lower case, with their values.
    pub context: BTreeMap<String, ContextValue>,
    /// `[resource_ids]`: the AWS-generated id for each `TYPE/NAME`.
    pub resource_ids: BTreeMap<String, String>,
    /// `[decode]`: how strictly requests are decoded.
    pub decode: Decode,
    /// `[tunnel]`: the policy for tunnels.
    pub tunnel: Tunnel,
    /// `[routing]`: the destinations of permitted calls.
    pub routing: Routing,
    /// `[upstream]`: how connections to the endpoints are made.
    pub upstream: Upstream,
    /// `[ca]`: the local certificate authority.
    pub ca: Ca,
    /// `[limits]`: limits on connections and requests.
    pub limits: Limits,
    /// `[[rate_limit]]`: the rate limits.
    pub rate_limits: Vec<RateLimit>,
    /// `[audit]`: the decision log.
    pub audit: Audit,
    /// `[drain]`: the timing of a shutdown.
    pub drain: Drain,
    /// `workers`: number of worker threads; `None` for one per core, at most 4, within the cgroup's quota.
    pub workers: Option<NonZeroUsize>,
    /// `--resolve`: fixed addresses for host names.
    pub resolve: Vec<Resolve>,
    /// `--require-enforce`: refuse to start unless a policy is enforced.
    pub require_enforce: bool,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// Every key with its value and the source that set it, in the order of the documentation.
    pub effective: Vec<Effective>,
}

choice! {
    /// Whether the policy is enforced.
    Mode, "\"enforce\" or \"audit\"" {
        /// Calls that the policy denies are refused.
        Enforce = "enforce",
        /// Calls that the policy denies are forwarded, and recorded as denied.
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
    /// Every configured policy: the common one, those of endpoints, and those of workloads.
    pub fn policies(&self) -> impl Iterator<Item = &PolicySource> {
        let endpoints = self.endpoints.iter().filter_map(|endpoint| endpoint.policy.as_ref());
        let workloads = self.workloads.iter().filter_map(|workload| workload.policy.as_ref());
        self.policy.iter().chain(endpoints).chain(workloads)
    }

    /// The source that set a key, named as in [`Effective::key`].
    #[must_use]
    pub fn origin_of(&self, key: &str) -> Origin {
        let setting = self.effective.iter().find(|setting| setting.key == key);
        setting.map_or(Origin::Default, |setting| setting.origin.clone())
    }
}

/// Loads the configuration from its sources.
///
/// # Errors
/// Everything that is wrong with it, each problem with its position and what was expected.
pub fn load(sources: &Sources) -> Result<Config, Errors> {
    layers::load(sources)
}

/// The name of every key, in the order of the documentation, including sections and lists of tables.
#[must_use]
pub fn keys() -> Vec<String> {
    layers::keys()
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

#[cfg(test)]
mod tests;
