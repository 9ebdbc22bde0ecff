//! `check`: a policy's decision on one request, on a captured request, or on a file of cases.

pub(super) mod captured;
mod cases;
mod decision;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{ArgGroup, Args};

use super::{Environment, Exit, Failure, max_characters::MaxCharacters, output::Format};
use crate::config::PolicySource;

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("what").required(true).args(["action", "cases", "request"]))]
pub(super) struct CheckArgs {
    /// The policy to ask
    #[arg(long, value_name = "FILE", required_unless_present = "cases", conflicts_with = "cases")]
    policy: Option<PathBuf>,
    /// One decision on this action, explained statement by statement
    #[arg(long, value_name = "rds:X", requires = "policy")]
    action: Option<String>,
    /// What the action acts on, repeatable; without it nothing is known of the resource
    #[arg(long, value_name = "ARN", requires = "action")]
    resource: Vec<String>,
    /// Who asks; without it nothing is known of the caller. With --request: who a caller is whose key says nothing
    #[arg(long, value_name = "ARN", conflicts_with = "cases")]
    principal: Option<String>,
    /// A condition key and its value; several of the same key make a list; a key that is not named is absent
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "cases")]
    context: Vec<String>,
    /// A condition key that only AWS knows, repeatable
    #[arg(long, value_name = "KEY", requires = "action")]
    unknown: Vec<String>,
    /// Judge a captured HTTP/1.1 request: its head as it was on the wire, and its body
    #[arg(long, value_name = "FILE", requires = "policy")]
    request: Option<PathBuf>,
    /// Check the request's dates against this moment; without it they are not checked
    #[arg(long, value_name = "TIME", requires = "request")]
    now: Option<String>,
    /// Judge one JSON case a line: {"id","policy","request":{"action","resources","principal","context","unknown"}}
    #[arg(long, value_name = "FILE.jsonl")]
    cases: Option<PathBuf>,
    #[command(flatten)]
    length: MaxCharacters,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard check --policy policy.json --action rds:DeleteDBInstance --resource arn:aws:rds:eu-west-1:123456789012:db:orders
  rds-guard check --policy policy.json --action rds:CreateDBInstance --context aws:RequestedRegion=eu-west-1
  rds-guard check --policy policy.json --request captured.http --now 2026-01-31T12:00:00Z --format json
  rds-guard check --cases cases.jsonl

Prints allow, explicit_deny or implicit_deny first, then the keys that decided it although they are not known.
Exit code 0 for allow, 1 for a deny or a request that is refused before the policy; with --cases 0 when every line was judged, 2 else.";

/// Runs `check`.
pub(super) fn run(args: &CheckArgs, environment: &Environment) -> Result<Exit, Failure> {
    if let Some(cases) = &args.cases {
        return cases::run(cases);
    }
    let policy = policy(args, environment)?;
    match &args.request {
        Some(request) => captured::run(args, request, policy.policy()),
        None => decision::run(args, policy.policy()),
    }
}

fn policy(args: &CheckArgs, environment: &Environment) -> Result<PolicySource, Failure> {
    let path = args.policy.clone().ok_or_else(|| Failure::wrong("no policy is named").next("say --policy FILE"))?;
    PolicySource::from_file(path, args.length.limits(environment)?).map_err(|errors| {
        Failure::all_wrong(errors.problems().iter().map(ToString::to_string).collect())
            .next("correct the policy at the places named")
    })
}

/// The content of a file that a flag names.
fn read(path: &Path, advice: &str) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::wrong(format!("cannot read `{}`: {error}", path.display())).next(advice))
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(flag: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error| Failure::wrong(format!("{flag}: {error}")))
}

/// The condition keys of `--context KEY=VALUE`, each with all its values.
pub(super) fn context_pairs(pairs: &[String]) -> Result<Vec<(String, Vec<String>)>, Failure> {
    let mut given: Vec<(String, Vec<String>)> = Vec::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| key.contains(':')) else {
            let problem = format!("--context: `{pair}` is not KEY=VALUE, as in aws:RequestedRegion=eu-west-1");
            return Err(Failure::wrong(problem));
        };
        match given.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(key)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => given.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    Ok(given)
}
