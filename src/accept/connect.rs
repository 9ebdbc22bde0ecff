//! The HTTP of the proxy listener: one `CONNECT` and its answer, or one request for plain HTTP.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Authority, PlainRequest, Refusal};
use crate::http1::{self, Head, head_end};

/// A CONNECT request from a client of the proxy listener.
#[derive(Debug)]
pub struct Connect {
    /// The target for the record: as parsed, or as sent if nothing in it can be user info.
    pub target: String,
    /// The parsed target.
    pub authority: Result<Authority, Refusal>,
    /// The `Proxy-Authorization` header, if there is one. It is never forwarded.
    pub proxy_authorization: Option<Bytes>,
    /// Whether another request may follow on the connection, if this one is refused.
    pub may_follow: bool,
    /// The bytes that the client sent after the head without waiting for the answer: the beginning of its TLS.
    pub early: BytesMut,
}

/// A client's request to the proxy listener.
#[derive(Debug)]
pub enum Asked {
    /// A tunnel.
    Connect(Connect),
    /// A plain HTTP request in absolute form.
    Plain(Box<PlainRequest>),
}

/// Reads a client's request. `None` if the client closed the connection without sending one.
///
/// # Errors
/// The refusal for a request that is neither of the two. I/O errors also return `None`: no client is left to
/// answer.
pub async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Option<Asked>, Refusal> {
    let mut buffer = BytesMut::with_capacity(1024);
    let end = loop {
        let scanned = buffer.len();
        match stream.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return Ok(None),
            Ok(_) => {}
        }
        if buffer.first() == Some(&0x16) {
            return Err(Refusal::TlsOnPlainPort);
        }
        if let Some(end) = head_end(&buffer, scanned).map_err(Refusal::MalformedRequest)? {
            break end;
        }
    };
    let head = Head::parse(buffer.split_to(end).freeze()).map_err(Refusal::MalformedRequest)?;
    if head.method() != "CONNECT" {
        let plain = PlainRequest::read(&head, buffer)?;
        return plain.map(|plain| Some(Asked::Plain(Box::new(plain)))).ok_or_else(|| neither(&head));
    }
    if head.value("transfer-encoding").is_some() || head.content_length().is_some_and(|length| length > 0) {
        return Err(Refusal::MalformedRequest(http1::Error::TransferEncoding));
    }
    let authority = Authority::parse(head.target());
    Ok(Some(Asked::Connect(Connect {
        target: authority.as_ref().map_or_else(|_| shown(head.target()), ToString::to_string),
        authority,
        proxy_authorization: proxy_authorization(&head),
        may_follow: may_follow(&head, &buffer),
        early: buffer,
    })))
}

/// The `Proxy-Authorization` header, if there is exactly one. Two would be ambiguous, so they count as none.
pub(super) fn proxy_authorization(head: &Head) -> Option<Bytes> {
    let mut values = head.values("proxy-authorization");
    let first = values.next()?;
    Some(if values.next().is_some() { Bytes::new() } else { Bytes::copy_from_slice(first) })
}

/// Whether another request may follow on the connection if this one has no body; `early` holds the bytes after its
/// head. Bytes sent before the answer are the beginning of a tunnel, not another request.
pub(super) fn may_follow(head: &Head, early: &[u8]) -> bool {
    head.keep_alive() && !head.has_token("proxy-connection", "close") && early.is_empty()
}

/// An unparsable target as the record shows it. Anything that may be user info, or an escaped form of it, is
/// hidden.
fn shown(target: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    if target.bytes().all(plain) { target.chars().take(300).collect() } else { UNREADABLE.to_owned() }
}

/// The placeholder in the record for a target that is not shown.
const UNREADABLE: &str = "(unreadable target)";

/// The refusal for a request that is neither a CONNECT nor in absolute form for plain HTTP.
fn neither(head: &Head) -> Refusal {
    let target = head.target();
    if target.starts_with('/') || target == "*" {
        Refusal::OriginForm
    } else if target.contains("://") {
        Refusal::Method
    } else {
        Refusal::MalformedAuthority
    }
}

/// Reports to the client that the tunnel is established.
///
/// # Errors
/// The client has closed the connection.
pub async fn accept<S: AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    stream.flush().await
}

/// Reports to the client why there is no tunnel, and closes the connection.
///
/// # Errors
/// The client has closed the connection.
pub async fn refuse<S: AsyncWrite + Unpin>(stream: &mut S, refusal: &Refusal) -> std::io::Result<()> {
    stream.write_all(answer(refusal, "connection: close\r\n").as_bytes()).await?;
    stream.shutdown().await
}

/// Reports to the client why there is no tunnel, and keeps the connection open for another request: a client that
/// is challenged for its credentials sends them there (RFC 9110, 11.7.1).
///
/// # Errors
/// The client has closed the connection.
pub async fn refuse_and_keep<S: AsyncWrite + Unpin>(stream: &mut S, refusal: &Refusal) -> std::io::Result<()> {
    stream.write_all(answer(refusal, "").as_bytes()).await?;
    stream.flush().await
}

fn answer(refusal: &Refusal, connection: &str) -> String {
    let (status, phrase) = refusal.status();
    let text = format!("{refusal} [rds-guard]\n");
    let challenge = if status == 407 { "proxy-authenticate: Basic realm=\"rds-guard\"\r\n" } else { "" };
    format!(
        "HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         x-rds-guard-reason: {}\r\n{challenge}{connection}\r\n{text}",
        text.len(),
        refusal.reason(),
    )
}
