//! The rules: what each finds and why, with an example in which it must find something.

use std::fmt::Write as _;

use super::Severity;

pub(super) mod action;
pub(super) mod condition;
pub(super) mod principal;
pub(super) mod resource;
pub(super) mod statement;

/// A rule of the linter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its code, `RG030`. The meaning of a code never changes.
    pub code: &'static str,
    /// Its name in words, `action-unknown`.
    pub name: &'static str,
    /// The severity of its findings.
    pub severity: Severity,
    /// A short description of what it finds.
    pub title: &'static str,
    /// Why that matters, and how to fix it.
    pub explanation: &'static str,
    /// Statements in which it finds something; empty if there is no example.
    pub example: &'static str,
}

impl Rule {
    /// Whether a finding shows that an active policy does not do what it says, so that its operator should know. A
    /// policy that is too long for AWS does not count: the maximum length is configurable.
    #[must_use]
    pub fn concerns_operation(&self) -> bool {
        let errors = self.severity == Severity::Error && *self != statement::TOO_LONG;
        let others = [principal::PRINCIPAL_NOT_A_CALLER, condition::KEY_ALWAYS_ABSENT, condition::KEY_UNDECIDED];
        errors || others.contains(self)
    }
}

/// Every rule, in the order of the codes.
pub const RULES: &[Rule] = &[
    statement::TOO_LONG,
    statement::FULL_ACCESS,
    statement::NOTHING_ALLOWED,
    statement::DENIES_EVERYTHING,
    statement::SID_CHARACTERS,
    statement::SID_REPEATED,
    statement::VARIABLE_WITHOUT_VERSION,
    statement::SHADOWED,
    statement::DENIED_ANYWAY,
    statement::UNDECIDABLE,
    statement::OTHER_SERVICES,
    principal::PRINCIPAL_WILDCARD,
    principal::PRINCIPAL_NOT_A_CALLER,
    principal::PRINCIPAL_UNIQUE_ID,
    principal::PRINCIPAL_REDUNDANT,
    principal::NOT_PRINCIPAL,
    principal::NOT_PRINCIPAL_PARTIAL,
    action::ACTION_UNKNOWN,
    action::ACTION_MATCHES_NOTHING,
    action::ACTION_OF_OTHER_SERVICE,
    action::ACTION_LETTER_CASE,
    action::ACTION_REDUNDANT,
    action::ACTION_WIDER_THAN_IT_SEEMS,
    action::ALLOW_NOT_ACTION,
    action::ACTIONS_OF_OTHER_SERVICES,
    action::ACTION_NEWER,
    resource::RESOURCE_NOT_AN_ARN,
    resource::RESOURCE_TOO_SHORT,
    resource::RESOURCE_OF_OTHER_SERVICE,
    resource::ACCOUNT_MIXED,
    resource::ACCOUNT_MALFORMED,
    resource::REGION_MALFORMED,
    resource::RESOURCE_TYPE_UNKNOWN,
    resource::NAME_LETTER_CASE,
    resource::REGION_OF_TYPE,
    resource::VARIABLE_IN_ARN_HEAD,
    resource::RESOURCE_REDUNDANT,
    resource::ALLOW_NOT_RESOURCE,
    resource::ACTION_NEEDS_STAR,
    resource::ACTION_OF_OTHER_TYPE,
    resource::REQUIRED_TYPE_MISSING,
    resource::PARTITION,
    resource::SLASH_FOR_COLON,
    resource::TYPE_MISSING,
    resource::NAME_FOR_GENERATED_ID,
    resource::NAME_CHARACTERS,
    condition::KEY_UNKNOWN,
    condition::OPERATOR_OF_OTHER_KIND,
    condition::SET_OPERATOR_MISSING,
    condition::FOR_ALL_VALUES_ABSENT,
    condition::SET_OPERATOR_NEEDLESS,
    condition::WILDCARD_IS_LITERAL,
    condition::SYSTEM_ID_WILDCARD,
    condition::SYSTEM_ID_NUMERIC,
    condition::SIX_CHARACTERS,
    condition::ARN_VALUE_TOO_SHORT,
    condition::PRINCIPAL_ARN_OF_SESSION,
    condition::SOURCE_IP_ABSENT,
    condition::SECURE_TRANSPORT_CONSTANT,
    condition::HOST_BITS,
    condition::VALUE_REPEATED,
    condition::KEY_REPEATED,
    condition::CONTRADICTION,
    condition::KEY_OF_OTHER_ACTIONS,
    condition::KEY_ALWAYS_ABSENT,
    condition::KEY_UNDECIDED,
    condition::NOT_PORTABLE,
    resource::NOTHING_MATCHES,
    resource::RESOURCE_OF_NO_ACTION,
    resource::REGION_EMPTY,
    resource::ACTIONS_NOT_COVERED,
    resource::RESOURCE_OF_OTHERS,
];

/// The reference of all rules in Markdown, one section for each: docs/lint.md.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from(INTRODUCTION);
    for rule in RULES {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        // Writing to a `String` does not fail.
        let _ =
            write!(out, "\n## {} {}\n\n*{severity}*: {}.\n\n{}\n", rule.code, rule.name, rule.title, rule.explanation);
        if !rule.example.is_empty() {
            let _ = write!(out, "\n```json\n{}\n```\n", rule.example);
        }
    }
    out
}

const INTRODUCTION: &str = "# Rules of the linter

`rds-guard lint FILE…` reads policies and reports what is odd about them. An *error* is something that AWS refuses or that
does nothing of what it says, a *warning* is probably not what was meant, a *note* is worth knowing. Findings never change a
decision. Where one can be mended by a change of the text that changes nothing else, the finding says how.

Each section shows statements in which the rule finds something.
";
