//! Where the clients are on this machine: found, fetched or built once under target/, or noted as missing.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use super::{Asked, Program, commands};
use crate::{
    clients::{CALLS, javascript, venv},
    support::tools::{self, CURL, GO, GO_PATH, JAVA, NODE_24, RUBY, RUST_CLIENT, Tool, target},
};

/// The programs, in which the lines of the page stand.
pub(super) const JAVASCRIPT: &str = include_str!("../../../clients/js/calls.mjs");
pub(super) const RUST: &str = include_str!("../../../clients/rust/src/main.rs");

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

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

/// The same on Node 24.
pub(super) fn javascript_on_node_24() -> Option<Program> {
    wanted("Node 24", &NODE_24)?;
    Some(checks([tools::node_24()?, javascript::modules()?.join("calls.mjs")]))
}

pub(super) fn rust() -> Option<Program> {
    wanted("the AWS SDK for Rust", &RUST_CLIENT)?;
    Some(checks([tools::rust_client()]))
}

pub(super) fn go() -> Option<Program> {
    wanted("the AWS SDK for Go", &GO)?;
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
    wanted("Java", &JAVA)?;
    let folder = built("clients-java", &Path::new(SOURCES).join("java/Calls.java"), |source, folder| {
        let mut javac = Command::new("javac");
        javac.args(["-encoding", "UTF-8", "-d"]).arg(folder).arg(source);
        venv::run(&mut javac, "the client in Java cannot be compiled");
    });
    Some(checks(["java".into(), "-XX:TieredStopAtLevel=1".into(), "-cp".into(), folder, "Calls".into(), client.into()]))
}

pub(super) fn curl() -> Option<Program> {
    wanted("curl", &CURL)?;
    Some(Program { command: vec!["curl".into()], asked: Asked::ByHand(commands::curl) })
}

pub(super) fn ruby() -> Option<Program> {
    wanted("the AWS SDK for Ruby", &RUBY)?;
    Some(checks(["ruby".into(), Path::new(SOURCES).join("ruby/calls.rb")]))
}

fn checks(command: impl IntoIterator<Item = PathBuf>) -> Program {
    Program { command: command.into_iter().collect(), asked: Asked::Checks }
}

/// `None` where a client is not wanted or not here. It is a part of the tests that try several.
fn wanted(client: &str, tool: &Tool) -> Option<()> {
    let alone = std::thread::current().name().is_some_and(|test| test.starts_with("clients::matrix::clients::"));
    let part = if alone { "" } else { client };
    (tools::clients_wanted() && tools::available_for(part, &[tool])).then_some(())
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
