//! The command line: one file for each command. Exit codes: 0 (success), 1 (the answer is no), 2 (invalid input)
//! and 3 (environment error).

pub mod actions;
mod audit_files;
mod ca;
mod check;
mod completions;
mod credentials;
mod demo;
mod diff;
mod doctor;
mod env;
mod environment;
mod exec;
mod exit;
mod firewall;
mod health;
mod learn;
mod lint;
mod logging;
mod man;
mod max_characters;
mod output;
mod progress;
mod own;
mod replay;
mod run;
pub mod serve;
mod source_args;
mod sync;
mod table;
mod test;
mod undecidable;
mod version;
mod wiring;

pub use environment::Environment;
pub use exit::{Exit, Failure};
pub use logging::LogFormat;
pub use run::RunArgs;

use clap::{Parser, Subcommand};

/// Enforces a VPC endpoint policy on Amazon RDS API calls before they leave the pod.
#[derive(Debug, Parser)]
#[command(name = "rds-guard", version, arg_required_else_help = true, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 good; 1 the answer is no; 2 flags, configuration, policy or input files are wrong; \
                        3 environment error (port in use, directory not writable, no response).\nEvery command has its own --help, with an example."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the proxy
    Run(Box<run::RunArgs>),
    /// Run a command behind a proxy of its own
    Exec(Box<exec::ExecArgs>),
    /// Ask a policy: one decision explained, a captured request, or a file of cases
    Check(Box<check::CheckArgs>),
    /// See it work, with nothing but this machine: signed calls, each decision explained
    Demo(demo::DemoArgs),
    /// Report what is odd about policies
    Lint(lint::LintArgs),
    /// Run policy unit tests: questions to a policy, and the answers that it must give
    Test(test::TestArgs),
    /// Learn the least policy that allows what records show
    Learn(learn::LearnArgs),
    /// Say which recorded requests a new policy would decide otherwise
    Replay(replay::ReplayArgs),
    /// Say what a new policy allows that an old one did not, and the reverse, each with a request that shows it
    Diff(diff::DiffArgs),
    /// Print the RDS authorization table, or what a policy must cover for one action
    Actions(actions::ActionsArgs),
    /// Write the policy of the real VPC endpoint to a file, or say where a file drifted from it
    Sync(Box<sync::SyncArgs>),
    /// Print the variables that send a client through a running proxy
    Env(env::EnvArgs),
    /// Print the firewall rules that send a pod's traffic through the proxy
    Firewall(firewall::FirewallArgs),
    /// Print a local key of the broker, as a profile's credential_process
    Credentials(credentials::CredentialsArgs),
    /// Say why traffic is not guarded, or does not get through
    Doctor(Box<doctor::DoctorArgs>),
    /// Show or export the local certificate authority
    Ca(ca::CaArgs),
    /// Ask a running proxy whether it is ready: exit code 0 or 1
    Health(health::HealthArgs),
    /// Print what a shell needs to complete commands and flags
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write those of all commands
    Man(man::ManArgs),
    /// Print what this is
    Version(version::VersionArgs),
}

/// Runs the command that the arguments name.
///
/// # Errors
/// The command failed. The failure says why and what to do next.
pub fn dispatch(arguments: Arguments, environment: &Environment) -> Result<Exit, Failure> {
    table::install_from(environment)?;
    match arguments.command {
        Command::Run(args) => run::run(&args, environment),
        Command::Exec(args) => exec::run(&args, environment),
        Command::Check(args) => check::run(&args, environment),
        Command::Demo(args) => demo::run(&args, environment),
        Command::Lint(args) => lint::run(&args, environment),
        Command::Test(args) => test::run(&args, environment),
        Command::Learn(args) => learn::run(&args, environment),
        Command::Replay(args) => replay::run(&args, environment),
        Command::Diff(args) => diff::run(&args),
        Command::Actions(args) => actions::run(&args),
        Command::Sync(args) => sync::run(&args, environment),
        Command::Env(args) => env::run(&args, environment),
        Command::Firewall(args) => firewall::run(&args, environment),
        Command::Credentials(args) => credentials::run(&args, environment),
        Command::Doctor(args) => doctor::run(&args, environment),
        Command::Ca(args) => ca::run(&args, environment),
        Command::Health(args) => health::run(&args, environment),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
        Command::Version(args) => version::run(&args),
    }
}

/// Reports on standard error why a command failed.
pub fn report(failure: &Failure) {
    output::complain(&failure.to_string());
}

#[cfg(test)]
mod tests;
