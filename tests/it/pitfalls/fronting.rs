//! One host in CONNECT, server name and Host: whatever names another gets no further.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use rustls::pki_types::ServerName;

use crate::support::{
    guard::Guard,
    plainly::{call, connected, dial, intercepted, rest},
    stage::{ALLOW_READS, DNS, HOST, Stage, trusting},
};

const NAMES: [&str; 5] =
    [HOST, "rds.eu-west-1.amazonaws.com", "rds-fips.us-east-1.amazonaws.com", DNS, "elsewhere.example"];

/// How far a client comes that says these names, without a signature.
fn outcome(guard: &Guard, connect: &str, server_name: Option<&str>, host: &str) -> String {
    let mut socket = dial(guard.proxy);
    write!(socket, "CONNECT {connect}:443 HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).unwrap();
    if &answer != b"HTTP/1.1 200" {
        return "connect refused".into();
    }
    socket.read_exact(&mut [0; b" Connection established\r\n\r\n".len()]).unwrap();
    let mut config = trusting(guard);
    config.enable_sni = server_name.is_some();
    let name = ServerName::try_from(server_name.unwrap_or(connect).to_owned()).unwrap();
    let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, socket);
    let request = format!("GET /?Action=DescribeDBInstances&Version=2014-10-31 HTTP/1.1\r\nHost: {host}\r\n\r\n");
    if stream.write_all(request.as_bytes()).is_err() {
        return "handshake refused".into();
    }
    stream.conn.send_close_notify();
    let answer = rest(&mut stream);
    let reason = answer.split("x-rds-guard-reason: ").nth(1).unwrap_or("no reason");
    reason.split("\r\n").next().unwrap().to_owned()
}

#[test]
fn of_all_triples_of_connect_server_name_and_host_only_those_of_one_name_are_read() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_TUNNEL__DEFAULT=deny"]);
    let mut read = 0;
    for connect in NAMES {
        for server_name in NAMES.into_iter().map(Some).chain([None]) {
            for host in NAMES {
                let outcome = outcome(&stage.guard, connect, server_name, host);
                let expected = if connect == "elsewhere.example" {
                    "connect refused"
                } else if server_name.is_some_and(|name| name != connect) {
                    "handshake refused"
                } else if host != connect {
                    "misdirected"
                } else {
                    read += 1;
                    "unauthenticated"
                };
                assert_eq!(outcome, expected, "CONNECT {connect}, server name {server_name:?}, Host {host}");
            }
        }
    }
    assert_eq!(read, 8, "each API name with and without a server name");
    assert_eq!(stage.sandbox.requests(), 0);
}

#[test]
fn the_same_host_in_another_spelling_is_the_same_and_every_other_is_misdirected() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let upper = HOST.to_uppercase();
    let same = [upper.clone(), format!("{HOST}."), format!("{HOST}:443"), format!("{upper}.:443")];
    for host in same {
        assert_eq!(outcome(&stage.guard, HOST, Some(HOST), &host), "unauthenticated", "{host}");
    }
    let other = [
        format!("{HOST}:8443"),
        format!("{HOST}:80"),
        format!("{HOST}:"),
        format!("{HOST}.."),
        format!("user@{HOST}"),
        format!("{HOST},{HOST}"),
        format!("{HOST} {HOST}"),
        HOST.replace('.', "%2e"),
        HOST.replace('.', "\u{3002}"),
        format!("evil{HOST}"),
        format!("{HOST}.evil.example"),
        "rds.us-east-1.vpce.amazonaws.com".into(),
        "10.0.0.1".into(),
        String::new(),
    ];
    for host in other {
        let outcome = outcome(&stage.guard, HOST, Some(HOST), &host);
        assert!(["misdirected", "malformed"].contains(&outcome.as_str()), "{host:?}: {outcome}");
    }
    assert_eq!(stage.sandbox.requests(), 0);
}

#[test]
fn each_request_of_a_connection_is_decided_anew() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let delete = stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]);
    let elsewhere = stage.good().replace(HOST, "rds.eu-west-1.amazonaws.com");
    let answers = call(&stage.guard, &[stage.good(), delete, elsewhere, stage.good()].concat());
    let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "403", "421", "200"]);
    assert_eq!(stage.sandbox.requests(), 2);
}

#[test]
fn a_policy_that_comes_into_force_holds_for_connections_that_are_open() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let mut stream = intercepted(&stage.guard);
    let began = std::time::Instant::now();
    stage.guard.rewrite_policy(r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#);
    loop {
        stream.write_all(stage.good().as_bytes()).unwrap();
        let status = next_status(&mut stream);
        if status == 403 {
            return;
        }
        assert!(status == 200 && began.elapsed().as_secs() < 60, "{status}");
    }
}

