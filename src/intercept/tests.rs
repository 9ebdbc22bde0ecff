//! Requests as they arrive: whole, in pieces, too slowly, too long.

use std::{sync::Arc, time::Duration};

use bytes::BytesMut;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::http1;

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

fn reader() -> RequestReader {
    RequestReader::new(Limits {
        body: 100,
        buffered: 150,
        head_time: Duration::from_secs(10),
        body_time: Duration::from_secs(30),
        idle: Duration::from_secs(60),
    })
}

#[tokio::test]
async fn pipelined_requests_come_one_by_one_in_whatever_pieces() {
    let bytes = [REQUEST, REQUEST].concat();
    for piece in [1, 7, 1000] {
        // A pipe with room for one piece: in a longer one, pieces that are written ahead would be read as one.
        let (mut client, mut server) = tokio::io::duplex(piece);
        let send = async {
            client.write_all(&bytes).await.unwrap();
            drop(client);
        };
        let receive = async {
            let mut reader = reader();
            for _ in 0..2 {
                assert!(reader.begin(&mut server).await);
                assert_eq!(&reader.next(&mut server).await.unwrap().0.body()[..], b"body");
            }
            assert!(!reader.begin(&mut server).await);
        };
        tokio::join!(send, receive);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_a_slow_body_and_a_truncated_one_are_told_apart() {
    for (bytes, close, error) in [
        (&b"POST / HT"[..], false, ReadError::SlowHead { seconds: 10 }),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo", false, ReadError::SlowBody { seconds: 30 }),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo", true, ReadError::Truncated),
        (b"POST / HTTP/1.1\r\nHost", true, ReadError::Truncated),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n",
            false,
            ReadError::Malformed(http1::Error::BodyTooLarge { length: 101, limit: 100 }),
        ),
    ] {
        let (mut client, mut server) = tokio::io::duplex(1024);
        client.write_all(bytes).await.unwrap();
        let client = (!close).then_some(client);
        let mut reader = reader();
        assert!(reader.begin(&mut server).await);
        assert_eq!(reader.next(&mut server).await.unwrap_err(), error);
        drop(client);
    }
}

#[tokio::test]
async fn a_client_that_expects_it_is_told_to_continue() {
    let (mut client, mut server) = tokio::io::duplex(1024);
    let send = async {
        client
            .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 25];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
        client.write_all(b"body").await.unwrap();
    };
    let mut reader = reader();
    let receive = async {
        assert!(reader.begin(&mut server).await);
        assert_eq!(&reader.next(&mut server).await.unwrap().0.body()[..], b"body");
    };
    tokio::join!(send, receive);
}

#[tokio::test(start_paused = true)]
async fn bodies_share_one_budget() {
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n";
    let first = reader();
    let (mut client, mut server) = tokio::io::duplex(1024);
    client.write_all(head).await.unwrap();
    let mut holding = first.clone();
    let mut other = first.clone();
    let (mut client2, mut server2) = tokio::io::duplex(1024);
    client2.write_all(head).await.unwrap();
    let waits = async {
        assert!(holding.begin(&mut server).await);
        holding.next(&mut server).await.unwrap_err()
    };
    let refused = async {
        assert!(other.begin(&mut server2).await);
        other.next(&mut server2).await.unwrap_err()
    };
    let (waited, refused) = tokio::join!(waits, refused);
    assert_eq!((waited, refused), (ReadError::SlowBody { seconds: 30 }, ReadError::Overload));
    drop((client, client2));
}

/// The requests read from bytes that arrive in pieces, and why there was no further one.
fn read(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, Option<ReadError>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (client, mut server) = tokio::io::duplex(piece);
        let (mut answers, mut client) = tokio::io::split(client);
        let send = async {
            // The reader may stop before the end.
            let _ = client.write_all(bytes).await;
            let _ = client.shutdown().await;
        };
        let receive = async {
            let mut reader = reader();
            let mut requests = Vec::new();
            while reader.begin(&mut server).await {
                match reader.next(&mut server).await {
                    Ok((request, _permit)) => requests.push([&request.head_bytes()[..], &request.body()[..]].concat()),
                    Err(error) => {
                        drop(server);
                        return (requests, Some(error));
                    }
                }
            }
            drop(server);
            (requests, None)
        };
        let mut interim = Vec::new();
        let (found, (), _) = tokio::join!(receive, send, answers.read_to_end(&mut interim));
        found
    })
}

/// A request, or a malformed message that resembles one.
fn message() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(REQUEST.to_vec()),
        Just(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
        Just(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n\r\n\r\n".to_vec()),
        Just(b"GET / HTTP/1.1\r\nHost: a\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
        Just(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..30),
    ]
}

proptest! {
    #[test]
    fn requests_are_the_bytes_that_came_and_pieces_make_no_difference(
        messages in proptest::collection::vec(message(), 0..5),
        piece in 1_usize..100,
    ) {
        let bytes = messages.concat();
        let whole = read(&bytes, 4096);
        prop_assert!(bytes.starts_with(&whole.0.concat()));
        prop_assert!(whole.1.is_some() || whole.0.concat().len() == bytes.len());
        prop_assert_eq!(read(&bytes, piece), whole);
    }
}

/// Performs a handshake with a client that trusts a bundle; returns both ends of the connection.
async fn shake(
    terminator: &Terminator,
    roots: &[rustls::pki_types::CertificateDer<'static>],
) -> Result<
    (
        tokio_rustls::client::TlsStream<tokio::io::DuplexStream>,
        tokio_rustls::server::TlsStream<Prefixed<tokio::io::DuplexStream>>,
    ),
    std::io::Error,
> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let mut store = rustls::RootCertStore::empty();
    store.add_parsable_certificates(roots.iter().cloned());
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(store)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("rds.us-east-1.amazonaws.com").unwrap();
    let host =
        crate::aws::endpoint::RdsHost::configured("rds.us-east-1.amazonaws.com", "us-east-1".parse().unwrap()).unwrap();
    let client = tokio_rustls::TlsConnector::from(Arc::new(config));
    let (client, server) =
        tokio::join!(client.connect(name, near), terminator.accept(Prefixed::new(BytesMut::new(), far), &host));
    Ok((client?, server.unwrap()))
}

#[tokio::test]
async fn a_rotation_cuts_no_connection_and_whoever_read_the_bundle_before_it_is_served_after_it() {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};

    let folder = tempfile::tempdir().unwrap();
    let settings = authority::Settings { dir: Some(folder.path().join("ca")), ..authority::Settings::default() };
    let now = time::OffsetDateTime::now_utc();
    let authority = Arc::new(authority::Authority::open(&settings, now).unwrap());
    let read = || -> Vec<CertificateDer<'static>> {
        let pem = std::fs::read(folder.path().join("ca/ca.pem")).unwrap();
        CertificateDer::pem_slice_iter(&pem).map(Result::unwrap).collect()
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let terminator = Terminator::new(Arc::clone(&authority), provider, Duration::from_secs(10)).unwrap();
    let before = read();
    let mut open = Vec::new();
    for _ in 0..50 {
        open.push(shake(&terminator, &before).await.unwrap());
    }
    authority.rotate(now, authority::Switch::AfterOverlap).unwrap();
    assert_eq!(read().len(), before.len() + 1, "both are published");
    for (client, server) in &mut open {
        client.write_all(b"still here").await.unwrap();
        client.flush().await.unwrap();
        let mut heard = [0; 10];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still here");
    }
    for roots in [&before, &read()] {
        assert!(shake(&terminator, roots).await.is_ok(), "the old one signs until the overlap is over");
    }
}
