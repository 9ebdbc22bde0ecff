//! Warnings about statements that can never be decided with this configuration, with the configuration line that
//! would help, and about statements that have no effect.

use super::{lint, wiring};
use crate::{
    aws::condition_keys::{Source, global_key},
    config::Config,
};

/// One sentence for each undecidable statement of the configured policies.
pub(super) fn statements(config: &Config) -> Vec<String> {
    let is_knowable = wiring::is_knowable(config);
    let mut sentences = Vec::new();
    for source in config.policies() {
        let policy = source.policy();
        for found in policy.undecidable(&*is_knowable) {
            let sid = found.statement.sid().map(|sid| format!(" (\"{sid}\")")).unwrap_or_default();
            let (name, position) = (source.name(), policy.position(found.statement.place()));
            sentences.push(format!("{name}: {position}: statement {}{sid} {}", found.index + 1, found.sentence()));
        }
    }
    sentences
}

/// These sentences, and one for each finding of the linter and for each line of `[context]` that has no effect.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = statements(config);
    let lint = lint::in_force(wiring::is_knowable(config));
    for source in config.policies() {
        warnings.extend(lint(source.policy()).iter().map(|sentence| format!("{}: {sentence}", source.name())));
    }
    let without_effect = config.context.keys().filter(|key| is_read_elsewhere(key));
    warnings.extend(
        without_effect.map(|key| {
            format!("[context] \"{key}\" changes nothing: it is read from each request, or no request has it")
        }),
    );
    warnings
}

/// Whether the value or absence of a key does not depend on `[context]`.
fn is_read_elsewhere(key: &str) -> bool {
    match global_key(key).map(|known| known.source) {
        Some(Source::Request | Source::Constant(_) | Source::Absent) => true,
        Some(Source::Resource) => key == "aws:resourceaccount",
        Some(
            Source::Direct(_)
            | Source::Caller
            | Source::Session
            | Source::Endpoint
            | Source::AbsentThroughEndpoint
            | Source::NotKnown,
        )
        | None => false,
    }
}
