//! The program as users and scripts experience it: exit codes, output, and the examples in its help.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rds_guard::intercept::authority;
use time::OffsetDateTime;

use crate::support::{
    guard::ALONE,
    tools::{self, BASH},
};

/// The result of a run of the program.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

fn command(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env_clear();
    // `doctor` reports variables like these; it should only find what a test gives it.
    if arguments.first() != Some(&"doctor") {
        command.envs(ALONE);
    }
    command.envs(variables.iter().copied());
    command
}

/// Runs the program in a folder, with only these variables.
pub(crate) fn rds_guard(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let output = command(folder, arguments, variables).output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(arguments: &[&str]) -> Run {
    rds_guard(Path::new(env!("CARGO_MANIFEST_DIR")), arguments, &[])
}

#[test]
fn a_mistake_on_the_command_line_ends_with_2_and_says_what_is_wrong() {
    for (arguments, told) in [
        (["runn", ""], "unrecognized subcommand 'runn'"),
        (["run", "--listenn=1"], "unexpected argument '--listenn'"),
        (["run", "--listen"], "a value is required for '--listen <ADDR>'"),
        (["check", "--format=xml"], "invalid value 'xml'"),
    ] {
        let arguments: Vec<&str> = arguments.into_iter().filter(|argument| !argument.is_empty()).collect();
        let run = run(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    assert_eq!(run(&[]).code, 2);
}

#[test]
fn help_is_an_answer_and_has_an_example_for_every_command() {
    let help = run(&["--help"]);
    assert_eq!(help.code, 0);
    let commands =
        help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // The description of a command may continue on a second line.
    let commands = commands.filter(|line| !line.starts_with("   "));
    let names: Vec<&str> =
        commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(names.contains(&"run") && names.contains(&"check") && names.len() >= 7, "{names:?}");
    for name in names {
        let help = run(&[name, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.stdout.contains(&format!("  rds-guard {name}")), "{}", help.stdout);
    }
}

#[test]
fn version_says_what_this_is() {
    let run = run(&["version", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (run.code, &answer["name"], &answer["version"]),
        (0, &"rds-guard".into(), &env!("CARGO_PKG_VERSION").into())
    );
    assert!(self::run(&["version"]).stdout.starts_with(concat!("rds-guard ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = command(folder, &["actions"], &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn actions_prints_one_action_and_suggests_for_a_misspelt_one() {
    assert!(run(&["actions", "CreateDBInstance"]).stdout.contains("rds:CreateDBInstance"));
    let run = run(&["actions", "CreateDBInstanze"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean `rds:CreateDBInstance`?"), "{}", run.stderr);
}

const CREATE: [&str; 5] =
    ["check", "--policy", "config/policies/allow-listed-actions.json", "--action", "rds:CreateDBInstance"];

#[test]
fn check_prints_the_decision_first_and_ends_with_0_or_1() {
    let run_with = |policy: &str, action: &str, more: &[&str]| {
        let policy = format!("config/policies/{policy}.json");
        let fixed = ["check", "--policy", policy.as_str(), "--action", action];
        run(&fixed.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    };
    let database = ["--resource", "arn:aws:rds:eu-west-1:123456789012:db:orders"];
    let ours = ["--principal", "arn:aws:iam::123456789012:role/App"];
    for (policy, action, more, code, first) in [
        ("allow-listed-actions", "rds:CreateDBInstance", &database[..], 0, "allow"),
        ("allow-listed-actions", "rds:DeleteDBInstance", &database[..], 1, "implicit_deny"),
        ("deny-account", "rds:DescribeDBInstances", &ours[..], 1, "explicit_deny"),
        ("deny-account", "rds:DescribeDBInstances", &[][..], 1, "explicit_deny"),
    ] {
        let run = run_with(policy, action, more);
        assert_eq!((run.code, run.stdout.lines().next()), (code, Some(first)), "{policy} {action}");
    }
    let unknown = run_with("deny-account", "rds:DescribeDBInstances", &[]);
    assert!(unknown.stdout.lines().nth(1).unwrap().starts_with("undetermined: aws:Principal"), "{}", unknown.stdout);
    assert!(unknown.stdout.contains("statement 2"), "{}", unknown.stdout);
}

#[test]
fn check_as_json_names_the_statements_that_decided() {
    let run = run(&[&CREATE[..], &["--format", "json"]].concat());
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&answer["decision"], &answer["sids"]), (&"allow".into(), &serde_json::json!(["#0"])));
    assert_eq!(answer["undetermined"], serde_json::json!([]));
}

#[test]
fn check_takes_context_and_unknown_keys() {
    let folder = tempfile::tempdir().unwrap();
    let policy = r#"{"Statement": {"Sid": "Region", "Effect": "Allow", "Principal": "*", "Action": "rds:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}}"#;
    fs::write(folder.path().join("policy.json"), policy).unwrap();
    let ask = |more: &[&str]| {
        let fixed = ["check", "--policy", "policy.json", "--action", "rds:CreateDBInstance"];
        rds_guard(folder.path(), &fixed.into_iter().chain(more.iter().copied()).collect::<Vec<_>>(), &[])
    };
    assert_eq!(ask(&["--context", "aws:RequestedRegion=eu-west-1"]).code, 0);
    assert_eq!(ask(&["--context", "aws:RequestedRegion=us-east-1"]).stdout.lines().next(), Some("implicit_deny"));
    assert_eq!(
        ask(&["--unknown", "aws:RequestedRegion"]).stdout.lines().nth(1),
        Some("undetermined: aws:RequestedRegion")
    );
    for wrong in [["--context", "aws:RequestedRegion"], ["--unknown", "region"], ["--principal", "ann"]] {
        let run = ask(&wrong);
        assert_eq!(run.code, 2, "{wrong:?}");
        assert!(run.stderr.starts_with(&format!("rds-guard: {}: ", wrong[0])), "{}", run.stderr);
    }
}

#[test]
fn check_judges_a_case_whose_policy_is_longer_than_an_endpoint_takes() {
    let folder = tempfile::tempdir().unwrap();
    let allow = |n: usize| {
        format!(
            r#"{{"Sid":"S{n}","Effect":"Allow","Principal":"*","Action":"rds:*","Resource":"arn:aws:rds:*:*:db:x{n}"}}"#
        )
    };
    let statements: Vec<String> = (0..400).map(allow).collect();
    let case = format!(
        r#"{{"id":"long","policy":{{"Statement":[{}]}},"request":{{"action":"rds:DeleteDBInstance","resources":["arn:aws:rds:us-east-1:123456789012:db:x7"]}}}}"#,
        statements.join(",")
    );
    assert!(case.len() > 20_480);
    fs::write(folder.path().join("cases.jsonl"), case).unwrap();
    let run = rds_guard(folder.path(), &["check", "--cases", "cases.jsonl"], &[]);
    assert_eq!(
        (run.code, run.stdout.trim()),
        (0, r#"{"id":"long","decision":"allow","sids":["S7"],"undetermined":[]}"#)
    );
}

#[test]
fn check_judges_cases_in_order_and_ends_with_2_if_one_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let policy =
        r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": "rds:*", "Resource": "*"}]}"#;
    let request = r#"{"action": "rds:DeleteDBInstance", "resources": ["arn:aws:rds:eu-west-1:123456789012:db:x"], "principal": {"arn": "arn:aws:iam::123456789012:user/ann"}, "context": {}}"#;
    let good = format!(r#"{{"id": "one", "policy": {policy}, "request": {request}}}"#);
    let bad = good.replace("\"one\"", "2").replace("Allow", "Permit");
    let judged = r#"{"id":"one","decision":"allow","sids":["A"],"undetermined":[]}"#;
    fs::write(folder.path().join("good.jsonl"), format!("{good}\n\n{good}")).unwrap();
    let run = rds_guard(folder.path(), &["check", "--cases", "good.jsonl"], &[]);
    assert_eq!((run.code, run.stdout), (0, format!("{judged}\n{judged}\n")));
    fs::write(folder.path().join("bad.jsonl"), format!("{bad}\n{good}\n")).unwrap();
    let run = rds_guard(folder.path(), &["check", "--cases", "bad.jsonl"], &[]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!((run.code, lines.len(), lines[1]), (2, 2, judged));
    assert!(lines[0].starts_with(r#"{"id":2,"error":"#), "{}", lines[0]);
    assert_eq!(rds_guard(folder.path(), &["check", "--cases", "gone.jsonl"], &[]).code, 2);
}

#[test]
fn check_refuses_a_policy_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.json"), "{}").unwrap();
    let run = rds_guard(folder.path(), &["check", "--policy", "policy.json", "--action", "rds:CreateDBInstance"], &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("rds-guard: policy.json:1:1: policy: "), "{}", run.stderr);
}

/// Answers one request with a status, as an admin listener would.
fn admin(status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        assert!(head.starts_with(b"GET /readyz HTTP/1.1\r\n"));
        let body = "policy reload failed\n";
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

#[test]
fn health_is_what_the_admin_listener_says() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |address: SocketAddr| rds_guard(folder.path(), &["health"], &[("RDS_GUARD_ADMIN", &address.to_string())]);
    let ready = ask(admin("200 OK"));
    assert_eq!((ready.code, ready.stdout.as_str()), (0, "ready\n"));
    let address = admin("503 Service Unavailable");
    let draining = ask(address);
    assert_eq!(draining.code, 1);
    assert_eq!(draining.stdout, format!("not ready: {address} answers 503: policy reload failed\n"));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(ask(nobody).code, 1);
    let off = rds_guard(folder.path(), &["health"], &[("RDS_GUARD_ADMIN", "off")]);
    assert_eq!(off.code, 2);
}

#[test]
fn health_does_not_fail_for_a_policy_that_is_being_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let address = admin("200 OK").to_string();
    let variables = [("RDS_GUARD_ADMIN", address.as_str()), ("RDS_GUARD_POLICY", "gone.json")];
    assert_eq!(rds_guard(folder.path(), &["health"], &variables).code, 0);
}

#[test]
fn env_prints_lines_that_a_shell_takes() {
    let folder = tempfile::tempdir().unwrap();
    let printed = rds_guard(
        folder.path(),
        &["env", "--all", "--ca-dir", "/a b/it's"],
        &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
    );
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    let script = format!("{}\nprintf '%s\\n' \"$HTTPS_PROXY\" \"$AWS_CA_BUNDLE\" \"$NO_PROXY\"", printed.stdout);
    let output = Command::new("sh").arg("-c").arg(script).env_clear().output().unwrap();
    let taken = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = taken.lines().collect();
    assert_eq!(lines[..2], ["http://127.0.0.1:3128", "/a b/it's/bundle.pem"]);
    assert!(lines[2].ends_with(".svc,.cluster.local,10.0.0.1"), "{}", lines[2]);
    let run = rds_guard(folder.path(), &["env"], &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("next: set `ca.dir`"), "{}", run.stderr);
}

#[test]
fn ca_says_what_to_do_where_nothing_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let run = rds_guard(folder.path(), &["ca", "show", "--ca-dir", "nowhere"], &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot read `nowhere/ca.pem`"), "{}", run.stderr);
    assert!(run.stderr.contains("next: start `rds-guard run` with `--ca-dir`"), "{}", run.stderr);
}

#[test]
fn ca_rotates_by_and_by_or_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let rotate = |more: &[&str]| rds_guard(folder.path(), &[&["ca", "rotate", "--ca-dir", "ca"], more].concat(), &[]);
    let roots = || fs::read_to_string(folder.path().join("ca/ca.pem")).unwrap().matches("BEGIN CERTIFICATE").count();
    // An empty folder gets its first authority, which does not overlap with another.
    assert!(rotate(&[]).stdout.contains("signs now"));
    assert!(rotate(&[]).stdout.contains("published beside this one"));
    assert_eq!(roots(), 2);
    assert!(rotate(&["--now"]).stdout.contains("signs now"));
    assert_eq!(roots(), 1);
    let memory = rds_guard(folder.path(), &["ca", "rotate"], &[]);
    assert_eq!(memory.code, 2, "{}", memory.stderr);
}

#[test]
fn ca_shows_and_exports_what_the_authority_publishes() {
    let folder = tempfile::tempdir().unwrap();
    let settings = authority::Settings {
        dir: Some(folder.path().join("ca")),
        publish: None,
        own: None,
        constrain: authority::Constrain::Suffixes,
        hosts: Vec::new(),
        regions: Vec::new(),
        extra_roots: Vec::new(),
        public_roots: authority::PublicRoots::System,
        overlap: Duration::from_hours(1),
    };
    let made = authority::Authority::open(&settings, OffsetDateTime::now_utc()).unwrap();
    let variables = [("RDS_GUARD_CA__DIR", "ca")];
    let shown = rds_guard(folder.path(), &["ca", "show"], &variables);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains(&format!("sha256 {}", made.fingerprint())), "{}", shown.stdout);
    assert!(shown.stdout.contains("permitted amazonaws.com"), "{}", shown.stdout);
    assert_eq!(rds_guard(folder.path(), &["ca", "export"], &variables).stdout, made.ca_pem());
    let copy = rds_guard(folder.path(), &["ca", "export", "--format", "p12", "--out", "copy.p12"], &variables);
    assert_eq!(copy.code, 0, "{}", copy.stderr);
    let published = fs::read(folder.path().join("ca/truststore.p12")).unwrap();
    assert_eq!(fs::read(folder.path().join("copy.p12")).unwrap(), published);
}

#[test]
fn lint_ends_with_1_for_findings_and_2_for_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let statement = |action: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "*"}}]}}"#
        )
    };
    write("good.json", &statement("rds:CreateDBInstance"));
    write("odd.json", &statement("rds:CreateDBInstanze"));
    write("bad.json", "{");
    let lint = |arguments: &[&str]| rds_guard(folder.path(), &[&["lint"], arguments].concat(), &[]);
    let good = lint(&["good.json"]);
    assert_eq!((good.code, good.stdout.as_str()), (0, ""));
    let odd = lint(&["good.json", "odd.json"]);
    assert_eq!(odd.code, 1);
    assert!(odd.stdout.starts_with("odd.json:1:"), "{}", odd.stdout);
    let bad = lint(&["bad.json", "odd.json"]);
    assert_eq!(bad.code, 2);
    assert!(
        bad.stdout.starts_with("odd.json:1:") && bad.stderr.starts_with("rds-guard: bad.json:1:"),
        "{}",
        bad.stderr
    );
    let sarif: serde_json::Value = serde_json::from_str(&lint(&["odd.json", "--format", "sarif"]).stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn every_shipped_policy_is_clean() {
    let policies = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/policies")).unwrap();
    for policy in policies {
        let path = policy.unwrap().path();
        // Their cases are in a folder next to them.
        if path.is_dir() {
            continue;
        }
        let lint = run(&["lint", path.to_str().unwrap()]);
        // Its page states that AWS refuses such wildcards.
        if path.ends_with("business-hours.json") {
            assert!(
                lint.code == 1 && lint.stdout.lines().all(|line| line.contains("warning[RG068]")),
                "{}",
                lint.stdout
            );
            continue;
        }
        assert_eq!((lint.code, lint.stdout.as_str()), (0, ""), "{}", path.display());
    }
}

#[test]
fn a_statement_that_nothing_can_decide_is_named_with_the_line_that_would() {
    let folder = tempfile::tempdir().unwrap();
    let policy = r#"{"Statement": [
        {"Sid": "Ours", "Effect": "Allow", "Principal": "*", "Action": "rds:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}]}"#;
    fs::write(folder.path().join("policy.json"), policy).unwrap();
    fs::write(
        folder.path().join("told.toml"),
        "policy = \"policy.json\"\n[context]\n\"aws:PrincipalOrgID\" = \"o-1\"\n",
    )
    .unwrap();
    let check = |flags: &[&str]| rds_guard(folder.path(), &[&["run", "--check"], flags].concat(), &[]).stderr;
    let told = check(&["--policy", "policy.json"]);
    let expected = "rds-guard: warning: policy.json: line 2, column 9: statement 1 (\"Ours\") never allows anything: \
                    aws:PrincipalOrgID cannot be known here; in [context], \"aws:PrincipalOrgID\" = \"…\" would decide it";
    assert!(told.lines().any(|line| line == expected), "{told}");
    assert!(!check(&["--config", "told.toml"]).contains("never allows anything"));
}

#[test]
fn completions_are_scripts_that_a_shell_takes_and_that_complete() {
    if !tools::available(&[&BASH]) {
        return;
    }
    let bash = run(&["completions", "bash"]).stdout;
    let ask = "COMP_WORDS=(rds-guard ex); COMP_CWORD=1; COMPREPLY=(); _rds__guard rds-guard ex rds-guard; echo ${COMPREPLY[*]}";
    let output = Command::new("bash").args(["--norc", "-c", &format!("{bash}\n{ask}")]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "exec\n");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]);
        assert!(script.code == 0 && script.stdout.contains("require-enforce"), "{shell}");
    }
    assert_eq!(run(&["completions", "tcsh"]).code, 2);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let page = run(&["man"]).stdout;
    assert!(page.contains(".TH rds-guard 1") && page.contains("rds\\-guard\\-exec(1)"), "{page}");
    assert_eq!(rds_guard(folder.path(), &["man", "--out", "."], &[]).code, 0);
    let exec = fs::read_to_string(folder.path().join("rds-guard-exec.1")).unwrap();
    assert!(exec.contains("terraform plan"), "{exec}");
    assert!(folder.path().join("rds-guard-ca-rotate.1").exists());
    let nowhere = rds_guard(folder.path(), &["man", "--out", "nowhere"], &[]);
    assert_eq!(nowhere.code, 3);
    assert!(nowhere.stderr.ends_with("rds-guard: next: name a folder that exists and can be written\n"));
}

#[test]
fn env_tells_in_one_line_what_of_the_proxy_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let env = |shell| rds_guard(folder.path(), &["env", "--listen", &address, "--ca-dir", ".", "--shell", shell], &[]);
    let told = env("sh").stderr;
    assert_eq!(
        told,
        "rds-guard: note: there is no `./bundle.pem`: say --ca-dir DIR, with the folder of the proxy's `ca=`\n"
    );
    fs::write(folder.path().join("bundle.pem"), "").unwrap();
    assert_eq!((env("fish").code, env("fish").stderr.as_str()), (0, ""));
    drop(listener);
    let gone = env("sh");
    let expected = format!("nothing listens on {address} now: start `rds-guard run --ca-dir .`, or say --listen ADDR");
    assert_eq!((gone.code, gone.stderr), (0, format!("rds-guard: note: {expected}\n")));
    assert!(gone.stdout.starts_with("export HTTPS_PROXY="));
    // A container's proxy does not run on this machine.
    for shell in ["dotenv", "ecs", "k8s"] {
        assert_eq!(env(shell).stderr, "", "{shell}");
    }
}
