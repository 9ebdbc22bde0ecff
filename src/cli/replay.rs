//! `replay`: which recorded requests a new policy would decide differently.

use std::{fmt::Write as _, path::PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Environment, Exit, Failure,
    audit_files::{self, Skipped},
    check,
    max_characters::MaxCharacters,
    output::{self, Format},
    progress::Progress,
};
use crate::{
    aws::{AccountId, OwnAccounts, condition_keys::describes_principal},
    config::PolicySource,
    history::{Change, Count, Replay, Verdict},
    policy::{ConfiguredContext, ConfiguredKey, Declared},
};

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReplayArgs {
    /// The new policy
    #[arg(long, value_name = "NEW")]
    policy: PathBuf,
    /// The audit files; - for standard input
    #[arg(value_name = "AUDIT", required = true)]
    audit: Vec<PathBuf>,
    /// A condition key of the configuration's [context] and its value; several of the same key make a list
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// A condition key that [context] says no call has, repeatable
    #[arg(long, value_name = "KEY")]
    absent: Vec<String>,
    /// An account of your own, repeatable: --context and --absent count for its callers and resources alone where they
    /// describe callers or resources. Without it they count for those of every caller's account
    #[arg(long, value_name = "ACCOUNT")]
    own_account: Vec<AccountId>,
    #[command(flatten)]
    length: MaxCharacters,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard replay --policy new.json /var/log/audit.jsonl
  rds-guard replay --policy new.json --context aws:PrincipalOrgID=o-a1b2c3d4e5 --own-account 123456789012 /var/log/audit.jsonl

Exit code 0 where every request is decided as it was, 1 where one is decided otherwise or the records do not tell,
2 for files that cannot be used.";

/// Runs `replay`.
pub(super) fn run(args: &ReplayArgs, environment: &Environment) -> Result<Exit, Failure> {
    let source = PolicySource::from_file(args.policy.clone(), args.length.limits(environment)?).map_err(|errors| {
        Failure::all_wrong(errors.problems().iter().map(ToString::to_string).collect())
            .next("correct the policy at the places named")
    })?;
    let mut replay = Replay::new(source.policy(), declared(args)?);
    let shown = Progress::begin("replaying the records");
    let skipped = audit_files::read(&args.audit, |call| replay.take(&call))?;
    drop(shown);
    output::print(&match args.format {
        Format::Text => text(&replay),
        Format::Json => format!("{}\n", json(&replay, &skipped)),
    })?;
    if let Some(advice) = accounts_left_open(args, &replay) {
        output::complain(&format!("rds-guard: {advice}\n"));
    }
    let told = skipped.sentence();
    if !told.is_empty() {
        output::complain(&format!("rds-guard: {told}\n"));
    }
    if replay.judged == 0 {
        return Err(Failure::wrong("the files have no record of a request that a policy decided")
            .next("name audit files, as `audit.file` of the configuration says"));
    }
    Ok(if replay.changes().next().is_none() { Exit::Good } else { Exit::No })
}

/// The condition keys from the flags, and the accounts that they apply to.
fn declared(args: &ReplayArgs) -> Result<Declared, Failure> {
    let values = check::context_pairs(&args.context)?.into_iter();
    let mut said: Vec<_> = values.map(|(key, values)| (key, ConfiguredKey::Values(values))).collect();
    for key in &args.absent {
        if !key.contains(':') {
            let problem = format!("--absent: `{key}` is not a condition key such as lambda:SourceFunctionArn");
            return Err(Failure::wrong(problem));
        }
        if said.iter().any(|(other, _)| other.eq_ignore_ascii_case(key)) {
            return Err(Failure::wrong(format!("`{key}` is given twice")).next("say --context or --absent, once"));
        }
        said.push((key.clone(), ConfiguredKey::Absent));
    }
    let own = OwnAccounts::new(None, None, args.own_account.as_slice().into());
    Ok(Declared { context: ConfiguredContext::of(said), own })
}

/// A note if the flags describe principals and the records have callers of several accounts.
fn accounts_left_open(args: &ReplayArgs, replay: &Replay<'_>) -> Option<String> {
    let keys = args.context.iter().map(|pair| pair.split_once('=').map_or(pair.as_str(), |(key, _)| key));
    let mut keys = keys.chain(args.absent.iter().map(String::as_str));
    let key = keys.find(|key| describes_principal(&key.to_ascii_lowercase()))?;
    (args.own_account.is_empty() && replay.accounts().len() > 1).then(|| {
        format!(
            "what is said of `{key}` was taken for callers of {} accounts; the proxy takes it for your own accounts alone: \
             say which those are with --own-account",
            replay.accounts().len()
        )
    })
}

/// A word for a group of calls, and the verdicts that belong to it.
type Kind = (&'static str, fn(Verdict) -> bool);

/// The groups of changed calls, by their new verdict.
const KINDS: [Kind; 3] = [
    ("refused", |to| matches!(to, Verdict::ExplicitDeny | Verdict::ImplicitDeny | Verdict::Undetermined)),
    ("allowed", |to| to == Verdict::Allow),
    ("untold", |to| to == Verdict::Untold),
];

fn text(replay: &Replay<'_>) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    for (word, is_it) in KINDS {
        let mut changes = replay.changes().filter(|(change, _)| is_it(change.to)).peekable();
        if changes.peek().is_none() {
            continue;
        }
        let _ = match word {
            "untold" => writeln!(out, "cannot be told from the records:"),
            _ => writeln!(out, "would be {word}:"),
        };
        changes.for_each(|(change, count)| out.push_str(&entry(change, count)));
    }
    let [refused, allowed, untold] = KINDS.map(|(_, is_it)| replay.count(is_it));
    let unchanged = replay.judged - refused - allowed - untold;
    let _ = write!(out, "{} requests judged: {unchanged} as before, {refused} would be refused, ", replay.judged);
    let _ = writeln!(out, "{allowed} would be allowed, {untold} cannot be told");
    if replay.not_by_policy > 0 {
        let _ = writeln!(out, "{} more were not decided by a policy", replay.not_by_policy);
    }
    out
}

/// Describes a kind of call in a few lines.
fn entry(change: &Change, count: &Count) -> String {
    let mut out = format!("  {} × {} by {}\n", count.calls, change.action, change.principal);
    for resource in &change.resources {
        let _ = writeln!(out, "      on {resource}");
    }
    if !count.first.is_empty() {
        let _ = writeln!(out, "      {} to {}", count.first, count.last);
    }
    let _ = write!(out, "      {} → {}", change.from.as_str(), change.to.as_str());
    if let Some(statement) = &change.statement {
        let _ = write!(out, " by statement {statement}");
    }
    if let Some(action) = &change.because_of {
        let _ = write!(out, ", because of {action}");
    }
    if let Some(resource) = change.resource.as_ref().filter(|_| change.resources.len() > 1) {
        let _ = write!(out, ", on {resource}");
    }
    if !change.keys.is_empty() {
        let _ = write!(out, ", depends on {}", change.keys.join(" "));
    }
    out.push('\n');
    out
}

fn json(replay: &Replay<'_>, skipped: &Skipped) -> Value {
    let change = |(change, count): (&Change, &Count)| {
        json!({
            "action": change.action, "resources": change.resources, "principal": change.principal,
            "from": change.from.as_str(), "to": change.to.as_str(), "statement": change.statement,
            "resource": change.resource, "because_of": change.because_of, "undetermined": change.keys,
            "count": count.calls, "first": count.first, "last": count.last,
        })
    };
    let [refused, allowed, untold] = KINDS.map(|(_, is_it)| replay.count(is_it));
    json!({
        "judged": replay.judged,
        "unchanged": replay.judged - refused - allowed - untold,
        "refused": refused, "allowed": allowed, "untold": untold,
        "not_by_policy": replay.not_by_policy,
        "skipped": skipped.json(),
        "changes": replay.changes().map(change).collect::<Vec<_>>(),
    })
}
