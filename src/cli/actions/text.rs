//! Prints the table as text.

use std::fmt::Write as _;

use super::{Cover, covers};
use crate::aws::rds::{AbsentValue, Fold, KeyRule, Operation, RuleType, Sensitivity, fold_rule};

pub(super) fn table(operations: impl Iterator<Item = &'static Operation> + Clone) -> String {
    let width = operations.clone().map(|operation| operation.name.len()).max().unwrap_or(0) + "rds:".len();
    let mut out = String::new();
    for operation in operations {
        let name = format!("rds:{}", operation.name);
        line(&mut out, format_args!("{name:width$}  {:11}  {}", operation.access.as_str(), types(operation)));
    }
    out
}

pub(super) fn action(operation: &'static Operation) -> String {
    let mut out = String::new();
    let models: Vec<_> = operation.models.iter().map(|model| model.as_str()).collect();
    let reads = if operation.read_only { ", changes nothing" } else { "" };
    line(&mut out, format_args!("rds:{}", operation.name));
    line(&mut out, format_args!("{} ({}){reads}", operation.access.as_str(), models.join(", ")));
    covered(&mut out, &covers(operation));
    keys(&mut out, operation);
    dependents(&mut out, operation);
    parameters(&mut out, operation);
    let unevaluated = operation.unevaluated.iter().map(|(name, why)| format!("{name}: {why}"));
    section(&mut out, "Parameters that are not judged", unevaluated);
    let open = operation.ambiguities.iter().map(|text| (*text).to_owned());
    section(&mut out, "Open in AWS's documentation, and read so", open);
    out
}

fn types(operation: &'static Operation) -> String {
    let types = operation.resources.iter().map(|rule| match &rule.resource_type {
        RuleType::One(own) => own.name,
        RuleType::AnyOf(_) => "any",
        RuleType::Star | RuleType::StarIfNone => "*",
    });
    types.collect::<Vec<_>>().join(", ")
}

fn covered(out: &mut String, covers: &[Cover]) {
    let width = covers.iter().map(|cover| cover.arn.len()).max().unwrap_or(0);
    let lines = covers.iter().map(|cover| format!("{:width$}  {}", cover.arn, cover.when));
    section(out, "A policy must cover each of these that applies", lines);
    let mut unasked = covers.iter().filter(|cover| cover.unasked && cover.when.ends_with("default of the service"));
    if let Some(first) = unasked.next() {
        let mut names = vec![first.arn.as_str()];
        names.extend(unasked.map(|cover| cover.arn.as_str()));
        line(
            out,
            format_args!("  A policy that allows only the resource itself denies the call: where the request names"),
        );
        line(out, format_args!("  no group, the service's default one is judged too. Allow these with it:"));
        for name in names {
            let any = name.replace("REGION", "*").replace("ACCOUNT", "*").replace("ENGINE", "");
            line(
                out,
                format_args!(
                    "    {:?}",
                    if any.ends_with('*') { any.trim_end_matches('*').to_owned() + "*" } else { any }
                ),
            );
        }
    }
}

fn keys(out: &mut String, operation: &'static Operation) {
    let width = operation.keys.iter().map(|rule| rule.key().len()).max().unwrap_or(0);
    let lines = operation.keys.iter().map(|rule| format!("{:width$}  {}", rule.key(), key_source(rule)));
    section(out, "Condition keys from the request", lines);
    let unknown = operation.unknown_keys.iter().map(|key| (*key).to_owned());
    section(out, "Condition keys that only the stored resource could answer", unknown);
}

fn key_source(rule: &KeyRule) -> String {
    match rule {
        KeyRule::Constant { value, .. } => format!("always {value}"),
        KeyRule::Tags { tags, .. } => tags.iter().map(|tag| tag.key).collect::<Vec<_>>().join(", "),
        KeyRule::Parameter { parameter, absent, .. } => match absent {
            AbsentValue::Default { value, unless: [] } => format!("{parameter}; without it {value}"),
            AbsentValue::Default { value, unless } => {
                format!("{parameter}; without it {value}, or unknown with {}", unless.join(" or "))
            }
            AbsentValue::Missing => format!("{parameter}; without it no value"),
            AbsentValue::Unknown => format!("{parameter}; without it unknown"),
        },
    }
}

fn dependents(out: &mut String, operation: &'static Operation) {
    let lines = operation.dependents.iter().map(|needed| match needed.when {
        [] => format!("{} (no parameter tells when)", needed.action),
        when => format!("{} with {}", needed.action, when.join(", ")),
    });
    section(out, "The caller also needs", lines);
}

fn parameters(out: &mut String, operation: &'static Operation) {
    let lines = operation.parameters.iter().map(|parameter| {
        let top = parameter.name.split('.').next().unwrap_or_default();
        let required = if operation.required.contains(&top) { " (required)" } else { "" };
        let secret = if parameter.sensitivity == Sensitivity::Secret { " (never recorded)" } else { "" };
        let fold = fold_rule(parameter.name).map_or("", |rule| match rule.fold {
            Fold::None => "",
            Fold::Lower => " (compared in lower case too)",
            Fold::Upper => " (compared in capitals too)",
            Fold::UpperForOracle => " (compared in capitals too, unless the engine is another than Oracle's)",
            Fold::ResourceId => " (compared as the service writes such ids, too)",
        });
        format!("{}{required}{secret}{fold}", parameter.name)
    });
    section(out, "Parameters", lines);
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    for (nth, text) in lines.enumerate() {
        if nth == 0 {
            line(out, format_args!("\n{title}:"));
        }
        line(out, format_args!("  {text}"));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{text}");
}
