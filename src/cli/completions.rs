//! `completions`: prints a shell script that completes commands, flags and their values.

use clap::{Args, CommandFactory as _};

use super::{Arguments, Exit, Failure, output};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_enum, value_name = "SHELL")]
    shell: clap_complete::Shell,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard completions bash
  rds-guard completions zsh
  rds-guard completions fish

To have them in every shell:
  bash   rds-guard completions bash > ~/.local/share/bash-completion/completions/rds-guard
  zsh    rds-guard completions zsh > a folder of $fpath, as _rds-guard
  fish   rds-guard completions fish > ~/.config/fish/completions/rds-guard.fish";

/// Runs `completions`.
pub(super) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "rds-guard", &mut script);
    output::print(&String::from_utf8(script).map_err(Failure::world)?)?;
    Ok(Exit::Good)
}
