//! The broker while something around it fails: clocks, STS, files, and credentials that others can have too.

use std::net::{SocketAddr, TcpListener};

use rds_guard::sandbox::{Call, Key, Placement, SessionToken};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

use crate::support::{
    brokered::{POLICY, REAL, SESSION, TOKEN, fetch, local_key, own_credentials, stage},
    calls::{bytes, bytes_at, copy, describe, forged, key_of},
    stage::{HOST, Stage, exchange},
    sts::Sts,
};

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_named_by_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let key = local_key(&stage.guard);
    let now = OffsetDateTime::now_utc();
    for (at, words) in [(now - Duration::HOUR, "is now earlier than"), (now + Duration::HOUR, "is still later than")] {
        let answer = exchange(&stage.guard, bytes_at(&describe(HOST), &key, Placement::Header, at).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("x-rds-guard-reason: expired"), "{answer}");
        assert!(answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
        let (date, time) = (at.date().to_string().replace('-', ""), at.time());
        let signed =
            format!("Signature expired: {date}T{:02}{:02}{:02}Z {words} ", time.hour(), time.minute(), time.second());
        assert!(answer.contains(&signed), "{signed}: {answer}");
        // By the true date, a client can set its clock.
        let line = answer.lines().find_map(|line| line.strip_prefix("date: ")).unwrap();
        let date = OffsetDateTime::parse(line, &Rfc2822).unwrap();
        assert!((date - now).whole_seconds().abs() < 120, "{line}");
    }
    assert_eq!(stage.sandbox.requests(), 0);
}

/// An address where nobody listens yet.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A broker whose callers are whoever the real credentials are of.
fn unnamed(policy: &str, folder: &std::path::Path, arguments: &[&str]) -> Stage {
    std::fs::write(folder.join("token"), TOKEN).unwrap();
    let token = format!("RDS_GUARD_BROKER__TOKEN_FILE={}", folder.join("token").display());
    let own = own_credentials();
    let mut all: Vec<&str> = own.iter().map(String::as_str).collect();
    all.extend([token.as_str(), "RDS_GUARD_BROKER__LISTEN=127.0.0.1:0"]);
    all.extend(arguments);
    Stage::set(policy, &all)
}

#[tokio::test]
async fn while_sts_is_down_a_caller_is_nobody_and_once_it_answers_calls_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let address = free();
    let policy = POLICY.replace(SESSION, "arn:aws:iam::123456789012:user/ann");
    let stage = unnamed(&policy, folder.path(), &[&format!("AWS_ENDPOINT_URL_STS=http://{address}")]);
    let key = local_key(&stage.guard);
    let call = || bytes(&describe(HOST), &key, Placement::Header);
    let answer = exchange(&stage.guard, call().as_bytes()).await;
    assert!(
        answer.contains("x-rds-guard-reason: undetermined") && answer.contains("of an unknown account"),
        "{answer}"
    );
    assert_eq!(stage.sandbox.requests(), 0);
    let _sts = Sts::start_at(address, "<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>AIDAEXAMPLE</UserId>");
    // It is asked again in the background.
    while !exchange(&stage.guard, call().as_bytes()).await.starts_with("HTTP/1.1 200") {}
}

#[tokio::test]
async fn a_credentials_file_that_is_half_written_is_told_and_read_again_until_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let whole = format!("[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n", REAL.0, REAL.1);
    std::fs::write(&file, &whole[..whole.len() - 60]).unwrap();
    let file_variable = format!("AWS_SHARED_CREDENTIALS_FILE={}", file.display());
    let stage = stage(
        folder.path(),
        &["AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", &file_variable, "AWS_CONFIG_FILE=/nowhere"],
    );
    let key = local_key(&stage.guard);
    let call = || bytes(&describe(HOST), &key, Placement::Header);
    let answer = exchange(&stage.guard, call().as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("no credentials to sign"), "{answer}");
    let told = stage.guard.probe("/readyz");
    assert!(told.contains("`aws_secret_access_key` of the profile `default` is missing"), "{told}");
    std::fs::write(&file, whole).unwrap();
    while !exchange(&stage.guard, call().as_bytes()).await.starts_with("HTTP/1.1 200") {}
    let told = stage.guard.probe("/readyz");
    assert!(!told.contains("aws_secret_access_key"), "all is well again: {told}");
}

/// Instance metadata, which gives this key to whoever asks.
fn metadata() -> Sts {
    Sts::answering("127.0.0.1:0".parse().unwrap(), |request| {
        let list = "/latest/meta-data/iam/security-credentials/";
        let target = request.split(' ').nth(1).unwrap_or_default();
        match target.strip_prefix(list) {
            None => "a-session".into(),
            Some("") => "node-role".into(),
            Some(_) => format!(
                r#"{{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"{}","Token":"","Expiration":"2099-01-01T00:00:00Z"}}"#,
                REAL.0, REAL.1
            ),
        }
    })
}

