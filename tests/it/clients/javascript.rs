//! The AWS SDK for JavaScript, version 3, told of the proxy by an agent: what is its own beside the matrix.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use super::{client, guard_before, make, sandbox, venv};
use crate::support::tools::{self, NODE};

const FILES: [(&str, &str); 4] = [
    ("package.json", include_str!("../../clients/js/package.json")),
    ("package-lock.json", include_str!("../../clients/js/package-lock.json")),
    ("calls.mjs", include_str!("../../clients/js/calls.mjs")),
    ("broker.mjs", include_str!("../../clients/js/broker.mjs")),
];

#[test]
fn pages_and_session_tokens_of_the_javascript_sdk_pass_the_proxy() {
    let Some(modules) = modules() else { return };
    let sandbox = sandbox();
    let guard = guard_before(&sandbox);
    let checks = ["pages_come_one_after_the_other", "a_session_token_is_passed_on"];
    let mut node = client(Path::new("node"), &guard);
    node.arg(modules.join("calls.mjs")).env("NODE_EXTRA_CA_CERTS", guard.bundle());
    make(&checks, node);
    assert!(sandbox.arrivals().iter().all(|arrival| arrival.verified.is_some()));
    let records = guard.into_records();
    assert_eq!(records.iter().filter(|record| record["kind"] == "rds").count(), 4);
}

/// The SDK under target/, installed once; `None` where the client tests are not wanted or Node is missing.
#[track_caller]
pub(crate) fn modules() -> Option<PathBuf> {
    if !(tools::clients_wanted() && tools::available(&[&NODE])) {
        return None;
    }
    let target = tools::target();
    let folder = target.join("clients-js");
    let lock = File::create(target.join("clients-js.lock")).expect("target/ can be written");
    lock.lock().expect("files can be locked");
    let current = |(name, text): &(&str, &str)| fs::read_to_string(folder.join(name)).is_ok_and(|found| found == *text);
    let installed = folder.join("node_modules/.package-lock.json").exists();
    if !(installed && FILES.iter().all(current)) {
        fs::create_dir_all(&folder).expect("target/ can be written");
        for (name, text) in FILES {
            fs::write(folder.join(name), text).expect("target/ can be written");
        }
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        venv::run(&mut npm, "the client tests need a registry that npm can reach, or RDS_GUARD_SKIP_CLIENTS=1");
    }
    Some(folder)
}
