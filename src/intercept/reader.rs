//! Reads requests from the stream, one by one, within limits of size and time.

use std::{sync::Arc, time::Duration};

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout_at},
};

use crate::{
    http1::{self, Head, Request, Version, head_end},
    quota::{Quota, Taken},
};

/// The limits on the size and duration of requests.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The maximum size of one body, in bytes.
    pub body: u64,
    /// The maximum total size of all bodies held at one time, in bytes.
    pub buffered: u64,
    /// Maximum time for a head, from its first byte on.
    pub head_time: Duration,
    /// Maximum time for a body.
    pub body_time: Duration,
    /// Maximum time that a connection may wait for its next request.
    pub idle: Duration,
}

/// Why there is no further request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The received bytes are not a request that may be forwarded.
    #[error(transparent)]
    Malformed(#[from] http1::Error),
    /// The head did not arrive in time.
    #[error("the request head was not complete within {seconds} s")]
    SlowHead {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The body did not arrive in time.
    #[error("the request body was not complete within {seconds} s")]
    SlowBody {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The client closed the connection in the middle of a request.
    #[error("the request ended before it was complete")]
    Truncated,
    /// The budget for bodies is exhausted.
    #[error("too many request bodies are being read")]
    Overload,
}

/// What a client sends to a service whose requests are not judged.
#[derive(Debug)]
pub enum Offer {
    /// A request that can be parsed in only one way.
    Request(Request, BodyPermit),
    /// Anything else: the bytes received so far.
    Unread(BytesMut),
}

/// The bytes of one body in the shared budget; they are released when this is dropped, so keep it until the request
/// is over.
#[derive(Debug)]
pub struct BodyPermit {
    _taken: Taken,
}

/// Reads requests; all readers created from one share a budget for bodies.
#[derive(Clone, Debug)]
pub struct RequestReader {
    limits: Arc<Limits>,
    /// The size of all bodies that are currently held, over all connections.
    held: Arc<Quota>,
    workload: Option<Arc<str>>,
    buffer: BytesMut,
    /// When the first byte of the current request arrived.
    began: Option<Instant>,
}

impl RequestReader {
    /// Creates a reader; its clones share only the budget for bodies.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::shared_by(limits, [])
    }

    /// Like [`Self::new`], with a budget that these workloads share.
    #[must_use]
    pub fn shared_by<'w>(limits: Limits, workloads: impl IntoIterator<Item = &'w Arc<str>>) -> Self {
        let held = Quota::new(limits.buffered, workloads);
        Self { limits: Arc::new(limits), held, workload: None, buffer: BytesMut::new(), began: None }
    }

    /// A reader for a connection of a workload, or of a client without a workload.
    #[must_use]
    pub fn for_client(&self, workload: Option<Arc<str>>) -> Self {
        Self { workload, buffer: BytesMut::new(), began: None, ..self.clone() }
    }

    /// Maximum time that a connection may wait for its next request.
    #[must_use]
    pub fn idle(&self) -> Duration {
        self.limits.idle
    }

    /// Returns whether bytes of another request have already arrived.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Waits for the next request to begin. Returns false if the connection has ended, or has waited for too long.
    pub async fn begin<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> bool {
        if self.buffer.is_empty() {
            // An idle connection should not occupy a buffer.
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

    /// Reads the request that has begun. All judged requests are read by this.
    ///
    /// # Errors
    /// After any error the connection must be closed: the boundaries of further requests are unknown.
    pub async fn next<S>(&mut self, stream: &mut S) -> Result<(Request, BodyPermit), ReadError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let began = self.began.take().unwrap_or_else(Instant::now);
        let late = ReadError::SlowHead { seconds: self.limits.head_time.as_secs() };
        let head = timeout_at(began + self.limits.head_time, self.head(stream)).await.map_err(|_| late)??;
        let length = Request::admit(&head, self.limits.body)?;
        let permit = self.permit(length)?;
        let body = self.body_in_time(stream, &head, length).await?;
        Ok((Request::seal(head, body)?, permit))
    }

    /// Reads the request that has begun, if [`Self::next`] would accept it and it does not wait for an interim
    /// answer. Of anything else the bytes are returned.
    ///
    /// # Errors
    /// The request takes too long, ends too early, or exceeds the budget. The connection must then be closed.
    pub async fn offer<S>(&mut self, stream: &mut S) -> Result<Offer, ReadError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let began = self.began.take().unwrap_or_else(Instant::now);
        let late = ReadError::SlowHead { seconds: self.limits.head_time.as_secs() };
        let head = timeout_at(began + self.limits.head_time, self.readable_head(stream)).await.map_err(|_| late)??;
        let Some((head, length)) = head else { return Ok(Offer::Unread(self.buffer.split())) };
        let permit = self.permit(length)?;
        self.buffer.advance(head.bytes().len());
        let body = self.body_in_time(stream, &head, length).await?;
        Ok(Offer::Request(Request::seal(head, body)?, permit))
    }

    /// The head of a request that can be read, and the length of its body. Its bytes remain in the buffer.
    async fn readable_head<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<Option<(Head, u64)>, ReadError> {
        let mut scanned = 0;
        let end = loop {
            match head_end(&self.buffer, scanned) {
                Ok(Some(end)) => break end,
                Ok(None) => {}
                Err(_) => return Ok(None),
            }
            scanned = self.buffer.len();
            self.more(stream).await?;
        };
        let bytes = Bytes::copy_from_slice(self.buffer.get(..end).unwrap_or_default());
        let Ok(head) = Head::parse(bytes) else { return Ok(None) };
        let is_plain = matches!(head.method(), "GET" | "POST") && head.value("expect").is_none();
        Ok(Request::admit(&head, self.limits.body).ok().filter(|_| is_plain).map(|length| (head, length)))
    }

    fn permit(&self, length: u64) -> Result<BodyPermit, ReadError> {
        let taken = self.held.try_take(self.workload.as_deref(), length);
        taken.map(|taken| BodyPermit { _taken: taken }).ok_or(ReadError::Overload)
    }

    async fn body_in_time<S>(&mut self, stream: &mut S, head: &Head, length: u64) -> Result<Bytes, ReadError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let late = ReadError::SlowBody { seconds: self.limits.body_time.as_secs() };
        let deadline = Instant::now() + self.limits.body_time;
        timeout_at(deadline, self.body(stream, head, length)).await.map_err(|_| late)?
    }

    async fn more<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<(), ReadError> {
        self.buffer.reserve(4096);
        match stream.read_buf(&mut self.buffer).await {
            Ok(n) if n > 0 => Ok(()),
            Ok(_) | Err(_) => Err(ReadError::Truncated),
        }
    }

    async fn head<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<Head, ReadError> {
        let mut scanned = 0;
        loop {
            if let Some(end) = head_end(&self.buffer, scanned)? {
                return Ok(Head::parse(self.buffer.split_to(end).freeze())?);
            }
            scanned = self.buffer.len();
            self.more(stream).await?;
        }
    }

    async fn body<S>(&mut self, stream: &mut S, head: &Head, length: u64) -> Result<Bytes, ReadError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let length = usize::try_from(length).map_err(|_| ReadError::Overload)?;
        if self.buffer.len() < length {
            // An HTTP/1.0 client would take it for the answer (RFC 9110, 10.1.1).
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
