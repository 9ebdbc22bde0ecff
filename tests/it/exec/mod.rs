//! `rds-guard exec`: a command behind a proxy of its own, as its user meets it.

mod clients;
mod ends;
mod signals;
mod terminal;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use rds_guard::sandbox::{Key, Sandbox, SandboxSettings, SecretAccessKey};
use serde_json::Value;
use tempfile::TempDir;

const ENDPOINT: &str = "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com";
const KEY: (&str, &str) = ("AKIARZPUZDIKAEXAMPLE", "a secret of the sandbox");

/// Reads are allowed, and nothing else.
const POLICY: &str = r#"{"Statement": [{"Sid": "Read", "Effect": "Allow", "Principal": "*", "Resource": "*",
    "Action": "rds:Describe*"}]}"#;

/// A service, and a folder to run commands in.
struct Stage {
    sandbox: Sandbox,
    folder: TempDir,
}

impl Stage {
    fn set() -> Self {
        let key = Key {
            access_key_id: KEY.0.parse().unwrap(),
            secret_access_key: SecretAccessKey::new(KEY.1),
            session_token: None,
            account: "123456789012".parse().unwrap(),
        };
        let sandbox = Sandbox::start(SandboxSettings { keys: vec![key], ..SandboxSettings::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("policy.json"), POLICY).unwrap();
        fs::write(folder.path().join("upstream.pem"), sandbox.ca_pem()).unwrap();
        Self { sandbox, folder }
    }

    /// `rds-guard exec` in front of the service, with these arguments after its own; the command follows `--`.
    fn exec(&self, arguments: &[&str]) -> Command {
        let address = self.sandbox.address();
        let mut command = exec(self.folder.path());
        command
            .args(["--policy", "policy.json", "--upstream-ca", "upstream.pem"])
            .args(["--endpoint", &format!("us-east-1={ENDPOINT}")])
            .args(["--resolve", &format!("{ENDPOINT}:443:{}:{}", address.ip(), address.port())])
            .args(arguments);
        command
    }

    /// The records of calls in a file of the folder.
    fn calls(&self, file: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join(file)).unwrap();
        let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
        records.filter(|record: &Value| record["kind"] == "rds").collect()
    }
}

/// `rds-guard exec` in a folder, with a temporary directory of its own there and credentials of the sandbox.
fn exec(folder: &Path) -> Command {
    let temporary = folder.join("tmp");
    fs::create_dir_all(&temporary).unwrap();
    // Whoever started these tests may ignore signals, as a shell does for what it runs in the background.
    let mut command = Command::new("env");
    command
        .args(["--default-signal=HUP,INT,QUIT", env!("CARGO_BIN_EXE_rds-guard"), "exec"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("TMPDIR", temporary)
        .env("AWS_ACCESS_KEY_ID", KEY.0)
        .env("AWS_SECRET_ACCESS_KEY", KEY.1)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("RDS_GUARD_IDENTITY__OWN_CREDENTIALS", "false")
        .stdin(Stdio::null());
    command
}

/// How a command ended: its code, and what it wrote.
fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// What is left in the temporary directory of a folder's commands.
fn leftovers(folder: &Path) -> usize {
    fs::read_dir(folder.join("tmp")).unwrap().count()
}
