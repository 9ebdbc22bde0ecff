//! `diff`: what two policies decide differently, for each action with an example request.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Failure,
    output::{self, Format},
    progress::Progress,
};
use crate::{
    aws::{
        ResourceKind,
        rds::{Absent, LOG_FILE_DOWNLOAD, OPERATIONS, Operation, REFERENCE_ONLY, ResourceRule, ResourceType, RuleType},
    },
    config::PolicySource,
    policy::{
        Limits,
        compare::{Asked, AskedType, Difference, Direction, KeyValue, Witness, compare},
    },
};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DiffArgs {
    /// The policy of before
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The policy of now
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  rds-guard diff policy.json new.json
  rds-guard diff --format json policy.json new.json

Exit code 0 where no difference was found, 1 where the policies differ, 2 for a policy that cannot be used.";

/// Runs `diff`.
pub(super) fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let mut wrong = Vec::new();
    let mut read = |file: &PathBuf| match PolicySource::from_file(file.clone(), Limits::NONE) {
        Ok(source) => Some(source),
        Err(errors) => {
            wrong.extend(errors.problems().iter().map(ToString::to_string));
            None
        }
    };
    let (old, new) = (read(&args.old), read(&args.new));
    let (Some(old), Some(new)) = (old, new) else {
        return Err(Failure::all_wrong(wrong).next("correct the policies at the places named"));
    };
    let shown = Progress::begin("comparing the policies");
    let differences = compare(old.policy(), new.policy(), &universe());
    drop(shown);
    output::print(&match args.format {
        Format::Text => text(&differences, args),
        Format::Json => format!("{}\n", json(&differences)),
    })?;
    Ok(if differences.is_empty() { Exit::Good } else { Exit::No })
}

/// Every action of the table, with the resources that a request of it acts on.
fn universe() -> Vec<Asked> {
    let operations = OPERATIONS.iter().chain([&LOG_FILE_DOWNLOAD]).map(asked);
    let others = REFERENCE_ONLY.iter().filter(|name| **name != LOG_FILE_DOWNLOAD.name);
    // The resources of an action without an operation are unknown.
    let others = others.map(|name| Asked { name: format!("rds:{name}"), types: Vec::new(), star: false, known: false });
    let mut all: Vec<Asked> = operations.chain(others).collect();
    all.sort();
    all
}

fn asked(operation: &Operation) -> Asked {
    let mut types: BTreeMap<&str, AskedType> = BTreeMap::new();
    let mut note = |kind: &ResourceType, lists: bool| {
        let own = types.entry(kind.prefix).or_insert_with(|| AskedType {
            prefix: kind.prefix.to_owned(),
            global: kind.global,
            lower_case: kind.folds(),
            lists,
        });
        own.lists |= lists;
    };
    for rule in operation.resources {
        match &rule.resource_type {
            RuleType::One(one) => note(one, rule.absent == Absent::All),
            RuleType::AnyOf(several) => several.iter().for_each(|one| note(one, false)),
            RuleType::Star | RuleType::StarIfNone => {}
        }
    }
    let star = |rule: &ResourceRule| matches!(rule.resource_type, RuleType::Star | RuleType::StarIfNone);
    Asked {
        name: format!("rds:{}", operation.name),
        types: types.into_values().collect(),
        star: operation.resources.iter().any(star),
        known: true,
    }
}

fn text(differences: &[Difference], args: &DiffArgs) -> String {
    if differences.is_empty() {
        return "no difference found\n".to_owned();
    }
    let mut out = String::new();
    for (direction, title, policy) in [
        (Direction::Gained, "allowed by NEW, not by OLD", &args.new),
        (Direction::Lost, "allowed by OLD, not by NEW", &args.old),
    ] {
        let own: Vec<&Difference> = differences.iter().filter(|found| found.direction == direction).collect();
        if own.is_empty() {
            continue;
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{title}:");
        for found in own {
            out.push_str(&entry(found, &policy.display().to_string()));
        }
    }
    let count = |direction| differences.iter().filter(|found| found.direction == direction).count();
    let (gained, lost) = (count(Direction::Gained), count(Direction::Lost));
    let _ = writeln!(out, "{gained} actions allowed for more, {lost} for less");
    out
}

/// An action with its example request, and the command that evaluates the request with the policy that allows it.
fn entry(found: &Difference, policy: &str) -> String {
    let Difference { action, known, witness, .. } = found;
    let note = if *known { "" } else { " (an action that is not in the table)" };
    format!(
        "  {action}{note}\n      old: {}, new: {}\n      rds-guard {}\n",
        witness.old,
        witness.new,
        command(action, witness, policy).join(" ")
    )
}

/// The words of the command that evaluates the request with a policy.
fn command(action: &str, witness: &Witness, policy: &str) -> Vec<String> {
    let mut words =
        vec!["check".to_owned(), "--policy".to_owned(), quoted(policy), "--action".to_owned(), action.to_owned()];
    if witness.resource.kind != ResourceKind::Unknown {
        words.extend(["--resource".to_owned(), quoted(&witness.resource.arn)]);
    }
    words.extend(["--principal".to_owned(), quoted(witness.principal.as_str())]);
    for (key, value) in &witness.context {
        let values = match value {
            KeyValue::One(value) => std::slice::from_ref(value),
            KeyValue::Many(values) => values,
            KeyValue::Absent => &[],
        };
        words.extend(values.iter().flat_map(|value| ["--context".to_owned(), quoted(&format!("{key}={value}"))]));
    }
    words
}

/// A word quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/=._-,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn json(differences: &[Difference]) -> Value {
    let one = |found: &Difference| {
        let witness = &found.witness;
        let context = witness.context.iter().filter_map(|(key, value)| match value {
            KeyValue::One(value) => Some((key.clone(), json!(value))),
            KeyValue::Many(values) => Some((key.clone(), json!(values))),
            KeyValue::Absent => None,
        });
        let resources = match witness.resource.kind {
            ResourceKind::Unknown => json!([]),
            kind @ (ResourceKind::Exact
            | ResourceKind::All
            | ResourceKind::Default
            | ResourceKind::UnknownId
            | ResourceKind::Star) => json!([{ "arn": &*witness.resource.arn, "kind": kind.as_str() }]),
        };
        json!({
            "action": found.action,
            "known_action": found.known,
            "direction": if found.direction == Direction::Gained { "gained" } else { "lost" },
            "old": witness.old,
            "new": witness.new,
            "request": {
                "action": found.action,
                "resources": resources,
                "principal": { "arn": witness.principal.as_str() },
                "context": context.collect::<serde_json::Map<_, _>>(),
            },
        })
    };
    json!({ "differences": differences.iter().map(one).collect::<Vec<_>>() })
}
