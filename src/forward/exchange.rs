//! One request written, one answer's head read.

use std::{sync::Arc, time::Duration};

use bytes::Buf;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

use super::connector::Connection;
use crate::http1::{Request, ResponseHead};

/// The most bytes the head of an answer may have.
const MAX_ANSWER_HEAD: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection ended or failed before the first byte of an answer.
    BeforeAnswer(String),
    /// It ended in the middle of the answer's head, or what came is no answer.
    InAnswer(String),
    /// Nothing came in time.
    Timeout,
}

/// Sends a request as it was received, without what belongs to the client's own connection, and reads the head of the
/// answer.
pub(super) async fn exchange(
    connection: &mut Connection,
    request: &Arc<Request>,
    first_byte: Duration,
) -> Result<ResponseHead, Broken> {
    // INVARIANT (sealed bytes): head and body are written from the request that was decided on; nothing is added.
    let head = request.head().without(Request::is_hop_by_hop);
    let mut message = head.chain(request.body().clone());
    let stream = &mut connection.stream;
    let sent = async {
        stream.write_all_buf(&mut message).await?;
        stream.flush().await
    };
    let sent = timeout(first_byte, sent).await.map_err(|_| Broken::Timeout)?;
    connection.spent = sent.is_err();
    // A service may answer and close before it has read everything: its answer counts, not our failed write.
    match timeout(first_byte, read_head(connection)).await {
        Ok(Err(Broken::BeforeAnswer(detail))) => {
            Err(Broken::BeforeAnswer(sent.err().map_or(detail, |error| error.to_string())))
        }
        Ok(read) => read,
        Err(_) => Err(Broken::Timeout),
    }
}

async fn read_head(connection: &mut Connection) -> Result<ResponseHead, Broken> {
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
            connection.buffer.reserve(8 * 1024);
            match connection.stream.read_buf(&mut connection.buffer).await {
                Ok(0) if any => return Err(Broken::InAnswer("closed in the middle of the answer".into())),
                Ok(0) => return Err(Broken::BeforeAnswer("closed without an answer".into())),
                Ok(_) => any = true,
                Err(error) if any => return Err(Broken::InAnswer(error.to_string())),
                Err(error) => return Err(Broken::BeforeAnswer(error.to_string())),
            }
        };
        let head = ResponseHead::parse(connection.buffer.split_to(end).freeze())
            .ok_or_else(|| Broken::InAnswer("the answer is not HTTP/1.1 that can be passed on".into()))?;
        // Interim answers (100 Continue) are for the connection, not for the client (RFC 9110, 15.2).
        if head.status() >= 200 {
            return Ok(head);
        }
    }
}
