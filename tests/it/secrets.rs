//! Secrets stay where they were sent: a marker in every sensitive parameter, through success, denial and error,
//! with maximum logging.

use std::io::Write as _;

use rds_guard::{
    aws::rds::{OPERATIONS, Sensitivity},
    sandbox::{Call, Placement},
};
use rustix::process::Signal;
use time::OffsetDateTime;

use crate::support::{
    plainly,
    stage::{HOST, Stage, exchange},
};

const MARKER: &str = "MARKER-that-nobody-may-see-0451";

/// Allows some, denies some, so that both paths are tested.
const POLICY: &str = r#"{"Statement":[
    {"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
    {"Effect":"Deny","Principal":"*","Action":["rds:Modify*","rds:Copy*"],"Resource":"*"}
]}"#;

#[tokio::test]
async fn no_sensitive_parameter_is_shown_by_any_answer_record_log_or_metric() {
    let stage = Stage::set(
        POLICY,
        &["RDS_GUARD_AUDIT__PARAMETERS=true", "RDS_GUARD_LOG=trace", "RDS_GUARD_DECODE__UNKNOWN_PARAMETERS=pass"],
    );
    let mut sent = 0;
    for operation in OPERATIONS.iter() {
        for parameter in operation.parameters.iter().filter(|parameter| parameter.sensitivity == Sensitivity::Secret) {
            let name = parameter.name.replace('#', "1");
            for (parameters, signed) in [
                // Correct; repeated, which is an error that names the parameter; in another letter case.
                (vec![(name.as_str(), MARKER)], true),
                (vec![(name.as_str(), MARKER), (name.as_str(), MARKER)], true),
                (vec![(name.to_ascii_lowercase().as_str(), MARKER)], false),
            ] {
                let mut bytes = stage.signed("us-east-1", operation.name, &parameters);
                if !signed {
                    bytes = bytes.replace("Signature=", "Signature=zz");
                }
                let answer = exchange(&stage.guard, bytes.as_bytes()).await;
                // The sandbox may show it; the proxy's own messages may not.
                assert!(!answer.contains("[rds-guard]") || !answer.contains(MARKER), "{}: {answer}", operation.name);
                sent += 1;
            }
        }
    }
    assert_eq!(sent, 3 * 19, "the table has 19 sensitive parameters");
    let metrics = stage.guard.probe("/metrics") + &stage.guard.probe("/readyz");
    let (directory, written) = stage.guard.into_everything_written();
    assert!(written.contains("MasterUserPassword"), "names are recorded");
    for (what, text) in [("files and logs", &written), ("metrics", &metrics)] {
        assert!(!text.contains(MARKER), "{what} show the marker: {:?}", around(text));
    }
    drop(directory);
}

fn around(text: &str) -> Option<&str> {
    let at = text.find(MARKER)?;
    text.get(at.saturating_sub(300)..(at + 60).min(text.len()))
}

#[tokio::test]
async fn no_signature_and_no_session_token_is_shown_either() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_AUDIT__PARAMETERS=true", "RDS_GUARD_LOG=trace"]);
    let call = Call {
        host: HOST.into(),
        region: "us-east-1".into(),
        action: "DescribeDBInstances".into(),
        parameters: Vec::new(),
    };
    let request = call.sign(&stage.key, Placement::Header, OffsetDateTime::now_utc()).unwrap().request;
    let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
    let signature = authorization.split("Signature=").nth(1).unwrap().to_owned();
    let bytes = stage.good().replace("authorization: ", &format!("x-amz-security-token: {MARKER}\r\nauthorization: "));
    exchange(&stage.guard, bytes.as_bytes()).await;
    exchange(&stage.guard, stage.good().as_bytes()).await;
    stage.guard.signal(Signal::HUP);
    let (_directory, written) = stage.guard.into_everything_written();
    assert!(!written.contains(MARKER), "{:?}", around(&written));
    assert!(!written.contains(&signature[..16]) && !written.contains("Signature="), "a signature is written somewhere");
}

/// Values of `Authorization` that contain the marker and cannot be parsed as a signature.
fn unreadable_authorizations() -> Vec<String> {
    let signed = |credential: &str, headers: &str, signature: &str| {
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature={signature}")
    };
    let good = "AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/rds/aws4_request";
    let zeros = "0".repeat(64);
    let mut values: Vec<String> = [
        "~",
        "Bearer ~",
        "Bearer\t~",
        "Bearer  ~",
        "Basic ~",
        "basic:~",
        "~ ~",
        "\"~\"",
        "~=",
        "AWS ~:x",
        "AWS4-~ x",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ~",
        "AWS4-HMAC-SHA256,~",
        "AWS4-HMAC-SHA256\tCredential=~",
        "AWS4-HMAC-SHA512 Credential=~",
        "aws4-hmac-sha256 Credential=~",
        "AWS4-ECDSA-P256-SHA256 Credential=~",
        "AWS4-HMAC-SHA256 Credential=~",
        "AWS4-HMAC-SHA256 ~=1, Credential=2",
        "AWS4-HMAC-SHA256 Credential=1, Credential=~",
    ]
    .map(|value| value.replace('~', MARKER))
    .to_vec();
    for credential in [
        "~",
        "~/20261123/us-east-1/rds/aws4_request",
        "AKIAIOSFODNN7EXAMPLE/~/us-east-1/rds/aws4_request",
        "AKIAIOSFODNN7EXAMPLE/20261123/~/rds/aws4_request",
        "AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/~/aws4_request",
        "AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/rds/~",
        "AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/rds/aws4_request/~",
    ] {
        values.push(signed(&credential.replace('~', MARKER), "host;x-amz-date", &zeros));
    }
    values.push(signed(good, MARKER, &zeros));
    values.push(signed(good, "host;x-amz-date", MARKER));
    values
}

