//! Standard output and error. A closed pipe ends the printing, not the program.

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
/// Standard output cannot be written, for any reason except that its reader has closed the pipe.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    unless_unread(written)
}

/// The result of writing to standard output, where a closed pipe counts as success.
///
/// # Errors
/// Any other error.
pub(super) fn unless_unread(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::world(format!("cannot write to standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Prints to standard error. Errors are ignored, since there is nowhere else to report them.
pub(super) fn complain(text: &str) {
    let mut stderr = io::stderr().lock();
    let _unread = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
