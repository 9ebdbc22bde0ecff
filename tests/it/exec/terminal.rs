//! On a terminal: Ctrl-C, Ctrl-Z and `fg`, a shell with job control behind the proxy, and the line that sums up.

use std::process::Command;

use crate::support::{
    guard::alone,
    tools::{self, PYTHON},
};

/// A terminal with somebody at it.
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/terminal.py");

fn at_a_terminal(scene: &str) {
    if !tools::available(&[&PYTHON]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Whoever started these tests may ignore signals, as a shell does for what it runs in the background.
    let mut env = Command::new("env");
    env.args(["--default-signal=HUP,INT,QUIT", "python3", DRIVER, env!("CARGO_BIN_EXE_rds-guard"), scene]);
    let output = alone(&mut env).current_dir(folder.path()).env("TMPDIR", folder.path()).output().unwrap();
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success(), "{told}");
}

#[test]
fn ctrl_c_reaches_the_command_once_and_leaves_the_proxy_up() {
    at_a_terminal("interrupt");
}

#[test]
fn ctrl_z_stops_and_fg_continues() {
    at_a_terminal("suspend");
}

#[test]
fn a_shell_with_job_control_works_behind_the_proxy() {
    at_a_terminal("shell");
}

#[test]
fn a_change_of_size_reaches_the_command_once() {
    at_a_terminal("resize");
}

#[test]
fn a_line_at_the_end_sums_up_what_was_judged() {
    at_a_terminal("summary");
}
