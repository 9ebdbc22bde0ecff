//! The listeners that need no proxy variable: whether a process without one reaches the proxy through any of them.

use std::{
    fs,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
};

use super::{finding::Finding, process::Process};
use crate::config::Config;

/// The variables that give an SDK another endpoint, in order of priority.
const ENDPOINT_URLS: [&str; 2] = ["AWS_ENDPOINT_URL_RDS", "AWS_ENDPOINT_URL"];

/// The listeners that are on.
#[derive(Debug)]
pub(super) struct OtherWays<'a> {
    direct: &'a [SocketAddr],
    endpoint: &'a [SocketAddr],
    is_transparent: bool,
}

impl<'a> OtherWays<'a> {
    /// The listeners of a configuration.
    pub(super) fn of(config: &'a Config) -> Self {
        let is_transparent = !config.listen_transparent.is_empty();
        Self { direct: &config.listen_direct, endpoint: &config.listen_endpoint, is_transparent }
    }

    /// Whether any of them is on.
    pub(super) fn any(&self) -> bool {
        self.is_transparent || !self.direct.is_empty() || !self.endpoint.is_empty()
    }

    /// The finding about a process without proxy variables. `hosts` are the names that its calls are sent to.
    pub(super) fn check(&self, process: &Process, hosts: &[String]) -> Finding {
        let name = &process.name;
        let strays = || hosts.iter().find_map(|host| self.strays(process, host));
        if self.is_transparent || self.is_named_by(process) {
            return led(name);
        }
        let Some(first) = self.direct.first() else {
            return Finding::error(
                "endpoint-url-missing",
                format!("{name} has neither HTTPS_PROXY nor an AWS_ENDPOINT_URL_RDS that is this proxy's"),
                format!(
                    "set AWS_ENDPOINT_URL_RDS=http://{}",
                    self.endpoint.first().map(ToString::to_string).unwrap_or_default()
                ),
            );
        };
        match strays() {
            None => led(name),
            Some(where_to) => Finding::error(
                "name-not-led",
                format!("{name} has no HTTPS_PROXY, and {where_to}: its calls go past the proxy"),
                format!("let hostAliases, or /etc/hosts, lead the name to {} alone, or set HTTPS_PROXY", first.ip()),
            ),
        }
    }

    /// Whether its variables point its calls to the plaintext listener.
    fn is_named_by(&self, process: &Process) -> bool {
        let url = ENDPOINT_URLS.iter().find_map(|variable| process.value(variable));
        let address = url.and_then(|url| url.strip_prefix("http://")).map(|rest| rest.trim_end_matches('/'));
        let address = address.and_then(|address| address.replace("localhost", "127.0.0.1").parse().ok());
        address.is_some_and(|address: SocketAddr| self.endpoint.contains(&address))
    }

    /// The address that a name leads to in a process, if that is not the proxy.
    fn strays(&self, process: &Process, host: &str) -> Option<String> {
        let hosts = fs::read_to_string(process.file("/etc/hosts")).unwrap_or_default();
        let mut found = listed(&hosts, host);
        if found.is_empty() {
            found = (host, 443).to_socket_addrs().map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default();
        }
        let is_ours = |ip: &IpAddr| {
            self.direct.iter().any(|own| own.ip() == *ip || (own.ip().is_unspecified() && ip.is_loopback()))
        };
        match found.iter().find(|ip| !is_ours(ip)) {
            Some(ip) => Some(format!("{host} leads to {ip}")),
            None if found.is_empty() => Some(format!("{host} has no address")),
            None => None,
        }
    }
}

fn led(name: &str) -> Finding {
    Finding::note(
        "proxy-variable-not-set",
        format!("{name} has no HTTPS_PROXY: its calls reach the proxy by the other ways in alone"),
        "nothing, if every client in it takes those ways",
    )
}

/// The addresses of a name in the text of a hosts file.
fn listed(text: &str, host: &str) -> Vec<IpAddr> {
    let line = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace();
        let ip = words.next()?.parse().ok()?;
        words.any(|name| name.eq_ignore_ascii_case(host)).then_some(ip)
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn a_hosts_file_is_read_by_words_without_comments() {
        let text =
            "127.0.0.1\tlocalhost RDS.example\n# 10.0.0.1 rds.example\n::1 x rds.example # y\n10.0.0.2 ards.example\n";
        let found: Vec<String> = listed(text, "rds.example").iter().map(ToString::to_string).collect();
        assert_eq!(found, ["127.0.0.1", "::1"]);
        assert!(listed(text, "y").is_empty());
    }
}
