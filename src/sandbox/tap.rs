//! A stream that records what is read from it, so that the log has the raw bytes and not a parser's
//! interpretation.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The bytes that were read from a connection and not yet taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<Mutex<BytesMut>>);

impl Memory {
    /// Takes the oldest message: its head and its body. A body of known length ends there, so that a pipelined
    /// request stays for the next call; a chunked body takes everything.
    pub(super) fn take_message(&self, body: Framing) -> Bytes {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let head = memmem::find(&memory, b"\r\n\r\n").map_or(memory.len(), |end| end + 4);
        let end = match body {
            Framing::Length(length) => memory.len().min(head.saturating_add(length)),
            Framing::Chunks => memory.len(),
        };
        memory.split_to(end).freeze()
    }
}

/// How the end of a body is determined.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    /// By its length; 0 if none is given.
    Length(usize),
    /// By chunked transfer coding.
    Chunks,
}

/// A stream that records what is read.
#[derive(Debug)]
pub(super) struct Tap<S> {
    stream: S,
    memory: Memory,
}

impl<S> Tap<S> {
    /// Wraps a stream, and returns its memory too.
    pub(super) fn on(stream: S) -> (Self, Memory) {
        let memory = Memory::default();
        (Self { stream, memory: memory.clone() }, memory)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        self.memory.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(read);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
