//! Signals that other processes send to it reach the command, which decides what they mean.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{exec, leftovers};
use crate::support::{
    guard::alone,
    tools::{self, PYTHON},
};

/// Prints each signal's number as it comes, and ends at SIGTERM with 40.
const LISTENER: &str = "\
import os, signal, sys
def heard(number, frame):
    os.write(1, b'%d\\n' % number)
    if number == signal.SIGTERM: sys.exit(40)
for one in (1, 2, 3, 10, 12, 15, 28): signal.signal(one, heard)
os.write(1, b'ready\\n')
while True: signal.pause()
";

fn start(wrapped: &[&str], folder: &std::path::Path) -> (Child, std::io::Lines<BufReader<ChildStdout>>) {
    let mut command = exec(folder);
    command.arg("--").args(wrapped).args(["python3", "-c", LISTENER]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    (child, lines)
}

fn send(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn each_signal_reaches_the_command_once_and_only_the_command_ends_by_it() {
    if !tools::available(&[&PYTHON]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut lines) = start(&[], folder.path());
    let signals =
        [Signal::INT, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2, Signal::WINCH, Signal::INT, Signal::TERM];
    for signal in signals {
        send(&child, signal);
        assert_eq!(lines.next().unwrap().unwrap(), signal.as_raw().to_string());
    }
    assert!(lines.next().is_none(), "one came twice");
    assert_eq!(child.wait().unwrap().code(), Some(40));
    assert_eq!(leftovers(folder.path()), 0);
}

#[test]
fn a_command_that_a_signal_ends_is_told_by_128_and_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = exec(folder.path());
    command.args(["--", "sh", "-c", "echo ready; exec tail -f /dev/null"]).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    send(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn what_was_ignored_from_the_start_stays_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let guard = env!("CARGO_BIN_EXE_rds-guard");
    let mut shell = std::process::Command::new("sh");
    // As `nohup` does it.
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh", guard, "exec", "--", "sh", "-c"]);
    alone(shell.arg("echo ready; read line; exit 7")).current_dir(folder.path());
    let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    send(&child, Signal::HUP);
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(7));
}
