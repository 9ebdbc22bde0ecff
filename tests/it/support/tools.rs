//! The programs and permissions that some tests need from the machine: the only place that looks for them.
//!
//! A test checks them here before it starts. What is missing is noted for the summary at the end of `cargo test`
//! (`tests/not_run.rs`), and the test returns; with `RDS_GUARD_TEST_ALL=1` it fails, naming what is missing and how
//! to get it. `scripts/test-tools` installs all of the programs.

use std::{
    io::Write as _,
    panic::Location,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::notes::{self, Note};

const SCRIPT: &str = "`scripts/test-tools` installs them";

/// Where Debian's packages of Go are.
pub(crate) const GO_PATH: &str = "/usr/share/gocode";

/// Something that tests need and a machine may not have.
pub(crate) struct Tool {
    /// Its name in the summary.
    name: &'static str,
    is_here: fn() -> bool,
    /// What to do if it is missing.
    remedy: &'static str,
    found: OnceLock<bool>,
}

impl Tool {
    const fn installed(name: &'static str, is_here: fn() -> bool) -> Self {
        Self { name, is_here, remedy: SCRIPT, found: OnceLock::new() }
    }

    /// A permission, which cannot be installed.
    const fn granted(name: &'static str, is_here: fn() -> bool, remedy: &'static str) -> Self {
        Self { name, is_here, remedy, found: OnceLock::new() }
    }

    fn is_here(&self) -> bool {
        *self.found.get_or_init(self.is_here)
    }
}

pub(crate) static BASH: Tool = Tool::installed("bash", || answers("bash", &["--version"]));
pub(crate) static CC: Tool = Tool::installed("cc", || answers("cc", &["--version"]));
pub(crate) static CURL: Tool =
    Tool::installed("curl 7.75", || prints("curl", &["--help", "all"]).contains("--aws-sigv4"));
pub(crate) static GO: Tool = Tool::installed("go", || {
    let sdk = Path::new(GO_PATH).join("src/github.com/aws/aws-sdk-go-v2/service/rds");
    answers("go", &["version"]) && sdk.exists()
});
pub(crate) static IPTABLES: Tool = Tool::installed("iptables", || answers("iptables", &["--version"]));
pub(crate) static JAVA: Tool =
    Tool::installed("java", || answers("java", &["-version"]) && answers("javac", &["-version"]));
pub(crate) static JQ: Tool = Tool::installed("jq", || answers("jq", &["--version"]));
pub(crate) static KEYTOOL: Tool = Tool::installed("keytool", || answers("keytool", &["-help"]));
pub(crate) static NFT: Tool = Tool::installed("nft", || answers("nft", &["--version"]));
pub(crate) static NODE: Tool =
    Tool::installed("node", || answers("node", &["--version"]) && answers("npm", &["--version"]));
pub(crate) static NODE_24: Tool = Tool::installed("node 24", || node_24().is_some());
pub(crate) static OPENSSL: Tool = Tool::installed("openssl", || answers("openssl", &["version"]));
pub(crate) static PYTHON: Tool = Tool::installed("python3 with venv", || {
    answers("python3", &["-c", "import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 10))"])
});
pub(crate) static RUBY: Tool = Tool::installed("ruby", || answers("ruby", &["-e", "require 'aws-sdk-core'"]));
pub(crate) static RUST_CLIENT: Tool = Tool::installed("the client in Rust", || rust_client().exists());
pub(crate) static TERRAFORM: Tool = Tool::installed("terraform", || answers("terraform", &["version"]));

/// The package of Linux's own programs for namespaces and networks.
pub(crate) static UTIL_LINUX: Tool = Tool::installed("util-linux", || {
    ["unshare", "nsenter", "setpriv", "mount"].iter().all(|program| answers(program, &["--version"]))
});
pub(crate) static IP: Tool = Tool::installed("ip", || answers("ip", &["-Version"]));

pub(crate) static ROOT: Tool = Tool::granted(
    "root",
    || rustix::process::geteuid().is_root(),
    "run the tests as root for those that act as two users",
);
/// Network namespaces, for root and for a user, and the programs for them.
pub(crate) static NAMESPACES: Tool = Tool::granted(
    "network namespaces",
    || answers("unshare", &["--net", "--mount", "--", "sh", "-c", "ip link set lo up && mount -t tmpfs none /mnt"]),
    "run the tests as root where the kernel permits namespaces",
);
pub(crate) static USER_NAMESPACES: Tool = Tool::granted(
    "user namespaces",
    || {
        answers(
            "unshare",
            &["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"],
        )
    },
    "run the tests where the kernel permits user namespaces",
);

/// All tools that are programs.
const PROGRAMS: [&Tool; 18] = [
    &BASH,
    &CC,
    &CURL,
    &GO,
    &IP,
    &IPTABLES,
    &JAVA,
    &JQ,
    &KEYTOOL,
    &NFT,
    &NODE,
    &NODE_24,
    &OPENSSL,
    &PYTHON,
    &RUBY,
    &RUST_CLIENT,
    &TERRAFORM,
    &UTIL_LINUX,
];

/// Returns whether a test can run: whether all of these are available.
///
/// # Panics
/// If one is missing and every test must run.
#[track_caller]
pub(crate) fn available(tools: &[&Tool]) -> bool {
    available_for("", tools)
}

/// Like [`available`], for a named part of a test.
///
/// # Panics
/// As [`available`].
#[track_caller]
pub(crate) fn available_for(part: &str, tools: &[&Tool]) -> bool {
    let missing = tools.iter().find(|tool| !tool.is_here());
    if let Some(tool) = missing {
        missing_in(part, tool.name, tool.remedy);
    }
    missing.is_none()
}

/// Notes that this machine does not permit something that a test needs, and why.
///
/// # Panics
/// As [`available`].
#[track_caller]
pub(crate) fn not_permitted(what: &str, why: &str) {
    missing_in("", what, &format!("run the tests as root where the kernel permits them ({why})"));
}

/// Returns whether tests with real clients are enabled.
///
/// # Panics
/// If they are not, although every test must run.
#[track_caller]
pub(crate) fn clients_wanted() -> bool {
    let left_out = is_set("RDS_GUARD_SKIP_CLIENTS");
    if left_out {
        missing_in("", "real clients", "RDS_GUARD_SKIP_CLIENTS=1 leaves them out");
    }
    !left_out
}

#[track_caller]
fn missing_in(part: &str, missing: &str, remedy: &str) {
    let place = Location::caller();
    let thread = std::thread::current();
    // Each test has its own thread, which has the test's name.
    let test = thread.name().filter(|name| name.contains("::")).map_or_else(|| place.file().to_owned(), str::to_owned);
    let named = if part.is_empty() { test.clone() } else { format!("{test} ({part})") };
    let note = Note { test, part: part.to_owned(), missing: missing.to_owned(), remedy: remedy.to_owned() };
    note.write().expect("target/ can be written");
    if is_set("RDS_GUARD_TEST_ALL") {
        panic!("{named} needs {missing}: {remedy}");
    }
    // Not with a macro: the test harness captures that output if a test succeeds.
    writeln!(std::io::stderr(), "not run: {named} (missing: {missing})").expect("standard error can be written");
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value == "1")
}

