//! `man`: the manual pages, generated from the `--help` texts.

use std::{io, path::PathBuf};

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use super::{Arguments, Exit, Failure, output};

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ManArgs {
    /// Write the pages of all commands into this folder, instead of printing the first
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard man
  rds-guard man --out /tmp

To read it at once: rds-guard man | man -l -";

/// Runs `man`.
pub(super) fn run(args: &ManArgs) -> Result<Exit, Failure> {
    let command = Arguments::command().disable_help_subcommand(true);
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page).map_err(Failure::world)?;
        output::print(&String::from_utf8(page).map_err(Failure::world)?)?;
        return Ok(Exit::Good);
    };
    clap_mangen::generate_to(command, folder).map_err(|error: io::Error| {
        Failure::world(format!("cannot write manual pages into `{}`: {error}", folder.display()))
            .next("name a folder that exists and can be written")
    })?;
    Ok(Exit::Good)
}
