//! The arguments of `actions`, and its entry point.

use clap::{Args, ValueEnum};

use super::{Format, render};
use crate::cli::{Exit, Failure, output};

/// Arguments of `actions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  rds-guard actions\n  rds-guard actions CreateDBInstance\n  \
                        rds-guard actions rds:CopyDBSnapshot --format json")]
pub(in crate::cli) struct ActionsArgs {
    /// One action, with or without `rds:`; all of them without it
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Runs `actions`.
pub(in crate::cli) fn run(args: &ActionsArgs) -> Result<Exit, Failure> {
    let format = match args.format {
        Form::Text => Format::Text,
        Form::Json => Format::Json,
    };
    let text = render(args.name.as_deref(), format)
        .map_err(|error| Failure::wrong(error).next("`rds-guard actions` lists them all"))?;
    output::print(&text)?;
    Ok(Exit::Good)
}
