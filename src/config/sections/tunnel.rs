//! `[tunnel]`: connections that are passed through unread.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;

use crate::config::{
    HostPattern,
    choice::choice,
    section::Section,
    value::{Setting, Wrong, from_text, quoted},
    written::{Node, Value},
};

/// The values of `[tunnel]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// The verdict for hosts that no rule names.
    pub default: Verdict,
    /// Hosts and networks that are allowed.
    pub allow: Vec<TunnelRule>,
    /// Hosts and networks that are refused, even if `allow` names them too.
    pub deny: Vec<TunnelRule>,
    /// The ports that tunnels may connect to.
    pub ports: Ports,
    /// Whether a tunnel may name an IP address instead of a host.
    pub ip_literals: Verdict,
    /// The verdict for a transparent connection without a TLS server name.
    pub no_sni: Verdict,
    /// Whether plain HTTP requests to other hosts are forwarded.
    pub plain_http: bool,
    /// Maximum idle time of a tunnel.
    pub idle: Duration,
    /// Maximum wait for the first bytes from a tunnel's client.
    pub peek: Duration,
}

/// One entry of `tunnel.allow` or `tunnel.deny`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TunnelRule {
    /// Hosts by name.
    Host(HostPattern),
    /// Hosts by address.
    Network(IpNet),
}

/// The ports that tunnels may connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// All ports.
    All,
    /// Only these ports.
    Listed(Vec<u16>),
}

choice! {
    /// Whether a connection is allowed.
    Verdict, "\"allow\" or \"deny\"" {
        /// It is allowed.
        Allow = "allow",
        /// It is refused.
        Deny = "deny",
    }
}

impl Default for Tunnel {
    fn default() -> Self {
        Self {
            default: Verdict::Allow,
            allow: Vec::new(),
            deny: Vec::new(),
            ports: Ports::All,
            ip_literals: Verdict::Allow,
            no_sni: Verdict::Deny,
            plain_http: false,
            idle: Duration::from_hours(1),
            peek: Duration::from_secs(5),
        }
    }
}

impl Tunnel {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut tunnel = Self::default();
        section.set("default", &mut tunnel.default);
        section.set("allow", &mut tunnel.allow);
        section.set("deny", &mut tunnel.deny);
        section.set("ports", &mut tunnel.ports);
        section.set("ip_literals", &mut tunnel.ip_literals);
        section.set("no_sni", &mut tunnel.no_sni);
        section.set("plain_http", &mut tunnel.plain_http);
        section.set("idle", &mut tunnel.idle);
        section.set("peek", &mut tunnel.peek);
        section.finish();
        tunnel
    }
}

impl Setting for TunnelRule {
    const EXPECTED: &'static str = "a host pattern such as \"*.amazonaws.com\" or a network such as \"10.0.0.0/8\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| {
            let network = parse_network(text).map(Self::Network);
            network.or_else(|| HostPattern::parse(text).map(Self::Host))
        })
    }

    fn show(&self) -> String {
        match self {
            Self::Host(pattern) => quoted(pattern.as_str()),
            Self::Network(network) => network.show(),
        }
    }
}

impl Setting for IpNet {
    const EXPECTED: &'static str = "a network such as \"10.0.0.0/8\" or \"fd00::/8\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, parse_network)
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }
}

/// A network in CIDR form, or one address. Bits after the prefix are cleared.
fn parse_network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().ok().map(|network| network.trunc());
    network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

impl Setting for Ports {
    const EXPECTED: &'static str = "\"all\", or ports such as [443, 8443]";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match node.text() {
            Some("all") => Ok(Self::All),
            Some(_) | None => {
                Vec::<Port>::read(node).map(|ports| Self::Listed(ports.into_iter().map(|Port(port)| port).collect()))
            }
        }
    }

    fn show(&self) -> String {
        match self {
            Self::All => quoted("all"),
            Self::Listed(ports) => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                format!("[{}]", ports.join(", "))
            }
        }
    }
}

/// A port from 1.
struct Port(u16);

impl Setting for Port {
    const EXPECTED: &'static str = "a port from 1 to 65535";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        let port = match &node.value {
            Value::Number(digits) | Value::Untyped(digits) => digits.parse().ok(),
            Value::Text(_) | Value::Boolean(_) | Value::Datetime(_) | Value::List(_) | Value::Table(_) => None,
        };
        port.filter(|port| *port > 0).map(Self).ok_or_else(|| vec![Wrong::because(node, Self::EXPECTED)])
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}
