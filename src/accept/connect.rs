//! The proxy listener's side of HTTP: one `CONNECT`, and the answer to it; or one request for plain HTTP.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Authority, PlainRequest, Refusal};
use crate::http1::{self, Head, head_end};

/// What a client asked of the proxy listener.
#[derive(Debug)]
pub struct Connect {
    /// What stands behind `CONNECT`, as sent, for the record.
    pub target: String,
    /// The same, read.
    pub authority: Result<Authority, Refusal>,
    /// The `Proxy-Authorization` header, if there is one. It is never forwarded.
    pub proxy_authorization: Option<Bytes>,
    /// What the client sent behind the head, before it had an answer: the beginning of its TLS.
    pub early: BytesMut,
}

/// What a client asks the proxy listener for.
#[derive(Debug)]
pub enum Asked {
    /// A connection.
    Connect(Connect),
    /// The answer to a request in absolute form.
    Plain(Box<PlainRequest>),
}

/// Reads what a client asks for. `None` where it went away without a word.
///
/// # Errors
/// The refusal that answers what is neither. I/O errors end as `None` too: nobody is left to answer.
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
    Ok(Some(Asked::Connect(Connect {
        target: head.target().chars().take(300).collect(),
        authority: Authority::parse(head.target()),
        proxy_authorization: head.value("proxy-authorization").map(Bytes::copy_from_slice),
        early: buffer,
    })))
}

/// Why a request is refused that is neither a CONNECT nor in absolute form for plain HTTP.
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

/// Says that the tunnel stands.
///
/// # Errors
/// The client has gone away.
pub async fn accept<S: AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    stream.flush().await
}

/// Says why there is no tunnel, and closes.
///
/// # Errors
/// The client has gone away.
pub async fn refuse<S: AsyncWrite + Unpin>(stream: &mut S, refusal: &Refusal) -> std::io::Result<()> {
    let (status, phrase) = refusal.status();
    let text = format!("{refusal} [rds-guard]\n");
    let challenge = if status == 407 { "proxy-authenticate: Basic realm=\"rds-guard\"\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         x-rds-guard-reason: {}\r\n{challenge}connection: close\r\n\r\n{text}",
        text.len(),
        refusal.reason(),
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
