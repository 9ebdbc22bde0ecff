//! Stage 1: turns a socket into an interception, a tunnel or a refusal.
//!
//! The proxy listener reads one `CONNECT` ([`connect`]) and parses its authority once into an [`Authority`].
//! [`Router::route`] decides how it is handled. Bytes for other hosts pass through [`tunnel`] unchanged; an RDS API
//! host is passed on to `intercept`, and no later failure turns an interception into a tunnel.

mod address;
mod authority;
mod client_hello;
pub mod connect;
mod dial;
mod endpoint_addresses;
mod error;
mod hosts_file;
mod plain_http;
mod redirected;
mod owner;
mod route;
pub mod tunnel;
mod tunnel_policy;
mod upstream_proxy;

pub use address::{AddressClass, canonical_address, is_own_address};
pub use authority::{Authority, Host};
pub use client_hello::{ClientHello, MAX_CLIENT_HELLO_BYTES};
pub use dial::{Dialled, dial, dial_original};
pub use endpoint_addresses::EndpointAddresses;
pub use error::Refusal;
pub use owner::{owner_at_once, owner_of};
pub use plain_http::PlainRequest;
pub use redirected::{OwnConnection, OwnConnections, original_destination};
pub use route::{Route, Router};
pub use tunnel_policy::{HostPattern, HostPatternError, TunnelSettings, Verdict};
pub use upstream_proxy::{BasicCredentials, UpstreamProxy, UpstreamProxyError};

#[cfg(test)]
mod tests;
