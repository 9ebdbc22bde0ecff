//! `[routing]` and `[upstream]`: where judged requests go, and how.

use std::time::Duration;

use ipnet::IpNet;

use crate::config::{TunnelRule, UpstreamProxy, choice::choice, section::Section, sections::CertificateFile};

/// `[routing]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// Where requests of a region without an endpoint go.
    pub unmapped: Unmapped,
    /// Networks that count as private, besides those of the RFCs.
    pub private_cidrs: Vec<IpNet>,
    /// Where requests to FIPS hosts go without an endpoint of their own.
    pub fips: FipsRoute,
}

/// `[upstream]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Further roots that the endpoints' certificates may come from.
    pub ca: Option<CertificateFile>,
    /// How long connecting may take, TLS included.
    pub connect: Duration,
    /// How long the first byte of an answer is waited for.
    pub first_byte: Duration,
    /// How long an unused connection is kept, and how long an answer may pause.
    pub idle: Duration,
    /// A corporate proxy to go through.
    pub proxy: Option<UpstreamProxy>,
    /// Hosts that are reached without it.
    pub no_proxy: Vec<TunnelRule>,
    /// Whether RDS requests take it too.
    pub proxy_rds: bool,
}

choice! {
    /// Where requests of a region without an endpoint go.
    Unmapped, "\"private-dns\", \"deny\" or \"public\"" {
        /// To the service's name, if all its addresses are private.
        PrivateDns = "private-dns",
        /// They are refused.
        Deny = "deny",
        /// To the service's name, whatever its addresses.
        Public = "public",
    }
}

choice! {
    /// Where requests to FIPS hosts go without an endpoint of their own.
    FipsRoute, "\"same-endpoint\" or \"deny\"" {
        /// To the region's endpoint; the record says so.
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
