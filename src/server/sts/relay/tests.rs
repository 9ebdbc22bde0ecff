//! The relay between a client and STS: unchanged bytes, what it learns from them, and its limits.

use std::{sync::Arc, time::Duration};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::*;
use crate::{aws::AccessKeyId, intercept::Limits, record::Metrics};

const KEY: &str = "ASIAIOSFODNN7EXAMPLE";

/// The environment of a relay.
struct Scene {
    directory: Directory,
    in_flight: Arc<Quota>,
    reader: RequestReader,
    drain: Arc<Drain>,
    host: StsHost,
}

impl Scene {
    fn new() -> Self {
        let limits = Limits {
            body: 64 * 1024,
            buffered: 128 * 1024,
            head_time: Duration::from_secs(2),
            body_time: Duration::from_secs(3),
            idle: Duration::from_secs(5),
        };
        Self {
            directory: Directory::default(),
            in_flight: Quota::new(1, []),
            reader: RequestReader::new(limits),
            drain: Arc::new(Drain::new(Arc::new(Metrics::default()))),
            host: StsHost::recognise("sts.us-east-1.amazonaws.com").unwrap(),
        }
    }

    /// Runs a relay between two ends, which are passed to `talk`.
    async fn with<F: Future<Output = T>, T>(&self, talk: impl FnOnce(DuplexStream, DuplexStream) -> F) -> T {
        let ((client, mut inner), (mut outer, service)) = (tokio::io::duplex(1 << 20), tokio::io::duplex(1 << 20));
        let relay = Relay {
            host: &self.host,
            workload: None,
            directory: &self.directory,
            drain: &self.drain,
            in_flight: &self.in_flight,
            request_id: "id".into(),
            silence: self.reader.idle(),
        };
        let mut traffic = Traffic::default();
        let run = async {
            let _ = relay.run(&mut inner, &mut outer, self.reader.for_client(None), &mut traffic).await;
            drop((inner, outer));
        };
        tokio::join!(talk(client, service), run).0
    }

    /// Runs one exchange; returns what the service received, and what the client received.
    async fn exchange(&self, request: &str, answer: &str) -> (String, String) {
        self.with(async |mut client, mut service| {
            client.write_all(request.as_bytes()).await.unwrap();
            let sent = until(&mut service, request.len()).await;
            service.write_all(answer.as_bytes()).await.unwrap();
            (sent, until(&mut client, answer.len()).await)
        })
        .await
    }

    fn knows(&self) -> bool {
        let key: AccessKeyId = KEY.parse().unwrap();
        self.directory.knows(&key, OffsetDateTime::now_utc())
    }
}

async fn until(stream: &mut DuplexStream, at_least: usize) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < at_least {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "{}", bytes.escape_ascii());
    }
    String::from_utf8(bytes).unwrap()
}

