//! Whether a process's variables send its calls to the proxy.

use std::net::SocketAddr;

use super::{finding::Finding, no_proxy::Reader, other_ways::OtherWays, process::Process};

/// What the variables should be.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The addresses of the proxy's listeners.
    pub(super) listeners: Vec<SocketAddr>,
    /// The names that calls are sent to.
    pub(super) hosts: Vec<String>,
    /// The listeners that need no proxy variable.
    pub(super) other_ways: OtherWays<'a>,
}

/// The addresses of credential endpoints, which must never be reached through a proxy.
/// Sources: EC2 "Access instance metadata", ECS "Task IAM role", EKS "Pod Identity".
const CREDENTIALS: [&str; 3] = ["169.254.169.254", "169.254.170.2", "169.254.170.23"];

/// The findings about one process.
pub(super) fn check(process: &Process, wanted: &Wanted<'_>) -> Vec<Finding> {
    let name = &process.name;
    let mut found = Vec::new();
    let (upper, lower) = (process.value("HTTPS_PROXY"), process.value("https_proxy"));
    match (upper, lower) {
        (None, None) if wanted.other_ways.any() => found.push(wanted.other_ways.check(process, &wanted.hosts)),
        (None, None) if process.value("ALL_PROXY").or(process.value("all_proxy")).is_some() => {
            found.push(Finding::error(
                "all-proxy-alone",
                format!("{name} has ALL_PROXY and no HTTPS_PROXY: boto3, Go and Node's agents read no ALL_PROXY"),
                format!("set HTTPS_PROXY={}", wanted.url()),
            ))
        }
        (None, None) => found.push(Finding::error(
            "proxy-variable-missing",
            format!("{name} has no HTTPS_PROXY, so its calls go past the proxy"),
            format!("set HTTPS_PROXY={}", wanted.url()),
        )),
        (None, Some(_)) => found.push(Finding::warning(
            "proxy-variable-lower-case",
            format!("{name} has https_proxy in lower case only, which some clients do not read"),
            "set HTTPS_PROXY too",
        )),
        (Some(one), Some(other)) if one != other => found.push(Finding::error(
            "proxy-variables-differ",
            format!(
                "{name} has another value in HTTPS_PROXY than in https_proxy, and clients differ in which they read"
            ),
            "set both to the same, or https_proxy not at all",
        )),
        (Some(_), _) => {}
    }
    found.extend(upper.or(lower).and_then(|value| leads_elsewhere(name, value, wanted)));
    found.extend(past(process, wanted));
    if process.value("HTTP_PROXY").is_some() || process.value("http_proxy").is_some() {
        let direct = process.value("no_proxy").or(process.value("NO_PROXY")).unwrap_or_default();
        if !CREDENTIALS.iter().all(|address| Reader::Python.bypasses(direct, address)) {
            found.push(Finding::warning(
                "credentials-through-proxy",
                format!("{name} has HTTP_PROXY, and NO_PROXY lacks {}: credentials are asked for through a proxy, which refuses", CREDENTIALS.join(", ")),
                "take HTTP_PROXY away (RDS needs HTTPS_PROXY only), or use NO_PROXY as `rds-guard env` prints it",
            ));
        }
    }
    found
}

impl Wanted<'_> {
    /// The expected value of `HTTPS_PROXY`.
    pub(super) fn url(&self) -> String {
        let address = self.listeners.first().map_or_else(|| "127.0.0.1:3128".to_owned(), ToString::to_string);
        format!("http://{address}")
    }
}

/// A finding if the value is not the proxy's address.
fn leads_elsewhere(name: &str, value: &str, wanted: &Wanted<'_>) -> Option<Finding> {
    let remedy = format!("set it to {}", wanted.url());
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => {
            return Some(Finding::warning(
                "proxy-without-scheme",
                format!("{name} has an HTTPS_PROXY without `http://`, which Node's agents refuse"),
                remedy,
            ));
        }
    };
    if scheme == "https" {
        return Some(Finding::error(
            "proxy-by-tls",
            format!("{name} has an HTTPS_PROXY that begins with `https://`: the way to the proxy itself is plain"),
            remedy,
        ));
    }
    // User and password precede the address and are not needed here.
    let address = rest.rsplit_once('@').map_or(rest, |(_, address)| address).trim_end_matches('/');
    let address = address.replace("localhost", "127.0.0.1");
    let known = wanted.listeners.iter().any(|listener| {
        let any = listener.ip().is_unspecified();
        address.parse::<SocketAddr>().is_ok_and(|found| {
            found.port() == listener.port() && (found.ip() == listener.ip() || (any && found.ip().is_loopback()))
        })
    });
    (!known).then(|| {
        Finding::error("proxy-elsewhere", format!("{name} has an HTTPS_PROXY that is not this proxy's address"), remedy)
    })
}

/// A finding if `NO_PROXY` makes a name bypass the proxy, with the clients that interpret it so.
fn past(process: &Process, wanted: &Wanted<'_>) -> Option<Finding> {
    let values = ["NO_PROXY", "no_proxy"].map(|name| process.value(name).map(|value| (name, value)));
    for (variable, value) in values.into_iter().flatten() {
        for host in &wanted.hosts {
            let readers: Vec<&str> =
                Reader::ALL.into_iter().filter(|reader| reader.bypasses(value, host)).map(Reader::name).collect();
            if !readers.is_empty() {
                return Some(Finding::error(
                    "no-proxy-covers-rds",
                    format!(
                        "{} has a {variable} that sends {host} past the proxy as read by {}",
                        process.name,
                        readers.join("; ")
                    ),
                    "take the entry out; `rds-guard env` prints what belongs there",
                ));
            }
        }
    }
    None
}