#[tokio::test]
async fn an_authorization_that_could_not_be_read_was_shown_in_part() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_AUDIT__PARAMETERS=true", "RDS_GUARD_LOG=trace"]);
    let good = stage.good();
    let line = good.lines().find(|line| line.starts_with("authorization: ")).unwrap();
    let mut requests: Vec<String> = unreadable_authorizations()
        .iter()
        .map(|value| good.replace(line, &format!("authorization: {value}")))
        .collect();
    for header in [
        "authorization",
        "x-amz-security-token",
        "x-amz-date",
        "date",
        "cookie",
        "proxy-authorization",
        "host",
        "content-type",
        "x-api-key",
        "x-amz-content-sha256",
        "connection",
        "expect",
        "te",
        "transfer-encoding",
        "content-length",
        "upgrade",
    ] {
        requests.push(good.replace("\r\n\r\n", &format!("\r\n{header}: {MARKER}\r\n\r\n")));
        requests.push(good.replace("\r\n\r\n", &format!("\r\n{header}:\t{MARKER}\r\n {MARKER}\r\n\r\n")));
    }
    for target in
        [format!("https://user:{MARKER}@{HOST}/"), format!("//user:{MARKER}@{HOST}/"), format!("user:{MARKER}@{HOST}")]
    {
        requests.push(good.replacen(" / ", &format!(" {target} "), 1));
    }
    requests.push(good.replace(&format!("host: {HOST}"), &format!("host: user:{MARKER}@{HOST}")));
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
        "X-Amz-Security-Token",
    ] {
        let request = format!(
            "GET /?Action=DescribeDBInstances&Version=2014-10-31&{name}={MARKER} HTTP/1.1\r\nhost: {HOST}\r\n\r\n"
        );
        requests.push(request.replace("&X-Amz-", "&X-Amz-Signature=1&X-Amz-"));
        requests.push(request);
    }
    for request in &requests {
        let answer = exchange(&stage.guard, request.as_bytes()).await;
        assert!(!answer.contains(MARKER), "{request}\n{answer}");
    }
    hold_nothing_is_shown(stage);
}

#[test]
fn user_info_in_the_target_of_a_connect_was_recorded() {
    let stage = Stage::set(POLICY, &["RDS_GUARD_LOG=trace", "RDS_GUARD_TUNNEL__PLAIN_HTTP=true"]);
    let mut requests = Vec::new();
    for target in
        ["u:M@H:443", "M@H:443", "u:x@M@H:443", "https://u:M@H/", "u:M%40H:443", "u:M%2540H", "M@", "@M", "u:M@H"]
    {
        requests.push(format!("CONNECT {target} HTTP/1.1\r\nHost: H\r\n\r\n"));
    }
    for target in
        ["http://u:M@H/", "http://M@a.example/", "https://u:M@H/", "ftp://u:M@H/", "u:M@H", "http://a.example:M/"]
    {
        requests.push(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for value in ["M", "Basic M", "Bearer M", "Digest username=\"M\"", "Basic\tM"] {
        for request in ["CONNECT a..b:443", "CONNECT 127.0.0.1:443", "CONNECT H:80", "GET http://H/", "GET /x"] {
            requests.push(format!("{request} HTTP/1.1\r\nProxy-Authorization: {value}\r\nCookie: M\r\n\r\n"));
        }
    }
    for request in requests {
        let request = request
            .replace('M', MARKER)
            .replace("H:", &format!("{HOST}:"))
            .replace("@H", &format!("@{HOST}"))
            .replace("//H/", &format!("//{HOST}/"));
        let mut stream = plainly::dial(stage.guard.proxy);
        stream.write_all(request.as_bytes()).unwrap();
        let answer = plainly::rest(stream);
        assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains(MARKER), "{request}\n{answer}");
    }
    hold_nothing_is_shown(stage);
}

fn hold_nothing_is_shown(stage: Stage) {
    let metrics = stage.guard.probe("/metrics") + &stage.guard.probe("/readyz");
    let (_directory, written) = stage.guard.into_everything_written();
    assert!(written.contains("\"reason\":"), "there are records");
    for (what, text) in [("files and logs", &written), ("metrics", &metrics)] {
        assert!(!text.contains(MARKER), "{what} show the marker: {:?}", around(text));
    }
}
