//! The credential broker: local keys for clients with a token, judged and re-signed here, worthless at AWS.

use rds_guard::sandbox::{Call, Client, Key, Placement, Route, SignedRequest};
use serde_json::Value;
use time::OffsetDateTime;

use crate::support::{
    brokered::{POLICY, REAL, SESSION, TOKEN, fetch, local_key, own_credentials, stage, stage_under},
    calls::{FAR, ask, bytes, copy, copy_from, describe, forged},
    stage::{HOST, Stage, exchange},
    sts::Sts,
};

#[tokio::test]
async fn a_call_with_a_local_key_is_judged_as_its_holder_and_signed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let key = local_key(&stage.guard);
    assert!(key.access_key_id.is_temporary() && key.access_key_id.account().is_none());
    for placement in [Placement::Header, Placement::Query(std::time::Duration::from_secs(60))] {
        let answer = exchange(&stage.guard, bytes(&describe(HOST), &key, placement).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let denied = Call { action: "DeleteDBInstance".into(), ..describe(HOST) };
    let denied = Call { parameters: vec![("DBInstanceIdentifier".into(), "x".into())], ..denied };
    let answer = exchange(&stage.guard, bytes(&denied, &key, Placement::Header).as_bytes()).await;
    assert!(
        answer.contains("User: arn:aws:sts::123456789012:assumed-role/orders/rds-guard is not authorized"),
        "{answer}"
    );

    let arrivals = stage.sandbox.arrivals();
    assert_eq!(arrivals.len(), 2);
    for arrival in &arrivals {
        assert_eq!(arrival.verified.as_deref(), Some(REAL.0));
        let head = String::from_utf8(arrival.head().to_vec()).unwrap();
        assert!(!head.contains(key.access_key_id.as_str()), "{head}");
    }
    assert!(
        String::from_utf8(arrivals[1].head().to_vec()).unwrap().contains("X-Amz-Signature="),
        "presigned as it was"
    );

    // The same key is worthless at the service itself.
    let mut direct = Client::new(Route::Direct(stage.sandbox.address()), stage.sandbox.ca_pem()).unwrap();
    let signed = describe("localhost").sign(&key, Placement::Header, OffsetDateTime::now_utc()).unwrap();
    let reply = direct.send(signed).await.unwrap();
    assert_eq!((reply.status, reply.element("Code").as_deref()), (403, Some("InvalidClientTokenId")));

    let records: Vec<Value> = stage.guard.into_records().into_iter().filter(|record| record["kind"] == "rds").collect();
    assert_eq!(records.len(), 3);
    for record in &records {
        assert_eq!(record["principal"]["trust"], "verified", "{record}");
        assert_eq!(record["principal"]["arn"], SESSION);
        assert_eq!(record["principal"]["access_key_id"], key.access_key_id.as_str());
    }
}

#[tokio::test]
async fn a_presigned_url_is_verified_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let key = local_key(&stage.guard);
    let answer = exchange(&stage.guard, copy(HOST, &key, &forged(&key)).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
    let answer = exchange(&stage.guard, copy(HOST, &key, &stage.key).as_bytes()).await;
    assert!(answer.contains("signed with another access key"), "{answer}");
    assert_eq!(stage.sandbox.requests(), 0);

    exchange(&stage.guard, copy(HOST, &key, &key).as_bytes()).await;
    assert_eq!(stage.sandbox.arrivals()[0].verified.as_deref(), Some(REAL.0));
    let url = nested_url(&stage);
    assert!(url.contains("DestinationRegion=us-east-1") && url.contains("X-Amz-Expires=3600"), "{url}");
    // The request that RDS would send to the other region is valid there.
    let target = url.strip_prefix(&format!("https://{FAR}")).unwrap();
    let request = http::Request::get(target).header("host", FAR);
    let signed = SignedRequest { host: "localhost".into(), request: request.body(bytes::Bytes::new()).unwrap() };
    let mut direct = Client::new(Route::Direct(stage.sandbox.address()), stage.sandbox.ca_pem()).unwrap();
    direct.send(signed).await.unwrap();
    let there = stage.sandbox.arrivals().pop().unwrap();
    assert_eq!((there.action.as_deref(), there.verified.as_deref()), (Some("CopyDBSnapshot"), Some(REAL.0)));
}

#[tokio::test]
async fn a_foreign_key_and_a_wrong_signature_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let real = exchange(&stage.guard, stage.good().as_bytes()).await;
    assert!(real.starts_with("HTTP/1.1 403") && real.contains("x-rds-guard-reason: identity"), "{real}");
    assert!(
        real.contains("<Code>AccessDenied</Code>") && real.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        "{real}"
    );
    let key = local_key(&stage.guard);
    let without_token = Key { session_token: None, ..key.clone() };
    for wrong in [forged(&key), without_token] {
        let answer = exchange(&stage.guard, bytes(&describe(HOST), &wrong, Placement::Header).as_bytes()).await;
        assert!(answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
    }
    assert_eq!(stage.sandbox.requests(), 0);
}

#[tokio::test]
async fn in_audit_mode_too_nothing_is_signed_anew_that_was_not_verified() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &["--mode", "audit"]);
    let key = local_key(&stage.guard);
    let answer = exchange(&stage.guard, bytes(&describe(HOST), &forged(&key), Placement::Header).as_bytes()).await;
    assert!(answer.contains("InvalidClientTokenId"), "the service refuses what it gets as it came: {answer}");
    let real = exchange(&stage.guard, stage.good().as_bytes()).await;
    assert!(real.starts_with("HTTP/1.1 200"), "{real}");
    let endpoint = stage.sandbox.arrivals();
    assert_eq!(endpoint.iter().filter(|arrival| arrival.verified.is_some()).count(), 1);
}

