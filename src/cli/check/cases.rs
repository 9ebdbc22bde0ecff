//! `check --cases`: reads one JSON case per line, prints one answer per line, in order.

use std::path::Path;

use crate::{
    cli::{Exit, Failure, output, progress::Progress},
    policy::{Limits, cases},
};

/// Evaluates every line of a file. Blank lines are skipped.
pub(super) fn run(path: &Path) -> Result<Exit, Failure> {
    let text = super::read(path, "name a file of cases, one JSON object a line")?;
    let shown = Progress::begin("judging the cases");
    let mut answers = String::new();
    let mut all_judged = true;
    for line in text.split(|byte| *byte == b'\n') {
        let answer = match std::str::from_utf8(line) {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => cases::judge_given(line, &Limits::NONE),
            Err(_) => cases::Answer { line: NOT_UNICODE.to_owned(), judged: false },
        };
        all_judged &= answer.judged;
        answers.push_str(&answer.line);
        answers.push('\n');
    }
    drop(shown);
    output::print(&answers)?;
    Ok(if all_judged { Exit::Good } else { Exit::Wrong })
}

const NOT_UNICODE: &str = r#"{"id":null,"error":"the line is not UTF-8"}"#;
