//! `version`: the version of the program.

use clap::Args;

use super::{
    Exit, Failure,
    output::{self, Format},
    table,
};

/// Arguments of `version`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  rds-guard version --format json")]
pub(super) struct VersionArgs {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Runs `version`.
pub(super) fn run(args: &VersionArgs) -> Result<Exit, Failure> {
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let text = match args.format {
        Format::Text => format!("{name} {version} ({os} {arch})\n"),
        Format::Json => {
            let answer = serde_json::json!({
                "name": name, "version": version, "os": os, "arch": arch, "table": table::in_force()
            });
            format!("{answer}\n")
        }
    };
    output::print(&text)?;
    Ok(Exit::Good)
}
