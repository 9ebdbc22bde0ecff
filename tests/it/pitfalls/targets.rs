//! Targets that lead inside: metadata, loopback, the proxy itself, in every way that a client can name them.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, UdpSocket},
};

use serde_json::Value;

use crate::support::{
    plainly::dial,
    stage::{ALLOW_READS, HOST, Stage},
};

fn ask(proxy: SocketAddr, request: &[u8]) -> String {
    let mut stream = dial(proxy);
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metadata_and_credential_addresses_are_refused_by_connect_and_in_absolute_form() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_TUNNEL__PLAIN_HTTP=true"]);
    for address in ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"] {
        for request in [
            format!("CONNECT {address}:80 HTTP/1.1\r\n\r\n"),
            format!("GET http://{address}/latest/meta-data/ HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        ] {
            let answer = ask(stage.guard.proxy, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 403 "), "{request}: {answer}");
            assert!(answer.contains("x-rds-guard-reason: metadata_address\r\n"), "{request}: {answer}");
        }
    }
}

#[test]
fn nobody_is_led_back_to_the_proxy_or_to_this_machine() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let (proxy, admin) = (stage.guard.proxy.port(), stage.guard.admin.port());
    let mut hosts: Vec<String> =
        ["127.0.0.1", "127.8.8.8", "0.0.0.0", "0", "[::1]", "[::]", "localhost", "LocalHost.", "x.localhost"]
            .map(str::to_owned)
            .to_vec();
    // The address that this machine would send from, if it has one: nothing is sent to find it.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    if socket.connect("192.0.2.1:9").is_ok() {
        hosts.push(socket.local_addr().unwrap().ip().to_string());
    }
    for host in hosts {
        for port in [proxy, admin, 443] {
            let answer = ask(stage.guard.proxy, format!("CONNECT {host}:{port} HTTP/1.1\r\n\r\n").as_bytes());
            assert!(answer.starts_with("HTTP/1.1 403 "), "{host}:{port}: {answer}");
            assert!(answer.contains("x-rds-guard-reason: tunnel_not_allowed\r\n"), "{host}:{port}: {answer}");
        }
    }
}

#[test]
fn whatever_a_client_writes_into_a_name_a_record_is_one_line_of_json() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let mut sent = 0;
    for odd in
        ["a\"b", "a\\b", "{\"x\":1}", "a\u{1b}[31mb", "a\u{7f}b", "\u{202e}a", "'", "<b>", "%0a", &"a".repeat(5000)]
    {
        for request in [
            format!("CONNECT {odd}:443 HTTP/1.1\r\n\r\n"),
            format!("GET http://{odd}/ HTTP/1.1\r\nHost: x\r\nUser-Agent: {odd}\r\n\r\n"),
            format!("{odd} / HTTP/1.1\r\n\r\n"),
        ] {
            sent += 1;
            let answer = ask(stage.guard.proxy, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"), "{request}: {answer}");
        }
    }
    let (_directory, written) = stage.guard.into_everything_written();
    let lines = written.lines().filter(|line| line.starts_with('{'));
    let records: Vec<Value> = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
    let records: Vec<&Value> = records.iter().filter(|record| record["schema"] == 1).collect();
    assert_eq!(records.len(), sent);
    assert!(records.iter().all(|record| record["host"].as_str().is_none_or(|host| host.chars().count() <= 300)));
}

#[test]
fn the_admin_listener_changes_nothing() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let before = stage.guard.probe("/readyz");
    for method in ["POST", "PUT", "DELETE", "PATCH", "CONNECT"] {
        for path in ["/", "/readyz", "/reload", "/quitquitquit", "/config", "/debug/pprof/heap"] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let answer = ask(stage.guard.admin, request.as_bytes());
            assert!(answer.starts_with("HTTP/1.1 4"), "{method} {path}: {answer}");
        }
    }
    let after = stage.guard.probe("/readyz");
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(&before), body(&after));
}
