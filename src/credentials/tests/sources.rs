//! Environment, container endpoint, web identity and instance metadata.

use std::{fs, time::Instant};

use super::*;
use crate::credentials::instance;

#[tokio::test]
async fn the_environment_comes_first_and_alone_asks_nobody() {
    let both = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret-0")];
    let unreachable = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/");
    let credentials = found(&[both[0], both[1], unreachable]).await.unwrap();
    assert_eq!(told(&credentials), ("AKIAIOSFODNN7EXAMPLE", "secret-0", None));
    let with_token = found(&[both[0], both[1], ("AWS_SESSION_TOKEN", "token-0")]).await.unwrap();
    assert_eq!(told(&with_token).2, Some("token-0"));
    let error = found(&both[..1]).await.unwrap_err();
    assert_eq!(error.to_string(), "the environment: AWS_SECRET_ACCESS_KEY is missing");
}

#[tokio::test]
async fn the_container_endpoint_is_asked_with_the_token_of_its_file() {
    let server = Server::start(|request| {
        if request.contains("\r\nauthorization: the-token\r\n") {
            (200, DOCUMENT.into())
        } else {
            (401, r#"{"code":"AccessDenied","message":"SECRET"}"#.into())
        }
    });
    let (folder, url) = (tempfile::tempdir().unwrap(), server.url("/v1/credentials"));
    let file = folder.path().join("token");
    fs::write(&file, "the-token\n").unwrap();
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str());
    let credentials = found(&[uri, ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap())]).await.unwrap();
    assert_eq!(told(&credentials), ("ASIAIOSFODNN7EXAMPLE", "secret-1", Some("token-1")));
    assert_eq!(credentials.role.unwrap().as_str(), "arn:aws:iam::123456789012:role/path/own");
    assert!(credentials.expires.is_some() && !credentials.shared);
    assert!(server.asked()[0].starts_with("GET /v1/credentials HTTP/1.1\r\n"));
    let error = found(&[uri, ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "another")]).await.unwrap_err().to_string();
    assert_eq!(error, format!("the container endpoint: {url} answered 401 AccessDenied"));
    // An incomplete token file is reported, and no credentials are returned.
    fs::write(&file, "").unwrap();
    let error = found(&[uri, ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap())]).await.unwrap_err();
    assert!(error.to_string().contains("its authorization token is empty"), "{error}");
}

#[tokio::test]
async fn a_relative_uri_stands_behind_the_agents_address() {
    let server = Server::start(|_| (200, DOCUMENT.into()));
    let settings = Settings {
        container_host: server.url(""),
        ..settings(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/0451")])
    };
    let credentials = Chain::new(settings).credentials().await.unwrap();
    assert_eq!(told(&credentials).0, "ASIAIOSFODNN7EXAMPLE");
    assert!(credentials.shared, "every container of the task gets them");
    assert!(server.asked()[0].starts_with("GET /v2/credentials/0451 HTTP/1.1\r\n"));
}

#[tokio::test]
async fn tokens_leave_this_host_only_encrypted_and_local_keys_are_not_taken() {
    let error = found(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/")]).await.unwrap_err();
    assert!(matches!(error, Error::PlainText { .. }), "{error}");
    let server = Server::start(|_| (200, DOCUMENT.replace("ASIAIOSFODNN7EXAMPLE", "ASIALOCALBCDEFGHIJKL")));
    let error = found(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &server.url("/"))]).await.unwrap_err();
    assert!(matches!(error, Error::LocalKeys { .. }), "{error}");
}

#[tokio::test]
async fn answers_that_are_none_are_told_without_what_they_hold() {
    for (status, body) in [
        (200, "SECRET"),
        (200, r#"{"AccessKeyId":"SECRET-"}"#),
        (200, r#"{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"SECRET","Expiration":"SECRET"}"#),
        (200, r#"{"Code":"Failed","AccessKeyId":"SECRET"}"#),
        (500, "SECRET"),
        (302, "SECRET"),
    ] {
        let server = Server::start(move |_| (status, body.to_owned()));
        let error = found(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &server.url("/"))]).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error:?}");
    }
}

#[tokio::test]
async fn an_unreachable_source_takes_no_longer_than_its_limit() {
    // A server that accepts connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let began = Instant::now();
    let error = found(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)]).await.unwrap_err();
    assert!(error.to_string().contains("no answer within 0.5 s"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_web_identity_is_changed_for_a_role_at_sts_unsigned() {
    let server = Server::start(|_| (200, sts_answer("AssumeRoleWithWebIdentity", "ASIAIOSFODNN7EXAMPLE")));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "ey.token+of/the=provider\n").unwrap();
    let (file, url) = (file.to_str().unwrap(), server.url(""));
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/path/irsa"),
        ("AWS_ROLE_SESSION_NAME", "pod"),
        ("AWS_ENDPOINT_URL_STS", &url),
    ];
    let credentials = found(&variables).await.unwrap();
    assert_eq!(told(&credentials), ("ASIAIOSFODNN7EXAMPLE", "secret-2", Some("token-2")));
    assert_eq!(credentials.role.unwrap().as_str(), "arn:aws:iam::123456789012:role/path/irsa");
    let asked = &server.asked()[0];
    assert!(asked.contains("WebIdentityToken=ey.token%2Bof%2Fthe%3Dprovider") && asked.contains("RoleSessionName=pod"));
    assert!(!asked.to_ascii_lowercase().contains("authorization:"), "{asked}");
    let error = found(&variables[..1]).await.unwrap_err();
    assert_eq!(error.to_string(), "web identity: AWS_ROLE_ARN is missing");
    let refusing =
        Server::start(|_| (400, "<Error><Code>ExpiredTokenException</Code><Message>m</Message></Error>".into()));
    let url = refusing.url("");
    let error = found(&[variables[0], variables[1], ("AWS_ENDPOINT_URL_STS", &url)]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("STS: {url}/ answered 400 ExpiredTokenException"));
}

#[tokio::test]
async fn instance_metadata_is_asked_for_a_session_a_role_and_its_credentials() {
    let server = Server::start(|request| {
        let with_token = request.contains("\r\nx-aws-ec2-metadata-token: session-0451\r\n");
        match request.lines().next().unwrap() {
            "PUT /latest/api/token HTTP/1.1" => (200, "session-0451".into()),
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" if with_token => (200, "web-role\n".into()),
            "GET /latest/meta-data/iam/security-credentials/web-role HTTP/1.1" if with_token => (200, DOCUMENT.into()),
            _ => (401, String::new()),
        }
    });
    let url = server.url("");
    let on = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())];
    let credentials = found(&on).await.unwrap();
    assert_eq!((told(&credentials).0, credentials.source), ("ASIAIOSFODNN7EXAMPLE", instance::SOURCE));
    assert!(credentials.shared, "whoever reaches the address is answered");
    assert!(server.asked()[0].contains("x-aws-ec2-metadata-token-ttl-seconds: 21600"));
    // Version 1, which needs no session token, is not used.
    let without =
        Server::start(|request| if request.starts_with("PUT") { (403, String::new()) } else { (200, "x".into()) });
    let url = without.url("");
    let error = found(&[on[0], ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]).await.unwrap_err();
    assert!(matches!(error, Error::NoSource { .. }) && error.to_string().contains("answered 403"), "{error}");
    assert!(matches!(found(&[]).await.unwrap_err(), Error::NoSource { .. }));
}
