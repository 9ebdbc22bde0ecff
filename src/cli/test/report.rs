//! The results of the cases as text, JSON and JUnit XML.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{suite::Suite, verdict::Verdict};
use crate::aws::xml::attribute_reference;

/// A file of cases with the results.
pub(super) struct Report {
    /// The file of cases.
    pub(super) suite: Suite,
    /// One verdict for each of its cases.
    pub(super) verdicts: Vec<Verdict>,
}

impl Report {
    fn failed(&self) -> usize {
        self.verdicts.iter().filter(|verdict| !verdict.complaints.is_empty()).count()
    }

    fn file(&self) -> String {
        self.suite.file.display().to_string()
    }
}

/// How many cases failed.
pub(super) fn failed(reports: &[Report]) -> usize {
    reports.iter().map(Report::failed).sum()
}

fn total(reports: &[Report]) -> usize {
    reports.iter().map(|report| report.verdicts.len()).sum()
}

/// A line for each case; for a failed one also the reason, statement by statement; then a summary.
pub(super) fn text(reports: &[Report]) -> String {
    let mut out = String::new();
    // Writing to a `String` cannot fail.
    for report in reports {
        let _ = writeln!(out, "{}: {}", report.file(), report.suite.policy_name);
        for (case, verdict) in report.suite.cases.iter().zip(&report.verdicts) {
            let word = if verdict.complaints.is_empty() { "ok  " } else { "FAIL" };
            let _ = writeln!(out, "  {word} {}", case.name);
            if verdict.complaints.is_empty() {
                continue;
            }
            for complaint in &verdict.complaints {
                let _ = writeln!(out, "       line {}: {complaint}", case.line);
            }
            for line in verdict.explanation.lines() {
                let _ = writeln!(out, "{}", format!("       | {line}").trim_end());
            }
        }
    }
    let (total, failed) = (total(reports), failed(reports));
    let _ = writeln!(out, "{} passed, {failed} failed", total - failed);
    out
}

/// One object: the files with their cases, and the number of passed ones.
pub(super) fn json(reports: &[Report]) -> String {
    let files: Vec<Value> = reports.iter().map(file).collect();
    let failed = failed(reports);
    format!("{}\n", json!({ "files": files, "passed": total(reports) - failed, "failed": failed }))
}

fn file(report: &Report) -> Value {
    let case = |(case, verdict): (&super::case::Case, &Verdict)| {
        json!({
            "name": case.name,
            "line": case.line,
            "passed": verdict.complaints.is_empty(),
            "expected": case.expect.as_str(),
            "decision": verdict.decision,
            "sids": verdict.sids,
            "undetermined": verdict.undetermined,
            "complaints": verdict.complaints,
            "explanation": if verdict.complaints.is_empty() { None } else { Some(&verdict.explanation) },
        })
    };
    let cases: Vec<Value> = report.suite.cases.iter().zip(&report.verdicts).map(case).collect();
    json!({ "file": report.file(), "policy": report.suite.policy_name, "cases": cases })
}

/// JUnit XML for CI systems: a `testsuite` for each file, a `failure` in each failed case.
pub(super) fn junit(reports: &[Report]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, failures) = (total(reports), failed(reports));
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "<testsuites name=\"rds-guard\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
    for report in reports {
        let (name, tests, failures) = (escaped(&report.file()), report.verdicts.len(), report.failed());
        let head = format!("name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\"");
        let _ = writeln!(out, "  <testsuite {head}>");
        for (case, verdict) in report.suite.cases.iter().zip(&report.verdicts) {
            let case_name = escaped(&case.name);
            let head = format!("classname=\"{name}\" name=\"{case_name}\" file=\"{name}\" line=\"{}\"", case.line);
            if verdict.complaints.is_empty() {
                let _ = writeln!(out, "    <testcase {head}/>");
                continue;
            }
            let message = escaped(&verdict.complaints.join("; "));
            let _ = writeln!(out, "    <testcase {head}>");
            let _ = writeln!(
                out,
                "      <failure type=\"decision\" message=\"{message}\">{}</failure>",
                escaped(&verdict.explanation)
            );
            let _ = writeln!(out, "    </testcase>");
        }
        let _ = writeln!(out, "  </testsuite>");
    }
    out.push_str("</testsuites>\n");
    out
}

/// Escapes a text for XML 1.0 elements and attributes. Characters that XML does not allow become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if let Some(reference) = attribute_reference(character) {
            out.push_str(reference);
            continue;
        }
        match character {
            // Unescaped, they would be normalised to blanks in an attribute's value.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            // XML 1.0, production 2: no other control characters, and no non-characters.
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_hold_is_escaped_or_replaced() {
        assert_eq!(escaped("a<b>&\"c\"\u{1}\n\u{ffff}é"), "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}&#10;\u{fffd}é");
    }
}
