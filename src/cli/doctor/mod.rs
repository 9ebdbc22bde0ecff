//! `doctor`: finds out why traffic is not guarded, or does not get through. It changes nothing.

mod credentials;
mod endpoints;
mod finding;
mod no_proxy;
mod other_ways;
mod process;
mod proxy;
mod shut;
mod trust;
mod variables;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use time::OffsetDateTime;

use super::{
    Environment, Exit, Failure,
    output::{self, Format},
    run::RunArgs,
    wiring,
};
use crate::{
    accept::EndpointAddresses,
    aws::{
        Region,
        endpoint::{private_dns_name, service_name},
    },
    config::Config,
    forward::{Forward, Sight},
};
use finding::{Finding, Report};
use other_ways::OtherWays;
use process::Process;

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    run: RunArgs,
    /// The process whose variables are looked at in place of this one's
    #[arg(long)]
    pid: Option<u32>,
    /// Only this process: leave the others alone
    #[arg(long)]
    alone: bool,
    /// In the proxy's own container: leave all variables alone, those of this process too
    #[arg(long, conflicts_with = "pid")]
    sidecar: bool,
    /// The folder with ca.pem and bundle.pem as the service sees it [default: `ca.publish`, else `ca.dir`]
    #[arg(long, value_name = "DIR")]
    trust: Option<String>,
    /// For people, or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard doctor --trust /run/rds-guard
  rds-guard doctor --config /etc/rds-guard/rds-guard.toml --pid 1 --format json

Run it where the service runs, as the service's user: the variables and the ways around the proxy are those of
that user. It connects to the endpoints and sends them one request without a signature, which they refuse.

Exit code: 0 where nothing is wrong, 1 where there are errors or warnings.";

/// The file system that shows processes.
const PROC: &str = "/proc";

/// Runs `doctor`.
pub(super) fn run(args: &DoctorArgs, environment: &Environment) -> Result<Exit, Failure> {
    let config = args.run.load(environment)?;
    let patient = match args.pid {
        None => Process::this(environment),
        Some(pid) => Process::other(Path::new(PROC), pid).ok_or_else(|| {
            Failure::world(format!("the environment of process {pid} cannot be read"))
                .next("run as its user, in its container or with a shared process namespace")
        })?,
    };
    let seen = proxy::look(&config);
    let asker = endpoints::Asker {
        uid: rustix::process::getuid().as_raw(),
        proxy: seen.uid,
        broker: !config.broker.listen.is_empty(),
    };
    let mut findings = seen.findings;
    findings.extend(proxy::policies(&config));
    findings.extend(config.ca.dir.as_deref().and_then(|dir| trust::exposed_key(dir, asker.uid, asker.proxy)));
    let authority = match authority(args, &config) {
        Ok(authority) => authority,
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    let authority = authority.as_ref();
    findings.extend(processes(args, &config, &patient, (seen.uid, authority)));
    findings.extend(network(&config, asker, authority.map(|(authority, _)| authority))?);
    if asker.broker {
        findings.extend(credentials::metadata(&patient));
    }
    let report = Report::new(findings);
    output::print(&match args.format {
        Format::Text => report.text(),
        Format::Json => report.json(),
    })?;
    Ok(if report.is_bad() { Exit::No } else { Exit::Good })
}

/// The proxy's authority and the bundle next to it, as the service sees them; `None` if the clients need not trust
/// it.
///
/// # Errors
/// A finding that it is missing.
fn authority(args: &DoctorArgs, config: &Config) -> Result<Option<(trust::Authority, PathBuf)>, Finding> {
    if !config.listen_endpoint.is_empty() {
        return Ok(None);
    }
    let folder = args.trust.as_deref().map(Path::new);
    let folder = folder.or(config.ca.publish.as_deref()).or(config.ca.dir.as_deref()).ok_or_else(|| {
        Finding::error(
            "authority-not-published",
            "the proxy's authority is published nowhere, so no client can trust it",
            "give the proxy --ca-dir or `ca.publish`, and say --trust DIR here where it is mounted elsewhere",
        )
    })?;
    Ok(Some((trust::Authority::published(folder)?, folder.join("bundle.pem"))))
}

/// Findings about the variables of processes. The last argument is the proxy's user, and its authority with the
/// bundle.
fn processes(
    args: &DoctorArgs,
    config: &Config,
    patient: &Process,
    (proxy, authority): (Option<u32>, Option<&(trust::Authority, PathBuf)>),
) -> Vec<Finding> {
    let wanted =
        variables::Wanted { listeners: config.listen.clone(), hosts: hosts(config), other_ways: OtherWays::of(config) };
    let mut findings = Vec::new();
    if let Some((authority, _)) = authority {
        findings.extend(authority.end(OffsetDateTime::now_utc()));
    }
    let mut look = |process: &Process| {
        findings.extend(variables::check(process, &wanted));
        if let Some(uid) = proxy.filter(|uid| process.is_of(*uid)) {
            findings.push(Finding::warning(
                "service-as-proxys-user",
                format!("{} runs as user {uid}, who is the proxy: the firewall's rules let it pass, and it can read the authority's key", process.name),
                "run the service as another user, without CAP_SETUID",
            ));
        }
        if let Some((authority, bundle)) = authority {
            findings.extend(trust::check(process, authority, bundle));
        }
        if !config.broker.listen.is_empty() {
            findings.extend(credentials::check(process, &config.broker.listen));
        }
    };
    if args.sidecar {
        return findings;
    }
    look(patient);
    if args.pid.is_none() && !args.alone {
        let (others, hidden) = Process::others(Path::new(PROC), std::process::id());
        others.iter().filter(|process| process.is_concerned()).for_each(look);
        if hidden > 0 {
            findings.push(Finding::note(
                "processes-hidden",
                format!(
                    "the variables of {hidden} other process{} cannot be read from here",
                    if hidden == 1 { "" } else { "es" }
                ),
                "run as their user, in their container or with a shared process namespace; --pid N looks at one",
            ));
        }
    }
    findings
}

/// The host names that the service's calls are sent to.
fn hosts(config: &Config) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    let usual = [service_name, private_dns_name];
    for endpoint in &config.endpoints {
        hosts.extend(usual.map(|name| name(&endpoint.region)));
    }
    hosts.extend(config.hosts.iter().map(|host| host.name.as_str().to_owned()));
    hosts.sort_unstable();
    hosts.dedup();
    if hosts.is_empty() { vec!["rds.us-east-1.amazonaws.com".to_owned()] } else { hosts }
}

