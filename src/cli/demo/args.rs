//! The arguments of `demo`, and how its output looks where it is printed.

use std::io::{self, IsTerminal as _};

use clap::{Args, ValueEnum};

use super::{Error, Format};
use crate::cli::{Environment, Exit, Failure};

/// Arguments of `demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  rds-guard demo\n  rds-guard demo --serve\n  rds-guard demo --format json")]
pub(in crate::cli) struct DemoArgs {
    /// Leave sandbox and proxy up for a client of your own: prints its variables, then each decision
    #[arg(long)]
    serve: bool,
    /// Without colour, as with NO_COLOR or where the output is no terminal
    #[arg(long)]
    plain: bool,
    /// The form of the output
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OutputFormat {
    Text,
    Json,
}

impl DemoArgs {
    fn format(&self, environment: &Environment) -> Result<Format, Failure> {
        let set = |name| Ok::<_, Failure>(environment.text(name)?.is_some_and(|value| !value.is_empty()));
        let dumb = environment.text("TERM")? == Some("dumb");
        let colourless = self.plain || dumb || set("NO_COLOR")? || !io::stdout().is_terminal();
        Ok(match (self.format, colourless) {
            (OutputFormat::Json, _) => Format::Json,
            (OutputFormat::Text, true) => Format::Plain,
            (OutputFormat::Text, false) => Format::Coloured,
        })
    }
}

/// Runs `demo`.
///
/// # Errors
/// When the machine refuses what it needs.
pub(in crate::cli) fn run(args: &DemoArgs, environment: &Environment) -> Result<Exit, Failure> {
    let format = args.format(environment)?;
    let mut out = io::stdout().lock();
    let played = if args.serve { super::serve(format, &mut out) } else { super::play(format, &mut out) };
    match played {
        Ok(()) => Ok(Exit::Good),
        // Nobody reads on: as good as over.
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Good),
        Err(Error::Start(failure)) => Err(failure),
        Err(error @ Error::Directory { .. }) => {
            Err(Failure::world(error).next("set TMPDIR to a directory that can be written"))
        }
        Err(error) => Err(Failure::world(chain(&error))),
    }
}

/// An error with what caused it, on one line.
fn chain(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
