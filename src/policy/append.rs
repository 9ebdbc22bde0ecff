//! Appends statements to a policy's text without changing the existing text.

use super::Policy;
use super::json::{self, Value};

impl Policy {
    /// The text of this policy with statements, each given as JSON, after its own. Nothing else in the text changes;
    /// the new statements are indented like its first one.
    #[must_use]
    pub fn text_with(&self, statements: &[String]) -> String {
        let text = self.text();
        let list = json::parse(text).ok().and_then(|document| document.member("Statement").cloned());
        let Some(list) = list.filter(|_| !statements.is_empty()) else { return text.to_owned() };
        let nodes = list.as_list();
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return text.to_owned() };
        let cut = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let line = cut(0, first.start).rsplit('\n').next().unwrap_or_default();
        let own_line = line.trim().is_empty() && cut(0, first.start).contains('\n');
        let added: String = statements
            .iter()
            .map(
                |statement| {
                    if own_line { format!(",\n{}", laid_out(statement, line)) } else { format!(",{statement}") }
                },
            )
            .collect();
        match list.value {
            Value::Array(_) => format!("{}{added}{}", cut(0, last.end), cut(last.end, text.len())),
            // A single statement becomes the first of a list.
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                format!("{}[{}{added}]{}", cut(0, first.start), cut(first.start, first.end), cut(first.end, text.len()))
            }
        }
    }
}

/// A statement formatted over several lines, each prefixed with `indent`.
fn laid_out(statement: &str, indent: &str) -> String {
    let Ok(policy) =
        Policy::parse(&format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statement}}}"), &super::Limits::NONE)
    else {
        return format!("{indent}{statement}");
    };
    let own = policy.statements().first().and_then(|own| serde_json::to_string_pretty(own).ok());
    let lines = own.unwrap_or_else(|| statement.to_owned());
    lines.lines().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}