#[test]
fn readiness_warns_where_every_container_can_have_the_real_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let metadata = metadata();
    let endpoint = format!("AWS_EC2_METADATA_SERVICE_ENDPOINT=http://{}", metadata.address);
    let nothing = [
        "AWS_ACCESS_KEY_ID=",
        "AWS_SECRET_ACCESS_KEY=",
        "AWS_SHARED_CREDENTIALS_FILE=/nowhere",
        "AWS_CONFIG_FILE=/nowhere",
        "AWS_EC2_METADATA_DISABLED=",
    ];
    let arguments: Vec<&str> = nothing.into_iter().chain([endpoint.as_str()]).collect();
    let stage = stage(folder.path(), &arguments);
    let warning = "the broker's credentials come from instance metadata, where the workload can have them too";
    while !stage.guard.probe("/readyz").contains(warning) {}
    // Those that stand with the proxy alone are no reason.
    let alone = self::stage(folder.path(), &[]);
    local_key(&alone.guard);
    assert!(!alone.guard.probe("/readyz").contains("can have them too"));
}

/// The token of a workload, which it shows to the proxy and to the broker.
const WORKLOAD_TOKEN: &str = "the-token-of-orders-0451";

#[tokio::test]
async fn no_secret_in_play_is_shown_by_any_record_log_metric_error_or_debug_output() {
    let folder = tempfile::tempdir().unwrap();
    let orders = folder.path().join("orders");
    std::fs::write(&orders, WORKLOAD_TOKEN).unwrap();
    let config = folder.path().join("rds-guard.toml");
    let text = format!(
        "[[workload]]\nname = \"orders\"\ntoken_file = \"{}\"\nprincipal = \"arn:aws:iam::123456789012:role/orders\"\n",
        orders.display()
    );
    std::fs::write(&config, text).unwrap();
    let stage = unnamed(
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":["rds:Describe*","rds:CopyDBSnapshot"],"Resource":"*"}]}"#,
        folder.path(),
        &[
            "--config",
            config.to_str().unwrap(),
            "AWS_SESSION_TOKEN=the-real+session/token==",
            "RDS_GUARD_LOG=trace",
            "RDS_GUARD_AUDIT__PARAMETERS=true",
        ],
    );
    let common = local_key(&stage.guard);
    let (status, document) = fetch(&stage.guard, "/v1/credentials", Some(WORKLOAD_TOKEN));
    assert_eq!(status, 200, "{document}");
    let orders = key_of(&document);
    let mut told = String::new();
    for (path, token) in
        [("/v1/credentials/a-wrong-token-0451-0451", None), ("/v1/credentials", Some("b-wrong-token-0451-0451"))]
    {
        told.push_str(&fetch(&stage.guard, path, token).1.to_string());
    }
    let minute = Placement::Query(std::time::Duration::from_secs(60));
    let odd = Key { session_token: Some(SessionToken::new("an-odd-token-0451")), ..common.clone() };
    for request in [
        bytes(&describe(HOST), &common, Placement::Header),
        bytes(&describe(HOST), &orders, minute),
        bytes(&describe(HOST), &forged(&orders), Placement::Header),
        bytes(&describe(HOST), &odd, Placement::Header),
        bytes(&Call { action: "DeleteDBInstance".into(), ..describe(HOST) }, &orders, Placement::Header),
        copy(HOST, &orders, &orders),
        copy(HOST, &orders, &forged(&orders)),
    ] {
        let answer = exchange(&stage.guard, request.as_bytes()).await;
        if answer.contains("[rds-guard]") {
            told.push_str(&answer);
        }
    }
    // orders:the-token-of-orders-0451, and another one.
    let shown = ["b3JkZXJzOnRoZS10b2tlbi1vZi1vcmRlcnMtMDQ1MQ==", "b3JkZXJzOmEtd3JvbmctcHJveHktdG9rZW4="];
    for credentials in shown {
        let connect = format!(
            "CONNECT gone.invalid:443 HTTP/1.1\r\nHost: gone.invalid:443\r\nProxy-Authorization: Basic {credentials}\r\n\r\n"
        );
        told.push_str(&crate::support::calls::ask(stage.guard.proxy, &connect).1);
    }
    told.push_str(&(stage.guard.probe("/metrics") + &stage.guard.probe("/readyz")));
    told.push_str(&format!("{common:?} {orders:?}"));
    let arrived = stage.sandbox.requests();
    let (directory, written) = stage.guard.into_everything_written();
    let roots = std::fs::read_to_string(directory.path().join("ca/broker-roots")).unwrap();
    let root = roots.trim().split(' ').nth(1).unwrap().to_owned();
    let of = |key: &Key| {
        [key.secret_access_key.reveal().to_owned(), key.session_token.as_ref().unwrap().reveal().to_owned()]
    };
    let fixed = [
        REAL.1,
        "the-real+session/token==",
        TOKEN,
        WORKLOAD_TOKEN,
        "-wrong-token-0451-0451",
        "an-odd-token-0451",
        "a-wrong-proxy-token",
        shown[0],
        shown[1],
        "X-Amz-Signature=",
        "Signature=",
    ];
    let hidden = of(&common).into_iter().chain(of(&orders)).chain([root]).chain(fixed.map(str::to_owned));
    for hidden in hidden {
        assert!(!told.contains(&hidden), "an answer, metric or Debug shows {hidden}");
        assert!(!written.contains(&hidden), "a record or log shows {hidden}");
    }
    assert!(written.contains(orders.access_key_id.as_str()) && arrived > 0, "ids are no secrets");
}
