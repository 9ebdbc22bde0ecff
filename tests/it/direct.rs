//! The direct listener, byte by byte: the server name of the handshake determines the host; a client that names no
//! RDS API host gets the alert unrecognized_name, no certificate and no HTTP.

use std::{net::SocketAddr, sync::Arc};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::stage::{ALLOW_READS, DNS, HOST, Stage};

const BOTH: [&str; 4] = ["--listen-direct", "127.0.0.1:0", "--listen-direct", "[::1]:0"];

/// The fatal alert unrecognized_name as a TLS record (RFC 8446, 6; RFC 6066, 3).
const UNRECOGNIZED_NAME: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 112];

#[tokio::test]
async fn a_call_without_connect_is_judged_forwarded_and_recorded_on_ipv4_and_ipv6() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    assert!(matches!(stage.guard.direct[..], [SocketAddr::V4(_), SocketAddr::V6(_)]), "{:?}", stage.guard.direct);
    for address in stage.guard.direct.clone() {
        let allowed = call(&stage, address, HOST, &stage.good()).await;
        assert!(allowed.starts_with("HTTP/1.1 200 "), "{allowed}");
        let stop = stage.signed("us-east-1", "StopDBInstance", &[("DBInstanceIdentifier", "orders")]);
        let denied = call(&stage, address, HOST, &stop).await;
        assert!(denied.starts_with("HTTP/1.1 403 ") && denied.contains("<Code>AccessDenied</Code>"), "{denied}");
    }
    assert_eq!(stage.sandbox.requests(), 2);
    let records = stage.guard.into_records();
    let requests: Vec<_> = records.iter().filter(|record| record["kind"] == "rds").collect();
    assert!(requests.len() == 4 && requests.iter().all(|record| record["host"] == HOST), "{requests:?}");
    for from in ["127.0.0.1:", "[::1]:"] {
        for (action, decision) in [("rds:DescribeDBInstances", "allow"), ("rds:StopDBInstance", "deny")] {
            let here =
                |record: &&&Value| record["source"].as_str().unwrap().starts_with(from) && record["action"] == action;
            let found: Vec<_> = requests.iter().filter(here).map(|record| &record["decision"]).collect();
            assert_eq!(found, [decision], "{from} {action}");
        }
    }
    let connections: Vec<_> = records.iter().filter(|record| record["kind"] == "connection").collect();
    assert!(connections.len() == 4 && connections.iter().all(|one| one["decision"] == "allow"), "{connections:?}");
}

#[tokio::test]
async fn whoever_names_no_rds_api_host_gets_the_alert_and_no_certificate() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let strangers = [
        None,
        Some("www.example.com"),
        Some("sts.us-east-1.amazonaws.com"),
        Some("rds-data.us-east-1.amazonaws.com"),
        Some("mydb.abcdefgh.us-east-1.rds.amazonaws.com"),
        Some("rds.us-east-1.amazonaws.com.evil.example"),
        Some("rds.us-east-1.evil.amazonaws.com"),
        Some("localhost"),
        Some("127.0.0.1"),
    ];
    for name in strangers {
        for address in stage.guard.direct.clone() {
            assert_eq!(answer_to(address, &hello(name)).await, UNRECOGNIZED_NAME, "{name:?}");
        }
    }
    let records = stage.guard.into_records();
    assert_eq!(records.len(), 2 * strangers.len());
    assert!(records.iter().all(|record| is(record, "sni_mismatch")), "{records:#?}");
    for name in strangers {
        // An address is not a valid server name (RFC 6066, 3): it counts as no name.
        let (detail, expected) = match name.filter(|name| *name != "127.0.0.1") {
            Some(name) => (format!("the TLS server name `{name}` is not an RDS API host"), 2),
            None => ("the TLS server name is missing".to_owned(), 4),
        };
        assert_eq!(records.iter().filter(|record| record["detail"] == detail).count(), expected, "{detail}");
    }
}

#[tokio::test]
async fn the_letter_case_of_a_server_name_does_not_matter_and_odd_ones_are_no_host() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let address = stage.guard.direct[0];
    let respelled = |name: &str| {
        let (mut bytes, from) = (hello(Some(HOST)), HOST.as_bytes());
        let at = bytes.windows(from.len()).position(|window| window == from).expect("the name");
        bytes[at..at + from.len()].copy_from_slice(name.as_bytes());
        bytes
    };
    let upper = answer_to(address, &respelled("RDS.us-EAST-1.amazonaws.COM")).await;
    // A ServerHello: the name is accepted. The client of this test does not continue.
    assert_eq!(upper.first(), Some(&0x16), "{upper:?}");
    for odd in [
        "rds.us-east-1.amazonaws co",
        "rds.us-east-1.amazonaws.c\0",
        "rds.us-east-1.amazonaws.c%",
        "%%%.us-east-1.amazonaws.com",
    ] {
        let odd = odd.chars().chain(std::iter::repeat('x')).take(HOST.len()).collect::<String>();
        let answer = answer_to(address, &respelled(&odd)).await;
        assert!(matches!(answer[..], [0x15, 3, _, 0, 2, 2, _]), "{odd:?}: {answer:?}");
    }
    let records = stage.guard.into_records();
    assert_eq!(records.len(), 5);
    // A client that disconnects after the certificate is recorded, with the requested host.
    assert_eq!(
        records.iter().filter(|record| is(record, "closed") && record["host"] == HOST).count(),
        1,
        "{records:#?}"
    );
    assert!(records.iter().all(|record| record["decision"] == "deny"), "{records:#?}");
}

