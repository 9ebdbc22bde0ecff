//! `RDS_GUARD_*` variables, uninterpreted. The caller passes the environment in; this module never reads the
//! process's own.

use std::ffi::OsString;

use super::{
    Origin,
    endpoint_overlay::{self, Addition},
    problem::{Misdeed, Problem},
    written::{Node, Table},
};

/// The prefix of this program's variables.
pub const PREFIX: &str = "RDS_GUARD_";

/// Variables with this prefix that are not keys: the file to read, the log filter, and a switch of the project's
/// tests.
pub const OTHER_VARIABLES: [&str; 3] = ["RDS_GUARD_CONFIG", "RDS_GUARD_LOG", "RDS_GUARD_SKIP_CLIENTS"];

/// The keys that the environment sets: `RDS_GUARD_TUNNEL__DEFAULT` is `tunnel.default`.
pub(super) fn read(variables: &[(OsString, OsString)], problems: &mut Vec<Problem>) -> (Table, Vec<Addition>) {
    let mut table = Table::default();
    let mut additions = Vec::new();
    let mut ours: Vec<_> = variables.iter().filter_map(|(name, value)| Some((name.to_str()?, value))).collect();
    ours.sort_unstable();
    for (name, value) in ours {
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        let origin = Origin::Variable(name.into());
        let Some(value) = value.to_str() else {
            problems.push(Problem { origin, misdeed: Misdeed::NotUnicode });
            continue;
        };
        if OTHER_VARIABLES.contains(&name) || is_service_link(key, value) {
            continue;
        }
        let key = self::key(name);
        let path: Vec<&str> = key.split('.').collect();
        match path.as_slice() {
            ["endpoint", region] => {
                additions.push(endpoint_overlay::addition(&region.replace('_', "-"), value, origin));
            }
            path => table.set_at(path, Node::untyped(value, origin)),
        }
    }
    (table, additions)
}

/// The name of the variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The key that a variable sets.
pub(super) fn key(variable: &str) -> String {
    variable.strip_prefix(PREFIX).unwrap_or(variable).to_ascii_lowercase().replace("__", ".")
}

/// Whether Kubernetes set this variable for a Service called `rds-guard` or `rds-guard-…`: every container of the
/// namespace gets `RDS_GUARD_SERVICE_HOST`, `RDS_GUARD_PORT=tcp://…`, `RDS_GUARD_PORT_3128_TCP_ADDR` and similar
/// ones.
/// Source: Kubernetes, "Service: environment variables". No configuration key has such a name.
fn is_service_link(key: &str, value: &str) -> bool {
    let service = |ending: &str| key == ending || key.ends_with(&format!("_{ending}"));
    if service("SERVICE_HOST") || service("SERVICE_PORT") || key.contains("SERVICE_PORT_") {
        return true;
    }
    let link = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    if service("PORT") && link {
        return true;
    }
    let protocol = |part: &str| matches!(part, "TCP" | "UDP" | "SCTP");
    let mut parts = key.rsplit('_').skip_while(|part| matches!(*part, "PROTO" | "PORT" | "ADDR"));
    parts.next().is_some_and(protocol)
        && parts.next().is_some_and(|port| port.parse::<u16>().is_ok())
        && parts.next() == Some("PORT")
}
