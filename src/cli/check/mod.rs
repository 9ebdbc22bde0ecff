//! `check`: what a policy says of one request, of a captured request, or of a file of cases.

mod cases;
mod decision;

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::{Environment, Exit, Failure};
use crate::{config::PolicySource, policy::Limits};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("what").required(true).args(["action", "cases"]))]
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
    /// Who asks; without it nothing is known of the caller
    #[arg(long, value_name = "ARN")]
    principal: Option<String>,
    /// A condition key and its value; several of the same key make a list; a key that is not named is absent
    #[arg(long, value_name = "KEY=VALUE", requires = "action")]
    context: Vec<String>,
    /// A condition key that only AWS knows, repeatable
    #[arg(long, value_name = "KEY", requires = "action")]
    unknown: Vec<String>,
    /// Judge one JSON case a line: {"id","policy","request":{"action","resources","principal","context","unknown"}}
    #[arg(long, value_name = "FILE.jsonl")]
    cases: Option<PathBuf>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard check --policy policy.json --action rds:DeleteDBInstance --resource arn:aws:rds:eu-west-1:123456789012:db:orders
  rds-guard check --policy policy.json --action rds:CreateDBInstance --context aws:RequestedRegion=eu-west-1
  rds-guard check --cases cases.jsonl

Prints allow, explicit_deny or implicit_deny first, then the keys that decided it although they are not known.
Exit code 0 for allow, 1 for a deny; with --cases 0 when every line was judged, 2 else.";

/// Runs `check`.
pub(super) fn run(args: &CheckArgs, _environment: &Environment) -> Result<Exit, Failure> {
    if let Some(cases) = &args.cases {
        return cases::run(cases);
    }
    let policy = policy(args)?;
    decision::run(args, policy.policy())
}

fn policy(args: &CheckArgs) -> Result<PolicySource, Failure> {
    let path = args.policy.clone().ok_or_else(|| Failure::wrong("no policy is named").next("say --policy FILE"))?;
    PolicySource::from_file(path, Limits::default()).map_err(|errors| {
        Failure::all_wrong(errors.problems().iter().map(ToString::to_string).collect())
            .next("correct the policy at the places named")
    })
}