#[tokio::test]
async fn a_foreign_key_passes_as_it_came_where_the_configuration_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let policy = POLICY.replace(SESSION, "123456789012");
    let stage = stage_under(&policy, folder.path(), &["RDS_GUARD_BROKER__FOREIGN=pass"]);
    let answer = exchange(&stage.guard, stage.good().as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_token_is_needed_and_has_to_be_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let status = |path: &str, token: Option<&str>| {
        let (status, document) = fetch(&stage.guard, path, token);
        assert_eq!(status == 200, document["AccessKeyId"].is_string(), "{document}");
        assert_eq!(status != 200, document["code"].is_string() && document["message"].is_string(), "{document}");
        status
    };
    assert_eq!(status("/v1/credentials", None), 401);
    assert_eq!(status("/v1/credentials", Some("")), 403);
    assert_eq!(status("/v1/credentials", Some("a-token-for-the-tests-0452")), 403);
    assert_eq!(status("/v1/credentials", Some(TOKEN)), 200);
    // A client of the relative form cannot send it anywhere else.
    assert_eq!(status(&format!("/v1/credentials/{TOKEN}"), None), 200);
    assert_eq!(status("/v1/credentials/another-token", None), 403);
    assert_eq!(status("/elsewhere", Some(TOKEN)), 404);
    let post = "POST /v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(ask(stage.guard.address("broker"), post).0, 405);
    // A rewritten token is effective at once; a half-written one admits no client.
    let file = folder.path().join("token");
    std::fs::write(&file, "short").unwrap();
    assert_eq!(status("/v1/credentials", Some("short")), 403);
    std::fs::write(&file, "the-next-token-of-the-tests").unwrap();
    assert_eq!(status("/v1/credentials", Some(TOKEN)), 403);
    assert_eq!(status("/v1/credentials", Some("the-next-token-of-the-tests")), 200);
}

