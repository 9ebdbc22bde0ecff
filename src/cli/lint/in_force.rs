//! The linter's findings on an active policy, for the log and for readiness.

use std::sync::{Arc, OnceLock};

use super::vocabulary;
use crate::{
    policy::{
        Policy,
        lint::{self, Options, Vocabulary},
    },
    server::{IsKnowable, LintPolicy},
};

/// Maximum size in bytes of a policy that is linted while the proxy runs: some rules compare all pairs of
/// statements.
const MOST_BYTES: usize = 64 * 1024;

/// Returns a function that lints with the RDS vocabulary and the condition keys that the configuration provides.
pub(in crate::cli) fn in_force(is_knowable: IsKnowable) -> LintPolicy {
    // Built on first use, when the first policy becomes active.
    let words: OnceLock<Vocabulary> = OnceLock::new();
    Arc::new(move |policy| findings(policy, words.get_or_init(vocabulary::of_rds), &is_knowable))
}

/// `line N, column N: [CODE] MESSAGE` for each finding that matters to the operator of a proxy.
fn findings(policy: &Policy, vocabulary: &Vocabulary, is_knowable: &IsKnowable) -> Vec<String> {
    if policy.text().len() > MOST_BYTES {
        return vec!["it is too long to be linted while the proxy runs: `rds-guard lint FILE` does".to_owned()];
    }
    // An active policy is already within the configured limit.
    let max_characters = usize::MAX;
    let options = Options { vocabulary, portable: false, is_knowable: &|key| is_knowable(key), max_characters };
    let found = lint::lint(policy, &options);
    let found = found.iter().filter(|finding| finding.rule.concerns_operation());
    found.map(|finding| format!("{}: [{}] {}", finding.position, finding.rule.code, finding.message)).collect()
}
