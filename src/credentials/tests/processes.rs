//! Programs that print credentials.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Instant};

use super::{files::home, *};

/// Writes a shell script with these lines.
fn program(folder: &Path, lines: &str) -> String {
    let path = folder.join("a helper");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    format!("\"{}\"", path.display())
}

/// The result of a profile whose `credential_process` is a script with these lines.
async fn given(lines: &str, limit: Duration) -> Result<Credentials, Error> {
    let folder = tempfile::tempdir().unwrap();
    let command = program(folder.path(), lines);
    let home = home(&format!("[profile app]\ncredential_process = {command} 'two words'\n"), "");
    let path = std::env::var("PATH").unwrap();
    let variables = [
        ("PATH", path.as_str()),
        ("HOME", home.path().to_str().unwrap()),
        ("AWS_PROFILE", "app"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "SECRET"),
    ];
    let settings = Settings { process_limit: limit, ..settings(&variables) };
    Chain::new(settings).credentials().await
}

const PATIENT: Duration = Duration::from_secs(20);
const GOOD: &str = r#"echo '{"Version": 1, "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret-5",
    "SessionToken": "token-5", "Expiration": "2099-01-01T00:00:00+01:00"}'"#;

#[tokio::test]
async fn what_the_program_prints_is_read_and_its_words_are_passed_on() {
    let credentials = given(&format!("[ \"$1\" = 'two words' ] && {GOOD}"), PATIENT).await.unwrap();
    assert_eq!(told(&credentials), ("ASIAIOSFODNN7EXAMPLE", "secret-5", Some("token-5")));
    assert!(credentials.expires.is_some() && credentials.source == "credential_process");
    let lasting = r#"echo '{"Version":1,"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"s"}'"#;
    let credentials = given(lasting, PATIENT).await.unwrap();
    assert_eq!((told(&credentials), credentials.expires), (("AKIAIOSFODNN7EXAMPLE", "s", None), None));
}

#[tokio::test]
async fn the_program_sees_no_variable_that_holds_a_secret_and_no_input() {
    let seen = r#"cat; [ "$(env | cut -d= -f1 | grep -v '^_$\|^PWD$\|^SHLVL$\|^OLDPWD$' | sort | tr '\n' ' ')" = 'AWS_REGION HOME PATH ' ]"#;
    assert!(given(&format!("{seen} && {GOOD}"), PATIENT).await.is_ok());
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("pid");
    let lines = format!("sleep 600 &\necho $! > {}\nwait", note.display());
    let began = Instant::now();
    let error = given(&lines, Duration::from_millis(700)).await.unwrap_err().to_string();
    assert!(error.contains("did not end within 0.7 s") && began.elapsed() < Duration::from_secs(60), "{error}");
    let pid = fs::read_to_string(note).unwrap();
    let gone = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        stat.map_or(true, |stat| stat.contains(") Z "))
    };
    while !gone() {
        assert!(began.elapsed() < Duration::from_secs(60), "what it started goes on");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_without_what_was_printed() {
    for (lines, expected) in [
        ("echo SECRET", "not the JSON"),
        ("echo '{\"Version\": 2, \"SecretAccessKey\": \"SECRET\"}'", "the Version in its output is not 1"),
        ("echo '{\"Version\": 1, \"SecretAccessKey\": \"SECRET\"}'", "AccessKeyId in its output is missing"),
        (
            "echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\"}'",
            "SecretAccessKey in its output is missing",
        ),
        (
            "echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", \"SecretAccessKey\": \"SECRET\", \"Expiration\": \"SECRET\"}'",
            "no date",
        ),
        ("echo SECRET >&2; exit 3", "ended with exit status: 3"),
        ("while :; do echo SECRETSECRETSECRETSECRETSECRETSECRETSECRET; done", "prints more than 65536 bytes"),
    ] {
        let error = given(lines, PATIENT).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{lines}: {error}");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
    }
    let home = home("[default]\ncredential_process = /nowhere/helper\n", "");
    let error = files::with_home(&home, &[]).await.unwrap_err().to_string();
    assert!(error.contains("`/nowhere/helper` cannot be started"), "{error}");
}

#[tokio::test]
async fn a_role_may_be_assumed_by_what_a_program_gives() {
    let sts = Server::start(|_| (200, sts_answer("AssumeRole", "ASIAI44QH8DHBEXAMPLE")));
    let folder = tempfile::tempdir().unwrap();
    let command = program(folder.path(), GOOD);
    let config = format!(
        "[profile app]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = anywhere\n\
         [profile anywhere]\ncredential_process = {command}\n"
    );
    let (home, url) = (home(&config, ""), sts.url(""));
    let variables = [("AWS_PROFILE", "app"), ("AWS_ENDPOINT_URL_STS", url.as_str())];
    assert_eq!(told(&files::with_home(&home, &variables).await.unwrap()).0, "ASIAI44QH8DHBEXAMPLE");
    assert!(sts.asked()[0].contains("Credential=ASIAIOSFODNN7EXAMPLE/"));
}

#[tokio::test]
async fn profiles_that_need_a_person_say_what_to_do_instead() {
    for (settings, expected) in [
        ("sso_session = corp\nsso_account_id = 1", "`sso_session` is not supported"),
        ("login_session = arn", "`login_session` is not supported"),
        (
            "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = x\nmfa_serial = y",
            "`mfa_serial` asks for a code",
        ),
    ] {
        let home = home(&format!("[default]\n{settings}\n"), "");
        let error = files::with_home(&home, &[]).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
