//! `--resolve HOST:PORT:ADDR[:PORT2]`: a fixed address for a host name.

use std::net::{IpAddr, SocketAddr};

use super::{
    dns_name::DnsName,
    value::{Setting, Wrong, from_text, quoted},
    written::Node,
};

/// An address that is dialled for a host and port instead of a DNS lookup.
///
/// TLS server name, certificate name and `Host` stay those of `host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// The host's name.
    pub host: DnsName,
    /// The requested port.
    pub port: u16,
    /// The address and port that are dialled.
    pub address: SocketAddr,
}

impl Resolve {
    /// Parses `HOST:PORT:ADDR[:PORT2]`, with an IPv6 `ADDR` in brackets. `PORT2` defaults to `PORT`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, rest) = text.split_once(':')?;
        let (port, address) = rest.split_once(':')?;
        let port = parse_port(port)?;
        let (ip, dialled) = match address.strip_prefix('[') {
            Some(bracketed) => {
                let (ip, rest) = bracketed.split_once(']')?;
                let dialled = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
                (IpAddr::V6(ip.parse().ok()?), dialled)
            }
            None => {
                let (ip, dialled) = address.split_once(':').map_or((address, None), |(ip, port)| (ip, Some(port)));
                (IpAddr::V4(ip.parse().ok()?), dialled)
            }
        };
        let dialled = dialled.map_or(Some(port), parse_port)?;
        Some(Self { host: DnsName::parse(host)?, port, address: SocketAddr::new(ip, dialled) })
    }
}

impl Setting for Resolve {
    const EXPECTED: &'static str = "HOST:PORT:ADDR[:PORT2] with an IP address, IPv6 in brackets";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, Self::parse)
    }

    fn show(&self) -> String {
        let (ip, port) = (self.address.ip(), self.address.port());
        let ip = if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() };
        quoted(&format!("{}:{}:{ip}:{port}", self.host, self.port))
    }
}

/// A port from 1, in plain digits.
fn parse_port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| plain && *port > 0)
}