/// Reads a whole answer that says its length, or that comes in chunks; gives its status.
fn next_status(stream: &mut impl std::io::Read) -> u16 {
    let mut answer = Vec::new();
    let ends = |answer: &[u8]| {
        let text = std::str::from_utf8(answer).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head
            .to_ascii_lowercase()
            .split("content-length: ")
            .nth(1)
            .map(|rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        length.map_or_else(|| body.ends_with("0\r\n\r\n"), |length| body.len() == length).then_some(())
    };
    while ends(&answer).is_none() {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap()
}

#[test]
fn an_encrypted_hello_without_a_meaning_is_read_as_a_plain_one() {
    let stage = Stage::set(ALLOW_READS, &[]);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let suite = rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_128;
    let grease = rustls::client::EchGreaseConfig::new(suite, rustls::crypto::hpke::HpkePublicKey(vec![9; 32]));
    let mut roots = rustls::RootCertStore::empty();
    let bundle = rustls::pki_types::pem::PemObject::pem_file_iter(stage.guard.bundle()).unwrap();
    roots.add_parsable_certificates(bundle.map(Result::<rustls::pki_types::CertificateDer<'_>, _>::unwrap));
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_ech(rustls::client::EchMode::Grease(grease))
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let session = rustls::ClientConnection::new(Arc::new(config), ServerName::try_from(HOST).unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(session, connected(stage.guard.proxy));
    stream.write_all(stage.good().as_bytes()).unwrap();
    assert_eq!(next_status(&mut stream), 200);
}

#[test]
fn what_is_no_whole_hello_after_a_connect_is_never_answered() {
    let stage = Stage::set(ALLOW_READS, &["RDS_GUARD_LIMITS__HEAD_TIME=1s"]);
    let begun: [&[u8]; 4] = [&[0x16], &[0x16, 3], &[0x16, 3, 1], &[0x16, 3, 1, 0xff]];
    let other: [&[u8]; 4] = [b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\r\n\r\n", &[0x80, 0x2e, 1, 0, 2], &[0]];
    let streams: Vec<TcpStream> = begun
        .iter()
        .chain(&other)
        .map(|bytes| {
            let mut stream = connected(stage.guard.proxy);
            stream.write_all(bytes).unwrap();
            stream
        })
        .collect();
    for mut stream in streams {
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        // An alert of TLS at most: nothing that a peer of another protocol would take for an answer.
        assert!(heard.is_empty() || heard[0] == 0x15, "{heard:?}");
    }
    let records = stage.guard.into_records();
    assert_eq!(records.iter().filter(|record| record["reason"] == "not_tls").count(), 4, "{records:?}");
    assert_eq!(records.iter().filter(|record| record["reason"] == "handshake_failed").count(), 4, "{records:?}");
}

#[test]
fn a_request_in_the_segment_of_the_handshakes_end_and_one_in_single_bytes_lose_nothing() {
    let stage = Stage::set(ALLOW_READS, &[]);
    for piece in [usize::MAX, 1] {
        let mut socket = connected(stage.guard.proxy);
        socket.set_nodelay(true).unwrap();
        let name = ServerName::try_from(HOST).unwrap();
        let mut session = rustls::ClientConnection::new(Arc::new(trusting(&stage.guard)), name).unwrap();
        // What is written now goes out right behind the handshake's last message.
        session.writer().write_all(stage.good().as_bytes()).unwrap();
        while session.is_handshaking() {
            let mut bytes = Vec::new();
            while session.wants_write() {
                session.write_tls(&mut bytes).unwrap();
            }
            bytes.chunks(piece.min(bytes.len().max(1))).for_each(|part| socket.write_all(part).unwrap());
            session.read_tls(&mut socket).unwrap();
            session.process_new_packets().unwrap();
        }
        let mut bytes = Vec::new();
        while session.wants_write() {
            session.write_tls(&mut bytes).unwrap();
        }
        bytes.chunks(piece.min(bytes.len())).for_each(|part| socket.write_all(part).unwrap());
        let mut stream = rustls::StreamOwned::new(session, socket);
        assert_eq!(next_status(&mut stream), 200, "{piece}");
    }
    let arrivals = stage.sandbox.arrivals();
    assert_eq!(arrivals[0].body(), arrivals[1].body());
}

#[test]
fn sessions_are_resumed_in_tls_1_2_and_1_3() {
    let stage = Stage::set(ALLOW_READS, &[]);
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        let bundle = rustls::pki_types::pem::PemObject::pem_file_iter(stage.guard.bundle()).unwrap();
        roots.add_parsable_certificates(bundle.map(Result::<rustls::pki_types::CertificateDer<'_>, _>::unwrap));
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let config = Arc::new(config);
        let kinds: Vec<_> = (0..3)
            .map(|_| {
                let name = ServerName::try_from(HOST).unwrap();
                let session = rustls::ClientConnection::new(Arc::clone(&config), name).unwrap();
                let mut stream = rustls::StreamOwned::new(session, connected(stage.guard.proxy));
                stream.write_all(stage.good().as_bytes()).unwrap();
                assert_eq!(next_status(&mut stream), 200);
                stream.conn.handshake_kind().unwrap()
            })
            .collect();
        use rustls::HandshakeKind::{Full, Resumed};
        assert_eq!(kinds, [Full, Resumed, Resumed], "{version:?}");
    }
}
