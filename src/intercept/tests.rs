//! Requests as they arrive: whole, in pieces, too slowly, too long.

use std::time::Duration;

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
        let (mut client, mut server) = tokio::io::duplex(64);
        let send = async {
            for part in bytes.chunks(piece) {
                client.write_all(part).await.unwrap();
            }
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