#[tokio::test]
async fn a_key_that_has_ended_is_told_so_and_the_next_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &["RDS_GUARD_BROKER__LIFETIME=1s"]);
    let key = local_key(&stage.guard);
    let answer = loop {
        let answer = exchange(&stage.guard, bytes(&describe(HOST), &key, Placement::Header).as_bytes()).await;
        if !answer.starts_with("HTTP/1.1 200") {
            break answer;
        }
    };
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("<Code>ExpiredToken</Code>"), "{answer}");
    assert!(answer.contains("x-rds-guard-reason: expired"), "{answer}");
    let next = local_key(&stage.guard);
    assert_ne!(next.access_key_id, key.access_key_id);
    let answer = exchange(&stage.guard, bytes(&describe(HOST), &next, Placement::Header).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn the_endpoint_way_in_takes_local_keys_and_calls_the_service_of_the_signed_region() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &["--listen-endpoint", "127.0.0.1:0"]);
    let endpoint = stage.guard.address("endpoint");
    let key = local_key(&stage.guard);
    let close = |text: String| text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let call = |host: String, key: &Key, placement| ask(endpoint, &close(bytes(&describe(&host), key, placement)));
    for host in [endpoint.to_string(), format!("localhost:{}", endpoint.port())] {
        let (status, body) = call(host, &key, Placement::Header);
        assert_eq!(status, 200, "{body}");
    }
    let (status, body) = call(endpoint.to_string(), &key, Placement::Query(std::time::Duration::from_secs(60)));
    assert_eq!(status, 200, "{body}");
    let heads: Vec<String> =
        stage.sandbox.arrivals().iter().map(|arrival| String::from_utf8(arrival.head().to_vec()).unwrap()).collect();
    assert!(heads.iter().all(|head| head.contains("Host: rds.us-east-1.amazonaws.com\r\n")), "{heads:?}");
    let (status, body) = call(endpoint.to_string(), &stage.key, Placement::Header);
    assert!(status == 403 && body.contains("was not handed out"), "{body}");
    let (status, body) = call("rds.us-east-1.amazonaws.com".into(), &key, Placement::Header);
    assert!(status == 421, "{body}");
    let elsewhere = Call { region: "eu-central-1".into(), ..describe(&endpoint.to_string()) };
    let (status, body) = ask(endpoint, &close(bytes(&elsewhere, &key, Placement::Header)));
    assert_eq!(status, 503, "no endpoint is configured there, and there is no DNS: {body}");
    assert_eq!(stage.sandbox.requests(), 3);
    let (status, body) = ask(endpoint, &format!("GET / HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\n\r\n"));
    assert!(status == 403 && body.contains("MissingAuthenticationToken"), "{body}");
}

/// The request that RDS would send to the other region, from a copy that arrived.
fn nested_url(stage: &Stage) -> String {
    let arrival = stage.sandbox.arrivals().pop().unwrap();
    let text = String::from_utf8(arrival.bytes.to_vec()).unwrap();
    let body = text.split_once("\r\n\r\n").unwrap().1;
    form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "PreSignedUrl").unwrap().1.into_owned()
}

#[test]
fn a_copy_by_the_endpoint_way_in_asks_the_region_that_its_presigned_url_is_signed_for() {
    let folder = tempfile::tempdir().unwrap();
    // Copies from anywhere but eu-west-2.
    let policy = POLICY.replace(
        "{\"Statement\":[",
        r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-2"}}},"#,
    );
    let stage = stage_under(&policy, folder.path(), &["--listen-endpoint", "127.0.0.1:0"]);
    let endpoint = stage.guard.address("endpoint");
    let (key, own) = (local_key(&stage.guard), format!("http://{endpoint}"));
    let close = |text: String| text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let send = |text: String| ask(endpoint, &close(text));
    send(copy_from(&own, &endpoint.to_string(), &key, &key));
    assert_eq!(stage.sandbox.arrivals()[0].verified.as_deref(), Some(REAL.0));
    let url = nested_url(&stage);
    assert!(url.starts_with(&format!("https://{FAR}/?")) && !url.contains("127.0.0.1"), "{url}");
    assert!(url.contains(&format!("{}%2F", REAL.0)) && url.contains("%2Feu-west-1%2Frds%2F"), "{url}");

    let (status, body) = send(copy_from(&own, &endpoint.to_string(), &key, &forged(&key)));
    assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{body}");
    // Only the address that the client itself called, and only on this listener.
    for elsewhere in ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://rds.eu-west-1.amazonaws.com"] {
        let (status, body) = send(copy_from(elsewhere, &endpoint.to_string(), &key, &key));
        assert!(status == 400 && body.contains("PreSignedUrl"), "{elsewhere}: {body}");
    }
    // The region that it calls is judged too.
    let text = copy_from(&own, &endpoint.to_string(), &key, &key);
    let (status, body) = send(text.replace("eu-west-1%252Frds", "eu-west-2%252Frds"));
    assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{body}");
    assert_eq!(stage.sandbox.requests(), 1);
}

