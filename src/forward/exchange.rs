//! Writes one request and reads the head of its answer.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Buf;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use super::{connector::Connection, wire::Wire};
use crate::http1::{Request, ResponseHead};

/// The maximum size of the head of an answer.
const MAX_ANSWER_HEAD: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection ended before the kernel had accepted one byte of the request, so the request was not acted
    /// on.
    Unsent(String),
    /// The connection ended or failed before the first byte of an answer.
    BeforeAnswer(String),
    /// The peer does not acknowledge what is sent: the address is gone.
    Gone(String),
    /// It ended within the head of the answer, or the answer is invalid.
    InAnswer(String),
    /// Nothing arrived in time.
    Timeout,
}

/// A request that is being sent.
struct Outgoing<B> {
    message: B,
    state: Sent,
}

/// The progress of a request.
enum Sent {
    /// Some of it is still to be written.
    Partly,
    /// All of it was written.
    Wholly,
    /// The remainder cannot be written.
    Failed(io::Error),
}

impl<B: Buf> Outgoing<B> {
    /// Writes as much as possible without waiting.
    fn poll(&mut self, stream: &mut TlsStream<Wire>, cx: &mut Context<'_>) {
        while matches!(self.state, Sent::Partly) {
            let mut stream = Pin::new(&mut *stream);
            self.state = if self.message.has_remaining() {
                let mut slices = [IoSlice::new(&[]); 8];
                let filled = self.message.chunks_vectored(&mut slices);
                match stream.as_mut().poll_write_vectored(cx, slices.get(..filled).unwrap_or_default()) {
                    Poll::Ready(Ok(0)) => Sent::Failed(io::ErrorKind::WriteZero.into()),
                    Poll::Ready(Ok(written)) => {
                        self.message.advance(written);
                        Sent::Partly
                    }
                    Poll::Ready(Err(error)) => Sent::Failed(error),
                    Poll::Pending => return,
                }
            } else {
                match stream.poll_flush(cx) {
                    Poll::Ready(Ok(())) => Sent::Wholly,
                    Poll::Ready(Err(error)) => Sent::Failed(error),
                    Poll::Pending => return,
                }
            };
        }
    }
}

/// Sends a request as it was received, without the client's hop-by-hop headers, and reads the head of the answer,
/// which may arrive before the whole request has been written.
pub(super) async fn exchange(
    connection: &mut Connection,
    request: &Arc<Request>,
    first_byte: Duration,
) -> Result<ResponseHead, Broken> {
    // INVARIANT (sealed bytes): head and body are written from the request that was decided on; nothing is added.
    let head = request.head().without(Request::is_hop_by_hop);
    let mut outgoing = Outgoing { message: head.chain(request.body().clone()), state: Sent::Partly };
    let before = connection.taken();
    let read = timeout(first_byte, read_head(connection, &mut outgoing)).await;
    // A service may answer before it has read everything: its answer counts, and the rest of the request is not
    // sent.
    connection.spent = !matches!(outgoing.state, Sent::Wholly);
    let broken = match read {
        Ok(Ok(head)) => return Ok(head),
        Ok(Err(broken)) => broken,
        Err(_) => Broken::Timeout,
    };
    let detail = match (&outgoing.state, broken) {
        (Sent::Failed(error), Broken::BeforeAnswer(_)) if error.kind() == io::ErrorKind::TimedOut => {
            return Err(Broken::Gone(error.to_string()));
        }
        (Sent::Failed(error), Broken::BeforeAnswer(_)) => error.to_string(),
        (Sent::Partly | Sent::Wholly, Broken::BeforeAnswer(detail)) => detail,
        (_, other) => return Err(other),
    };
    Err(if connection.taken() == before { Broken::Unsent(detail) } else { Broken::BeforeAnswer(detail) })
}

/// Reads until a final head is complete.
async fn read_head<B: Buf>(connection: &mut Connection, outgoing: &mut Outgoing<B>) -> Result<ResponseHead, Broken> {
    let mut any = false;
    loop {
        let mut scanned = 0;
        let end = loop {
            let from = scanned.min(connection.buffer.len());
            let found = memchr::memmem::find(connection.buffer.get(from..).unwrap_or_default(), b"\r\n\r\n");
            if let Some(at) = found {
                break from + at + 4;
            }
            scanned = connection.buffer.len().saturating_sub(3);
            if connection.buffer.len() > MAX_ANSWER_HEAD {
                return Err(Broken::InAnswer("the head of the answer is too long".into()));
            }
            match more(connection, outgoing).await {
                Ok(0) if any => return Err(Broken::InAnswer("closed in the middle of the answer".into())),
                Ok(0) => return Err(Broken::BeforeAnswer("closed without an answer".into())),
                Ok(_) => any = true,
                Err(error) if any => return Err(Broken::InAnswer(error.to_string())),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(Broken::Gone(error.to_string())),
                Err(error) => return Err(Broken::BeforeAnswer(error.to_string())),
            }
        };
        let head = ResponseHead::parse(connection.buffer.split_to(end).freeze())
            .ok_or_else(|| Broken::InAnswer("the answer is not HTTP/1.1 that can be passed on".into()))?;
        // Interim answers (100 Continue) concern this connection, not the client (RFC 9110, 15.2).
        if head.status() >= 200 {
            return Ok(head);
        }
    }
}

/// Reads some bytes while writing the rest of the request.
async fn more<B: Buf>(connection: &mut Connection, outgoing: &mut Outgoing<B>) -> io::Result<usize> {
    let Connection { stream, buffer, .. } = connection;
    let early = poll_fn(|cx| {
        outgoing.poll(stream, cx);
        if !matches!(outgoing.state, Sent::Partly) {
            return Poll::Ready(None);
        }
        let mut space = [0u8; 1024];
        let mut read = ReadBuf::new(&mut space);
        match Pin::new(&mut *stream).poll_read(cx, &mut read) {
            Poll::Ready(Ok(())) => {
                buffer.extend_from_slice(read.filled());
                Poll::Ready(Some(Ok(read.filled().len())))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Some(Err(error))),
            Poll::Pending => Poll::Pending,
        }
    });
    match early.await {
        Some(read) => read,
        None => {
            buffer.reserve(8 * 1024);
            stream.read_buf(buffer).await
        }
    }
}
