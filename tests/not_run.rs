//! The closing summary of `cargo test`: which tests did not run, or not whole, and what was missing.
//!
//! It is the last test target by name, so that cargo runs it after `it`, and has no test harness, whose output of a
//! passing test is not shown. With `RDS_GUARD_TEST_ALL=1` it fails where anything did not run.

#[path = "it/support/notes.rs"]
mod notes;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};

use notes::Note;

fn main() -> ExitCode {
    // nextest and IDEs ask for the tests in here, of which there are none.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let notes = notes::take();
    let Some(summary) = summary(&notes) else { return ExitCode::SUCCESS };
    eprint!("\n{summary}\n");
    if std::env::var_os("RDS_GUARD_TEST_ALL").is_some_and(|value| value == "1") {
        eprintln!("RDS_GUARD_TEST_ALL=1: every test must run\n");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// One line that says how much is missing, and a line for each thing that is.
fn summary(notes: &BTreeSet<Note>) -> Option<String> {
    let whole: BTreeSet<&str> = notes.iter().filter(|note| note.part.is_empty()).map(|note| &*note.test).collect();
    let all: BTreeSet<&str> = notes.iter().map(|note| &*note.test).collect();
    let missing: BTreeSet<&str> = notes.iter().map(|note| &*note.missing).collect();
    if missing.is_empty() {
        return None;
    }
    let tests = |count: usize| if count == 1 { "1 test".to_owned() } else { format!("{count} tests") };
    let in_part = all.len() - whole.len();
    let counts = match (whole.len(), in_part) {
        (whole, 0) => tests(whole),
        (0, in_part) => format!("parts of {}", tests(in_part)),
        (whole, in_part) => format!("{}, and parts of {}", tests(whole), tests(in_part)),
    };
    let names: Vec<&str> = missing.into_iter().collect();
    let remedies: BTreeSet<&str> = notes.iter().map(|note| &*note.remedy).collect();
    let remedies: Vec<&str> = remedies.into_iter().collect();
    let mut text = format!("not run: {counts} (missing: {}); {}\n", names.join(", "), remedies.join("; "));
    let mut by_missing: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for note in notes {
        let test = if note.part.is_empty() { note.test.clone() } else { format!("{} ({})", note.test, note.part) };
        by_missing.entry(&note.missing).or_default().insert(test);
    }
    for (missing, tests) in by_missing {
        let tests: Vec<String> = tests.into_iter().collect();
        text.push_str(&format!("  {missing}: {}\n", tests.join(", ")));
    }
    Some(text)
}