#[tokio::test]
async fn at_the_services_own_name_a_presigned_url_in_plain_http_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), &[]);
    let key = local_key(&stage.guard);
    for far in ["http://rds.eu-west-1.amazonaws.com", "http://rds.us-east-1.amazonaws.com", "http://127.0.0.1:9912"] {
        let answer = exchange(&stage.guard, copy_from(far, HOST, &key, &key).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("PreSignedUrl"), "{far}: {answer}");
    }
}

#[tokio::test]
async fn without_credentials_of_its_own_the_proxy_says_so_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let unreachable = "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:9/";
    let stage = stage(folder.path(), &["AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", unreachable]);
    let key = local_key(&stage.guard);
    let answer = exchange(&stage.guard, bytes(&describe(HOST), &key, Placement::Header).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("no credentials to sign"), "{answer}");
    assert!(!answer.contains("127.0.0.1:9"), "where they come from is for the operator: {answer}");
    while !stage.guard.probe("/readyz").contains("the broker has no credentials to sign with") {
        assert!(stage.sandbox.requests() == 0);
    }
    assert_eq!(stage.sandbox.requests(), 0);
}

/// A proxy in front of the sandbox that knows the secret of its key from a file of `[[principal]]`.
fn knowing_the_secret(folder: &std::path::Path) -> Stage {
    let (secret, config) = (folder.join("secret"), folder.join("rds-guard.toml"));
    std::fs::write(&secret, REAL.1).unwrap();
    let text = format!(
        "[[principal]]\naccess_key_id = \"{}\"\narn = \"arn:aws:iam::123456789012:user/ann\"\n\
         secret_access_key_file = \"{}\"\n",
        REAL.0,
        secret.display()
    );
    std::fs::write(&config, text).unwrap();
    let anybody = POLICY.replace(SESSION, "123456789012");
    Stage::set(&anybody, &["--config", config.to_str().unwrap(), "AWS_EC2_METADATA_DISABLED=true"])
}

#[tokio::test]
async fn a_presigned_url_is_verified_wherever_the_secret_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let stage = knowing_the_secret(folder.path());
    let answer = exchange(&stage.guard, copy(HOST, &stage.key, &forged(&stage.key)).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
    assert!(answer.contains("x-rds-guard-reason: bad_signature") && answer.contains("PreSignedUrl"), "{answer}");
    assert_eq!(stage.sandbox.requests(), 0);
    exchange(&stage.guard, copy(HOST, &stage.key, &stage.key).as_bytes()).await;
    assert_eq!(stage.sandbox.arrivals()[0].verified.as_deref(), Some(REAL.0), "a right one goes on as it came");
}

#[tokio::test]
async fn the_proxys_own_key_is_verified_too_with_what_is_presigned_by_it() {
    let sts = Sts::start("<Arn>arn:aws:iam::123456789012:user/ann</Arn><UserId>AIDAEXAMPLE</UserId>");
    let [id, secret, _] = own_credentials();
    let url = format!("AWS_ENDPOINT_URL_STS=http://{}", sts.address);
    let policy = POLICY.replace(SESSION, "arn:aws:iam::123456789012:user/ann");
    let stage = Stage::set(&policy, &[&id, &secret, &url]);
    // The principal of the key is determined in the background.
    while !exchange(&stage.guard, stage.good().as_bytes()).await.starts_with("HTTP/1.1 200") {}
    let before = stage.sandbox.requests();
    for wrong in
        [bytes(&describe(HOST), &forged(&stage.key), Placement::Header), copy(HOST, &stage.key, &forged(&stage.key))]
    {
        let answer = exchange(&stage.guard, wrong.as_bytes()).await;
        assert!(answer.contains("x-rds-guard-reason: bad_signature"), "{answer}");
    }
    assert_eq!(stage.sandbox.requests(), before);
}
