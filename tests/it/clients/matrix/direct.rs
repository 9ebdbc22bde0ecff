//! Clients that read no proxy variable, led to the direct listener by name: each with nothing set but whom it trusts.
//!
//! Names are overridden in a namespace of this test's own, with a hosts file of its own, and the proxy listens on port
//! 443 there, on 127.0.0.1 and on ::1. Nobody needs to be root for that, but not every kernel permits it. The other
//! test leads names and port by means of each client, on any port, everywhere.

use std::{fs, process::Command};

use super::{
    Client,
    clients::{
        AWS_CLI, BOTO3, CURL, GO, JAVA_HTTP_CLIENT_DIRECT, JAVA_URL_CONNECTION_DIRECT, JAVASCRIPT_DIRECT, RUBY_DIRECT,
        RUST,
    },
};
use crate::support::{
    notes,
    tools::{self, IP, USER_NAMESPACES, UTIL_LINUX},
};

const BOTH: [&str; 4] = ["--listen-direct", "127.0.0.1:443", "--listen-direct", "[::1]:443"];

/// Clients that read no proxy variable.
const BY_NAME: [Client; 4] = [JAVASCRIPT_DIRECT, JAVA_URL_CONNECTION_DIRECT, JAVA_HTTP_CLIENT_DIRECT, RUBY_DIRECT];

/// Clients that read proxy variables, and come in by name where none is set.
const BY_EITHER: [Client; 5] = [BOTO3, AWS_CLI, RUST, GO, CURL];

/// The names that lead to the proxy.
const NAMES: &str = "rds.us-east-1.amazonaws.com rds.eu-west-1.amazonaws.com rds.amazonaws.com";

/// Set by the test that makes the namespace.
const INSIDE: &str = "INSIDE_A_NAMESPACE";

/// Has Node connect to an address and a port of our choice.
const OVERRIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/js/override.mjs");

#[test]
fn clients_that_read_no_proxy_variable_come_in_by_name_in_a_namespace() {
    if !(tools::clients_wanted() && tools::available(&[&UTIL_LINUX, &IP, &USER_NAMESPACES])) {
        return;
    }
    // There is no network in there: what is fetched for a client is fetched before.
    for client in BY_NAME.iter().chain(&BY_EITHER) {
        client.prepare();
    }
    let test = std::env::current_exe().expect("this program");
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "--net", "--"])
        .arg(test)
        .env(INSIDE, "1")
        // What is missing was noted above.
        .env(notes::FILE, "/dev/null")
        .args([
            "--exact",
            "clients::matrix::direct::inside_the_namespace",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .output()
        .expect("unshare runs");
    let shown = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

#[test]
#[ignore = "the test before it runs it, in a namespace"]
fn inside_the_namespace() {
    // Elsewhere it would lay its hosts file over the machine's.
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let up = Command::new("ip").args(["link", "set", "lo", "up"]).status();
    assert!(up.is_ok_and(|status| status.success()));
    let folder = tempfile::tempdir().expect("a directory");
    let hosts = folder.path().join("hosts");
    let lead = |address: &str| fs::write(&hosts, format!("127.0.0.1 localhost\n{address} {NAMES}\n")).expect("a file");
    lead("127.0.0.1");
    let bound = Command::new("mount").arg("--bind").arg(&hosts).arg("/etc/hosts").status();
    assert!(bound.is_ok_and(|status| status.success()));
    for client in &BY_NAME {
        client.by_name(&BOTH);
    }
    lead("::1");
    for client in BY_NAME.iter().chain(&BY_EITHER) {
        client.by_other_means(&["--listen-direct", "[::1]:443"], |_| Vec::new());
    }
}

#[test]
fn where_names_cannot_be_overridden_clients_lead_themselves_to_another_port() {
    if !tools::clients_wanted() {
        return;
    }
    let folder = tempfile::tempdir().expect("a directory");
    let hosts = folder.path().join("hosts");
    for listen in ["127.0.0.1:0", "[::1]:0"] {
        let arguments = ["--listen-direct", listen];
        JAVASCRIPT_DIRECT.by_other_means(&arguments, |address| {
            vec![("OVERRIDE", address.to_string()), ("NODE_OPTIONS", format!("--import={OVERRIDE}"))]
        });
        for client in [JAVA_URL_CONNECTION_DIRECT, JAVA_HTTP_CLIENT_DIRECT] {
            client.by_other_means(&arguments, |address| {
                fs::write(&hosts, format!("{} {NAMES}\n", address.ip())).expect("a file");
                let names = format!("-Djdk.net.hosts.file={}", hosts.display());
                let header = "-Dsun.net.http.allowRestrictedHeaders=true -Djdk.httpclient.allowRestrictedHeaders=host";
                vec![("JAVA_TOOL_OPTIONS", format!("{names} -Dport={} {header}", address.port()))]
            });
        }
    }
}
