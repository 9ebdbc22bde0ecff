//! Plain HTTP to other hosts: one request, judged like a tunnel to its host, and nothing after it.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use proptest::prelude::*;
use rds_guard::{
    accept::{
        Authority,
        connect::{self, Asked},
        tunnel::Traffic,
    },
    http1::{Head, Request, head_end},
};
use tokio::io::{AsyncReadExt as _, duplex};

use super::World;
use crate::support::stage::{ALLOW_READS, Stage};

fn ask(proxy: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(proxy).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn stage(world: &World, arguments: &[&str]) -> Stage {
    let variable = world.variable("");
    Stage::set(ALLOW_READS, &[&[variable.as_str(), "RDS_GUARD_TUNNEL__PLAIN_HTTP=true"], arguments].concat())
}

#[test]
fn a_request_is_sent_on_in_origin_form_for_the_host_that_was_judged() {
    let world = World::start();
    let stage = stage(&world, &[]);
    let request = "GET http://Web.Example/a?b=http://c HTTP/1.1\r\nHost: other.example\r\nProxy-Connection: keep-alive\r\n\
                   Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nX-Own:  two words \r\nProxy-Authorization: Basic eDp5\r\n\
                   TE: trailers\r\nUpgrade: h2c\r\n\r\n";
    let answer = ask(stage.guard.proxy, &format!("{request}{}", request.replace("/a?", "/second?")));
    assert_eq!(answer, "HTTP/1.1 200 OK\r\nX-Own: a\r\nContent-Length: 5\r\nconnection: close\r\n\r\nhello");
    let expected = "GET /a?b=http://c HTTP/1.1\r\nHost: web.example\r\nX-Own: two words\r\nConnection: close\r\n\r\n";
    assert_eq!(world.heard(), [expected.as_bytes()], "and no second request behind it");
    let records = stage.guard.into_records();
    assert_eq!((&records[0]["kind"], &records[0]["host"]), (&"tunnel".into(), &"web.example:80".into()));
    assert_eq!(
        (&records[0]["reason"], records[0]["bytes_out"].as_u64()),
        (&"allowed".into(), Some(answer.len() as u64))
    );
    assert_eq!(records[0]["bytes_in"].as_u64(), Some(expected.len() as u64));
}

#[test]
fn bodies_pass_by_length_and_in_chunks_both_ways() {
    let world = World::start();
    let stage = stage(&world, &[]);
    let length = "POST http://web.example:8080/chunked HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    assert_eq!(
        ask(stage.guard.proxy, length),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    );
    let chunks = "POST http://web.example/interim HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(
        ask(stage.guard.proxy, chunks),
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nconnection: close\r\n\r\nhello"
    );
    let old = "POST http://web.example/interim HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc";
    let answer = ask(stage.guard.proxy, old);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "no interim answer for HTTP/1.0: {answer}");
    let head = "HEAD http://web.example HTTP/1.1\r\n\r\n";
    assert_eq!(
        ask(stage.guard.proxy, head),
        "HTTP/1.1 200 OK\r\nX-Own: a\r\nContent-Length: 5\r\nconnection: close\r\n\r\n"
    );
    let heard: Vec<String> = world.heard().into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    assert!(
        heard[0].starts_with("POST /chunked HTTP/1.1\r\nHost: web.example:8080\r\n")
            && heard[0].ends_with("\r\n\r\nabc")
    );
    assert!(heard[1].ends_with("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), "{}", heard[1]);
    assert!(heard[2].starts_with("POST /interim HTTP/1.0\r\n"), "{}", heard[2]);
    assert!(heard[3].starts_with("HEAD / HTTP/1.1\r\n"), "{}", heard[3]);
}

#[test]
fn the_rds_api_is_never_asked_in_plain_and_other_hosts_only_as_tunnels_to_them_may_go() {
    let world = World::start();
    let stage = stage(&world, &["RDS_GUARD_TUNNEL__DENY=*.evil.example"]);
    let cases = [
        ("rds.us-east-1.amazonaws.com", 403, "tunnel_not_allowed", "reached by https only"),
        ("RDS.us-east-1.amazonaws.com.:443", 403, "tunnel_not_allowed", "reached by https only"),
        ("rds.nowhere.amazonaws.com", 403, "tunnel_not_allowed", "reached by https only"),
        ("very.evil.example", 403, "tunnel_not_allowed", "does not allow very.evil.example"),
        ("169.254.169.254", 403, "metadata_address", "put it into NO_PROXY"),
        ("[fd00:ec2::23]", 403, "metadata_address", "put it into NO_PROXY"),
        ("0xa9fea9fe", 403, "metadata_address", "put it into NO_PROXY"),
        ("localhost:9901", 403, "tunnel_not_allowed", "loopback"),
        ("user:secret@web.example", 400, "malformed", "not of the form"),
        ("web.example:", 403, "tunnel_not_allowed", "no port"),
        ("forbidden.example", 502, "connect_failed", "answers 403"),
    ];
    for (host, status, reason, words) in cases {
        let answer = ask(stage.guard.proxy, &format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {answer}");
        assert!(
            answer.contains(&format!("x-rds-guard-reason: {reason}\r\n")) && answer.contains(words),
            "{host}: {answer}"
        );
    }
    for (request, status) in [
        ("GET http://web.example/both HTTP/1.1\r\n\r\n", 502),
        ("GET http://web.example/switch HTTP/1.1\r\n\r\n", 502),
        ("POST http://web.example/ HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST http://web.example/ HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
        ("POST http://web.example/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET http://web.example/#x HTTP/1.1\r\n\r\n", 400),
    ] {
        let answer = ask(stage.guard.proxy, request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
    }
    let asked: Vec<String> = world.asked().iter().map(|head| head.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(asked, ["forbidden.example:80", "web.example:80", "web.example:80"]);
}

#[test]
fn a_connection_option_took_the_framing_from_a_request() {
    let world = World::start();
    let stage = stage(&world, &[]);
    for option in [
        "content-length",
        "Content-Length",
        "transfer-encoding",
        "close, content-length",
        "close,,Content-Length",
        "host",
        "expect",
        "content-type",
        "Content-Encoding",
        "authorization",
        "cookie",
        "range",
        "if-match",
        "cache-control",
        "te\r\nConnection: content-length",
        "x-amz-date",
        "x-forwarded-for",
        "forwarded",
        "accept",
        "user-agent",
        "max-forwards",
        "caf\u{e9}",
        "\"content-length\"",
        "content-length;x",
    ] {
        let request = format!(
            "POST http://web.example/a HTTP/1.1\r\nConnection: {option}\r\nContent-Length: 47\r\n\r\n\
             GET /secret HTTP/1.1\r\nHost: internal.example\r\n\r\n"
        );
        let answer = ask(stage.guard.proxy, &request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{option}: {answer}");
    }
    assert_eq!(world.heard(), [[0; 0]; 0], "nothing was sent on");
    for option in ["close", "keep-alive, te, upgrade", "Upgrade, HTTP2-Settings", "x-hop", "proxy-connection", ""] {
        let request = format!("GET http://web.example/a HTTP/1.1\r\nConnection: {option}\r\nX-Hop: 1\r\n\r\n");
        let answer = ask(stage.guard.proxy, &request);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{option}: {answer}");
    }
}

#[test]
fn without_the_key_plain_http_is_refused_with_what_to_do() {
    let world = World::start();
    let stage = Stage::set(ALLOW_READS, &[&world.variable("")]);
    for (host, words) in [
        ("web.example", "set HTTPS_PROXY and leave HTTP_PROXY unset"),
        ("rds.us-east-1.amazonaws.com", "use https:// with HTTPS_PROXY"),
    ] {
        let answer = ask(stage.guard.proxy, &format!("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains(words), "{answer}");
    }
    assert_eq!(world.asked(), [""; 0]);
}

/// Fragments of requests that an attacker might build.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let methods = prop::sample::select(vec!["GET", "POST", "HEAD", "PUT", "CONNECT", "get"]);
    let targets = prop::sample::select(vec![
        "http://web.example/",
        "http://web.example:8080/a?b=c",
        "HTTP://WEB.example.",
        "http://web.example?x",
        "http://[::1]/",
        "http://rds.us-east-1.amazonaws.com/",
        "http://user@web.example/",
        "http://web.example/a#b",
        "http:///",
        "/",
        "*",
        "http://web.example/\u{e9}",
        "http://web.example:80",
        "http://web.example:/",
        "https://web.example/",
    ]);
    let lines = prop::sample::select(vec![
        "Host: other.example",
        "host:x",
        "Connection: close, X-A",
        "Connection: keep-alive",
        "X-A: 1",
        "x-b:  2  ",
        "Content-Length: 3",
        "Content-Length: 03",
        "Content-Length: 99",
        "Transfer-Encoding: chunked",
        "TE: trailers",
        "Transfer-Encoding: gzip",
        "Upgrade: h2c",
        "Proxy-Authorization: Basic eDp5",
        "Keep-Alive: 5",
        "Trailer: X-A",
        "Proxy-Connection: keep-alive",
        "Expect: 100-continue",
        "X: a\r\n folded",
        "X\t: 1",
        "X: a\nY: b",
        ": x",
    ]);
    let bodies =
        prop::sample::select(vec!["", "abc", "3\r\nabc\r\n0\r\n\r\n", "abcGET http://b/ HTTP/1.1\r\n\r\n", "zz\r\n"]);
    let versions = prop::sample::select(vec!["HTTP/1.1", "HTTP/1.0", "HTTP/2.0"]);
    (methods, targets, versions, prop::collection::vec(lines, 0..5), bodies).prop_map(
        |(method, target, version, lines, body)| {
            let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            format!("{method} {target} {version}\r\n{lines}\r\n{body}").into_bytes()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_is_sent_on_is_one_strict_request_for_the_host_that_was_judged(bytes in request()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let Some((authority, sent)) = runtime.block_on(sent_on(&bytes)) else { return Ok(()) };
        let end = head_end(&sent, 0).unwrap().unwrap();
        let head = Head::parse(bytes::Bytes::copy_from_slice(&sent[..end])).unwrap();
        prop_assert!(head.target().starts_with('/'));
        let hosts: Vec<&[u8]> = head.values("host").collect();
        let expected = if authority.port == 80 { authority.host.to_string() } else { authority.to_string() };
        prop_assert_eq!(hosts, [expected.as_bytes()]);
        prop_assert_eq!(head.values("connection").collect::<Vec<_>>(), [b"close"]);
        let hop = head.headers().any(|header| !header.is("connection") && Request::is_hop_by_hop(header.name));
        prop_assert!(!hop && head.value("upgrade").is_none());
        let body = (sent.len() - end) as u64;
        match (head.content_length(), head.value("transfer-encoding")) {
            (Some(length), None) => prop_assert!(body <= length),
            (None, None) => prop_assert_eq!(body, 0),
            (None, Some(_)) => {}
            (Some(_), Some(_)) => prop_assert!(false, "two lengths"),
        }
    }
}

/// What a silent server receives of a request, and for which host; `None` if it is not forwarded.
async fn sent_on(mut bytes: &[u8]) -> Option<(Authority, Vec<u8>)> {
    let Ok(Some(Asked::Plain(request))) = connect::read(&mut bytes).await else { return None };
    let authority = request.authority.clone();
    let ((mut client, _end), (mut server, mut heard)) = (duplex(64), duplex(64 * 1024));
    let mut traffic = Traffic::default();
    let _ = request.exchange(&mut client, &mut server, Duration::from_secs(1), &mut traffic).await;
    drop(server);
    let mut sent = Vec::new();
    heard.read_to_end(&mut sent).await.unwrap();
    assert_eq!(traffic.bytes_in, sent.len() as u64);
    Some((authority, sent))
}
