//! `test`: policy unit tests in TOML, as requests to a policy with the expected answers.

mod case;
mod report;
mod suite;
mod table;
mod verdict;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Environment, Exit, Failure, max_characters::MaxCharacters, output};
use report::Report;

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct TestArgs {
    /// The files of cases; docs/policy-tests.md says how they are written
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Ask this policy instead of those that the files name
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    length: MaxCharacters,
    /// The form of the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A line for each case; of a failed one also why
    Text,
    /// One object
    Json,
    /// XML that CI systems show
    Junit,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard test tests/policy.toml
  rds-guard test --policy policy.json tests/policy.toml
  rds-guard test --format junit tests/policy.toml

A file of cases:
  policy = \"../policy.json\"

  [[case]]
  name = \"nobody deletes an instance\"
  action = \"rds:DeleteDBInstance\"
  resource = \"arn:aws:rds:eu-west-1:123456789012:db:orders\"
  expect = \"implicit_deny\"

Exit code 0 when every case got what it must get, 1 when one did not, 2 for a file or a policy that cannot be used.";

/// Runs `test`.
pub(super) fn run(args: &TestArgs, environment: &Environment) -> Result<Exit, Failure> {
    let limits = args.length.limits(environment)?;
    let mut wrong: Vec<String> = Vec::new();
    let mut reports: Vec<Report> = Vec::new();
    for file in &args.files {
        match suite::read(file, args.policy.as_deref(), &limits) {
            Ok(suite) => {
                let mut verdicts = Vec::new();
                for case in &suite.cases {
                    match verdict::judge(case, &suite.policy) {
                        Ok(verdict) => verdicts.push(verdict),
                        Err(problem) => wrong.push(format!("{}:{}: {problem}", file.display(), case.line)),
                    }
                }
                reports.push(Report { suite, verdicts });
            }
            Err(problems) => wrong.extend(problems),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::all_wrong(wrong).next("correct the places named; docs/policy-tests.md has every key"));
    }
    output::print(&match args.format {
        Format::Text => report::text(&reports),
        Format::Json => report::json(&reports),
        Format::Junit => report::junit(&reports),
    })?;
    Ok(if report::failed(&reports) == 0 { Exit::Good } else { Exit::No })
}
