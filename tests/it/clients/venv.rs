//! A Python environment of the tests' own, made once under target/ and used again while its requirements are the same.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Once,
};

/// Whether the client tests are to be skipped; says so.
pub(crate) fn skipped() -> bool {
    static SAID: Once = Once::new();
    let skipped = std::env::var_os("RDS_GUARD_SKIP_CLIENTS").is_some_and(|value| value == "1");
    if skipped {
        SAID.call_once(|| say("skipped: RDS_GUARD_SKIP_CLIENTS=1, so no real client is tried"));
    }
    skipped
}

/// Says something that is seen also when the test succeeds: the test harness holds back what is printed by macro.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error can be written");
}

/// The environment, or `None` when the client tests are to be skipped.
///
/// # Panics
/// Where there is no Python, saying in one line what to install.
pub(crate) fn ready() -> Option<PathBuf> {
    made("clients", "tests/clients/requirements.txt")
}

/// An environment of this name under target/ that holds what a file of the project names.
///
/// # Panics
/// As [`ready`].
pub(crate) fn made(name: &str, requirements: &str) -> Option<PathBuf> {
    if skipped() {
        return None;
    }
    let wanted = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements)).expect("it is shipped");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in target/");
    let venv = target.join(name);
    // Tests of one run, and of two runs at once, wait here for the one that builds.
    let lock = File::create(target.join(format!("{name}.lock"))).expect("target/ can be written");
    lock.lock().expect("files can be locked");
    let built = venv.join("built-from.txt");
    if fs::read_to_string(&built).is_ok_and(|text| text == wanted) {
        return Some(venv);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv).expect("target/ can be written");
    }
    build(&venv, requirements);
    fs::write(&built, wanted).expect("target/ can be written");
    Some(venv)
}

fn build(venv: &Path, requirements: &str) {
    run(
        Command::new("python3").args(["-m", "venv"]).arg(venv),
        "the client tests need Python 3.10 or later with venv: install python3 and python3-venv, or set \
         RDS_GUARD_SKIP_CLIENTS=1",
    );
    run(
        Command::new(venv.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements)),
        "the client tests need a Python package index that pip can reach, or RDS_GUARD_SKIP_CLIENTS=1",
    );
}

/// Runs a command silently; what it printed is shown when it fails.
pub(crate) fn run(command: &mut Command, remedy: &str) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{remedy}\n{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{remedy} ({error})"),
    }
}
