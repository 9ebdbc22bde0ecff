//! A Python environment of the tests' own, made once under target/ and used again while its requirements are the same.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::tools::{self, PYTHON};

/// What tests install, all of it pinned.
const REQUIREMENTS: [&str; 3] =
    ["tests/clients/requirements.txt", "tests/deploy/requirements.txt", "tests/page/requirements.txt"];

const UV: &str = "uv==0.13.9";

/// What many tests start: compiled once here, since many of them may not write beside it.
const STARTED: &str = "import awscli.clidriver, boto3, kubernetes_validate, moto.rds.models, moto.server; \
                       boto3.client('rds', region_name='us-east-1')";

/// The environment, or `None` where the client tests are not wanted or Python is missing.
///
/// # Panics
/// Where pip cannot fetch what it names.
#[track_caller]
pub(crate) fn ready() -> Option<PathBuf> {
    if !(tools::clients_wanted() && tools::available(&[&PYTHON])) {
        return None;
    }
    let read = |name| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("it is shipped");
    let wanted = REQUIREMENTS.map(read).concat();
    let venv = tools::target().join("clients");
    // Tests of one run, and of two runs at once, wait here for the one that builds.
    let lock = File::create(tools::target().join("clients.lock")).expect("target/ can be written");
    lock.lock().expect("files can be locked");
    let built = venv.join("built-from.txt");
    if fs::read_to_string(&built).is_ok_and(|text| text == wanted) {
        return Some(venv);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv).expect("target/ can be written");
    }
    build(&venv);
    fs::write(&built, wanted).expect("target/ can be written");
    Some(venv)
}

fn build(venv: &Path) {
    run(Command::new("python3").args(["-m", "venv"]).arg(venv), "`python3 -m venv` fails");
    // Where uv can be had and reaches the index, it takes a tenth of pip's time.
    let mut uv = Command::new(venv.join("bin/uv"));
    uv.args(["pip", "install", "--native-tls", "--python"]).arg(venv);
    if !(succeeds(pip(venv).arg(UV)) && succeeds(add(&mut uv))) {
        let remedy = "the client tests need a Python package index that pip can reach, or RDS_GUARD_SKIP_CLIENTS=1";
        run(add(&mut pip(venv)), remedy);
    }
    let mut python = Command::new(venv.join("bin/python"));
    python.env_remove("PYTHONDONTWRITEBYTECODE").args(["-c", STARTED]);
    run(&mut python, "what pip installed cannot be imported");
}

/// What is never imported need not be compiled.
fn pip(venv: &Path) -> Command {
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--disable-pip-version-check", "--no-compile"]);
    pip
}

/// Adds what is to be installed, and nothing that it depends on.
fn add(command: &mut Command) -> &mut Command {
    command.args(["--quiet", "--no-deps"]);
    for requirements in REQUIREMENTS {
        command.arg("-r").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements));
    }
    command
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Runs a command silently; what it printed is shown when it fails.
pub(crate) fn run(command: &mut Command, remedy: &str) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{remedy}\n{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{remedy} ({error})"),
    }
}
