//! Writes answers to the client, and decides whether its connection stays open.

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

/// Maximum time a response write may stall.
const STALL: Duration = Duration::from_secs(60);

/// What happens to a connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It may carry another request.
    Keep,
    /// It is closed.
    Close,
    /// It is cut off: the answer is incomplete and must not appear complete.
    Cut,
}

/// Writes an answer and finishes its record.
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
    // An answer that is delimited by the end of its connection can only be forwarded the same way.
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
                // The status has already been sent: the answer can only be cut off so that it does not appear
                // complete.
                if let Some(trail) = trail {
                    trail.reason = Fault::from(&crate::error::Error::Forward(error.clone())).reason;
                    trail.detail = Some(error.to_string());
                }
                return (written, After::Cut);
            }
        }
    }
}

/// The head of the service's answer as it is sent to the client: unchanged except for hop-by-hop headers.
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
