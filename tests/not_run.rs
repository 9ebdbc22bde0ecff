//! The closing summary of `cargo test`: which tests did not run, or not whole, and what was missing.
//!
//! It is the last test target by name, so that cargo runs it after `it`, and has no test harness, whose output of a
//! passing test is not shown. With `RDS_GUARD_TEST_ALL=1` it fails where anything did not run.

#[path = "it/support/notes.rs"]
mod notes;

use std::process::ExitCode;

fn main() -> ExitCode {
    // nextest and IDEs ask for the tests in here, of which there are none.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let notes = notes::take();
    let Some(summary) = notes::summary(&notes) else { return ExitCode::SUCCESS };
    eprint!("\n{summary}\n");
    if std::env::var_os("RDS_GUARD_TEST_ALL").is_some_and(|value| value == "1") {
        eprintln!("RDS_GUARD_TEST_ALL=1: every test must run\n");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
