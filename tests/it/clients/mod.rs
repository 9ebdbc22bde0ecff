//! Real clients through the real program: what a service sees when rds-guard stands in its way.
#![allow(clippy::disallowed_methods, reason = "what a client printed is shown, not forwarded")]

mod aws_cli;
mod boto3;
mod broker;
mod demo;
pub(crate) mod javascript;
mod learned;
pub(crate) mod matrix;
mod sandbox;
pub(crate) mod venv;

use std::{path::Path, process::Command};

use serde_json::Value;

use rds_guard::sandbox::{Key, Sandbox, SandboxSettings, SecretAccessKey, Seed, SessionToken};

use crate::support::guard::{Endpoint, Guard, interrupt};

/// The endpoints that the proxy is told of.
const NEAR: &str = "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com";
const FAR: &str = "vpce-0fedcba9876543210-dcba4321.rds.eu-west-1.vpce.amazonaws.com";

/// Reads, creates, modifies and tags; never stops; deleting is nowhere allowed.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Work", "Effect": "Allow", "Principal": "*", "Resource": "*",
     "Action": ["rds:Describe*", "rds:Create*", "rds:ModifyDBInstance", "rds:AddTagsToResource",
                "rds:ListTagsForResource"]},
    {"Sid": "NeverStop", "Effect": "Deny", "Principal": "*", "Resource": "*", "Action": "rds:StopDBInstance"}
]}"#;

/// Keys whose ids carry account 123456789012, as AWS makes them now.
const LASTING: (&str, &str) = ("AKIARZPUZDIKAEXAMPLE", "secret/of+the=client tests");
const TEMPORARY: (&str, &str) = ("ASIARZPUZDIKAEXAMPLE", "another secret");
const TOKEN: &str = "IQoJb3JpZ2luX2VjE+token/of=the//tests==";

/// The calls of boto3 as a program.
const CALLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/boto3_calls.py");

#[test]
#[ignore = "for scripts that run the other tests without a network"]
fn what_tests_fetch_is_here() {
    assert!(venv::ready().is_some() && javascript::modules().is_some());
}

fn keys() -> Vec<Key> {
    let key = |(id, secret): (&str, &str), session_token| Key {
        access_key_id: id.parse().expect("well formed"),
        secret_access_key: SecretAccessKey::new(secret),
        session_token,
        account: "123456789012".parse().expect("twelve digits"),
    };
    vec![key(LASTING, None), key(TEMPORARY, Some(SessionToken::new(TOKEN)))]
}

fn sandbox() -> Sandbox {
    let seed = |region: &str, count, tag_bytes| Seed {
        account: "123456789012".into(),
        region: region.into(),
        prefix: "seed".into(),
        count,
        tag_bytes,
    };
    let seeds = vec![seed("us-east-1", 45, 0), seed("eu-west-1", 100, 60_000)];
    Sandbox::start(SandboxSettings { keys: keys(), seeds, ..SandboxSettings::default() }).expect("a sandbox")
}

fn guard_before(sandbox: &Sandbox) -> Guard {
    guard_with(sandbox, &[])
}

/// The same with further arguments.
fn guard_with(sandbox: &Sandbox, arguments: &[&str]) -> Guard {
    let address = sandbox.address();
    let endpoints =
        [Endpoint { region: "us-east-1", dns: NEAR, address }, Endpoint { region: "eu-west-1", dns: FAR, address }];
    Guard::start_with(POLICY, &endpoints, sandbox.ca_pem(), arguments)
}

/// A program of the environment behind the proxy.
fn client(program: &Path, guard: &Guard) -> Command {
    let mut command = bare_client(program);
    command.env("HTTPS_PROXY", format!("http://{}", guard.proxy)).env("AWS_CA_BUNDLE", guard.bundle());
    command
}

/// A program of the environment with nothing in its own environment but credentials and a region.
fn bare_client(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("AWS_ACCESS_KEY_ID", LASTING.0)
        .env("AWS_SECRET_ACCESS_KEY", LASTING.1)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("TEMPORARY_ACCESS_KEY_ID", TEMPORARY.0)
        .env("TEMPORARY_SECRET_ACCESS_KEY", TEMPORARY.1)
        .env("TEMPORARY_SESSION_TOKEN", TOKEN);
    command
}

/// Makes the checks and fails with all that went wrong; each must have been made. Gives what each found.
fn make(checks: &[&str], mut program: Command) -> Vec<Value> {
    let output = program.args(checks).output().expect("the program runs");
    let (lines, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let made: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let failed: Vec<_> = made.iter().filter(|check| check["ok"] != true).map(Value::to_string).collect();
    assert!(failed.is_empty() && output.status.success(), "{}\n{errors}", failed.join("\n"));
    let names: Vec<_> = made.iter().filter_map(|check| check["check"].as_str()).collect();
    assert_eq!(names, checks);
    made.iter().map(|check| check["detail"].clone()).collect()
}
