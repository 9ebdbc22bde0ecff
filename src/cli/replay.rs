//! `replay`: which recorded requests a new policy would decide otherwise.

use std::{collections::HashMap, fmt::Write as _, path::PathBuf};

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
    config::PolicySource,
    history::{Change, Count, Replay, Verdict},
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
    #[command(flatten)]
    length: MaxCharacters,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard replay --policy new.json /var/log/audit.jsonl
  rds-guard replay --policy new.json --context aws:PrincipalOrgID=o-a1b2c3d4e5 --format json /var/log/audit.jsonl

Exit code 0 where every request is decided as it was, 1 where one is decided otherwise or the records do not tell,
2 for files that cannot be used.";

/// Runs `replay`.
pub(super) fn run(args: &ReplayArgs, environment: &Environment) -> Result<Exit, Failure> {
    let source = PolicySource::from_file(args.policy.clone(), args.length.limits(environment)?).map_err(|errors| {
        Failure::all_wrong(errors.problems().iter().map(ToString::to_string).collect())
            .next("correct the policy at the places named")
    })?;
    let pairs = check::context_pairs(&args.context)?;
    let configured: HashMap<_, _> = pairs.into_iter().map(|(key, values)| (key.to_ascii_lowercase(), values)).collect();
    let mut replay = Replay::new(source.policy(), configured);
    let shown = Progress::begin("replaying the records");
    let skipped = audit_files::read(&args.audit, |call| replay.take(&call))?;
    drop(shown);
    output::print(&match args.format {
        Format::Text => text(&replay),
        Format::Json => format!("{}\n", json(&replay, &skipped)),
    })?;
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

/// A word for what becomes of calls, and which verdicts are meant.
type Kind = (&'static str, fn(Verdict) -> bool);

/// What becomes of calls, by what is said of them now.
const KINDS: [Kind; 3] = [
    ("refused", |to| matches!(to, Verdict::ExplicitDeny | Verdict::ImplicitDeny | Verdict::Undetermined)),
    ("allowed", |to| to == Verdict::Allow),
    ("untold", |to| to == Verdict::Untold),
];

fn text(replay: &Replay<'_>) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
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

/// A kind of call, in a few lines.
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
