//! What is found, and what to do about it.

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Calls get past the proxy, or none gets through.
    Error,
    /// Something is weaker than it may look, or will fail later.
    Warning,
    /// Worth knowing; nothing is wrong.
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

/// One thing that is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// How much it matters.
    pub(super) severity: Severity,
    /// Its name, one of those in docs/doctor.md.
    pub(super) code: &'static str,
    /// What is so, in one line.
    pub(super) message: String,
    /// What to do, in one line.
    pub(super) remedy: String,
}

impl Finding {
    /// Calls get past the proxy, or none gets through.
    pub(super) fn error(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), remedy: remedy.into() }
    }

    /// Something is weaker than it may look, or will fail later.
    pub(super) fn warning(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message, remedy) }
    }

    /// Worth knowing.
    pub(super) fn note(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message, remedy) }
    }
}

/// Notes that something of the way to the endpoint is hidden from whoever asks.
const HIDING: [&str; 2] = ["way-around-shut", "endpoint-by-corporate-proxy"];

/// All that was found, the worst first.
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

    /// Whether something is wrong or weak.
    pub(super) fn is_bad(&self) -> bool {
        self.errors + self.warnings > 0
    }

    /// For people: each finding with its remedy below, and a sum.
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

    /// For machines.
    pub(super) fn json(&self) -> String {
        // A list of plain texts is always JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
