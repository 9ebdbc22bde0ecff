//! DNS names and host patterns in canonical form: lower case, without the trailing dot.

use std::{fmt, net::IpAddr, sync::Arc};

use super::{
    value::{Setting, Wrong, from_text, quoted},
    written::Node,
};

/// A DNS name in lower case without a trailing dot; never an IP address.
///
/// Limits: 253 characters, labels of 1 to 63 letters, digits, hyphens and underscores (RFC 1035, section 2.3.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DnsName(Arc<str>);

/// A pattern of host names such as `*.amazonaws.com`, in lower case without a trailing dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPattern(Arc<str>);

impl DnsName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a name in any letter case, with or without its trailing dot.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = canonical(text);
        (labels(&name, is_name_byte) && !is_address(&name)).then(|| Self(name.into()))
    }
}

impl HostPattern {
    /// The pattern as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a pattern: a name that may contain `*`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let pattern = canonical(text);
        let known = labels(&pattern, |byte| byte == b'*' || is_name_byte(byte));
        (known && !is_address(&pattern)).then(|| Self(pattern.into()))
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for DnsName {
    const EXPECTED: &'static str = "a DNS name such as \"vpce-0123456789abcdef0.rds.eu-west-1.vpce.amazonaws.com\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, Self::parse)
    }

    fn show(&self) -> String {
        quoted(&self.0)
    }
}

fn canonical(text: &str) -> String {
    text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase()
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
}

fn labels(name: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(&allowed);
    name.len() <= 253 && name.split('.').all(label)
}

/// Whether a resolver could interpret this as an IP address: an address, or a name whose last label is a number,
/// which browsers and libc treat as one (WHATWG URL, "ends in a number").
fn is_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    number || name.parse::<IpAddr>().is_ok()
}
