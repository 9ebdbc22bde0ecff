//! Starts a proxy from a configuration, and stops it on a signal.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
};

use super::{Environment, Exit, Failure, output, progress::Progress, table, wiring};
use crate::{
    broker::RootFileError,
    config::{AuditFile, Config},
    intercept::authority::{self, Blame},
    server::{self, DrainSettings, Running},
};

/// Serves until a signal ends the process.
pub(super) fn serve(config: &Config, environment: &Environment) -> Result<Exit, Failure> {
    keep_memory_private();
    take_descriptors();
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    tracing::info!(table = %table::in_force(), "the authorization table in force");
    let running = start(config, environment)?;
    let drain = DrainSettings { quiet: config.drain.quiet, limit: config.drain.limit };
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Failure::world(error.to_string()))?;
    let world = |error: io::Error| Failure::world(error.to_string());
    runtime.block_on(async {
        // A supervisor that reads the ready line may send a signal at once, so catch signals first.
        let signals = Signals::catch().map_err(world)?;
        let line = ready_line(&running);
        // If records go to standard output, nothing else does.
        if config.audit.file == AuditFile::Stdout {
            output::complain(&line)
        } else {
            output::print(&line)?
        }
        until_ended(&Arc::new(running), drain, signals).await;
        Ok::<(), Failure>(())
    })?;
    Ok(Exit::Good)
}

/// Starts the proxy that a configuration describes.
///
/// # Errors
/// The reason why it cannot start, with its exit code.
pub fn start(config: &Config, environment: &Environment) -> Result<Running, Failure> {
    start_with(wiring::settings(config, environment)?)
}

/// Starts a proxy with these settings.
///
/// # Errors
/// The reason why it cannot start, with its exit code.
pub(super) fn start_with(settings: server::Settings) -> Result<Running, Failure> {
    let _shown = Progress::begin("reading the policies, opening the authority");
    server::start(settings).map_err(failure)
}

fn failure(error: server::Error) -> Failure {
    match &error {
        server::Error::Policy(_) => {
            Failure::wrong(error).next("correct the policy; `rds-guard lint FILE` shows each place")
        }
        server::Error::RequireEnforce(_) => Failure::wrong(error)
            .next("give a policy that denies something and `mode = \"enforce\"`, or leave --require-enforce out"),
        server::Error::Listen { address, source } => {
            let advice = bind_advice(*address, source.kind());
            Failure::world(error).next(advice)
        }
        server::Error::Authority(cause) => authority_failure(cause),
        server::Error::Roots(RootFileError::Directory(cause)) if cause.is_of_environment() => Failure::world(error),
        server::Error::Roots(RootFileError::Directory(_)) => Failure::wrong(error),
        server::Error::Roots(RootFileError::Mode { .. }) => {
            Failure::wrong(error).next("remove the file and restart: all local keys become invalid")
        }
        server::Error::Roots(RootFileError::Random(_)) => Failure::world(error),
        server::Error::Audit(_) => {
            Failure::world(error).next("check audit.file: the directory must exist and be writable")
        }
        server::Error::Token(_) => Failure::world(error)
            .next("check broker.token_file and the workloads' token_file: the folder must exist and be writable"),
        server::Error::Tls(_) | server::Error::Thread(_) => Failure::world(error),
    }
}

/// What to do about an address that cannot be bound.
fn bind_advice(address: SocketAddr, kind: io::ErrorKind) -> String {
    if kind == io::ErrorKind::AddrNotAvailable {
        let port = address.port();
        format!(
            "nothing here has the address {}: choose one that does exist, such as [::1]:{port} where there is no IPv4",
            address.ip()
        )
    } else if kind == io::ErrorKind::PermissionDenied {
        format!(
            "set the sysctl net.ipv4.ip_unprivileged_port_start to {} or less (in a pod: securityContext.sysctls), or \
             choose a higher port",
            address.port()
        )
    } else {
        format!("another process may have {address}: stop it, or choose another address (port 0 takes a free one)")
    }
}

pub(super) fn authority_failure(error: &authority::Error) -> Failure {
    match error.blame() {
        Blame::Input => Failure::wrong(error),
        Blame::World => Failure::world(error),
    }
}

/// `ready proxy=127.0.0.1:3128 admin=127.0.0.1:9901 ca=/run/rds-guard/ca.pem`: only what is enabled is listed.
fn ready_line(running: &Running) -> String {
    let list = |addresses: &[SocketAddr]| {
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        addresses.join(",")
    };
    let mut line = String::from("ready");
    let doors = [
        ("proxy", &running.proxy),
        ("direct", &running.direct),
        ("transparent", &running.transparent),
        ("endpoint", &running.endpoint),
        ("broker", &running.broker),
        ("admin", &running.admin),
        ("metrics", &running.metrics),
    ];
    for (name, addresses) in doors {
        if !addresses.is_empty() {
            line.push_str(&format!(" {name}={}", list(addresses)));
        }
    }
    if let Some(published) = running.authority().published() {
        line.push_str(&format!(" ca={}", published.ca_pem.display()));
    }
    line.push('\n');
    line
}

/// The signals that the proxy handles.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Catches the signals. From then on their default action no longer ends the process.
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

async fn until_ended(running: &Arc<Running>, drain: DrainSettings, mut signals: Signals) {
    let drain = loop {
        tokio::select! {
            _ = signals.hangup.recv() => running.reload(),
            _ = signals.terminate.recv() => break drain,
            _ = signals.interrupt.recv() => break DrainSettings { quiet: Duration::ZERO, limit: drain.limit },
        }
    };
    tracing::info!(quiet = ?drain.quiet, limit = ?drain.limit, "draining");
    let _shown = Progress::begin(format!(
        "waiting for what is under way, {} s at most; Ctrl-C ends at once",
        drain.limit.as_secs()
    ));
    let draining = Arc::clone(running);
    let drained = tokio::task::spawn_blocking(move || draining.drain(drain));
    tokio::select! {
        _ = drained => {}
        _ = signals.terminate.recv() => tracing::info!("a second signal: ending at once"),
        _ = signals.interrupt.recv() => tracing::info!("a second signal: ending at once"),
    }
    running.stop();
}

/// Protects the keys and passwords in this process: no core dumps, and no reading of its memory by other
/// processes. Programs that it starts are not affected. Best effort: a failure is ignored.
pub(super) fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Raises the limit of file descriptors to the maximum, and disables core dumps. Programs that it starts inherit
/// both.
fn take_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum });
}
