//! Output formats of findings, for people and for tools: text, JSON, SARIF 2.1.0, GitHub annotations.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Finding, RULES, Severity};

/// The findings of one file.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The file's name to display.
    pub file: &'a str,
    /// The findings in it.
    pub findings: &'a [Finding],
}

/// `file:line:column: severity[CODE]: message`, one per line, each followed by its fix, if it has one.
#[must_use]
pub fn text(reports: &[Report<'_>]) -> String {
    let mut out = String::new();
    for Report { file, findings } in reports {
        for finding in *findings {
            let (position, rule) = (finding.position, finding.rule);
            // Writing to a `String` does not fail.
            let _ = writeln!(
                out,
                "{file}:{}:{}: {}[{}]: {}",
                position.line,
                position.column,
                severity(rule.severity),
                rule.code,
                finding.message
            );
            if let Some(fix) = &finding.fix {
                let _ = writeln!(out, "    mend: write {}", fix.replacement);
            }
        }
    }
    out
}

/// A list of objects, one for each finding.
#[must_use]
pub fn json(reports: &[Report<'_>]) -> Value {
    let all = reports.iter().flat_map(|report| report.findings.iter().map(move |finding| (report.file, finding)));
    let object = |(file, finding): (&str, &Finding)| {
        json!({
            "file": file,
            "line": finding.position.line,
            "column": finding.position.column,
            "code": finding.rule.code,
            "name": finding.rule.name,
            "severity": finding.rule.severity,
            "message": finding.message,
            "fix": finding.fix,
        })
    };
    Value::Array(all.map(object).collect())
}

/// A SARIF 2.1.0 log with one run (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
#[must_use]
pub fn sarif(reports: &[Report<'_>]) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.explanation},
                "defaultConfiguration": {"level": severity(rule.severity)},
            })
        })
        .collect();
    let all = reports.iter().flat_map(|report| report.findings.iter().map(move |finding| (report.file, finding)));
    let results: Vec<Value> = all.map(|(file, finding)| result(file, finding)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "rds-guard", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(file: &str, finding: &Finding) -> Value {
    let region = json!({"startLine": finding.position.line, "startColumn": finding.position.column});
    let mut result = json!({
        "ruleId": finding.rule.code,
        "ruleIndex": RULES.iter().position(|rule| rule.code == finding.rule.code),
        "level": severity(finding.rule.severity),
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": file}, "region": region}}],
    });
    if let (Some(fix), Some(members)) = (&finding.fix, result.as_object_mut()) {
        let replaced = json!({"byteOffset": fix.start, "byteLength": fix.end - fix.start});
        let replacement = json!({"deletedRegion": replaced, "insertedContent": {"text": fix.replacement}});
        let change = json!({"artifactLocation": {"uri": file}, "replacements": [replacement]});
        let text = format!("write {}", fix.replacement);
        members.insert("fixes".to_owned(), json!([{"description": {"text": text}, "artifactChanges": [change]}]));
    }
    result
}

/// Workflow commands that GitHub displays as annotations of the lines.
#[must_use]
pub fn github(reports: &[Report<'_>]) -> String {
    let mut out = String::new();
    for Report { file, findings } in reports {
        for finding in *findings {
            let (position, rule) = (finding.position, finding.rule);
            let command = match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let (file, title) = (escaped_property(file), escaped_property(&format!("{}: {}", rule.code, rule.title)));
            let message = escaped(&finding.message);
            // Writing to a `String` does not fail.
            let _ = writeln!(
                out,
                "::{command} file={file},line={},col={},title={title}::{message}",
                position.line, position.column
            );
        }
    }
    out
}

/// Escapes the data of a GitHub workflow command.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a GitHub workflow command.
fn escaped_property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// The name of a severity, the same as in SARIF.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
