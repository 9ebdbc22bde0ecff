//! The command's own proxy: the configuration of `run`, made private.

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

/// What the listeners are unless flags say otherwise.
const PRIVATE: [(&str, &str); 5] = [
    ("--listen", "127.0.0.1:0"),
    ("--listen-direct", "off"),
    ("--listen-transparent", "off"),
    ("--listen-endpoint", "off"),
    ("--admin", "off"),
];

/// How long the end waits for calls that outlive the command.
const LAST_CALLS: Duration = Duration::from_secs(1);

/// The configuration of `run`, on a free port and alone: a configuration file may be the one of a proxy that runs
/// already, whose listeners and folders are not the command's.
///
/// # Errors
/// Everything that is wrong with it.
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
    // Into a folder of its own there.
    config.ca.publish = Some(std::env::temp_dir());
    Ok(config)
}

/// Starts it; also says whether its records go nowhere, so that they are to be summed up.
///
/// # Errors
/// What keeps it from starting.
pub(super) fn start(config: &Config, environment: &Environment, folder: &Folder) -> Result<(Running, bool), Failure> {
    let mut settings = wiring::settings(config, environment)?;
    let trusted = roots::of(environment);
    for note in &trusted.notes {
        output::complain(&format!("rds-guard: note: {note}\n"));
    }
    settings.authority.public_roots = PublicRoots::File(folder.write("roots.pem", &trusted.pem)?);
    // Standard output is the command's.
    let summarised = config.origin_of("audit.file") == Origin::Default && io::stderr().is_terminal();
    settings.audit.target = match &config.audit.file {
        AuditFile::File(path) => Target::File(path.clone()),
        AuditFile::Stdout if summarised => Target::Nowhere,
        AuditFile::Stdout => Target::Stderr,
    };
    Ok((serve::start_with(settings)?, summarised))
}

/// Ends it: calls that outlive the command get a moment, records are written.
pub(super) fn end(running: &Running, config: &Config) {
    let limit = config.drain.limit.min(LAST_CALLS);
    running.drain(DrainSettings { quiet: Duration::ZERO, limit });
    running.stop();
}
