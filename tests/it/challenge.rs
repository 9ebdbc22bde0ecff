//! A workload with a token, and clients that show it only when they are asked.
#![allow(clippy::disallowed_methods, reason = "what a client printed is shown, not forwarded")]

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    time::Duration,
};

use crate::{
    clients::venv,
    support::{
        stage::{ALLOW_READS, HOST, Stage},
        tools::{self, CURL, JAVA},
    },
};

const TOKEN: &str = "the-token-of-shop-0451";
/// `shop:the-token-of-shop-0451`.
const GOOD: &str = "Proxy-Authorization: Basic c2hvcDp0aGUtdG9rZW4tb2Ytc2hvcC0wNDUx\r\n";
/// `shop:x`.
const WRONG: &str = "Proxy-Authorization: Basic c2hvcDp4\r\n";

struct Scene {
    stage: Stage,
    proxy: SocketAddr,
    _folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    std::fs::write(folder.path().join("token"), TOKEN).unwrap();
    let file = folder.path().join("rds-guard.toml");
    let text = format!(
        "tunnel.plain_http = true\n[[workload]]\nname = \"shop\"\nlisten = \"{proxy}\"\ntoken_file = \"{}\"\n",
        folder.path().join("token").display()
    );
    std::fs::write(&file, text).unwrap();
    let stage = Stage::set(ALLOW_READS, &["--config", file.to_str().unwrap()]);
    Scene { stage, proxy, _folder: folder }
}

fn open(proxy: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(proxy).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends a request and reads the head of the answer, and its body where it has a length.
fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).unwrap();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next()?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn connect(target: &str, headers: &str) -> String {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{headers}\r\n")
}

fn is_challenge(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 407 ")
        && answer.contains("proxy-authenticate: Basic realm=\"rds-guard\"\r\n")
        && answer.contains("x-rds-guard-reason: identity\r\n")
}

fn is_over(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0]), Ok(0) | Err(_))
}

#[test]
fn a_client_that_waits_to_be_asked_for_its_token_was_never_asked() {
    let Scene { stage, proxy, _folder } = scene();
    let service = format!("{HOST}:443");
    // Any host, by CONNECT and in plain HTTP; and the token may be shown on the same connection.
    for first in [connect(&service, ""), connect("a.example:443", ""), "GET http://a.example/ HTTP/1.1\r\n\r\n".into()]
    {
        let mut stream = open(proxy);
        let answer = ask(&mut stream, &first);
        assert!(is_challenge(&answer) && !answer.contains("connection: close"), "{first}: {answer}");
        let answer = ask(&mut stream, &connect(&service, GOOD));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{first}: {answer}");
    }
    // A wrong one is refused inside TLS for the service, where SDKs show it, and here for other hosts.
    assert!(ask(&mut open(proxy), &connect(&service, WRONG)).starts_with("HTTP/1.1 200 "));
    assert!(ask(&mut open(proxy), &connect(&service, &format!("{GOOD}{WRONG}"))).starts_with("HTTP/1.1 200 "));
    let mut stream = open(proxy);
    let answer = ask(&mut stream, &connect("a.example:443", WRONG));
    assert!(is_challenge(&answer) && answer.contains("connection: close\r\n") && is_over(&mut stream), "{answer}");
    // The common listener has no token to ask for.
    assert!(ask(&mut open(stage.guard.proxy), &connect(&service, "")).starts_with("HTTP/1.1 200 "));
    let records = stage.guard.into_records();
    let asked = |record: &&serde_json::Value| record["detail"].as_str().is_some_and(|d| d.contains("are needed"));
    let found: Vec<_> = records.iter().filter(asked).collect();
    assert_eq!(found.len(), 3, "{records:?}");
    for record in found {
        assert_eq!((&record["kind"], &record["reason"]), (&"tunnel".into(), &"identity".into()));
        assert_eq!((&record["decision"], &record["workload"]), (&"deny".into(), &serde_json::Value::Null));
    }
}

