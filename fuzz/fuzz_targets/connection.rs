//! A whole connection: requests off a stream that arrives in any pieces. Nothing panics or hangs, the requests are the
//! bytes that came, one after the other, and the pieces make no difference.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rds_guard::intercept::{Limits, ReadError, RequestReader};
use tokio::{io::AsyncWriteExt as _, runtime::Builder};

/// What came off a stream: the requests' bytes, and why there was no further one.
fn read(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, Option<ReadError>) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        // Interim answers need room that nobody reads.
        let (mut client, mut server) = tokio::io::duplex(bytes.len() * 32 + 64);
        for part in bytes.chunks(piece) {
            client.write_all(part).await.expect("room for all");
        }
        client.shutdown().await.expect("an end");
        let mut reader = RequestReader::new(Limits {
            body: 1 << 20,
            buffered: 1 << 23,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle: Duration::from_secs(60),
        });
        let mut requests = Vec::new();
        while reader.begin(&mut server).await {
            match reader.next(&mut server).await {
                Ok((request, _permit)) => {
                    requests.push([request.head_bytes().as_ref(), request.body().as_ref()].concat());
                }
                Err(error) => return (requests, Some(error)),
            }
        }
        (requests, None)
    })
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    let whole = read(bytes, usize::MAX);
    assert!(bytes.starts_with(&whole.0.concat()), "requests are the bytes that came");
    assert_eq!(read(bytes, usize::from(piece) + 1), whole, "pieces make no difference");
});
