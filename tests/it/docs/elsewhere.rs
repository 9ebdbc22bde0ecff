//! What no test can run as it stands, why, and what is run in its place.

use std::fs;

use super::pages::root;
use crate::support::tools::{self, CURL, JAVA, NODE, Tool};

/// Commands, by how they begin: why they are not run, and what is.
const INSTEAD: [(&str, &str, &str); 10] = [
    (".ci/run", "it runs these tests", "bash -n .ci/run"),
    (
        "python3 tests/data/rds/derive.py",
        "its sources are other projects' data, which are not kept here",
        "python3 -c \"import ast; ast.parse(open('tests/data/rds/derive.py').read())\"",
    ),
    ("git diff tests/data/rds", "the tests may run where there is no repository", "test -d tests/data/rds"),
    (
        "rds-guard sync --",
        "it asks EC2 for an endpoint of an account; tests/it/sync.rs does so at moto's",
        "rds-guard sync --help",
    ),
    ("scripts/build-static", "it builds for minutes, for musl", "bash -n scripts/build-static"),
    ("scripts/test-tools", "it installs on the machine, and builds for minutes", "bash -n scripts/test-tools"),
    ("scripts/try-no-dialing", "it runs these tests", "bash -n scripts/try-no-dialing"),
    ("scripts/try-reproducible", "it builds for minutes, twice", "bash -n scripts/try-reproducible"),
    (
        "scripts/sbom",
        "it needs a tool that is built first, and the image's binary",
        "python3 -c \"import ast; ast.parse(open('scripts/sbom').read())\"",
    ),
    (
        "scripts/try-static",
        "it needs the image's binary, which takes minutes to build, and root",
        "python3 -c \"import ast; ast.parse(open('scripts/try-static').read())\"",
    ),
];

/// Programs that a script of the same name in tests/docs/bin stands in for: why, and what the script does.
const STAND_INS: [(&str, &str); 9] = [
    ("apt-get", "installs on the machine; the script holds that each package has a name that Debian takes"),
    ("aws", "calls AWS; the script runs the AWS CLI, with moto for ECS and EC2, and is the task where one would run"),
    ("cargo", "builds for minutes and waits for its own lock; the script holds that targets and filters are there"),
    ("docker", "needs an engine; the script runs what the container would run, and looks for the Dockerfile"),
    ("helm", "install and upgrade need a cluster; the script renders with helm and holds it against the schemas"),
    ("kubectl", "needs a cluster; the script builds kustomizations with kubectl and holds them against the schemas"),
    ("nft", "changes the machine's firewall; the script lets nft check the rules in a namespace where it can"),
    ("npm", "fetches packages; the script holds that the package is one that the tests fetch"),
    (
        "rds-guard",
        "has no endpoints to go to; the script runs the program and says where the sandbox is that stands for them",
    ),
];

/// What is run for a command.
pub(super) fn instead(command: &str) -> String {
    let found = INSTEAD.iter().find(|(begin, _, _)| command.starts_with(begin));
    found.map_or_else(|| command.to_owned(), |(_, _, instead)| (*instead).to_owned())
}

/// The programs of a command that a machine may lack: without them a page is run as far as it goes. All others must be
/// there.
pub(super) fn needed(command: &str) -> Vec<&'static Tool> {
    let command = command.replace(" -- ", "|").replace("&&", "|").replace(';', "|");
    let called = |part: &str| part.split_whitespace().find(|word| !word.contains('=')).and_then(tools::named);
    // What stands in for a program is there.
    let stands_in = |part: &&str| STAND_INS.iter().any(|(name, _)| part.split_whitespace().next() == Some(name));
    command.split('|').filter(|part| !stands_in(part)).filter_map(called).collect()
}

#[test]
fn every_stand_in_has_a_reason_and_says_what_it_does() {
    let mut scripts: Vec<String> = fs::read_dir(root().join("tests/docs/bin"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    scripts.sort();
    assert_eq!(scripts, STAND_INS.map(|(name, _)| name));
    for script in scripts {
        let text = fs::read_to_string(root().join("tests/docs/bin").join(&script)).unwrap();
        let second = text.lines().nth(1).unwrap_or_default();
        assert!(second.starts_with(&format!("# {script}: ")), "{script}: {second}");
    }
}

#[test]
fn programs_are_found_in_a_command() {
    let needs = |command: &str, tools: &[&Tool]| {
        let found = needed(command);
        assert!(found.len() == tools.len() && found.iter().zip(tools).all(|(a, b)| std::ptr::eq(*a, *b)), "{command}");
    };
    needs("A=1 rds-guard exec --policy x -- node app.js", &[&NODE]);
    needs("export A=1", &[]);
    needs("curl x | java", &[&CURL, &JAVA]);
    needs("curl --data node", &[&CURL]);
    needs("rds-guard firewall --print nft | nft -f -", &[]);
}