#[test]
fn a_connection_ends_with_the_challenge_where_no_request_can_follow_on_it() {
    let Scene { proxy, stage: _stage, _folder } = scene();
    let service = format!("{HOST}:443");
    for request in [
        format!("CONNECT {service} HTTP/1.0\r\n\r\n"),
        connect(&service, "Connection: close\r\n"),
        connect(&service, "Proxy-Connection: close\r\n"),
        // The beginning of TLS came before the answer: what follows is no request.
        connect(&service, "") + "\u{16}\u{3}\u{1}",
        "POST http://a.example/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody".to_owned(),
        "POST http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
    ] {
        let mut stream = open(proxy);
        let answer = ask(&mut stream, &request);
        assert!(is_challenge(&answer) && answer.contains("connection: close\r\n"), "{request}: {answer}");
        assert!(is_over(&mut stream), "{request}");
    }
    // A client that never shows a token is asked a few times.
    let mut stream = open(proxy);
    let answers: Vec<String> = (0..3).map(|_| ask(&mut stream, &connect(&service, ""))).collect();
    assert!(answers.iter().all(|answer| is_challenge(answer)), "{answers:?}");
    assert!(answers[2].contains("connection: close\r\n") && is_over(&mut stream), "{answers:?}");
    // What cannot be read is answered as such.
    assert!(ask(&mut open(proxy), &connect("a..b:443", "")).starts_with("HTTP/1.1 400 "));
}

#[test]
fn curl_shows_its_token_when_it_is_asked() {
    if !(tools::clients_wanted() && tools::available(&[&CURL])) {
        return;
    }
    let Scene { proxy, stage, _folder } = scene();
    let curl = |arguments: &[&str]| {
        let mut command = Command::new("curl");
        command.env_clear().args(["-sS", "-i", "--max-time", "20", "--proxy", &format!("http://{proxy}"), "--cacert"]);
        command.arg(stage.guard.bundle()).args(arguments);
        let output = command.arg(format!("https://{HOST}/?Action=DescribeDBInstances&Version=2014-10-31")).output();
        let output = output.unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let user = format!("shop:{TOKEN}");
    for way in ["--proxy-anyauth", "--proxy-basic"] {
        let answer = curl(&[way, "--proxy-user", &user]);
        assert!(answer.contains("MissingAuthenticationToken"), "{way}: {answer}");
        assert_eq!(answer.contains("407 Proxy Authentication Required"), way == "--proxy-anyauth", "{answer}");
    }
    for arguments in [["--proxy-digest", "--proxy-user", &user], ["--proxy-anyauth", "--proxy-user", "shop:x"]] {
        let answer = curl(&arguments);
        assert!(!answer.contains("MissingAuthenticationToken"), "{arguments:?}: {answer}");
    }
    assert!(curl(&[]).contains("407"), "without credentials it says what is missing");
}

#[test]
fn java_shows_its_token_when_it_is_asked() {
    if !(tools::clients_wanted() && tools::available(&[&JAVA])) {
        return;
    }
    let Scene { proxy, stage, _folder } = scene();
    let classes = tempfile::tempdir().unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/java/Challenge.java");
    venv::run(
        Command::new("javac").args(["-encoding", "UTF-8", "-d"]).arg(classes.path()).arg(source),
        "the client in Java cannot be compiled",
    );
    let store = stage.guard.published("truststore.p12");
    let output = Command::new("java")
        .env_remove("JAVA_TOOL_OPTIONS")
        .arg("-XX:TieredStopAtLevel=1")
        .arg("-Djdk.http.auth.tunneling.disabledSchemes=")
        .arg(format!("-Djavax.net.ssl.trustStore={}", store.display()))
        .args(["-Djavax.net.ssl.trustStorePassword=changeit", "-cp"])
        .arg(classes.path())
        .args(["Challenge", &proxy.port().to_string(), "shop", TOKEN])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        said,
        "HttpClient 403 unauthenticated\nHttpURLConnection 403 unauthenticated\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
