//! `exec`: a command behind a proxy of its own, with every variable set that leads its calls there.
//!
//! The proxy lives as long as the command. Its authority stays in memory, what the command must trust is published in
//! a folder that goes away with it, and standard input and output are the command's alone.

mod broker;
mod child;
mod folder;
mod keytool;
mod no_proxy;
mod node;
mod profile;
mod proxy;
mod roots;
mod signals;
mod summary;
mod variables;

use std::ffi::OsString;

use clap::Args;

use super::{Environment, Exit, Failure, env::Proxy, logging, output, run::RunArgs, serve};
use child::Child;
use folder::Folder;
use signals::Passing;
use summary::Summary;

/// Arguments of `exec`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExecArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Hand the command local keys only, and take every other credential variable from it
    #[arg(long)]
    broker: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard exec --policy policy.json -- aws rds describe-db-instances
  rds-guard exec --policy policy.json --audit calls.jsonl -- python3 app.py
  rds-guard exec --policy policy.json -- node app.js
  rds-guard exec --policy policy.json --mode audit -- terraform plan
  rds-guard exec --policy policy.json --broker -- python3 app.py

The proxy takes a free port, keeps its authority in memory and ends with the command.
Records go to standard error, or to the file of --audit; on a terminal a line at the end
sums them up instead.

Exit code: the command's own; 128 and the number of the signal that ended it; 126 where it
cannot be executed, 127 where it is not found; 2 and 3 where the proxy does not start.";

/// Runs `exec`.
pub(super) fn run(args: &ExecArgs, environment: &Environment) -> Result<Exit, Failure> {
    let mut config = proxy::configure(&args.run, environment)?;
    if args.run.only_checks() {
        return super::run::check(&config, environment);
    }
    logging::start(args.run.log_format(), environment, "warn")?;
    let folder = Folder::create()?;
    config.ca.publish = Some(folder.path().to_owned());
    if args.broker {
        broker::configure(&mut config, &folder)?;
    }
    for warning in config.weaknesses() {
        output::complain(&format!("rds-guard: warning: {warning}\n"));
    }
    serve::keep_memory_private();
    let (running, summarised) = proxy::start(&config, environment, &folder)?;
    let Some(listener) = running.proxy.first() else {
        return Err(Failure::wrong("`--listen off`: the command could not get in").next("leave it out, or name a port"));
    };
    let door = Proxy::new(*listener, folder.text(), environment.text("KUBERNETES_SERVICE_HOST")?.map(str::to_owned));
    let mut variables = variables::for_command(environment, &door, &folder, &config)?;
    if args.broker {
        broker::put_in(&mut variables, environment, &folder, running.broker.first())?;
    }
    for note in &variables.notes {
        output::complain(&format!("rds-guard: note: {note}\n"));
    }
    let passing = Passing::begin()?;
    let ended = Child::spawn(&args.command, &variables.set).and_then(|child| child.wait(passing));
    proxy::end(&running, &config);
    if summarised {
        output::complain(&Summary::of(running.metrics()).to_string());
    }
    ended.map(Exit::Command)
}

#[cfg(test)]
mod tests;
