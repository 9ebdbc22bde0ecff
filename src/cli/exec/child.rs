//! The command as a process: starts it, waits for it, and interprets its exit status.

use std::{ffi::OsString, fs::OpenOptions, io, os::fd::OwnedFd, path::Path, process::Command};

use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, kill_process, pidfd_open, pidfd_send_signal, wait,
};

use super::Passing;
use crate::cli::{Exit, Failure};

/// The running command.
pub(super) struct Child {
    pid: Pid,
    /// Identifies the process even after it has ended and its process id may have been reused. `None` on kernels
    /// before 5.3.
    handle: Option<OwnedFd>,
}

impl Child {
    /// Starts the command in this process group, so that the terminal's signals and job control reach it, with
    /// exactly these variables.
    ///
    /// # Errors
    /// Exit code 127 if it is not found, 126 if it cannot be executed.
    pub(super) fn spawn(command: &[OsString], variables: &[(OsString, OsString)]) -> Result<Self, Failure> {
        let [program, arguments @ ..] = command else {
            return Err(Failure::wrong("there is no command").next("name it after `--`"));
        };
        let spawned = Command::new(program).args(arguments).env_clear().envs(variables.iter().cloned()).spawn();
        let child = spawned.map_err(|error| refused(program, &error))?;
        let number = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = number.ok_or_else(|| Failure::world("the command has no process id"))?;
        let_go_of_standard_streams();
        Ok(Self { pid, handle: pidfd_open(pid, PidfdFlags::empty()).ok() })
    }

    /// Passes signals on until the command has ended; returns the exit code for how it ended.
    ///
    /// # Errors
    /// The system does not let this process wait for its own child.
    pub(super) fn wait(self, passing: Passing) -> Result<u8, Failure> {
        let pid = self.pid;
        let handle = passing.to(self)?;
        let code = loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((ended, status))) if ended == pid => break exit_code(status),
                // As process 1 of a container, this process inherits orphans and has to reap them.
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    return Err(Failure::world(format!("cannot wait for the command: {}", io::Error::from(error))));
                }
            }
        };
        handle.close();
        Ok(code)
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends the command a signal. Has no effect if it has already ended.
    pub(super) fn send(&self, signal: Signal) {
        let _ = match &self.handle {
            Some(handle) => pidfd_send_signal(handle, signal),
            None => kill_process(self.pid, signal),
        };
    }
}

/// The exit code as shells define it: 128 plus the number of a signal.
fn exit_code(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Closes the standard streams, which belong to the command: a reader of its output sees the end when the command
/// closes it, and a writer to its input sees when it is no longer read.
fn let_go_of_standard_streams() {
    let Ok(nothing) = OpenOptions::new().read(true).write(true).open("/dev/null") else { return };
    let _ = rustix::stdio::dup2_stdin(&nothing);
    let _ = rustix::stdio::dup2_stdout(&nothing);
}

/// Why the command was not started, with the exit codes that shells and `env` use.
fn refused(program: &OsString, error: &io::Error) -> Failure {
    let name = program.display();
    let is_path = Path::new(program).components().count() > 1;
    if error.kind() != io::ErrorKind::NotFound {
        let problem = Failure::world(format!("`{name}` cannot be executed: {error}"));
        return problem.with_exit(Exit::Command(126)).next("is it a program for this machine, with `chmod +x` done?");
    }
    let (problem, advice) = match is_path {
        true if Path::new(program).exists() => (
            format!("`{name}` cannot be started: the interpreter that it names is not found"),
            "look at its first line, `#!…`, and install what it names",
        ),
        true => (format!("`{name}` is not found"), "check the path, which starts from the working directory"),
        false => (
            format!("`{name}` is not found in any folder of PATH"),
            "install it, or name it by its path; what stands after `--` is one program and its arguments, not a shell \
             line",
        ),
    };
    Failure::world(problem).with_exit(Exit::Command(127)).next(advice)
}
