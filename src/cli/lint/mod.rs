//! `lint`: reports oddities in policies that parse.

mod in_force;
mod vocabulary;

pub(super) use in_force::in_force;

use std::{collections::BTreeSet, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{Environment, Exit, Failure, max_characters::MaxCharacters, output};
use crate::{
    authorize::{Knowledge, is_knowable},
    config::PolicySource,
    policy::{
        ConfiguredContext, Limits,
        lint::{self, Finding, Options, Severity, output::Report},
    },
};

/// Arguments of `lint`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LintArgs {
    /// The policies
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also report what only rds-guard understands and AWS does not
    #[arg(long)]
    portable: bool,
    /// A condition key that the configuration's [context] has, repeatable
    #[arg(long, value_name = "KEY")]
    configured: Vec<String>,
    #[command(flatten)]
    length: MaxCharacters,
    /// The form of the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// file:line:column: severity[CODE]: message
    Text,
    /// A list of objects
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard lint policy.json
  rds-guard lint --portable --format sarif policies/a.json policies/b.json

Exit code 0 where nothing worse than a note was found, 1 for errors and warnings, 2 for a policy that cannot be read.";

/// Runs `lint`.
pub(super) fn run(args: &LintArgs, environment: &Environment) -> Result<Exit, Failure> {
    let vocabulary = vocabulary::of_rds();
    let keys: BTreeSet<&String> = args.configured.iter().collect();
    let context = ConfiguredContext::new(keys.into_iter().map(|key| (key.clone(), Vec::new())));
    // Endpoints and callers are known only from a configuration. Most configurations have them.
    let knowledge = Knowledge { endpoint_ids: true, endpoint_vpcs: true, principals: true, public: false };
    let is_knowable = |key: &str| is_knowable(key, &context, knowledge);
    let max_characters = args.length.limits(environment)?.max_characters;
    let options =
        Options { vocabulary: &vocabulary, portable: args.portable, is_knowable: &is_knowable, max_characters };
    let mut unreadable: Vec<String> = Vec::new();
    let mut found: Vec<(String, Vec<Finding>)> = Vec::new();
    for file in &args.files {
        // The linter itself reports a policy that is longer than AWS accepts.
        match PolicySource::from_file(file.clone(), Limits::NONE) {
            Ok(source) => found.push((source.name(), lint::lint(source.policy(), &options))),
            Err(errors) => unreadable.extend(errors.problems().iter().map(ToString::to_string)),
        }
    }
    let reports: Vec<Report<'_>> = found.iter().map(|(file, findings)| Report { file, findings }).collect();
    output::print(&match args.format {
        Format::Text => lint::output::text(&reports),
        Format::Json => format!("{}\n", lint::output::json(&reports)),
        Format::Sarif => format!("{:#}\n", lint::output::sarif(&reports)),
        Format::Github => lint::output::github(&reports),
    })?;
    if !unreadable.is_empty() {
        return Err(Failure::all_wrong(unreadable).next("correct the policy at the places named"));
    }
    let worst = found.iter().flat_map(|(_, findings)| findings).map(|finding| finding.rule.severity).max();
    Ok(match worst {
        Some(Severity::Error | Severity::Warning) => Exit::No,
        Some(Severity::Note) | None => Exit::Good,
    })
}

#[cfg(test)]
mod tests;
