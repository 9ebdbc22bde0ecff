//! The `rds-guard` program: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use rds_guard::cli::{self, Arguments, Environment, Exit};

/// musl's own allocator returns a block of some kilobytes to the kernel as soon as it is freed, and then requests it
/// again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => {
            // Help and version go to standard output, everything else is a usage error. A failed write is ignored:
            // the reader may be gone.
            let _unread = answer.print();
            return if answer.use_stderr() { Exit::Wrong.into() } else { Exit::Good.into() };
        }
    };
    match cli::dispatch(arguments, &Environment::new(std::env::vars_os())) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            cli::report(&failure);
            failure.exit().into()
        }
    }
}
