//! The matrix of clients: each makes the same calls through the program, and what is seen stands in docs/clients.md.
//!
//! `RDS_GUARD_WRITE_CLIENTS=1 cargo test --test it clients::matrix` writes the page anew; without the variable the same tests
//! hold that the page says what they see, versions apart.

mod clients;
mod commands;
mod direct;
mod page;
mod programs;

use std::{net::SocketAddr, path::PathBuf, process::Command};

use serde_json::Value;

use super::{bare_client, guard_with, make, sandbox};
use crate::support::guard::Guard;

/// How a client comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By CONNECT.
    Proxy,
    /// By name: the service's name leads to the proxy.
    Direct,
}

/// A client: what it needs, and what it does differently from others.
struct Client {
    /// What its section is called.
    name: &'static str,
    /// What `rds-guard env --for` calls it.
    env: &'static str,
    way: Way,
    /// Finds it, or says why it is not tried.
    find: fn() -> Option<Program>,
    /// The variables by which it finds its way. `{proxy}`, `{host}` and `{port}` stand for the proxy's address.
    way_variables: &'static [(&'static str, &'static str)],
    /// The variables by which it trusts the authority, which is all that its negative check takes away. `{ca}`,
    /// `{bundle}` and `{truststore}` stand for files.
    trust_variables: &'static [(&'static str, &'static str)],
    /// What must stand in its code: a language, a program, and the label of the lines there.
    code: Option<(&'static str, &'static str, &'static str)>,
    /// How a denial is told from other errors.
    denial: &'static str,
    /// What it says where it does not trust the authority.
    distrust: &'static str,
    /// On how many connections it makes the three calls to one host.
    connections: Connections,
    /// What one should know.
    pitfall: &'static str,
}

/// Whether calls share connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connections {
    /// One is kept.
    Kept,
    /// Each call has its own.
    OneEach,
}

/// A client as it is found on this machine.
struct Program {
    /// The program with its first arguments.
    command: Vec<PathBuf>,
    /// How it is asked to make calls.
    asked: Asked,
}

/// A client that reads no proxy variable, for tests beside the matrix.
pub(crate) struct Unproxied {
    pub(crate) name: &'static str,
    /// A program that takes the names of checks and prints their outcome, with its first arguments.
    pub(crate) command: Vec<String>,
    /// By which it trusts what is published in a folder.
    pub(crate) trust: Vec<(&'static str, String)>,
}

/// The clients of JavaScript and Java that read no proxy variable, as far as they are on this machine.
pub(crate) fn unproxied(folder: &str) -> Vec<Unproxied> {
    let text = |path: PathBuf| path.into_os_string().into_string().expect("a path in UTF-8");
    let found = [clients::JAVASCRIPT_DIRECT, clients::JAVA_URL_CONNECTION_DIRECT].into_iter().filter_map(|client| {
        let command = (client.find)()?.command.into_iter().map(text).collect();
        let value = |value: &str| page::shipped(value).replace("/var/lib/rds-guard", folder);
        let trust = client.trust_variables.iter().map(|(name, text)| (*name, value(text))).collect();
        Some(Unproxied { name: client.name, command, trust })
    });
    found.collect()
}

/// How a client is asked to make calls.
#[derive(Clone, Copy)]
enum Asked {
    /// A program of ours that takes the names of checks and prints their outcome.
    Checks,
    /// A program for people: how to make one check with it.
    ByHand(fn(&dyn Fn() -> Command, &str) -> Value),
}

/// What was seen of a client.
struct Seen {
    version: String,
    denial_code: String,
}

/// What `denied_call` is answered, word for word.
const DENIAL: &str = "User: access key AKIA...MPLE of account 123456789012 is not authorized to perform: \
    rds:StopDBInstance on resource: arn:aws:rds:us-east-1:123456789012:db:orders with an explicit deny in a VPC \
    endpoint policy (statement \"NeverStop\") [rds-guard]";

/// Tries a client that comes in by CONNECT, and holds the page against what is seen.
fn by_proxy(client: &Client) {
    let Some(program) = (client.find)() else { return };
    let seen = client.try_out(&program, &[]);
    page::hold(client, &seen);
}

impl Client {
    /// Tries a client whose names lead to the proxy already; it is there, or this says why not.
    fn by_name(&self, arguments: &[&str]) {
        let Some(program) = (self.find)() else { return };
        let seen = self.try_out(&program, arguments);
        page::hold(self, &seen);
    }

    /// Holds that the program itself says what the page says.
    fn hold_env(&self) {
        let mut env = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
        env.env_clear().args(["env", "--for", self.env, "--shell", "dotenv", "--ca-dir", "/var/lib/rds-guard"]);
        let printed = String::from_utf8(env.output().expect("the program runs").stdout).expect("text");
        for (name, value) in self.trust_variables {
            let line = printed.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap_or_default();
            let value = page::shipped(value);
            let missing: Vec<_> =
                value.split(' ').filter(|word| !line.split(' ').any(|found| found == *word)).collect();
            assert!(missing.is_empty(), "{}: {missing:?} not in {printed}", self.name);
        }
    }

    /// Fetches or builds what it needs.
    fn prepare(&self) {
        drop((self.find)());
    }

