//! What the linter says of a policy in force, for the log and for readiness.

use std::sync::{Arc, OnceLock};

use super::vocabulary;
use crate::{
    policy::{
        Policy,
        lint::{self, Options, Vocabulary},
    },
    server::{IsKnowable, LintPolicy},
};

/// The most bytes of a policy that is linted while the proxy runs: some rules compare each statement with each other.
const MOST_BYTES: usize = 64 * 1024;

/// Lints with the words of RDS and what the configuration makes known.
pub(in crate::cli) fn in_force(is_knowable: IsKnowable) -> LintPolicy {
    // Not needed before the first policy is in force.
    let words: OnceLock<Vocabulary> = OnceLock::new();
    Arc::new(move |policy| findings(policy, words.get_or_init(vocabulary::of_rds), &is_knowable))
}

/// `line N, column N: [CODE] MESSAGE` for each finding that the operator of a proxy is to know.
fn findings(policy: &Policy, vocabulary: &Vocabulary, is_knowable: &IsKnowable) -> Vec<String> {
    if policy.text().len() > MOST_BYTES {
        return vec!["it is too long to be linted while the proxy runs: `rds-guard lint FILE` does".to_owned()];
    }
    // A policy in force is within the configured limit.
    let max_characters = usize::MAX;
    let options = Options { vocabulary, portable: false, is_knowable: &|key| is_knowable(key), max_characters };
    let found = lint::lint(policy, &options);
    let found = found.iter().filter(|finding| finding.rule.concerns_operation());
    found.map(|finding| format!("{}: [{}] {}", finding.position, finding.rule.code, finding.message)).collect()
}
