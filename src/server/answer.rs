//! Answers as they go back to the client, and what happens to its connection then.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use crate::{
    fault::{self, Fault},
    forward::Answer,
    guard::Response,
    http1::Request,
    record::Trail,
};

/// How long a client may take none of an answer.
const STALL: Duration = Duration::from_secs(60);

/// What happens to a connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It may carry another request.
    Keep,
    /// It ends.
    Close,
    /// It breaks off: the answer is not whole, and must not look as if it were.
    Cut,
}

/// Writes an answer and closes its record.
pub(super) async fn write_response<S>(stream: &mut S, response: Response, keep: bool, connection: &mut Trail) -> After
where
    S: AsyncWrite + Unpin,
{
    let Response { outcome, mut trail } = response;
    if let Some(trail) = &mut trail {
        trail.settle();
    }
    let (written, after) = match outcome {
        Ok(answer) => write_answer(stream, answer, keep, trail.as_mut()).await,
        Err(fault) => {
            let kept = keep && !fault.close;
            let id = trail.as_ref().map_or("", |trail| trail.request_id.as_str());
            let bytes = fault::render(&fault, id, OffsetDateTime::now_utc(), !kept);
            let sent = async {
                stream.write_all(&bytes).await?;
                stream.flush().await
            };
            let sent = matches!(timeout(STALL, sent).await, Ok(Ok(())));
            (if sent { bytes.len() as u64 } else { 0 }, if sent && kept { After::Keep } else { After::Close })
        }
    };
    if let Some(trail) = &mut trail {
        trail.bytes_out = written;
        connection.bytes_in += trail.bytes_in;
        connection.bytes_out += written;
    }
    after
}

async fn write_answer<S>(stream: &mut S, mut answer: Answer, keep: bool, trail: Option<&mut Trail>) -> (u64, After)
where
    S: AsyncWrite + Unpin,
{
    // An answer that ends with its connection can only be passed on the same way.
    let keep = keep && answer.head().body() != crate::http1::BodyLength::UntilClose;
    let mut head = answer_head(&answer, keep);
    let mut written = 0u64;
    loop {
        let next = answer.next().await;
        let ended = !matches!(next, Ok(Some(_)));
        let body = match &next {
            Ok(Some(bytes)) => bytes.clone(),
            Ok(None) | Err(_) => Bytes::new(),
        };
        let length = (head.len() + body.len()) as u64;
        let mut message = std::mem::take(&mut head).chain(body);
        let sent = async {
            stream.write_all_buf(&mut message).await?;
            if ended { stream.flush().await } else { Ok(()) }
        };
        if !matches!(timeout(STALL, sent).await, Ok(Ok(()))) {
            if let Some(trail) = trail {
                trail.detail = Some("the client went away before the end of the answer".into());
            }
            return (written, After::Cut);
        }
        written += length;
        match next {
            Ok(Some(_)) => {}
            Ok(None) => return (written, if keep { After::Keep } else { After::Close }),
            Err(error) => {
                // The status has gone out already: all that is left is not to pretend that the answer is whole.
                if let Some(trail) = trail {
                    trail.reason = Fault::from(&crate::error::Error::Forward(error.clone())).reason;
                    trail.detail = Some(error.to_string());
                }
                return (written, After::Cut);
            }
        }
    }
}

/// The head of the service's answer as it goes to the client: its lines as they are, without those of the other
/// connection.
fn answer_head(answer: &Answer, keep: bool) -> Bytes {
    let head = answer.head();
    let mut bytes = BytesMut::with_capacity(1024);
    bytes.extend_from_slice(b"HTTP/1.1");
    bytes.extend_from_slice(head.status_line_rest());
    for (name, line) in head.lines() {
        if !Request::is_hop_by_hop(name) && !name.eq_ignore_ascii_case("upgrade") {
            bytes.extend_from_slice(line);
        }
    }
    bytes.extend_from_slice(if keep { b"\r\n" } else { b"connection: close\r\n\r\n" });
    bytes.freeze()
}
