//! The service's answer, streamed: its head, then its body as it arrives.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{io::AsyncReadExt, time::timeout};

use super::{Destination, Error, connector::Connection, pool::Pool};
use crate::http1::{BodyLength, ChunkScanner, ResponseHead};

/// The read buffer size for a body.
const READ: usize = 16 * 1024;

/// An answer from the service.
#[derive(Debug)]
pub struct Answer {
    head: ResponseHead,
    name: Arc<str>,
    address: SocketAddr,
    body: Body,
}

#[derive(Debug)]
struct Body {
    /// Taken when the body has ended or failed.
    connection: Option<Connection>,
    left: Left,
    keep: bool,
    idle: Duration,
    pool: Arc<Pool>,
    destination: Arc<Destination>,
}

#[derive(Debug)]
enum Left {
    Exactly(u64),
    Chunks(ChunkScanner),
    UntilClose,
}

impl Answer {
    pub(super) fn new(
        head: ResponseHead,
        connection: Connection,
        idle: Duration,
        pool: Arc<Pool>,
        destination: Arc<Destination>,
    ) -> Self {
        let left = match head.body() {
            BodyLength::Exactly(length) => Left::Exactly(length),
            BodyLength::Chunked => Left::Chunks(ChunkScanner::default()),
            BodyLength::UntilClose => Left::UntilClose,
        };
        let (name, address) = (Arc::clone(&connection.candidate.name), connection.candidate.address);
        let body = Body { connection: Some(connection), left, keep: head.keep_alive(), idle, pool, destination };
        Self { head, name, address, body }
    }

    /// The head of the answer.
    #[must_use]
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// The name that was dialled.
    #[must_use]
    pub fn endpoint(&self) -> &Arc<str> {
        &self.name
    }

    /// The address that answered.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the next bytes of the body as they are on the wire (chunk framing included), `None` at its end.
    ///
    /// # Errors
    /// [`Error::Lost`] if the body breaks off, [`Error::Timeout`] if nothing arrives within the idle time.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        self.body.next().await
    }
}

impl Body {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if matches!(self.left, Left::Exactly(0)) {
            self.finish();
        }
        let Some(connection) = self.connection.as_mut() else { return Ok(None) };
        if connection.buffer.is_empty() {
            connection.buffer.reserve(READ);
            let read = timeout(self.idle, connection.stream.read_buf(&mut connection.buffer)).await;
            let lost = match read {
                Ok(Ok(n)) if n > 0 => None,
                Ok(Ok(_)) if matches!(self.left, Left::UntilClose) => {
                    self.connection = None;
                    return Ok(None);
                }
                Ok(Ok(_)) => Some(Error::Lost { detail: "closed in the middle of the body".into() }),
                Ok(Err(error)) => Some(Error::Lost { detail: error.to_string() }),
                Err(_) => Some(Error::Timeout { seconds: self.idle.as_secs() }),
            };
            if let Some(error) = lost {
                self.connection = None;
                return Err(error);
            }
        }
        let ours = match &mut self.left {
            Left::UntilClose => connection.buffer.len(),
            Left::Exactly(left) => {
                let ours = usize::try_from(*left).unwrap_or(usize::MAX).min(connection.buffer.len());
                *left -= ours as u64;
                ours
            }
            Left::Chunks(scanner) => match scanner.scan(&connection.buffer) {
                Ok(ours) => ours,
                Err(error) => {
                    self.connection = None;
                    return Err(Error::Lost { detail: error.to_string() });
                }
            },
        };
        let bytes = connection.buffer.split_to(ours).freeze();
        let done = match &self.left {
            Left::Exactly(left) => *left == 0,
            Left::Chunks(scanner) => scanner.is_done(),
            Left::UntilClose => false,
        };
        if done {
            self.finish();
        }
        Ok(Some(bytes))
    }

    /// Returns the connection to the pool, if it can carry another call. Bytes after the end of the answer belong
    /// to no request: such a connection is dropped.
    fn finish(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.keep
            && !connection.spent
            && connection.buffer.is_empty()
        {
            self.pool.put(&self.destination, connection);
        }
    }
}
