//! Requests off the stream, one by one, within limits of size and time.

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

/// What a client sends to a service whose requests are not judged.
#[derive(Debug)]
pub enum Offer {
    /// A request that can be read in one way only.
    Request(Request, BodyPermit),
    /// The bytes so far of something else.
    Unread(BytesMut),
}

/// The bytes of one body in the budget for all; given back when dropped, so keep it until the request is over.
#[derive(Debug)]
pub struct BodyPermit {
    _taken: Taken,
}

/// Makes readers that share one budget for bodies.
#[derive(Clone, Debug)]
pub struct RequestReader {
    limits: Arc<Limits>,
    /// Bytes of bodies that are held now, over all connections.
    held: Arc<Quota>,
    workload: Option<Arc<str>>,
    buffer: BytesMut,
    /// When the first byte of the request that is being read came.
    began: Option<Instant>,
}

impl RequestReader {
    /// A reader; its clones share the budget for bodies, and nothing else.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::shared_by(limits, [])
    }

    /// The same where these workloads share the budget.
    #[must_use]
    pub fn shared_by<'w>(limits: Limits, workloads: impl IntoIterator<Item = &'w Arc<str>>) -> Self {
        let held = Quota::new(limits.buffered, workloads);
        Self { limits: Arc::new(limits), held, workload: None, buffer: BytesMut::new(), began: None }
    }

    /// A reader for a connection of a workload, or of none.
    #[must_use]
    pub fn for_client(&self, workload: Option<Arc<str>>) -> Self {
        Self { workload, buffer: BytesMut::new(), began: None, ..self.clone() }
    }

    /// How long a connection may wait for its next request.
    #[must_use]
    pub fn idle(&self) -> Duration {
        self.limits.idle
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
        let permit = self.permit(length)?;
        let body = self.body_in_time(stream, &head, length).await?;
        Ok((Request::seal(head, body)?, permit))
    }

    /// Reads the request that has begun, if it is one that [`Self::next`] would read and none that waits for an interim
    /// answer. Of anything else the bytes are given back.
    ///
    /// # Errors
    /// What came takes too long, ends too early, or finds no place. The connection must be closed then.
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

    /// The head of a request of a kind that is read, and the length of its body. Its bytes stay in the buffer.
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
