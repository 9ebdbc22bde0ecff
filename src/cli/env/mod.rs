//! `env`: the variables that send a client through a running proxy and make it trust the proxy's certificates.

mod client;
mod shell;
mod variables;

use std::{
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use clap::Args;

use super::{Environment, Exit, Failure, ca, health::reachable, output, source_args::SourceArgs};
use crate::config::{self, Flag};
use client::Client;
use shell::Shell;
pub(super) use variables::Proxy;

/// Arguments of `env`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EnvArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// The proxy's listener [default: as the configuration says, else 127.0.0.1:3128]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// The folder that holds bundle.pem as the client sees it [default: `ca.publish`, else `ca.dir`]
    #[arg(long, value_name = "DIR")]
    ca_dir: Option<String>,
    /// Only what these clients need, and a note on what variables cannot do for them
    #[arg(long = "for", value_name = "CLIENT", value_enum, value_delimiter = ',', conflicts_with = "all")]
    clients: Vec<Client>,
    /// Also the variables that replace all roots of a process, each with a comment that says so
    #[arg(long)]
    all: bool,
    /// The form: a shell's, a dotenv file, or a container definition's list
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard env --ca-dir /var/lib/rds-guard
  rds-guard env --ca-dir /run/rds-guard --for boto3,java --shell k8s
  rds-guard env --ca-dir /run/rds-guard --all --shell dotenv

In a shell: eval \"$(rds-guard env --ca-dir /var/lib/rds-guard)\"
In fish:    rds-guard env --ca-dir /var/lib/rds-guard --shell fish | source";

/// Time limit for a proxy on this machine to accept a connection.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs `env`.
pub(super) fn run(args: &EnvArgs, environment: &Environment) -> Result<Exit, Failure> {
    let flags: Vec<Flag> = args.listen.iter().map(|value| Flag { name: "--listen", value: value.clone() }).collect();
    let places = config::locate(&args.sources.sources(environment, flags))?;
    let folder = match &args.ca_dir {
        Some(folder) => folder.into(),
        None => ca::published(&args.sources, environment)?,
    };
    let folder = folder.to_str().ok_or_else(|| Failure::wrong("the folder of the authority is not UTF-8"))?;
    let Some(listener) = places.listen.first() else {
        return Err(Failure::wrong("`listen` is off, so no client can be sent there").next("say --listen ADDR"));
    };
    if listener.port() == 0 {
        return Err(Failure::wrong(format!("`{listener}` takes any free port, so no client can be sent there"))
            .next("say --listen ADDR with the port that the ready line shows"));
    }
    let kubernetes = match args.shell {
        // Kubernetes substitutes the value: a manifest is written before its cluster is known.
        Shell::K8s => Some("$(KUBERNETES_SERVICE_HOST)".to_owned()),
        Shell::Sh | Shell::Fish | Shell::Dotenv | Shell::Ecs => {
            environment.text("KUBERNETES_SERVICE_HOST")?.map(str::to_owned)
        }
    };
    let proxy = Proxy::new(*listener, folder, kubernetes);
    let clients = if args.all { Client::ALL.as_slice() } else { args.clients.as_slice() };
    let variables = proxy.variables(clients);
    output::print(&args.shell.render(&variables))?;
    let missing = if args.shell.is_of_this_machine() { missing(*listener, Path::new(folder)) } else { None };
    let told = proxy.notes(clients).into_iter().map(str::to_owned).chain(args.shell.untold(&variables)).chain(missing);
    for note in told {
        output::complain(&format!("rds-guard: note: {note}\n"));
    }
    Ok(Exit::Good)
}

/// Which part of a running proxy is missing, and what to do about it. The variables are valid anyway, once the
/// proxy runs.
fn missing(listener: SocketAddr, folder: &Path) -> Option<String> {
    let bundle = folder.join("bundle.pem");
    if TcpStream::connect_timeout(&reachable(listener), PATIENCE).is_err() {
        return Some(format!(
            "nothing listens on {listener} now: start `rds-guard run --ca-dir {}`, or say --listen ADDR",
            folder.display()
        ));
    }
    (!bundle.exists())
        .then(|| format!("there is no `{}`: say --ca-dir DIR, with the folder of the proxy's `ca=`", bundle.display()))
}

#[cfg(test)]
mod tests;
