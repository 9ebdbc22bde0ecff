//! How long a policy may be, for the commands that read one without a configuration.

use std::{fs, path::Path};

use crate::cli::{Run, rds_guard};

const VARIABLE: &str = "RDS_GUARD_POLICY_OPTIONS__MAX_CHARACTERS";

/// A policy of exactly this many characters, one of which has two bytes.
fn policy(characters: usize) -> String {
    let text = |padding: usize| {
        format!(
            r#"{{"Id":"é{}","Statement":{{"Effect":"Allow","Principal":"*","Action":"rds:DescribeDBInstances","Resource":"*"}}}}"#,
            "x".repeat(padding)
        )
    };
    let text = text(characters - text(0).chars().count());
    assert_eq!((text.chars().count(), text.len()), (characters, characters + 1));
    text
}

/// The commands, each with a policy in `policy.json` that it has nothing to say against.
const COMMANDS: [&[&str]; 3] = [
    &["check", "--policy", "policy.json", "--action", "rds:DescribeDBInstances"],
    &["replay", "--policy", "policy.json", "audit.jsonl"],
    &["lint", "policy.json"],
];

fn run(folder: &Path, command: &[&str], further: &[&str], variables: &[(&str, &str)]) -> Run {
    let arguments: Vec<&str> = command.iter().chain(further).copied().collect();
    rds_guard(folder, &arguments, variables)
}

#[test]
fn a_policy_up_to_the_limit_is_read_and_one_beyond_it_is_refused_with_both_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let record = r#"{"schema":1,"time":"2026-11-24T10:00:00.000Z","kind":"rds","mode":"enforce","decision":"allow","enforced":true,"reason":"allowed","action":"rds:DescribeDBInstances","resources":["arn:aws:rds:eu-west-1:123456789012:db:*"],"principal":{"arn":"arn:aws:iam::123456789012:user/ann","account":"123456789012","access_key_id":"AKIAIOSFODNN7EXAMPLE","trust":"known"},"region":"eu-west-1","parameters":[]}"#;
    fs::write(folder.path().join("audit.jsonl"), format!("{record}\n")).unwrap();
    for (limit, flags, variables) in [
        (20_480, vec![], vec![]),
        (300, vec!["--max-characters", "300"], vec![]),
        (30_000, vec!["--max-characters", "30000"], vec![]),
        (300, vec![], vec![(VARIABLE, "300")]),
        // The flag is stronger.
        (400, vec!["--max-characters", "400"], vec![(VARIABLE, "300")]),
        (400, vec!["--max-characters", "400"], vec![(VARIABLE, "many")]),
    ] {
        for command in COMMANDS {
            fs::write(folder.path().join("policy.json"), policy(limit)).unwrap();
            let within = run(folder.path(), command, &flags, &variables);
            assert!(!within.stderr.contains("characters"), "{command:?} {flags:?}\n{}", within.stderr);
            assert_eq!(within.code, 0, "{command:?} {flags:?}\n{}{}", within.stdout, within.stderr);
            fs::write(folder.path().join("policy.json"), policy(limit + 1)).unwrap();
            let beyond = run(folder.path(), command, &flags, &variables);
            // To `lint` a policy that is too long is a finding.
            let code = if command[0] == "lint" { 1 } else { 2 };
            assert_eq!(beyond.code, code, "{command:?} {flags:?}\n{}{}", beyond.stdout, beyond.stderr);
            let told = beyond.stdout + &beyond.stderr;
            for number in [limit, limit + 1] {
                assert!(told.contains(&number.to_string()), "{command:?} {number}\n{told}");
            }
        }
    }
}

#[test]
fn a_limit_that_is_no_number_from_one_on_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), policy(300)).unwrap();
    fs::write(folder.path().join("audit.jsonl"), "").unwrap();
    for command in COMMANDS {
        for value in ["0", "-1", "many", "", "1.5", "20kB", "99999999999999999999999"] {
            let flag = format!("--max-characters={value}");
            let by_flag = run(folder.path(), command, &[&flag], &[]);
            assert_eq!(by_flag.code, 2, "{command:?} {value:?}\n{}", by_flag.stderr);
            assert!(by_flag.stderr.contains("--max-characters"), "{command:?} {value:?}\n{}", by_flag.stderr);
            let by_variable = run(folder.path(), command, &[], &[(VARIABLE, value)]);
            assert_eq!(by_variable.code, 2, "{command:?} {value:?}\n{}", by_variable.stderr);
            let told = format!("{VARIABLE}: `{value}` is not a number of characters");
            assert!(by_variable.stderr.contains(&told), "{command:?} {value:?}\n{}", by_variable.stderr);
        }
    }
}
