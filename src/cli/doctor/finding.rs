//! The findings, and what to do about them.

use serde::Serialize;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Calls bypass the proxy, or none gets through.
    Error,
    /// Something is weaker than it may appear, or will fail later.
    Warning,
    /// Worth knowing, but not a problem.
    Note,
}

impl Severity {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// Its severity.
    pub(super) severity: Severity,
    /// Its code, one of those in docs/doctor.md.
    pub(super) code: &'static str,
    /// The observation, on one line.
    pub(super) message: String,
    /// What to do about it, on one line.
    pub(super) remedy: String,
}

impl Finding {
    /// A finding that calls bypass the proxy, or that none gets through.
    pub(super) fn error(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), remedy: remedy.into() }
    }

    /// A finding that something is weaker than it may appear, or will fail later.
    pub(super) fn warning(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, remedy) }
    }

    /// A finding that is worth knowing, but not a problem.
    pub(super) fn note(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message, remedy) }
    }
}

/// Codes of notes which mean that a part of the path to the endpoint cannot be seen from here.
const HIDING: [&str; 2] = ["way-around-shut", "endpoint-by-corporate-proxy"];

/// All findings, the most severe first.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| finding.severity);
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), findings }
    }

    /// Whether there are errors or warnings.
    pub(super) fn is_bad(&self) -> bool {
        self.errors + self.warnings > 0
    }

    /// The report as text: each finding with its remedy below, and a total.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for Finding { severity, code, message, remedy } in &self.findings {
            text.push_str(&format!("{}[{code}] {message}\n    remedy: {remedy}\n", severity.as_str()));
        }
        let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        if self.is_bad() {
            text.push_str(&format!("{}, {}\n", plural(self.errors, "error"), plural(self.warnings, "warning")));
        } else if self.findings.iter().any(|finding| HIDING.contains(&finding.code)) {
            text.push_str(
                "nothing is wrong: calls of these processes go through the proxy; what it reaches is not seen from here\n",
            );
        } else {
            text.push_str("nothing is wrong: calls of these processes go through the proxy and reach the endpoint\n");
        }
        text
    }

    /// The report as JSON.
    pub(super) fn json(&self) -> String {
        // Plain strings and numbers always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
