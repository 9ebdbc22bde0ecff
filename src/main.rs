//! The `rds-guard` program: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use rds_guard::cli::{self, Arguments, Environment, Exit};

/// musl's own allocator gives a block of some kilobytes back to the kernel as soon as it is free, and asks for it anew.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => {
            // Help and version are answers for standard output, everything else is a mistake; nobody may be reading.
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
