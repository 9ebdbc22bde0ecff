//! Checks the proxy itself: whether it runs, what it reports, and what its policies do.

use std::{
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use super::finding::Finding;
use crate::{
    accept::owner_of,
    cli::{health, undecidable},
    config::{Config, Mode},
    policy::{Effect, Policy},
};

/// Time limit for a listener to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// What connecting to the listeners shows.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    /// The user that the proxy runs as; `None` if it could not be determined.
    pub(super) uid: Option<u32>,
}

/// Connects to the listeners and requests the readiness.
pub(super) fn look(config: &Config) -> Seen {
    let mut seen = Seen::default();
    let ways = [
        ("listen", &config.listen),
        ("listen_direct", &config.listen_direct),
        ("listen_transparent", &config.listen_transparent),
        ("listen_endpoint", &config.listen_endpoint),
        ("broker.listen", &config.broker.listen),
    ];
    for (key, listeners) in ways {
        for listener in listeners.iter().filter(|listener| listener.port() != 0) {
            match TcpStream::connect_timeout(&health::reachable(*listener), PATIENCE) {
                Ok(stream) => seen.uid = seen.uid.or_else(|| owner(&stream)),
                Err(error) => seen.findings.push(Finding::error(
                    "proxy-not-listening",
                    format!("nothing takes connections on {key} = {listener}: {error}"),
                    "start `rds-guard run` with this configuration, or look at its log for why it ended",
                )),
            }
        }
    }
    let Some(admin) = config.admin.first().or(config.metrics.first()).filter(|admin| admin.port() != 0) else {
        return seen;
    };
    match health::ask(health::reachable(*admin)) {
        Ok((200, _)) => {}
        Ok((_, detail)) => seen.findings.push(Finding::error(
            "proxy-not-ready",
            format!("the proxy says that it is not ready{detail}"),
            "wait, where it is starting or ending; else correct what it names",
        )),
        Err(error) => seen.findings.push(Finding::warning(
            "admin-silent",
            format!("{admin} does not say how the proxy is: {error}"),
            "set `admin` to the address that the proxy's ready line shows",
        )),
    }
    seen
}

/// The user at the other end of a connection on this machine. The kernel does not report it until the connection
/// has been accepted.
fn owner(stream: &TcpStream) -> Option<u32> {
    let (near, far): (SocketAddr, SocketAddr) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
    let began = Instant::now();
    loop {
        let found = owner_of(far, near);
        if found.is_some() || began.elapsed() > PATIENCE {
            return found;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Findings about the configured policies and the mode.
pub(super) fn policies(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    if config.mode == Mode::Audit {
        found.push(Finding::warning(
            "mode-audit",
            "mode is audit: what the policy denies is let pass and recorded",
            "set mode = \"enforce\" once the record shows no denial that hurts",
        ));
    }
    let sources: Vec<_> = config
        .policy
        .iter()
        .chain(config.endpoints.iter().filter_map(|endpoint| endpoint.policy.as_ref()))
        .chain(config.workloads.iter().filter_map(|workload| workload.policy.as_ref()))
        .collect();
    if sources.is_empty() {
        found.push(Finding::warning(
            "policy-missing",
            "there is no policy: everything is allowed, as AWS's default endpoint policy does",
            "write one from config/policies/, try it with mode = \"audit\", and name it as `policy`",
        ));
    }
    for source in sources {
        found.extend(nothing_or_everything(&source.name(), source.policy()));
    }
    found.extend(undecidable::statements(config).into_iter().map(|warning| {
        Finding::warning(
            "policy-undecidable",
            warning,
            "give the key a value under [context], or leave the condition to AWS",
        )
    }));
    found
}

fn nothing_or_everything(name: &str, policy: &Policy) -> Option<Finding> {
    if policy.is_full_access() {
        return Some(Finding::warning(
            "policy-allows-everything",
            format!("{name} allows everything to everybody"),
            "allow the actions that the service calls, on the resources that it calls them on",
        ));
    }
    let allows = policy.statements().iter().any(|statement| statement.effect() == Effect::Allow);
    let shut = policy
        .statements()
        .iter()
        .any(|statement| statement.effect() == Effect::Deny && statement.is_about_everything());
    if allows && !shut {
        return None;
    }
    let why = if shut { "a statement denies everything to everybody" } else { "no statement of it allows anything" };
    Some(Finding::error(
        "policy-denies-everything",
        format!("{name} denies every call: {why}"),
        "add a statement with \"Effect\": \"Allow\", or narrow the one that denies",
    ))
}
