//! The validated sections of the configuration: one struct for each table of the file, with its defaults.

mod audit;
mod authority;
mod decode;
mod endpoint;
mod free_keys;
mod identity;
mod limits;
mod tunnel;
mod upstream;
mod upstream_proxy;
mod workload;

pub use audit::{Audit, AuditFile, OnFull};
pub use authority::{Ca, CertificateFile, Constrain};
pub use decode::{Decode, DependentActions, PolicyOptions, Undetermined, UnknownActions, UnknownParameters};
pub use endpoint::{Endpoint, Host};
pub use free_keys::ContextValue;
pub(in crate::config) use free_keys::{context, resource_ids};
pub use identity::{Broker, Foreign, Identity, Principal, RequiredTrust, SameAccount};
pub use limits::{Drain, Limits, RateLimit, RateLimitBy};
pub use tunnel::{Ports, Tunnel, TunnelRule, Verdict};
pub use upstream::{FipsRoute, Routing, Unmapped, Upstream};
pub use upstream_proxy::UpstreamProxy;
pub use workload::Workload;
