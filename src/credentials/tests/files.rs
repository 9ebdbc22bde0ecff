//! Profiles in the shared files.

use std::fs;

use tempfile::TempDir;

use super::*;

/// A home directory with these two files.
pub(super) fn home(config: &str, credentials: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(home.path().join(".aws/config"), config).unwrap();
    fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
    home
}

pub(super) async fn with_home(home: &TempDir, variables: &[(&str, &str)]) -> Result<Credentials, Error> {
    let mut all = vec![("HOME", home.path().to_str().unwrap())];
    all.extend(variables);
    found(&all).await
}

const KEYS: &str = "# keys\n[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret-3 # mine\n\n\
                    [other]\naws_access_key_id=AKIAI44QH8DHBEXAMPLE\naws_secret_access_key=secret=4\naws_session_token=t\n";

#[tokio::test]
async fn the_keys_of_a_profile_are_read() {
    let home = home("[default]\nregion = eu-west-1\n", KEYS);
    assert_eq!(told(&with_home(&home, &[]).await.unwrap()), ("AKIAIOSFODNN7EXAMPLE", "secret-3", None));
    let other = with_home(&home, &[("AWS_PROFILE", "other")]).await.unwrap();
    assert_eq!(told(&other), ("AKIAI44QH8DHBEXAMPLE", "secret=4", Some("t")));
    let error = with_home(&home, &[("AWS_PROFILE", "gone")]).await.unwrap_err();
    assert!(error.to_string().contains("the profile `gone`"), "{error}");
}

#[tokio::test]
async fn a_default_profile_without_credentials_is_no_source() {
    let home = home("[default]\nregion = eu-west-1\n[profile x]\naws_access_key_id = y\n", "");
    assert!(matches!(with_home(&home, &[]).await.unwrap_err(), Error::NoSource { .. }));
}

#[tokio::test]
async fn a_profile_that_is_half_written_is_told() {
    let home = home("", "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_acc");
    let error = with_home(&home, &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "the profile: `aws_secret_access_key` of the profile `default` is missing");
}

#[tokio::test]
async fn roles_are_assumed_one_by_another() {
    let server = Server::start(|request| {
        let id = if request.contains("role%2Ffirst") { "ASIAI44QH8DHBEXAMPLE" } else { "ASIAIOSFODNN7EXAMPLE" };
        (200, sts_answer("AssumeRole", id))
    });
    let config = "[profile app]\nrole_arn = arn:aws:iam::123456789012:role/second\nsource_profile = middle\n\
                  external_id = 42\nduration_seconds = 900\nrole_session_name = app\n\
                  [profile middle]\nrole_arn = arn:aws:iam::123456789012:role/first\nsource_profile = default\n\
                  [profile loop]\nrole_arn = arn:aws:iam::123456789012:role/first\nsource_profile = back\n\
                  [profile back]\nrole_arn = arn:aws:iam::123456789012:role/first\nsource_profile = loop\n\
                  [profile nowhere]\nrole_arn = arn:aws:iam::123456789012:role/first\n";
    let (home, url) = (home(config, KEYS), server.url(""));
    let profile = |name| [("AWS_PROFILE", name), ("AWS_ENDPOINT_URL_STS", url.as_str()), ("AWS_REGION", "eu-west-1")];
    let credentials = with_home(&home, &profile("app")).await.unwrap();
    assert_eq!(told(&credentials), ("ASIAIOSFODNN7EXAMPLE", "secret-2", Some("token-2")));
    assert_eq!(credentials.role.unwrap().as_str(), "arn:aws:iam::123456789012:role/second");
    let asked = server.asked();
    assert!(asked[0].contains("Credential=AKIAIOSFODNN7EXAMPLE/") && asked[0].contains("/eu-west-1/sts/aws4_request"));
    assert!(
        asked[1].contains("Credential=ASIAI44QH8DHBEXAMPLE/") && asked[1].contains("x-amz-security-token: token-2")
    );
    assert!(asked[1].contains("ExternalId=42") && asked[1].contains("DurationSeconds=900"));
    let error = with_home(&home, &profile("loop")).await.unwrap_err().to_string();
    assert!(error.contains("more than 5 roles"), "{error}");
    let error = with_home(&home, &profile("nowhere")).await.unwrap_err().to_string();
    assert!(error.contains("a role needs `source_profile`"), "{error}");
}

#[tokio::test]
async fn a_role_may_be_assumed_by_the_environments_keys_or_the_containers() {
    let sts = Server::start(|_| (200, sts_answer("AssumeRole", "ASIAI44QH8DHBEXAMPLE")));
    let container = Server::start(|_| (200, DOCUMENT.into()));
    let config = "[profile c]\nrole_arn = arn:aws:iam::123456789012:role/r\ncredential_source = EcsContainer\n";
    let (home, sts_url, container_url) = (home(config, ""), sts.url(""), container.url("/"));
    let variables = [
        ("AWS_PROFILE", "c"),
        ("AWS_ENDPOINT_URL_STS", sts_url.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", container_url.as_str()),
    ];
    assert_eq!(told(&with_home(&home, &variables).await.unwrap()).0, "ASIAI44QH8DHBEXAMPLE");
    assert!(sts.asked()[0].contains("Credential=ASIAIOSFODNN7EXAMPLE/"));
}