/// Findings about the endpoints and the ways around the proxy.
fn network(
    config: &Config,
    asker: endpoints::Asker,
    authority: Option<&trust::Authority>,
) -> Result<Vec<Finding>, Failure> {
    if config.endpoints.is_empty() {
        return Ok(vec![Finding::warning(
            "endpoint-missing",
            "no VPC endpoint is configured: calls go where the service's own name leads, or nowhere",
            "name the endpoint of each region: --endpoint REGION=DNS, or [[endpoint]]",
        )]);
    }
    if config.upstream.proxy_rds && config.upstream.proxy.is_some() {
        return Ok(vec![Finding::note(
            "endpoint-by-corporate-proxy",
            "RDS calls go through the corporate proxy, which resolves the endpoints' names: they are not looked at",
            "ask the proxy's readiness, or make a call",
        )]);
    }
    let (mut sights, mut services) = survey(config)?;
    let mut findings: Vec<Finding> = shut::leave_out(&mut sights, asker, authority).into_iter().collect();
    // Where connections lead to the proxy, its response must not be mistaken for the public API's.
    shut::leave_out(&mut services, asker, authority);
    for sight in &sights {
        let is_given = config.resolve.iter().any(|entry| entry.host.as_str() == sight.name);
        findings.extend(endpoints::check(sight, is_given, &config.routing.private_cidrs));
    }
    findings.extend(endpoints::clock(&sights, OffsetDateTime::now_utc()));
    findings.extend(endpoints::around(&sights, asker));
    findings.extend(services.iter().filter_map(|sight| endpoints::public_name(sight, asker)));
    Ok(findings)
}

/// Probes the endpoints' names, then the service's own.
fn survey(config: &Config) -> Result<(Vec<Sight>, Vec<Sight>), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::world)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let forward = Forward::new(&wiring::forward_settings(config, None), provider, EndpointAddresses::default())
        .map_err(|error| Failure::wrong(format!("upstream.ca: {error}")))?;
    let mut regions: Vec<&Region> = config.endpoints.iter().map(|endpoint| &endpoint.region).collect();
    regions.dedup();
    Ok(runtime.block_on(async {
        let sights = forward.survey().await;
        let mut services = Vec::new();
        for region in regions {
            services.push(forward.look_at(&service_name(region), region).await);
        }
        (sights, services)
    }))
}

#[cfg(test)]
mod tests;
