//! Where the configuration of the program comes from, and what it says when it is wrong; the documentation of its keys.

use std::{fs, path::Path};

use rds_guard::config::{self, Sources};

use crate::cli::{Run, rds_guard};

/// Runs `run --check` in a folder that holds `guard.toml`.
fn check(folder: &Path, file: &str, variables: &[(&str, &str)], flags: &[&str]) -> Run {
    fs::write(folder.join("guard.toml"), file).unwrap();
    let fixed = ["run", "--check", "--config", "guard.toml"];
    let arguments: Vec<&str> = fixed.into_iter().chain(flags.iter().copied()).collect();
    rds_guard(folder, &arguments, variables)
}

#[test]
fn the_effective_configuration_says_where_each_value_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = "listen = \"127.0.0.1:1\"\nmode = \"audit\"\n\n[tunnel]\nidle = \"2h\"\n";
    let run = check(
        folder.path(),
        file,
        &[("RDS_GUARD_LISTEN", "127.0.0.1:2"), ("RDS_GUARD_WORKERS", "1")],
        &["--listen", "127.0.0.1:3", "--endpoint", "eu-west-1=a.example,b.example"],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    for line in [
        "listen = \"127.0.0.1:3\"  # --listen",
        "mode = \"audit\"  # guard.toml:2:1",
        "tunnel.idle = \"2h\"  # guard.toml:5:1",
        "workers = 1  # RDS_GUARD_WORKERS",
        "endpoint[0].dns = [\"a.example\", \"b.example\"]  # --endpoint",
        "drain.quiet = \"20s\"  # default",
        "policy is not set  # default",
    ] {
        assert!(run.stdout.lines().any(|told| told == line), "{line}\nnot in\n{}", run.stdout);
    }
    assert!(run.stderr.contains("warning: no policy is configured"), "{}", run.stderr);
    assert!(run.stderr.contains("warning: `mode` is `audit`"), "{}", run.stderr);
}

#[test]
fn a_file_in_the_working_directory_is_never_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["rds-guard.toml", "config.toml", ".rds-guard.toml"] {
        fs::write(folder.path().join(name), "nonsense").unwrap();
    }
    let run = rds_guard(folder.path(), &["run", "--check"], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn the_file_that_the_environment_names_is_read_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("named.toml"), "mode = \"audit\"").unwrap();
    let run = rds_guard(folder.path(), &["run", "--check"], &[("RDS_GUARD_CONFIG", "named.toml")]);
    assert!(run.stdout.contains("mode = \"audit\"  # named.toml:1:1"), "{}", run.stdout);
    let run = rds_guard(folder.path(), &["run", "--check"], &[("RDS_GUARD_CONFIG", "gone.toml")]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("rds-guard: gone.toml: cannot read `gone.toml`: No such file"), "{}", run.stderr);
}

