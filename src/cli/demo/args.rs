//! The arguments of `demo`, and the advice for its failures.

use std::{
    io::{self, IsTerminal as _},
    net::SocketAddr,
};

use clap::{Args, ValueEnum};

use super::{Error, Format, colour::Surroundings};
use crate::cli::{Environment, Exit, Failure, output};

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct DemoArgs {
    /// Leave sandbox and proxy up for a client of your own: prints its variables, then each decision
    #[arg(long)]
    serve: bool,
    /// Where the proxy of --serve listens [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDR", requires = "serve")]
    listen: Option<SocketAddr>,
    /// Without colour, as with NO_COLOR or where the output is no terminal
    #[arg(long)]
    plain: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard demo
  rds-guard demo --serve
  rds-guard demo --serve --listen 127.0.0.1:3128
  rds-guard demo --format json

Colour goes to terminals only; NO_COLOR and TERM=dumb turn it off, CLICOLOR_FORCE=1 turns it on everywhere.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

impl DemoArgs {
    fn format(&self, environment: &Environment) -> Result<Format, Failure> {
        let surroundings = Surroundings {
            plain: self.plain,
            no_color: environment.text("NO_COLOR")?,
            clicolor_force: environment.text("CLICOLOR_FORCE")?,
            term: environment.text("TERM")?,
            terminal: io::stdout().is_terminal(),
        };
        Ok(match (self.format, surroundings.coloured()) {
            (OutputFormat::Json, _) => Format::Json,
            (OutputFormat::Text, false) => Format::Plain,
            (OutputFormat::Text, true) => Format::Coloured,
        })
    }
}

/// Runs `demo`.
///
/// # Errors
/// The system refuses something that the demonstration needs.
pub(in crate::cli) fn run(args: &DemoArgs, environment: &Environment) -> Result<Exit, Failure> {
    let format = args.format(environment)?;
    let mut out = io::stdout().lock();
    let played = if args.serve { super::serve(format, args.listen, &mut out) } else { super::play(format, &mut out) };
    match played {
        Ok(()) => Ok(Exit::Good),
        // The reader has closed the pipe, so the demonstration is over.
        Err(Error::Output(error)) => output::unless_unread(Err(error)).map(|()| Exit::Good),
        Err(error) => Err(failure(error)),
    }
}

/// The problem on one line, and the advice.
fn failure(error: Error) -> Failure {
    let problem = chain(&error);
    match error {
        Error::Start(failure) => failure,
        Error::Directory { .. } => {
            Failure::world(problem).next("set TMPDIR to a directory that can be written and has room")
        }
        Error::Sandbox(_) | Error::Io(_) => Failure::world(problem).next(
            "it needs three free ports of 127.0.0.1, some fifty open files and a few threads: look at \
             `ss -ltn` and `ulimit -a`",
        ),
        Error::Output(_) => Failure::world(problem),
        Error::Call(_) | Error::NotRecorded | Error::Record(_) => Failure::world(problem)
            .next("try again; if it stays so, report it with the output of `rds-guard demo --format json`"),
    }
}

/// An error with its causes, on one line.
fn chain(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