#[tokio::test]
async fn a_client_that_sends_half_of_its_first_message_is_cut_and_one_that_sends_none_is_not_on_record() {
    let stage = Stage::set(ALLOW_READS, &[&BOTH[..], &["RDS_GUARD_LIMITS__HEAD_TIME=300ms"]].concat());
    let address = stage.guard.direct[0];
    assert_eq!(answer_to(address, b"").await, b"");
    let mut slow = TcpStream::connect(address).await.unwrap();
    let hello = hello(Some(HOST));
    slow.write_all(&hello[..hello.len() / 2]).await.unwrap();
    // It stays open and sends nothing more.
    slow.read_to_end(&mut Vec::new()).await.ok();
    let records = stage.guard.into_records();
    assert!(records.len() == 1 && is(&records[0], "handshake_failed"), "{records:#?}");
}

#[tokio::test]
async fn a_first_message_in_single_bytes_is_read_as_one() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    for (name, answered) in [(HOST, 0x16), ("www.example.com", 0x15)] {
        let mut stream = TcpStream::connect(stage.guard.direct[1]).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in hello(Some(name)) {
            stream.write_all(&[byte]).await.unwrap();
        }
        assert_eq!(stream.read_u8().await.unwrap(), answered, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_tls_is_told_so_in_the_record_and_gets_no_answer() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let connect = format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n");
    for bytes in [connect.as_str(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0\0\0\x08 the start of a database session"] {
        assert_eq!(answer_to(stage.guard.direct[0], bytes.as_bytes()).await, b"", "{bytes:?}");
    }
    let records = stage.guard.into_records();
    assert!(records.len() == 3 && records.iter().all(|record| is(record, "not_tls")), "{records:#?}");
}

#[tokio::test]
async fn a_host_header_for_another_host_than_the_server_name_is_misdirected() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let address = stage.guard.direct[0];
    // The host may include its port: what was signed is what was sent.
    let misdirected = call(&stage, address, "rds.eu-west-1.amazonaws.com", &stage.good()).await;
    assert!(misdirected.starts_with("HTTP/1.1 421 "), "{misdirected}");
    let other_port = stage.good().replace(HOST, &format!("{HOST}:8443"));
    let misdirected = call(&stage, address, HOST, &other_port).await;
    assert!(misdirected.starts_with("HTTP/1.1 421 "), "{misdirected}");
    assert_eq!(stage.sandbox.requests(), 0);
    let records = stage.guard.into_records();
    let requests = records.iter().filter(|record| record["kind"] == "rds");
    assert_eq!(requests.map(|record| record["reason"].as_str().unwrap()).collect::<Vec<_>>(), ["misdirected"; 2]);
}

#[tokio::test]
async fn an_endpoint_is_a_host_of_its_own_and_another_ones_endpoint_is_refused_in_http() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let address = stage.guard.direct[1];
    let own = call(&stage, address, DNS, &stage.good()).await;
    assert!(own.starts_with("HTTP/1.1 421 "), "the request is for {HOST}: {own}");
    let foreign = "vpce-0fedcba9876543210-dcba4321.rds.us-east-1.vpce.amazonaws.com";
    let refused = call(&stage, address, foreign, &stage.good().replace(HOST, foreign)).await;
    assert!(
        refused.starts_with("HTTP/1.1 403 ") && refused.contains("x-rds-guard-reason: host_not_allowed"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_session_of_one_host_is_not_resumed_for_another() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let (address, config) = (stage.guard.direct[0], config(&stage));
    let kinds = |host: &'static str| {
        let config = Arc::clone(&config);
        async move {
            let mut stream = handshake(address, host, config).await.unwrap();
            // The session ticket arrives after the handshake, with the answer at the latest.
            stream.write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.ok();
            format!("{:?}", stream.get_ref().1.handshake_kind().unwrap())
        }
    };
    assert_eq!(kinds(HOST).await, "Full");
    assert_eq!(kinds(HOST).await, "Resumed");
    assert_eq!(kinds("rds.eu-west-1.amazonaws.com").await, "Full");
}

#[tokio::test]
async fn a_client_that_speaks_http2_alone_is_refused_in_the_handshake() {
    let stage = Stage::set(ALLOW_READS, &BOTH);
    let mut only_h2 = ClientConfig::clone(&config(&stage));
    only_h2.alpn_protocols = vec![b"h2".to_vec()];
    let error = handshake(stage.guard.direct[0], HOST, Arc::new(only_h2)).await.unwrap_err();
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    let records = stage.guard.into_records();
    assert!(records.len() == 1 && is(&records[0], "handshake_failed"), "{records:#?}");
}

fn is(record: &Value, reason: &str) -> bool {
    record["kind"] == "connection" && record["decision"] == "deny" && record["reason"] == reason
}

/// A ClientHello with a name, or without one.
fn hello(name: Option<&str>) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.enable_sni = name.is_some();
    let name = ServerName::try_from(name.unwrap_or("none.example").to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

/// Everything that the server sends for some bytes until it closes.
async fn answer_to(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    // A server that closes with unread bytes resets the connection: what arrived before that counts.
    stream.read_to_end(&mut answer).await.ok();
    answer
}

fn config(stage: &Stage) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(stage.guard.published("ca.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn handshake(
    address: SocketAddr,
    host: &str,
    config: Arc<ClientConfig>,
) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(config).connect(name, stream).await
}

/// Sends one request to a host on a new connection; returns the whole answer.
async fn call(stage: &Stage, address: SocketAddr, host: &str, request: &str) -> String {
    let mut stream = handshake(address, host, config(stage)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    String::from_utf8(answer).unwrap()
}
