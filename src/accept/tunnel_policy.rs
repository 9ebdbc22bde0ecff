//! Which hosts that are not the RDS API may be reached through the proxy.

use std::{net::IpAddr, str::FromStr, time::Duration};

use ipnet::IpNet;

use super::{Authority, Host, Refusal};

/// Allow or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let it pass.
    Allow,
    /// Refuse it.
    Deny,
}

/// The tunnel policy.
#[derive(Clone, Debug)]
pub struct TunnelSettings {
    /// The verdict for hosts that no pattern matches.
    pub default: Verdict,
    /// Hosts and networks that may be reached.
    pub allow: Vec<HostPattern>,
    /// Hosts and networks that may not be reached; takes precedence over `allow`.
    pub deny: Vec<HostPattern>,
    /// The ports that may be reached; empty allows all ports.
    pub ports: Vec<u16>,
    /// Whether a target may be an IP address at all.
    pub ip_literals: Verdict,
    /// The verdict on a transparent connection without a server name.
    pub no_sni: Verdict,
    /// Whether plain HTTP is proxied for other hosts.
    pub plain_http: bool,
    /// How long a tunnel may be idle.
    pub idle: Duration,
    /// How long to wait for the client's first bytes before the server's may flow.
    pub peek: Duration,
    /// How long connecting may take.
    pub connect: Duration,
}

impl Default for TunnelSettings {
    fn default() -> Self {
        Self {
            default: Verdict::Allow,
            allow: Vec::new(),
            deny: Vec::new(),
            ports: Vec::new(),
            ip_literals: Verdict::Allow,
            no_sni: Verdict::Deny,
            plain_http: false,
            idle: Duration::from_secs(3600),
            peek: Duration::from_secs(5),
            connect: Duration::from_secs(3),
        }
    }
}

impl TunnelSettings {
    /// Judges a target as the client wrote it, before anything is resolved.
    ///
    /// # Errors
    /// The refusal, if it may not be reached.
    pub fn judge(&self, target: &Authority) -> Result<(), Refusal> {
        if !self.ports.is_empty() && !self.ports.contains(&target.port) {
            return Err(Refusal::Port { port: target.port });
        }
        if matches!(target.host, Host::Address(_)) && self.ip_literals == Verdict::Deny {
            return Err(Refusal::IpLiteral);
        }
        let named = |patterns: &[HostPattern]| patterns.iter().any(|pattern| pattern.matches(&target.host));
        // Networks in `allow` match addresses, which are not known yet: `judge_address` checks them later.
        let networks = self.allow.iter().any(|pattern| matches!(pattern, HostPattern::Network(_)));
        let refused = named(&self.deny)
            || (self.default == Verdict::Deny && !named(&self.allow) && !networks)
            || (self.default == Verdict::Deny && !named(&self.allow) && matches!(target.host, Host::Address(_)));
        if refused { Err(Refusal::NotAllowed { host: target.host.to_string() }) } else { Ok(()) }
    }

    /// Judges a target whose address is not known here, because another proxy resolves its name.
    ///
    /// # Errors
    /// The refusal, if only an address could make it reachable.
    pub fn judge_unresolved(&self, target: &Authority) -> Result<(), Refusal> {
        let named = self.allow.iter().any(|pattern| pattern.matches(&target.host));
        if self.default == Verdict::Allow || named {
            Ok(())
        } else {
            Err(Refusal::NotAllowed { host: target.host.to_string() })
        }
    }

    /// Judges an address that a target's name resolved to.
    ///
    /// # Errors
    /// The refusal, if it may not be reached.
    pub fn judge_address(&self, target: &Authority, address: IpAddr) -> Result<(), Refusal> {
        let address = Host::Address(address);
        let either = |patterns: &[HostPattern]| patterns.iter().any(|p| p.matches(&target.host) || p.matches(&address));
        let refused = either(&self.deny) || (self.default == Verdict::Deny && !either(&self.allow));
        if refused { Err(Refusal::NotAllowed { host: target.host.to_string() }) } else { Ok(()) }
    }
}

/// A host name, a pattern of names, or a network.
///
/// In a pattern, `*` matches any characters within one label; a leading `*.` matches one or more whole labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// Every host.
    Any,
    /// A name, possibly with wildcards; lower case.
    Name(String),
    /// All addresses of a network.
    Network(IpNet),
}

/// Why a text is not a host pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is neither a host name, a pattern such as `*.example.com`, nor a network such as `10.0.0.0/8`")]
pub struct HostPatternError {
    /// The invalid text.
    pub found: String,
}

impl HostPattern {
    /// Whether the pattern covers a host.
    #[must_use]
    pub fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Name(pattern), Host::Name(name)) => match pattern.strip_prefix("*.") {
                Some(suffix) => {
                    name.match_indices('.').any(|(at, _)| labels_match(suffix, name.get(at + 1..).unwrap_or_default()))
                }
                None => labels_match(pattern, name),
            },
            (Self::Network(network), Host::Address(address)) => network.contains(address),
            (Self::Name(_), Host::Address(_)) | (Self::Network(_), Host::Name(_)) => false,
        }
    }
}

impl FromStr for HostPattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, HostPatternError> {
        let error = || HostPatternError { found: text.chars().take(128).collect() };
        if text == "*" {
            return Ok(Self::Any);
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        match Host::parse(&text.replace('*', "x")) {
            Ok(Host::Name(_)) => Ok(Self::Name(text.trim_end_matches('.').to_ascii_lowercase())),
            Ok(Host::Address(_)) if !text.contains('*') => match Host::parse(text) {
                Ok(Host::Address(address)) => Ok(Self::Network(IpNet::from(address))),
                Ok(Host::Name(_)) | Err(_) => Err(error()),
            },
            Ok(Host::Address(_)) => Err(error()),
            Err(_) => text
                .parse::<IpAddr>()
                .map(|address| Self::Network(IpNet::from(super::canonical_address(address))))
                .map_err(|_| error()),
        }
    }
}

/// Matches label by label, so that a star never matches a dot.
fn labels_match(pattern: &str, name: &str) -> bool {
    let (mut patterns, mut names) = (pattern.split('.'), name.split('.'));
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(label)) if label_matches(pattern, label) => {}
            _ => return false,
        }
    }
}

fn label_matches(pattern: &str, label: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == label };
    let Some(mut left) = label.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = left.get(at + part.len()..).unwrap_or_default();
    }
    left.ends_with(tail)
}