async fn all(mut stream: DuplexStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

const FORM: &str = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=t&RoleSessionName=one\
                    &RoleArn=arn:aws:iam::123456789012:role/app";

fn request(form: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nhOST: sts.us-east-1.amazonaws.com\r\nX-Amz-Date: 20261124T120000Z\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nContent-Length: {}\r\ndate: x\r\n\r\n{body}", body.len())
}

fn credentials(filler: usize) -> String {
    let name = "AssumeRoleWithWebIdentity";
    format!(
        "<{name}Response><{name}Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/app/one</Arn>\
         </AssumedRoleUser><Credentials><AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><Filler>{}</Filler>\
         </{name}Result></{name}Response>",
        "x".repeat(filler)
    )
}

#[tokio::test]
async fn everything_passes_as_it_came_and_credentials_are_learnt_on_the_way() {
    let good = answer(&credentials(0));
    let cases = [
        (request(FORM), good.clone(), true),
        (request(&FORM.replace("AssumeRoleWithWebIdentity", "GetCallerIdentity")), good.clone(), false),
        (request(FORM), answer("{\"not\": \"XML\"}"), false),
        (request(FORM), answer(&credentials(LONGEST_ANSWER)), false),
        (request("no form at all"), good.clone(), false),
        (request(FORM), good.replace("200 OK", "203 OK"), false),
        (request(FORM), good.replace("200 OK", "400 Bad Request"), false),
        (request(FORM), good.replace("date: x", "Content-Encoding: gzip"), false),
        (request(FORM), good.replace("date: x", "content-encoding: identity"), false),
        (request(FORM), good.replace("date: x", "Content-Length: 1"), false),
        (request(FORM), good.replace("date: x", "Transfer-Encoding: chunked"), false),
    ];
    for (request, answer, learnt) in cases {
        let scene = Scene::new();
        assert_eq!(scene.exchange(&request, &answer).await, (request.clone(), answer.clone()));
        assert_eq!(scene.knows(), learnt, "{request}\n{answer}");
    }
}

#[tokio::test]
async fn what_is_no_request_of_one_reading_passes_unread_and_so_does_all_that_follows() {
    let chunked = request(FORM).replace(&format!("Content-Length: {}", FORM.len()), "Transfer-Encoding: chunked");
    let chunked = chunked.replace(FORM, &format!("{:x}\r\n{FORM}\r\n0\r\n\r\n", FORM.len()));
    for odd in [
        chunked,
        request(FORM).replace("\r\n", "\n"),
        request(FORM).replace("X-Amz-Date", "Expect: 100-continue\r\nX-Amz-Date"),
        request(FORM).replace("X-Amz-Date", "Content-Length: 1\r\nX-Amz-Date"),
        request(FORM).replace("X-Amz-Date", "Host: other\r\nX-Amz-Date"),
        request(FORM).replace("POST", "HEAD"),
        request(&format!("{FORM}&Policy={}", "x".repeat(100_000))),
    ] {
        let scene = Scene::new();
        let both = format!("{odd}{}", request(FORM));
        let answers = answer(&credentials(0)).repeat(2);
        assert_eq!(scene.exchange(&both, &answers).await, (both.clone(), answers), "{odd}");
        assert!(!scene.knows(), "{odd}");
    }
}

#[tokio::test]
async fn answers_of_any_framing_pass_and_the_connection_carries_the_next_request() {
    let chunks = "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_owned();
    let scene = Scene::new();
    let requests = request(FORM);
    scene
        .with(async |mut client, mut service| {
            for answer in [chunks.clone(), answer("x"), answer(&credentials(0))] {
                client.write_all(requests.as_bytes()).await.unwrap();
                assert_eq!(until(&mut service, requests.len()).await, requests);
                service.write_all(answer.as_bytes()).await.unwrap();
                assert_eq!(until(&mut client, answer.len()).await, answer);
            }
            // An answer without a length ends with the connection.
            client.write_all(requests.as_bytes()).await.unwrap();
            until(&mut service, requests.len()).await;
            service.write_all(b"HTTP/1.1 200 OK\r\n\r\nabc").await.unwrap();
            drop(service);
            assert_eq!(all(client).await, "HTTP/1.1 200 OK\r\n\r\nabc");
        })
        .await;
    assert!(scene.knows());
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_ends_the_connection_and_teaches_nothing() {
    let scene = Scene::new();
    scene
        .with(async |mut client, mut service| {
            service.write_all(answer(&credentials(0)).as_bytes()).await.unwrap();
            let _ = client.write_all(request(FORM).as_bytes()).await;
            all(client).await;
        })
        .await;
    assert!(!scene.knows());
    // Bytes after an answer do not belong to the next one.
    let scene = Scene::new();
    scene
        .with(async |mut client, mut service| {
            let plain = request("Action=GetCallerIdentity&Version=2011-06-15");
            client.write_all(plain.as_bytes()).await.unwrap();
            until(&mut service, plain.len()).await;
            service.write_all((answer("x") + &answer(&credentials(0))).as_bytes()).await.unwrap();
            let _ = client.write_all(request(FORM).as_bytes()).await;
            all(client).await;
        })
        .await;
    assert!(!scene.knows());
}

#[tokio::test(start_paused = true)]
async fn silence_and_slowness_end_a_connection_on_either_side() {
    let refused = |answer: &str| answer.starts_with("HTTP/1.1 400 ") && answer.contains("RequestTimeout");
    let scene = Scene::new();
    let heard = scene.with(async |client, _service| all(client).await).await;
    assert_eq!(heard, "", "nothing was asked");
    for begin in [
        "POST / HT".to_owned(),
        request(FORM).get(..200).unwrap().to_owned(),
        request(FORM).get(..request(FORM).len() - 1).unwrap().to_owned(),
    ] {
        let scene = Scene::new();
        let heard = scene
            .with(async |mut client, _service| {
                client.write_all(begin.as_bytes()).await.unwrap();
                all(client).await
            })
            .await;
        assert!(refused(&heard), "{begin}: {heard}");
    }
    for begin in ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"] {
        let scene = Scene::new();
        scene
            .with(async |mut client, mut service| {
                client.write_all(request(FORM).as_bytes()).await.unwrap();
                until(&mut service, request(FORM).len()).await;
                service.write_all(begin.as_bytes()).await.unwrap();
                all(client).await
            })
            .await;
    }
    // Bytes that are passed on unread have the same limit.
    let scene = Scene::new();
    let heard = scene
        .with(async |mut client, _service| {
            client.write_all(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
            all(client).await
        })
        .await;
    assert_eq!(heard, "");
}

#[tokio::test]
async fn a_client_of_sts_hears_at_once_that_the_service_has_closed() {
    let scene = Scene::new();
    let heard = scene
        .with(async |client, service| {
            drop(service);
            all(client).await
        })
        .await;
    assert_eq!(heard, "");
}

#[tokio::test]
async fn bodies_share_the_budget_of_all_bodies_and_requests_the_limit_of_all_requests() {
    let throttled = |answer: &str| answer.starts_with("HTTP/1.1 400 ") && answer.contains("<Code>Throttling</Code>");
    // The budget is two bodies of 64 KiB: the third does not fit, and its client gets an error.
    let scene = Scene::new();
    let begin =
        format!("POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\nContent-Length: {}\r\n\r\n", 64 * 1024);
    let hold = async |mut client: DuplexStream, _service: DuplexStream| {
        client.write_all(begin.as_bytes()).await.unwrap();
        all(client).await
    };
    let heard = {
        let (one, two) = (scene.with(hold), scene.with(hold));
        let third = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            scene.with(hold).await
        };
        tokio::select! {
            third = third => third,
            _ = async { tokio::join!(one, two) } => unreachable!("they wait for their bodies"),
        }
    };
    assert!(throttled(&heard), "{heard}");
    let scene = Scene::new();
    let _taken = scene.in_flight.try_take(None, 1).unwrap();
    let heard = scene
        .with(async |mut client, _service| {
            client.write_all(request(FORM).as_bytes()).await.unwrap();
            all(client).await
        })
        .await;
    assert!(throttled(&heard), "{heard}");
}