    /// Makes the calls to one host with nothing set but whom it trusts, and where `means` lead it: to the first direct
    /// listener.
    fn by_other_means(&self, arguments: &[&str], means: impl Fn(SocketAddr) -> Vec<(&'static str, String)>) {
        let Some(program) = (self.find)() else { return };
        let sandbox = sandbox();
        let guard = guard_with(&sandbox, arguments);
        let means = means(guard.direct[0]);
        let means: Vec<_> = means.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let locale = [("LANG", "C.UTF-8")];
        let variables = [&locale[..], self.trust_variables, means.as_slice()];
        let made = self.make(&program, &guard, &variables, &["allowed_call", "denied_call"]);
        assert_eq!(made[0], "arn:aws:rds:us-east-1:123456789012:db:orders");
        assert_eq!(made[1]["message"], DENIAL);
        assert_eq!((sandbox.count("CreateDBInstance"), sandbox.count("StopDBInstance")), (1, 0));
    }

    /// Makes all calls, and holds what every client has in common.
    fn try_out(&self, program: &Program, arguments: &[&str]) -> Seen {
        let sandbox = sandbox();
        let guard = guard_with(&sandbox, arguments);
        let calls = ["version", "allowed_call", "denied_call", "large_answer"];
        let made = self.make(program, &guard, &[self.way_variables, self.trust_variables], &calls);
        let [version, allowed, denied, large] = &made[..] else { panic!("{made:?}") };
        assert_eq!(allowed, "arn:aws:rds:us-east-1:123456789012:db:orders");
        assert_eq!(denied["message"], DENIAL, "the whole message is shown");
        assert_eq!(denied["type"], self.denial);
        assert_eq!(large, 100);
        let untrusted = self.make(program, &guard, &[self.way_variables], &["untrusted_call"]);
        let words = untrusted[0]["message"].as_str().unwrap_or_default();
        assert!(words.contains(self.distrust), "{untrusted:?}");

        // What was allowed arrived with its signature good, and nothing else did.
        let arrivals: Vec<_> = sandbox.arrivals();
        assert!(arrivals.len() == 3 && arrivals.iter().all(|arrival| arrival.verified.is_some()), "{arrivals:?}");
        self.hold_records(&guard.into_records());
        Seen {
            version: version.as_str().unwrap_or_default().to_owned(),
            denial_code: denied["code"].as_str().unwrap_or_default().to_owned(),
        }
    }

    fn hold_records(&self, records: &[Value]) {
        let count = |wanted: &dyn Fn(&Value) -> bool| records.iter().filter(|record| wanted(record)).count();
        let action = |action: &str| count(&|record| record["action"] == action);
        assert_eq!(action("rds:StopDBInstance"), 1, "a denial is not tried again");
        assert_eq!(count(&|record| record["kind"] == "rds"), 4);
        let large = records.iter().find(|record| record["region"] == "eu-west-1" && record["kind"] == "rds");
        let length = large.and_then(|record| record["bytes_out"].as_u64());
        assert!(length.is_some_and(|length| length > 5_000_000), "{large:?}");
        let connections = |decision: &str| {
            let near = |record: &Value| record["kind"] == "connection" && record["host"].as_str().is_some_and(is_near);
            count(&|record| near(record) && record["decision"] == decision)
        };
        let expected = match self.connections {
            // Go puts a connection back beside the call that used it, so the next call may come before and open another.
            Connections::Kept => 1..=2,
            Connections::OneEach => 3..=3,
        };
        assert!(expected.contains(&connections("allow")), "{records:#?}");
        assert!(connections("deny") >= 1, "who does not trust the authority is on record: {records:#?}");
    }

    fn make(&self, program: &Program, guard: &Guard, variables: &[&[(&str, &str)]], checks: &[&str]) -> Vec<Value> {
        let command = || {
            let [first, rest @ ..] = &program.command[..] else { panic!("a command") };
            let mut command = bare_client(first);
            command.args(rest);
            if checks == ["untrusted_call"] {
                // A second try at a handshake tells nothing more, and takes seconds. Denials are tried as by default.
                command.env("AWS_MAX_ATTEMPTS", "1");
            }
            for (name, value) in merged(variables) {
                command.env(name, in_place(&value, guard));
            }
            command
        };
        match program.asked {
            Asked::Checks => make(checks, command()),
            Asked::ByHand(ask) => checks.iter().map(|check| ask(&command, check)).collect(),
        }
    }
}

fn is_near(host: &str) -> bool {
    host == "rds.us-east-1.amazonaws.com" || host == "rds.amazonaws.com"
}

/// Variables of several kinds; what has the same name stands in one, since Java has one for everything.
fn merged(variables: &[&[(&str, &str)]]) -> Vec<(String, String)> {
    let mut merged: Vec<(String, String)> = Vec::new();
    for (name, value) in variables.iter().copied().flatten() {
        match merged.iter_mut().find(|(found, _)| found == name) {
            Some((_, found)) => *found = format!("{found} {value}"),
            None => merged.push(((*name).to_owned(), (*value).to_owned())),
        }
    }
    merged
}

fn in_place(value: &str, guard: &Guard) -> String {
    value
        .replace("{proxy}", &format!("http://{}", guard.proxy))
        .replace("{host}", &guard.proxy.ip().to_string())
        .replace("{port}", &guard.proxy.port().to_string())
        .replace("{ca}", &guard.published("ca.pem").display().to_string())
        .replace("{bundle}", &guard.bundle().display().to_string())
        .replace("{truststore}", &guard.published("truststore.p12").display().to_string())
}
