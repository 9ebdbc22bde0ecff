//! A whole connection: requests off a stream that arrives in any pieces. Nothing panics or hangs, the requests are the
//! bytes that came, one after the other, and the pieces make no difference.
//!
//! An input is one byte `n`, the sizes of `n` pieces, and the bytes of the connection. The sizes go round; a size of 0 is
//! a wait. Each piece is one read: bytes that are written ahead into a pipe would be read as one.
#![no_main]

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use rds_guard::{
    aws::endpoint::{Recognised, recognise},
    decode::{self, Settings},
    intercept::{Limits, ReadError, RequestReader},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime::Builder,
};

/// A client that sends its bytes in pieces and closes, and does not listen.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: &'a [u8],
    turn: usize,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let size = match self.sizes {
            [] => usize::MAX,
            sizes => usize::from(sizes[self.turn % sizes.len()]),
        };
        self.turn += 1;
        // Only every other turn may be a wait, so that there is an end.
        if size == 0 && self.turn % 2 == 1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let (piece, rest) = self.bytes.split_at(size.max(1).min(buf.remaining()).min(self.bytes.len()));
        buf.put_slice(piece);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What came off a stream: the requests' bytes with what they mean, and why there was no further one.
type Read = (Vec<(Vec<u8>, String)>, Option<ReadError>);

fn read(bytes: &[u8], sizes: &[u8]) -> Read {
    let Recognised::Rds(host) = recognise("rds.us-east-1.amazonaws.com") else { panic!("the host is known") };
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let mut stream = Pieces { bytes, sizes, turn: 0 };
        let mut reader = RequestReader::new(Limits {
            body: 1 << 20,
            buffered: 1 << 23,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle: Duration::from_secs(60),
        });
        let mut requests = Vec::new();
        while reader.begin(&mut stream).await {
            match reader.next(&mut stream).await {
                Ok((request, _permit)) => {
                    let sealed = [request.head_bytes().as_ref(), request.body().as_ref()].concat();
                    let meaning = match decode::api_call(request, &host, &Settings::default()) {
                        Ok(call) => call.action().as_str().to_owned(),
                        Err(error) => error.to_string(),
                    };
                    requests.push((sealed, meaning));
                }
                Err(error) => return (requests, Some(error)),
            }
        }
        assert!(stream.bytes.is_empty(), "an end without an error is the end of the bytes");
        (requests, None)
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((&count, rest)) = input.split_first() else { return };
    let (sizes, bytes) = rest.split_at(usize::from(count).min(rest.len()));
    let (requests, error) = read(bytes, &[]);
    let sealed = requests.iter().map(|(request, _)| request.as_slice()).collect::<Vec<_>>().concat();
    assert!(bytes.starts_with(&sealed), "requests are the bytes that came");
    assert!(error.is_some() || sealed.len() == bytes.len(), "nothing is left over");
    let (again, error_again) = read(bytes, sizes);
    assert_eq!(again, requests, "pieces make no difference");
    // A head without an end that is too long and malformed beyond is told by whichever is seen first.
    if bytes.len() - sealed.len() < rds_guard::http1::MAX_HEAD_BYTES {
        assert_eq!(error_again, error, "pieces make no difference to the reason");
    }
});
