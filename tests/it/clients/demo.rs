//! `demo --serve` as someone uses it who pastes its variables.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use super::{CALLS, interrupt, make, venv};

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
    let mut variables = BTreeMap::new();
    for name in VARIABLES {
        let line = demo.line();
        let (key, value) = line.split_once('=').expect("KEY=VALUE");
        assert_eq!(key, name);
        variables.insert(name, value.to_owned());
    }
    let bundle = variables.get("AWS_CA_BUNDLE").cloned().expect("a file");
    assert!(Path::new(&bundle).exists());

    let mut boto3 = Command::new(venv.join("bin/python"));
    boto3.arg(CALLS).env_clear().envs(&variables).env("HOME", env!("CARGO_TARGET_TMPDIR"));
    make(&["the_first_example_of_aws_holds"], boto3);

    let lines: Vec<String> =
        std::iter::repeat_with(|| demo.line()).filter(|line| line.contains(" rds:")).take(5).collect();
    let begins = [
        "allow rds:CreateDBInstance on arn:aws:rds:us-east-1:123456789012:",
        "allow rds:ModifyDBInstance on arn:aws:rds:us-east-1:123456789012:",
        "allow rds:CreateDBSnapshot on arn:aws:rds:us-east-1:123456789012:",
        "deny  rds:DeleteDBInstance on arn:aws:rds:us-east-1:123456789012:",
        "deny  rds:DescribeDBInstances on arn:aws:rds:us-east-1:123456789012:",
    ];
    for (line, begin) in lines.iter().zip(begins) {
        // The time of day comes first.
        let (clock, rest) = line.split_once(' ').expect("two words");
        assert_eq!(clock.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>(), "00:00:00");
        assert!(rest.starts_with(begin), "{line} instead of {begin}");
    }
    demo.end();
    assert!(!Path::new(&bundle).exists(), "the directory is still there");
}

/// The program as it serves.
struct Demo {
    child: Child,
    output: std::io::Lines<BufReader<ChildStdout>>,
}

impl Demo {
    fn serve() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rds-guard"))
            .args(["demo", "--serve"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, output }
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
