//! Requests off the stream, one by one, within limits of size and time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use crate::http1::{self, Head, Request, Version, head_end};

/// How much a request may be, and how long it may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most bytes of one body.
    pub body: u64,
    /// The most bytes of all bodies that are held at one time.
    pub buffered: u64,
    /// How long a head may take from its first byte on.
    pub head_time: Duration,
    /// How long a body may take.
    pub body_time: Duration,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
}

/// Why there is no further request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// What came is not a request that is passed on.
    #[error(transparent)]
    Malformed(#[from] http1::Error),
    /// The head did not come in time.
    #[error("the request head was not complete within {seconds} s")]
    SlowHead {
        /// The limit.
        seconds: u64,
    },
    /// The body did not come in time.
    #[error("the request body was not complete within {seconds} s")]
    SlowBody {
        /// The limit.
        seconds: u64,
    },
    /// The client closed in the middle of a request.
    #[error("the request ended before it was complete")]
    Truncated,
    /// Too many bytes of bodies are held already.
    #[error("too many request bodies are being read")]
    Overload,
}

/// Bytes of bodies that are held now, over all connections.
#[derive(Clone, Debug, Default)]
struct Held(Arc<AtomicU64>);

/// The bytes of one body in the budget for all; given back when dropped, so keep it until the request is over.
#[derive(Debug)]
pub struct BodyPermit(Held, u64);

impl Held {
    fn take(&self, bytes: u64, limit: u64) -> Option<BodyPermit> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(bytes).filter(|sum| *sum <= limit)
        });
        taken.ok().map(|_| BodyPermit(self.clone(), bytes))
    }
}

impl Drop for BodyPermit {
    fn drop(&mut self) {
        self.0.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}

/// Makes readers that share one budget for bodies.
#[derive(Clone, Debug)]
pub struct RequestReader {
    limits: Arc<Limits>,
    held: Held,
    buffer: BytesMut,
    /// When the first byte of the request that is being read came.
    began: Option<Instant>,
}

impl RequestReader {
    /// A reader; its clones share the budget for bodies, and nothing else.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits: Arc::new(limits), held: Held::default(), buffer: BytesMut::new(), began: None }
    }

    /// Whether bytes of a further request are here already.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Waits for the next request to begin. False where the connection has ended, or has waited for too long.
    pub async fn begin<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> bool {
        if self.buffer.is_empty() {
            // Nothing is kept for a connection that waits.
            self.buffer = BytesMut::new();
            self.buffer.reserve(2048);
            let idle = Instant::now() + self.limits.idle;
            if !matches!(timeout_at(idle, stream.read_buf(&mut self.buffer)).await, Ok(Ok(n)) if n > 0) {
                return false;
            }
        }
        self.began = Some(Instant::now());
        true
    }

    /// Reads the request that has begun: the only way by which one comes in.
    ///
    /// # Errors
    /// After every error the connection must be closed: what follows on it cannot be told apart any more.
    pub async fn next<S>(&mut self, stream: &mut S) -> Result<(Request, BodyPermit), ReadError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let began = self.began.take().unwrap_or_else(Instant::now);
        let late = ReadError::SlowHead { seconds: self.limits.head_time.as_secs() };
        let head = timeout_at(began + self.limits.head_time, self.head(stream)).await.map_err(|_| late)??;
        let length = Request::admit(&head, self.limits.body)?;
        let Some(permit) = self.held.take(length, self.limits.buffered) else { return Err(ReadError::Overload) };
        let late = ReadError::SlowBody { seconds: self.limits.body_time.as_secs() };
        let deadline = Instant::now() + self.limits.body_time;
        let body = timeout_at(deadline, self.body(stream, &head, length)).await.map_err(|_| late)??;
        Ok((Request::seal(head, body)?, permit))
    }

    async fn head<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<Head, ReadError> {
        let mut scanned = 0;
        loop {
            if let Some(end) = head_end(&self.buffer, scanned)? {
                return Ok(Head::parse(self.buffer.split_to(end).freeze())?);
            }
            scanned = self.buffer.len();
            self.buffer.reserve(4096);
            match stream.read_buf(&mut self.buffer).await {
                Ok(n) if n > 0 => {}
                Ok(_) | Err(_) => return Err(ReadError::Truncated),
            }
        }
    }

    async fn body<S>(&mut self, stream: &mut S, head: &Head, length: u64) -> Result<Bytes, ReadError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let length = usize::try_from(length).map_err(|_| ReadError::Overload)?;
        if self.buffer.len() < length {
            // A client of HTTP/1.0 would take it for the answer (RFC 9110, 10.1.1).
            if head.value("expect").is_some() && head.version() == Version::Http11 {
                let say = async {
                    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                    stream.flush().await
                };
                say.await.map_err(|_| ReadError::Truncated)?;
            }
            self.buffer.reserve(length - self.buffer.len());
        }
        while self.buffer.len() < length {
            match stream.read_buf(&mut self.buffer).await {
                Ok(n) if n > 0 => {}
                Ok(_) | Err(_) => return Err(ReadError::Truncated),
            }
        }
        Ok(self.buffer.split_to(length).freeze())
    }
}
