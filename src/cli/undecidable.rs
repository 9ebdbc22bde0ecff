//! Statements that nothing configured can ever decide, with the line of configuration that would, and what else the linter
//! says of statements that do nothing of what they say.

use super::{lint, wiring};
use crate::config::Config;

/// One sentence for each such statement of the configured policies.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let is_knowable = wiring::is_knowable(config);
    let mut warnings = Vec::new();
    for source in config.policies() {
        for found in source.policy().undecidable(&*is_knowable) {
            let sid = found.statement.sid().map(|sid| format!(" (\"{sid}\")")).unwrap_or_default();
            let lines: Vec<String> = found.keys.iter().map(|key| format!("\"{key}\" = \"…\"")).collect();
            warnings.push(format!(
                "{}: {}: statement {}{sid} {}: {} cannot be known here; in [context], {} would decide it",
                source.name(),
                source.policy().position(found.statement.place()),
                found.index + 1,
                found.consequence(),
                found.keys.join(", "),
                lines.join(" and ")
            ));
        }
    }
    let lint = lint::in_force(is_knowable);
    for source in config.policies() {
        warnings.extend(lint(source.policy()).iter().map(|sentence| format!("{}: {sentence}", source.name())));
    }
    warnings
}
