//! `[routing]` and `[upstream]`: where permitted requests are sent, and how.

use std::time::Duration;

use ipnet::IpNet;

use crate::config::{TunnelRule, UpstreamProxy, choice::choice, section::Section, sections::CertificateFile};

/// The values of `[routing]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The destination of requests for a region without an endpoint.
    pub unmapped: Unmapped,
    /// Networks that count as private, in addition to those of the RFCs.
    pub private_cidrs: Vec<IpNet>,
    /// The destination of requests to FIPS hosts if no FIPS endpoint is configured.
    pub fips: FipsRoute,
}

/// The values of `[upstream]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Additional trusted roots for the endpoints' certificates.
    pub ca: Option<CertificateFile>,
    /// Time limit for connecting, including the TLS handshake.
    pub connect: Duration,
    /// Maximum wait for the first byte of a response.
    pub first_byte: Duration,
    /// How long an unused connection is kept, and the maximum pause within a response.
    pub idle: Duration,
    /// A corporate proxy to connect through.
    pub proxy: Option<UpstreamProxy>,
    /// Hosts that are connected to directly, without the proxy.
    pub no_proxy: Vec<TunnelRule>,
    /// Whether RDS requests use the proxy too.
    pub proxy_rds: bool,
}

choice! {
    /// The destination of requests for a region without an endpoint.
    Unmapped, "\"private-dns\", \"deny\" or \"public\"" {
        /// The service's public name, if all its addresses are private.
        PrivateDns = "private-dns",
        /// They are refused.
        Deny = "deny",
        /// The service's public name, whatever its addresses are.
        Public = "public",
    }
}

choice! {
    /// The destination of requests to FIPS hosts if no FIPS endpoint is configured.
    FipsRoute, "\"same-endpoint\" or \"deny\"" {
        /// The region's other endpoint. The record notes this.
        SameEndpoint = "same-endpoint",
        /// They are refused.
        Deny = "deny",
    }
}

impl Default for Routing {
    fn default() -> Self {
        Self { unmapped: Unmapped::PrivateDns, private_cidrs: Vec::new(), fips: FipsRoute::SameEndpoint }
    }
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            ca: None,
            connect: Duration::from_secs(3),
            first_byte: Duration::from_mins(1),
            idle: Duration::from_mins(1),
            proxy: None,
            no_proxy: Vec::new(),
            proxy_rds: false,
        }
    }
}

impl Routing {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut routing = Self::default();
        section.set("unmapped", &mut routing.unmapped);
        section.set("private_cidrs", &mut routing.private_cidrs);
        section.set("fips", &mut routing.fips);
        section.finish();
        routing
    }
}

impl Upstream {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut upstream = Self::default();
        section.set("ca", &mut upstream.ca);
        section.set("connect", &mut upstream.connect);
        section.set("first_byte", &mut upstream.first_byte);
        section.set("idle", &mut upstream.idle);
        upstream.proxy = UpstreamProxy::read_keys(&mut section);
        section.set("no_proxy", &mut upstream.no_proxy);
        section.set("proxy_rds", &mut upstream.proxy_rds);
        section.finish();
        upstream
    }
}
