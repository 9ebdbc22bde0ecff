//! The command's environment: the inherited one, plus the variables for the proxy, minus the proxy's own settings.

use std::{collections::BTreeSet, ffi::OsString};

use super::{Folder, no_proxy, node};
use crate::{
    aws::endpoint::{Recognised, recognise},
    cli::{Environment, Failure, env::Proxy},
    config::{Config, PREFIX},
};

/// The variables of the command, and notes for the user.
#[derive(Debug)]
pub(super) struct Variables {
    pub(super) set: Vec<(OsString, OsString)>,
    pub(super) notes: Vec<String>,
}

/// The variables that replace all trusted roots of their readers.
const BUNDLES: [&str; 4] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

/// The environment for a command behind this proxy.
///
/// # Errors
/// A variable that is needed is not UTF-8, or the folder cannot be written.
pub(super) fn for_command(
    environment: &Environment,
    door: &Proxy,
    folder: &Folder,
    config: &Config,
) -> Result<Variables, Failure> {
    let text = |name| environment.text(name).map(|value| value.filter(|value| !value.is_empty()));
    let bundle = format!("{}/bundle.pem", folder.text());
    let (direct, mut notes) = not_proxied(environment, door, config)?;
    folder.write(node::FILE, node::MODULE)?;
    let mut ours: Vec<(&str, String)> = BUNDLES.iter().map(|name| (*name, bundle.clone())).collect();
    ours.extend([
        // curl and Python read the lower-case names first.
        ("HTTPS_PROXY", door.url()),
        ("https_proxy", door.url()),
        ("NO_PROXY", direct.clone()),
        ("no_proxy", direct),
        // It adds to Node's own roots. The bundle includes the roots of the file that it named before.
        ("NODE_EXTRA_CA_CERTS", bundle.clone()),
        ("NODE_OPTIONS", node::options(text("NODE_OPTIONS")?, folder.text())),
        // For `fetch`, in Node from 22.21 and 24.
        ("NODE_USE_ENV_PROXY", "1".to_owned()),
        (
            "JAVA_TOOL_OPTIONS",
            [text("JAVA_TOOL_OPTIONS")?.unwrap_or_default(), &door.java_options()].join(" ").trim().to_owned(),
        ),
    ]);
    notes.extend(other_proxies(environment, config)?);
    notes.extend(other_endpoints(environment)?);
    let replaced: BTreeSet<&str> = ours.iter().map(|(name, _)| *name).collect();
    let stays = |name: &str| !replaced.contains(name) && !name.starts_with(PREFIX);
    let theirs = environment.variables().iter().filter(|(name, _)| name.to_str().is_none_or(stays)).cloned();
    let set = theirs.chain(ours.into_iter().map(|(name, value)| (name.into(), value.into()))).collect();
    Ok(Variables { set, notes })
}

/// `NO_PROXY` for the command: the previous value without entries that match the RDS API, plus what must never go
/// through a proxy.
fn not_proxied(environment: &Environment, door: &Proxy, config: &Config) -> Result<(String, Vec<String>), Failure> {
    let endpoints = config.endpoints.iter().flat_map(|endpoint| endpoint.dns.iter().map(|name| name.as_str()));
    let further: Vec<&str> = config.hosts.iter().map(|host| host.name.as_str()).chain(endpoints).collect();
    let (mut kept, mut notes) = (Vec::new(), Vec::new());
    for name in ["NO_PROXY", "no_proxy"] {
        let sifted = no_proxy::sift(environment.text(name)?.unwrap_or_default(), &further);
        if !sifted.taken_out.is_empty() {
            let entries = sifted.taken_out.join("`, `");
            notes.push(format!(
                "{name} held `{entries}`, which leads RDS API calls past the proxy: taken out for the command"
            ));
        }
        kept.extend(sifted.kept);
    }
    let always = door.no_proxy();
    let mut seen = BTreeSet::new();
    let entries: Vec<&str> = kept.into_iter().chain(always.split(',')).filter(|entry| seen.insert(*entry)).collect();
    Ok((entries.join(","), notes))
}

/// A note if a previously configured proxy is no longer used, unless the configuration has one.
fn other_proxies(environment: &Environment, config: &Config) -> Result<Option<String>, Failure> {
    if config.upstream.proxy.is_some() {
        return Ok(None);
    }
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let Some(proxy) = environment.text(name)?.filter(|value| !value.is_empty()) else { continue };
        let proxy = without_credentials(proxy);
        return Ok(Some(format!(
            "{name} was `{proxy}`: the command goes through rds-guard instead, which connects by itself; set \
             `upstream.proxy` where hosts are to be reached through it"
        )));
    }
    Ok(None)
}

/// A proxy's address without credentials, for display.
fn without_credentials(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

/// A note if the command's calls go to an address that is not the RDS API, where they are not evaluated.
fn other_endpoints(environment: &Environment) -> Result<Option<String>, Failure> {
    for name in ["AWS_ENDPOINT_URL_RDS", "AWS_ENDPOINT_URL"] {
        let Some(address) = environment.text(name)?.filter(|value| !value.is_empty()) else { continue };
        let host = address.strip_prefix("https://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
        let judged = host.is_some_and(|host| match recognise(host) {
            Recognised::Rds(_) => true,
            Recognised::Lookalike | Recognised::Other => false,
        });
        let note = format!(
            "{name} is `{}`, which is not the RDS API: calls that go there are not judged",
            without_credentials(address)
        );
        return Ok((!judged).then_some(note));
    }
    Ok(None)
}

/// The value of a system property in Java's options. The last occurrence counts.
pub(super) fn java_option<'a>(options: &'a str, name: &str) -> Option<&'a str> {
    let value = |word: &'a str| word.strip_prefix("-D")?.strip_prefix(name)?.strip_prefix('=');
    options.split_whitespace().filter_map(value).next_back()
}
