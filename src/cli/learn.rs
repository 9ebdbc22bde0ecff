//! `learn`: generates the smallest endpoint policy that allows the recorded calls.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
};

use clap::Args;

use super::{Environment, Exit, Failure, audit_files, max_characters::MaxCharacters, output, progress::Progress};
use crate::{
    config::PolicySource,
    history::{Outcome, RecordedCall},
    learn::{Learned, Names, learn},
    policy::Limits,
};

/// Arguments of `learn`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LearnArgs {
    /// The audit files; - for standard input
    #[arg(value_name = "AUDIT", required = true)]
    audit: Vec<PathBuf>,
    /// Add to this policy what it lacks, and change nothing else of it
    #[arg(long, value_name = "FILE")]
    merge: Option<PathBuf>,
    /// Let three or more names that begin alike become one pattern; standard error says what that allows in
    /// addition
    #[arg(long)]
    generalize: bool,
    /// Learn from calls that were refused too
    #[arg(long)]
    include_denied: bool,
    /// Learn from calls that failed too: the service answered with an error, or nothing did
    #[arg(long)]
    include_failed: bool,
    #[command(flatten)]
    length: MaxCharacters,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard learn /var/log/audit.jsonl
  rds-guard learn --generalize --merge policy.json /var/log/audit.jsonl

The policy goes to standard output, what it allows beside what was shown to standard error. Record in audit mode first:
`rds-guard run --mode audit`; with `audit.parameters = true` less has to be left open.
Exit code 0 when the policy allows every call learned from, 1 when something in the way is named (nothing to learn, a Deny of
--merge, too long for an endpoint), 2 for files that cannot be used.";

/// Runs `learn`.
pub(super) fn run(args: &LearnArgs, environment: &Environment) -> Result<Exit, Failure> {
    let limit = args.length.limits(environment)?.max_characters;
    let base = args.merge.clone().map(|file| PolicySource::from_file(file, Limits::NONE)).transpose();
    let base = base.map_err(|errors| {
        let problems = errors.problems().iter().map(ToString::to_string).collect();
        Failure::all_wrong(problems).next("correct the policy at the places named")
    })?;
    let shown = Progress::begin("reading the records");
    let mut gathered = Gathered::default();
    let skipped = audit_files::read(&args.audit, |call| gathered.take(call, args))?;
    drop(shown);
    tell(&gathered.sentence());
    tell(&skipped.sentence());
    gathered.left_out().iter().for_each(|line| tell(line));
    let names = if args.generalize { Names::Generalized } else { Names::Exact };
    let learned = learn(&gathered.calls, names, base.as_ref().map(|source| &**source.policy()));
    let Some(learned) = learned else {
        return Err(Failure::wrong("no record shows a call that was let through, so there is nothing to learn")
            .with_exit(Exit::No)
            .next(
                "record in audit mode (`rds-guard run --mode audit`), or see --include-denied and --include-failed",
            ));
    };
    output::print(&learned.text)?;
    Ok(conclude(&learned, args, limit))
}

/// Reports notes and problems of the generated policy, and returns the exit code.
fn conclude(learned: &Learned, args: &LearnArgs, limit: usize) -> Exit {
    learned.notes.iter().for_each(|note| tell(&format!("note: {note}")));
    learned.blocked.iter().for_each(|call| tell(&format!("not allowed: {call}")));
    let characters = learned.text.chars().count();
    let too_long = characters > limit;
    if too_long {
        let remedy = if args.generalize {
            "give each workload or endpoint a policy of its own"
        } else {
            "--generalize makes it shorter"
        };
        let whose = if limit == Limits::default().max_characters { "an endpoint takes" } else { "the limit is" };
        tell(&format!("the policy has {characters} characters, {whose} {limit}: {remedy}"));
    }
    if too_long || !learned.blocked.is_empty() { Exit::No } else { Exit::Good }
}

fn tell(line: &str) {
    if !line.is_empty() {
        output::complain(&format!("rds-guard: {line}\n"));
    }
}

/// The calls to learn from, without duplicates, and counts of what was left out.
#[derive(Default)]
struct Gathered {
    calls: Vec<RecordedCall>,
    seen: HashSet<String>,
    learned_from: usize,
    denied: BTreeMap<String, usize>,
    failed: BTreeMap<String, usize>,
}

impl Gathered {
    fn take(&mut self, call: RecordedCall, args: &LearnArgs) {
        let (wanted, left_out, word) = match call.outcome {
            Outcome::Served => (true, &mut self.denied, String::new()),
            Outcome::Refused => (args.include_denied, &mut self.denied, call.said.as_str().to_owned()),
            Outcome::Failed(Some(status)) => (args.include_failed, &mut self.failed, format!("status {status}")),
            Outcome::Failed(None) => (args.include_failed, &mut self.failed, "no answer".to_owned()),
        };
        if !wanted {
            *left_out.entry(format!("{}, {word}", call.action)).or_default() += 1;
            return;
        }
        self.learned_from += 1;
        let same = (&call.action, &call.resources, &call.further, &call.caller, &call.parameters, &call.region);
        if self.seen.insert(format!("{same:?}")) {
            self.calls.push(call);
        }
    }

    fn sentence(&self) -> String {
        format!("calls learned from: {}, of {} kinds", self.learned_from, self.calls.len())
    }

    fn left_out(&self) -> Vec<String> {
        let denied = self
            .denied
            .iter()
            .map(|(what, count)| format!("refused, not learned (--include-denied): {count} × {what}"));
        let failed =
            self.failed.iter().map(|(what, count)| format!("failed, not learned (--include-failed): {count} × {what}"));
        denied.chain(failed).collect()
    }
}
