//! `demo --serve` as someone uses it who pastes its variables.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use super::{CALLS, interrupt, javascript, make, venv};
use crate::support::guard::alone;

/// The variables that are promised, in their order.
const VARIABLES: [&str; 7] = [
    "HTTPS_PROXY",
    "AWS_CA_BUNDLE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "NODE_EXTRA_CA_CERTS",
];

#[test]
fn a_client_with_the_pasted_variables_works_and_its_decisions_are_shown() {
    let Some(venv) = venv::ready() else { return };
    let mut demo = Demo::serve();
    let variables = demo.variables();
    let bundle = variables.get("AWS_CA_BUNDLE").cloned().expect("a file");
    assert!(Path::new(&bundle).exists());

    let mut boto3 = Command::new(venv.join("bin/python"));
    boto3.arg(CALLS).env_clear().envs(&variables).env("HOME", env!("CARGO_TARGET_TMPDIR"));
    make(&["the_first_example_of_aws_holds"], boto3);

    let begins = [
        "allow rds:CreateDBInstance on arn:aws:rds:us-east-1:123456789012:",
        "allow rds:ModifyDBInstance on arn:aws:rds:us-east-1:123456789012:",
        "allow rds:CreateDBSnapshot on arn:aws:rds:us-east-1:123456789012:",
        "deny  rds:DeleteDBInstance on arn:aws:rds:us-east-1:123456789012:",
        "deny  rds:DescribeDBInstances on arn:aws:rds:us-east-1:123456789012:",
    ];
    for begin in begins {
        demo.expect_decision(begin);
    }
    demo.end();
    assert!(!Path::new(&bundle).exists(), "the directory is still there");
}

#[test]
fn the_lines_for_three_clients_work_as_they_are_printed() {
    let (Some(venv), Some(modules)) = (venv::ready(), javascript::modules()) else { return };
    let mut demo = Demo::serve();
    let variables = demo.variables();
    let hints = demo.hints();
    let run = |mut command: Command| {
        let output = command.env_clear().envs(&variables).env("HOME", env!("CARGO_TARGET_TMPDIR")).output();
        let output = output.expect("the client starts");
        let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (output.status.success(), out + &err)
    };

    let [create, delete, ..] = hints.get("AWS CLI").expect("lines").split(" aws ").collect::<Vec<_>>()[..] else {
        panic!("{hints:?}")
    };
    for (line, good, words) in [(create, true, "\"DBInstanceIdentifier\": \"mine\""), (delete, false, "AccessDenied")] {
        let line = line.strip_prefix("aws ").unwrap_or(line);
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{} {line}", venv.join("bin/aws").display())]);
        let (succeeded, told) = run(shell);
        assert!(succeeded == good && told.contains(words), "{line}: {told}");
    }

    let mut python = Command::new(venv.join("bin/python"));
    python.args(["-c", &format!("import boto3; print({})", hints.get("boto3").expect("a line"))]);
    let (succeeded, told) = run(python);
    assert!(succeeded && told.contains("mine-1"), "{told}");

    let script = format!(
        "import {{ RDSClient, ModifyDBInstanceCommand, StopDBInstanceCommand }} from '@aws-sdk/client-rds';
         import {{ NodeHttpHandler }} from '@smithy/node-http-handler';
         import {{ HttpsProxyAgent }} from 'https-proxy-agent';
         const client = {};
         const id = {{ DBInstanceIdentifier: 'mine' }};
         const {{ DBInstance }} = await client.send(new ModifyDBInstanceCommand({{ ...id, MultiAZ: true }}));
         console.log(DBInstance.MultiAZ);
         await client.send(new StopDBInstanceCommand(id)).catch((error) => console.log(error.name));
         process.exit(0);",
        hints.get("JavaScript").expect("lines"),
    );
    let mut node = Command::new(which("node"));
    node.current_dir(modules).args(["--input-type=module", "-e", &script]);
    let (succeeded, told) = run(node);
    assert!(succeeded && told.contains("true\nAccessDenied"), "{told}");

    for begin in ["allow rds:CreateDBInstance", "deny  rds:DeleteDBInstance", "allow rds:CreateDBSnapshot"] {
        demo.expect_decision(begin);
    }
    for begin in ["allow rds:ModifyDBInstance", "deny  rds:StopDBInstance"] {
        demo.expect_decision(begin);
    }
    demo.end();
}

/// Where a program is: its environment will have no PATH.
fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|found| found.exists()).expect("a program")
}

/// The program as it serves.
struct Demo {
    child: Child,
    output: std::io::Lines<BufReader<ChildStdout>>,
}

impl Demo {
    fn serve() -> Self {
        let mut demo = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
        alone(demo.args(["demo", "--serve"]));
        let mut child = demo.stdout(Stdio::piped()).spawn().expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, output }
    }

    /// The variables, as promised and in their order.
    fn variables(&mut self) -> BTreeMap<&'static str, String> {
        let read = |name| {
            let line = self.line();
            let (key, value) = line.split_once('=').expect("KEY=VALUE");
            assert_eq!(key, name);
            (name, value.to_owned())
        };
        VARIABLES.map(read).into()
    }

    /// What is to be tried, by client: the lines of each, joined.
    fn hints(&mut self) -> BTreeMap<String, String> {
        let mut hints: BTreeMap<String, String> = BTreeMap::new();
        let mut client = String::new();
        loop {
            let line = self.line();
            let line = line.strip_prefix("# ").expect("a comment");
            if line.starts_with("Decisions") {
                return hints;
            }
            // Names of clients stand in a column of their own.
            let Some((name, text)) = line.strip_prefix("  ").and_then(|line| line.split_at_checked(12)) else {
                continue;
            };
            if !name.trim().is_empty() {
                name.trim().clone_into(&mut client);
            }
            let hint = hints.entry(client.clone()).or_default();
            hint.push_str(text.trim().trim_end_matches('\\'));
            hint.push(' ');
        }
    }

    /// Waits for the next decision on a call, and asserts how it begins behind the time of day.
    fn expect_decision(&mut self, begin: &str) {
        let line = loop {
            let line = self.line();
            if line.contains(" rds:") && !line.starts_with('#') {
                break line;
            }
        };
        let (clock, rest) = line.split_once(' ').expect("two words");
        assert_eq!(clock.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>(), "00:00:00");
        assert!(rest.starts_with(begin), "{line} instead of {begin}");
    }

    fn line(&mut self) -> String {
        self.output.next().expect("another line").expect("text")
    }

    fn end(&mut self) {
        interrupt(&self.child);
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            interrupt(&self.child);
            drop(self.child.wait());
        }
    }
}
