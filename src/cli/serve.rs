//! From a configuration to a running proxy, and from signals to its end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
};

use super::{Environment, Exit, Failure, output, wiring};
use crate::{
    config::{AuditFile, Config},
    intercept::authority::{self, Blame},
    server::{self, DrainSettings, Running},
};

/// Serves until a signal ends it.
pub(super) fn serve(config: &Config, environment: &Environment) -> Result<Exit, Failure> {
    keep_memory_private();
    take_descriptors();
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let running = start(config, environment)?;
    let line = ready_line(&running);
    // Records have standard output to themselves, if that is where they go.
    if config.audit.file == AuditFile::Stdout {
        output::complain(&line)
    } else {
        output::print(&line)?
    }
    let drain = DrainSettings { quiet: config.drain.quiet, limit: config.drain.limit };
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Failure::world(error.to_string()))?;
    runtime.block_on(until_ended(&Arc::new(running), drain)).map_err(|error| Failure::world(error.to_string()))?;
    Ok(Exit::Good)
}

/// Starts the proxy that a configuration describes.
///
/// # Errors
/// What keeps it from starting, with the exit code that belongs to it.
pub fn start(config: &Config, environment: &Environment) -> Result<Running, Failure> {
    start_with(wiring::settings(config, environment)?)
}

/// Starts the proxy that settings describe.
///
/// # Errors
/// What keeps it from starting, with the exit code that belongs to it.
pub(super) fn start_with(settings: server::Settings) -> Result<Running, Failure> {
    server::start(settings).map_err(failure)
}

fn failure(error: server::Error) -> Failure {
    match &error {
        server::Error::Policy(_) | server::Error::RequireEnforce(_) => Failure::wrong(error),
        server::Error::Listen { address, .. } => {
            let advice = format!(
                "another process may have {address}: stop it, or choose another address (port 0 takes a free one)"
            );
            Failure::world(error).next(advice)
        }
        server::Error::Authority(cause) => authority_failure(cause),
        server::Error::Audit(_) => {
            Failure::world(error).next("check audit.file: the directory must exist and be writable")
        }
        server::Error::Token(_) => Failure::world(error)
            .next("check broker.token_file and the workloads' token_file: the folder must exist and be writable"),
        server::Error::Tls(_) | server::Error::Thread(_) => Failure::world(error),
    }
}

pub(super) fn authority_failure(error: &authority::Error) -> Failure {
    match error.blame() {
        Blame::Input => Failure::wrong(error),
        Blame::World => Failure::world(error),
    }
}

/// `ready proxy=127.0.0.1:3128 admin=127.0.0.1:9901 ca=/run/rds-guard/ca.pem`: what is on, and nothing else.
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

async fn until_ended(running: &Arc<Running>, drain: DrainSettings) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let drain = loop {
        tokio::select! {
            _ = hangup.recv() => running.reload(),
            _ = terminate.recv() => break drain,
            _ = interrupt.recv() => break DrainSettings { quiet: Duration::ZERO, limit: drain.limit },
        }
    };
    tracing::info!(quiet = ?drain.quiet, limit = ?drain.limit, "draining");
    let draining = Arc::clone(running);
    let drained = tokio::task::spawn_blocking(move || draining.drain(drain));
    tokio::select! {
        _ = drained => {}
        () = either(&mut terminate, &mut interrupt) => tracing::info!("a second signal: ending at once"),
    }
    running.stop();
    Ok(())
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}

/// Keeps keys and passwords in this process: no core file, no reading of its memory by others. A program that this one
/// starts is not affected. A system that refuses is none the worse for having been asked.
pub(super) fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Takes as many file descriptors as this process may have, and forgoes core files; programs that it starts inherit
/// both.
fn take_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let files = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: files.maximum, maximum: files.maximum });
}