#[test]
fn a_wrong_configuration_ends_with_2_and_every_problem_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = "lisen = \"127.0.0.1:1\"\n[tunnel]\ndefault = \"maybe\"\n[identity]\nrequire = \"much\"\n";
    let run = check(folder.path(), file, &[("RDS_GUARD_MOOD", "x")], &["--mode", "off", "--resolve", "a:b:c"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let expected = [
        "rds-guard: guard.toml:1:1: `lisen` is not a key; did you mean `listen`?",
        "rds-guard: guard.toml:3:1: `tunnel.default` is `maybe`, expected \"allow\" or \"deny\"",
        "rds-guard: guard.toml:5:1: `identity.require` is `much`, expected \"none\", \"claimed\", \"assumed\", \"known\" or \"verified\"",
        "rds-guard: RDS_GUARD_MOOD: no such variable; did you mean `RDS_GUARD_MODE`?",
        "rds-guard: --mode: `mode` is `off`, expected \"enforce\" or \"audit\"",
        "rds-guard: --resolve: `--resolve` is `a:b:c`, expected HOST:PORT:ADDR[:PORT2] with an IP address, IPv6 in brackets",
        "rds-guard: next: correct the places named; `rds-guard run --check` with the same flags tells whether all is well",
    ];
    assert_eq!(run.stderr.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_file_that_is_not_toml_is_told_with_line_column_and_expectation() {
    let folder = tempfile::tempdir().unwrap();
    let run = check(folder.path(), "mode = \"audit\"\nlisten \"127.0.0.1:1\"\n", &[], &[]);
    assert_eq!(run.code, 2);
    let told = run.stderr.lines().next().unwrap();
    assert!(told.starts_with("rds-guard: guard.toml:2:8: not valid TOML: ") && told.contains("expected"), "{told}");
}

#[test]
fn a_policy_that_is_named_and_cannot_be_used_ends_with_2_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let statement = r#"{"Effect": "Allow", "Principal": "*", "Action": "rds:*", "Resource": "*""#;
    let unsupported = format!(
        "{{\"Statement\": [\n  {statement},\n   \"Condition\": {{\"StringLikes\": {{\"aws:a\": \"b\"}}}}}}\n]}}"
    );
    let cases = [
        ("", "policy.json:1:1: policy: "),
        ("  \n", "policy.json:"),
        ("{\"Statement\": []}", "policy.json:1:15: policy: `Statement` is empty"),
        ("{\"Version\": \"2012-10-17\"}", "policy.json:1:1: policy: "),
        ("{\n  \"Statement\": [\n", "policy.json:"),
        (
            "{\"Statement\": [{\"Effect\": \"Permit\"}]}",
            "policy.json:1:27: policy: `Permit` is no effect: expected `Allow` or `Deny`",
        ),
        (
            unsupported.as_str(),
            "policy.json:3:18: policy: `StringLikes` is no condition operator; did you mean `StringLike`?",
        ),
    ];
    for (policy, expected) in cases {
        fs::write(folder.path().join("policy.json"), policy).unwrap();
        for run in [
            check(folder.path(), "policy = \"policy.json\"", &[], &[]),
            check(folder.path(), "", &[], &["--policy", "policy.json"]),
        ] {
            assert_eq!(run.code, 2, "{policy}");
            let expected = format!("rds-guard: {expected}");
            assert!(run.stderr.lines().any(|line| line.starts_with(&expected)), "{policy}\n{expected}\n{}", run.stderr);
        }
    }
    let run = check(folder.path(), "policy = \"gone.json\"", &[], &[]);
    assert!(
        run.stderr.starts_with("rds-guard: guard.toml:1:1: cannot read `gone.json`: No such file"),
        "{}",
        run.stderr
    );
    let run = check(folder.path(), "", &[], &["--policy", "."]);
    assert!(run.stderr.starts_with("rds-guard: --policy: cannot read `.`: "), "{}", run.stderr);
}

#[test]
fn the_documentation_has_a_row_for_every_key_with_its_default() {
    let text = include_str!("../../docs/configuration.md");
    let defaults = config::load(&Sources::default()).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['`', ' ', '|'])).collect())
        .collect();
    let all = config::keys();
    let is_section = |key: &str| all.iter().any(|other| other.starts_with(&format!("{key}.")));
    for key in all.iter().filter(|key| !is_section(key)) {
        let row =
            rows.iter().find(|row| row.first() == Some(&key.as_str())).unwrap_or_else(|| panic!("`{key}` has no row"));
        let default = defaults.effective.iter().find(|setting| setting.key == *key);
        let value = default.map(|setting| setting.value.as_str()).unwrap_or_default();
        if default.is_some() {
            assert_eq!(row[1], if value.is_empty() { "–" } else { value }, "`{key}`");
        }
        assert!(row[2].len() > 3, "`{key}` is not explained");
    }
    for row in rows {
        assert!(all.iter().any(|key| key == row[0]), "`{}` is no key", row[0]);
    }
}

#[test]
fn a_secret_that_cannot_be_read_is_found_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let principal =
        "[[principal]]\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\narn = \"arn:aws:iam::123456789012:root\"\n";
    let run = check(folder.path(), &format!("{principal}secret_access_key_file = \"gone\"\n"), &[], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("gone"), "{}", run.stderr);
}