fn answers(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

fn prints(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8(output).unwrap_or_default()
}

/// target/, where tests keep what they download and build once.
pub(crate) fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in target/")
}

/// The tool for a command, if it needs one.
pub(crate) fn named(program: &str) -> Option<&'static Tool> {
    let tool = match program {
        "curl" => &CURL,
        "go" => &GO,
        "iptables" => &IPTABLES,
        "java" | "javac" => &JAVA,
        "jq" => &JQ,
        "node" | "npm" => &NODE,
        "nft" => &NFT,
        "openssl" => &OPENSSL,
        "ruby" => &RUBY,
        "terraform" => &TERRAFORM,
        _ => return None,
    };
    Some(tool)
}

/// The tool that loads the rules of a dialect.
pub(crate) fn firewall(dialect: &str) -> &'static Tool {
    if dialect == "nft" { &NFT } else { &IPTABLES }
}

/// Node 24: `node` itself, or the one that `scripts/test-tools` downloaded.
pub(crate) fn node_24() -> Option<PathBuf> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let fetched = target().join(format!("clients-node24/node_modules/node-linux-{architecture}/bin/node"));
    let is_24 = |node: &PathBuf| {
        let version = prints(node, &["--version"]);
        let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
        major.is_some_and(|major| major >= 24)
    };
    [PathBuf::from("node"), fetched].into_iter().find(is_24)
}

/// The client in Rust, which `scripts/test-tools` builds.
pub(crate) fn rust_client() -> PathBuf {
    target().join("clients-rust/debug/rds-guard-rust-client")
}

#[test]
fn the_script_installs_every_program_that_tests_need() {
    let script = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/test-tools")).unwrap();
    for tool in PROGRAMS {
        let line = format!("{}|", tool.name);
        let is_its = |found: &str| found.trim_start_matches("# ").starts_with(&line);
        assert!(script.lines().any(is_its), "scripts/test-tools has no line `{line}`");
        assert_eq!(tool.remedy, SCRIPT, "{}", tool.name);
    }
}

#[test]
fn the_summary_counts_each_test_once_and_says_what_is_missing_where() {
    let note = |test: &str, part: &str, missing: &str| Note {
        test: test.to_owned(),
        part: part.to_owned(),
        missing: missing.to_owned(),
        remedy: SCRIPT.to_owned(),
    };
    assert_eq!(notes::summary(&[].into()), None);
    let whole = [note("a::b", "", "nft")];
    let told = notes::summary(&whole.clone().into()).unwrap();
    assert_eq!(told, format!("not run: 1 test (missing: nft); {SCRIPT}\n  nft: a::b\n"));
    // A test that does not run at all is not also counted by its parts.
    let [whole] = whole;
    let some = [whole, note("a::b", "rules", "iptables"), note("c::d", "Go", "go"), note("c::e", "Go", "go")];
    assert_eq!(
        notes::summary(&some.into()).unwrap(),
        format!(
            "not run: 1 test, and parts of 2 tests (missing: go, iptables, nft); {SCRIPT}\n  \
             go: c::d (Go), c::e (Go)\n  iptables: a::b (rules)\n  nft: a::b\n"
        )
    );
}
