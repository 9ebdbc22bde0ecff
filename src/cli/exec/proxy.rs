//! The command's private proxy, configured like `run`.

use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use super::{Folder, roots};
use crate::{
    cli::{Environment, Failure, output, run::RunArgs, serve, table, wiring},
    config::{self, AuditFile, Config, Flag, Origin},
    intercept::authority::PublicRoots,
    record::Target,
    server::{DrainSettings, Running},
};

/// The listeners that apply unless flags set others.
const PRIVATE: [(&str, &str); 5] = [
    ("--listen", "127.0.0.1:0"),
    ("--listen-direct", "off"),
    ("--listen-transparent", "off"),
    ("--listen-endpoint", "off"),
    ("--admin", "off"),
];

/// How long the shutdown waits for calls that outlive the command.
const LAST_CALLS: Duration = Duration::from_secs(1);

/// The configuration of `run`, for a separate proxy on a free port: a configuration file may belong to a proxy
/// that already runs, whose listeners and folders must not be used.
///
/// # Errors
/// Everything that is wrong with the configuration.
pub(super) fn configure(args: &RunArgs, environment: &Environment) -> Result<Config, Failure> {
    let mut sources = args.sources(environment);
    let given = |flags: &[Flag], name| flags.iter().any(|flag| flag.name == name);
    let has_folder = given(&sources.flags, "--ca-dir");
    for (name, value) in PRIVATE {
        if !given(&sources.flags, name) {
            sources.flags.push(Flag { name, value: value.to_owned() });
        }
    }
    let mut config = config::load(&sources)?;
    table::of(&config)?;
    config.metrics.clear();
    config.broker.listen.clear();
    config.workloads.clear();
    if !has_folder {
        config.ca.dir = None;
    }
    // The authority creates its own folder in it.
    config.ca.publish = Some(std::env::temp_dir());
    Ok(config)
}

/// Starts the proxy. The second value says whether records are discarded, so that a summary should be printed.
///
/// # Errors
/// The reason why it cannot start.
pub(super) fn start(config: &Config, environment: &Environment, folder: &Folder) -> Result<(Running, bool), Failure> {
    let mut settings = wiring::settings(config, environment)?;
    let trusted = roots::of(environment);
    for note in &trusted.notes {
        output::complain(&format!("rds-guard: note: {note}\n"));
    }
    settings.authority.public_roots = PublicRoots::File(folder.write("roots.pem", &trusted.pem)?);
    // Standard output belongs to the command.
    let summarised = config.origin_of("audit.file") == Origin::Default && io::stderr().is_terminal();
    settings.audit.target = match &config.audit.file {
        AuditFile::File(path) => Target::File(path.clone()),
        AuditFile::Stdout if summarised => Target::Nowhere,
        AuditFile::Stdout => Target::Stderr,
    };
    Ok((serve::start_with(settings)?, summarised))
}

/// Stops the proxy: gives calls that outlive the command a moment, then writes the remaining records.
pub(super) fn end(running: &Running, config: &Config) {
    let limit = config.drain.limit.min(LAST_CALLS);
    running.drain(DrainSettings { quiet: Duration::ZERO, limit });
    running.stop();
}
