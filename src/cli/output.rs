//! Standard output and error: a reader that goes away ends the printing, not the program.

use std::io::{self, ErrorKind, Write};

use clap::ValueEnum;

use super::Failure;

/// The form of what a command prints: for people, or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// Prints to standard output.
///
/// # Errors
/// When it cannot be written for another reason than that nobody reads on.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    unless_unread(written)
}

/// The result of writing to standard output, good also where nobody reads on.
///
/// # Errors
/// Every other reason.
pub(super) fn unless_unread(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::world(format!("cannot write to standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints to standard error, as far as that can be written: there is nowhere else to complain.
pub(super) fn complain(text: &str) {
    let mut stderr = io::stderr().lock();
    let _unread = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
