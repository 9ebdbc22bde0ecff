//! `host:port`, parsed once into the form in which all comparisons are made.

use std::{fmt, net::IpAddr};

use super::{
    Refusal,
    address::{canonical_address, parse_v4},
};

/// A host in the form used for comparisons: a name in lower case without the trailing dot, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A DNS name.
    Name(String),
    /// An IP address, however it was spelled.
    Address(IpAddr),
}

impl Host {
    /// Parses a host without a port. IPv6 addresses are in brackets.
    ///
    /// # Errors
    /// [`Refusal::MalformedAuthority`] for user info, escapes, Unicode, empty labels, and every other byte that a
    /// DNS name does not have: a host is either canonical or refused.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let address: std::net::Ipv6Addr = inner.parse().map_err(|_| Refusal::MalformedAuthority)?;
            return Ok(Self::Address(canonical_address(IpAddr::V6(address))));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if let Some(address) = parse_v4(&name) {
            return address.map(|v4| Self::Address(IpAddr::V4(v4))).ok_or(Refusal::MalformedAuthority);
        }
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if name.len() <= 253 && name.split('.').all(label) {
            Ok(Self::Name(name))
        } else {
            Err(Refusal::MalformedAuthority)
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(v4)) => v4.fmt(f),
            Self::Address(IpAddr::V6(v6)) => write!(f, "[{v6}]"),
        }
    }
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    /// The host, canonical.
    pub host: Host,
    /// The port.
    pub port: u16,
}

impl Authority {
    /// Parses the target of a CONNECT.
    ///
    /// # Errors
    /// [`Refusal::NoPort`], [`Refusal::MalformedAuthority`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let after_bracket = text.rfind(']').map_or(0, |at| at + 1);
        let colon = text.get(after_bracket..).and_then(|rest| rest.find(':')).map(|at| at + after_bracket);
        let Some(colon) = colon else {
            return Err(Host::parse(text).err().unwrap_or(Refusal::NoPort));
        };
        let (host, port) = (text.get(..colon).unwrap_or_default(), text.get(colon + 1..).unwrap_or_default());
        let host = Host::parse(host)?;
        if port.is_empty() {
            return Err(Refusal::NoPort);
        }
        let digits = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
        let port = if digits { port.parse().ok() } else { None };
        port.filter(|port| *port != 0).map(|port| Self { host, port }).ok_or(Refusal::MalformedAuthority)
    }

    /// Returns whether a `Host` header names the same host on port 443 (or without a port).
    #[must_use]
    pub fn matches_host_header(&self, value: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(value) else { return false };
        let named = match Self::parse(text) {
            Ok(authority) => Some(authority),
            Err(Refusal::NoPort) if !text.ends_with(':') => Host::parse(text).ok().map(|host| Self { host, port: 443 }),
            Err(_) => None,
        };
        named.is_some_and(|named| named.host == self.host && named.port == 443)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
