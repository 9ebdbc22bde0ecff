//! Plain HTTP to other hosts: one request in absolute form, forwarded in origin form, and its answer (RFC 9112,
//! 3.2).
//!
//! One request per connection: a later request could be for a host that was not judged.

use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split},
    time::timeout,
};

use super::{Authority, Host, Refusal, connect, tunnel::Traffic};
use crate::http1::{self, BodyLength, ChunkScanner, Head, MAX_HEAD_BYTES, Request, ResponseHead, Version};

/// A request for another host, ready to be forwarded.
#[derive(Debug)]
pub struct PlainRequest {
    /// Its host and port; port 80 if it names none.
    pub authority: Authority,
    /// The `Proxy-Authorization` header, if there is one. It is never forwarded.
    pub proxy_authorization: Option<Bytes>,
    /// Whether another request may follow on the connection, if this one is refused.
    pub may_follow: bool,
    /// The head as it is forwarded.
    head: Bytes,
    body: Body,
    /// Answers to HEAD have no body, whatever their heads say.
    is_head: bool,
    version: Version,
    /// The bytes that the client sent after the head.
    early: BytesMut,
}

/// Tracks where a body ends.
#[derive(Debug)]
enum Body {
    Exactly(u64),
    Chunked(ChunkScanner),
    UntilClose,
}

impl PlainRequest {
    /// Reads a request whose target is in absolute form. `None` if the target is not `http://…`.
    ///
    /// # Errors
    /// [`Refusal::MalformedAuthority`], [`Refusal::MalformedRequest`].
    pub(super) fn read(head: &Head, early: BytesMut) -> Result<Option<Self>, Refusal> {
        let Some((scheme, rest)) = head.target().split_once("://") else { return Ok(None) };
        if !scheme.eq_ignore_ascii_case("http") {
            return Ok(None);
        }
        let (host, path) =
            rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len())).unwrap_or((rest, ""));
        let authority = match Authority::parse(host) {
            Err(Refusal::NoPort) if !host.ends_with(':') => Authority { host: Host::parse(host)?, port: 80 },
            read => read?,
        };
        if path.contains('#') {
            return Err(Refusal::MalformedAuthority);
        }
        connection_options(head)?;
        let body = request_body(head)?;
        let is_head = head.method() == "HEAD";
        let version = head.version();
        let proxy_authorization = connect::proxy_authorization(head);
        let may_follow = matches!(body, Body::Exactly(0)) && connect::may_follow(head, &early);
        let head = head_for(head, &authority, path);
        Ok(Some(Self { authority, proxy_authorization, may_follow, head, body, is_head, version, early }))
    }

    /// Forwards the request and returns its answer to the client. Neither side may pause for longer than `idle`.
    ///
    /// # Errors
    /// [`Refusal::ConnectFailed`] if no answer that can be forwarded arrived; the client has received nothing in
    /// that case. A later failure ends the connection.
    pub async fn exchange<C, S>(
        self,
        client: &mut C,
        server: &mut S,
        idle: Duration,
        traffic: &mut Traffic,
    ) -> Result<(), Refusal>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (mut from_client, to_client) = split(client);
        let (mut from_server, mut to_server) = split(server);
        let Traffic { bytes_in, bytes_out } = traffic;
        let Self { head, body, early, .. } = self;
        let up = async {
            write(&mut to_server, &head, idle, bytes_in).await?;
            pass(body, early, (&mut from_client, &mut to_server), idle, bytes_in).await?;
            // The request has been sent; only the answer decides when the exchange ends.
            std::future::pending::<io::Result<()>>().await
        };
        let mut answer = Answer { to_client, is_head: self.is_head, version: self.version, idle, bytes_out };
        let down = answer.pass(&mut from_server);
        tokio::pin!(up, down);
        tokio::select! {
            answered = &mut down => answered,
            // A server may answer and stop reading before it has read the whole request.
            _failed = &mut up => down.as_mut().await,
        }
    }
}

/// The direction to the client.
struct Answer<'a, C> {
    to_client: WriteHalf<C>,
    is_head: bool,
    version: Version,
    idle: Duration,
    bytes_out: &'a mut u64,
}

impl<C: AsyncWrite> Answer<'_, C> {
    /// Forwards an answer, including interim answers that precede it.
    async fn pass<S: AsyncRead>(&mut self, from_server: &mut ReadHalf<S>) -> Result<(), Refusal> {
        let mut buffer = BytesMut::new();
        let unreadable = || Refusal::ConnectFailed("the host gives no answer that can be passed on".into());
        loop {
            let head = self.head(from_server, &mut buffer).await.ok_or_else(unreadable)?;
            let head = ResponseHead::parse(head).ok_or_else(unreadable)?;
            let is_interim = head.status() < 200;
            // An HTTP/1.0 client does not understand interim answers (RFC 9110, 15.2).
            if is_interim && self.version == Version::Http10 {
                continue;
            }
            let bytes = answer_head(&head, is_interim);
            if write(&mut self.to_client, &bytes, self.idle, self.bytes_out).await.is_err() {
                return Ok(());
            }
            if !is_interim {
                let body = match head.body() {
                    _ if self.is_head => Body::Exactly(0),
                    BodyLength::Exactly(length) => Body::Exactly(length),
                    BodyLength::Chunked => Body::Chunked(ChunkScanner::default()),
                    BodyLength::UntilClose => Body::UntilClose,
                };
                // The head has been sent: a failure from now on can only be signalled by closing the connection.
                let _ = pass(body, buffer, (from_server, &mut self.to_client), self.idle, self.bytes_out).await;
                return Ok(());
            }
        }
    }

    /// The next head; `None` if none arrives.
    async fn head<S: AsyncRead>(&self, from: &mut ReadHalf<S>, buffer: &mut BytesMut) -> Option<Bytes> {
        loop {
            if let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") {
                return Some(buffer.split_to(end + 4).freeze());
            }
            if buffer.len() > MAX_HEAD_BYTES {
                return None;
            }
            let read = timeout(self.idle, from.read_buf(buffer)).await.ok()?;
            read.ok().filter(|n| *n > 0)?;
        }
    }
}

/// The head as it is forwarded: in origin form, with the host that was judged, without hop-by-hop headers.
fn head_for(head: &Head, authority: &Authority, path: &str) -> Bytes {
    let version = match head.version() {
        Version::Http10 => "1.0",
        Version::Http11 => "1.1",
    };
    let slash = if path.starts_with('/') { "" } else { "/" };
    let host = if authority.port == 80 { authority.host.to_string() } else { authority.to_string() };
    let line = format!("{} {slash}{path} HTTP/{version}\r\nHost: {host}\r\n", head.method());
    let mut bytes = BytesMut::from(line.as_bytes());
    for header in head.headers() {
        let hop = Request::is_hop_by_hop(header.name) || header.is("upgrade") || header.is("proxy-authenticate");
        if !hop && !header.is("host") && !head.has_token("connection", header.name) {
            bytes.extend_from_slice(header.name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(header.value);
            bytes.extend_from_slice(b"\r\n");
        }
    }
    bytes.extend_from_slice(b"Connection: close\r\n\r\n");
    bytes.freeze()
}

/// The head of an answer without hop-by-hop headers.
fn answer_head(head: &ResponseHead, is_interim: bool) -> Bytes {
    let mut bytes = BytesMut::from(&b"HTTP/1.1"[..]);
    bytes.extend_from_slice(head.status_line_rest());
    for (name, line) in head.lines() {
        if !Request::is_hop_by_hop(name) && !name.eq_ignore_ascii_case("upgrade") {
            bytes.extend_from_slice(line);
        }
    }
    bytes.extend_from_slice(if is_interim { b"\r\n" } else { b"connection: close\r\n\r\n" });
    bytes.freeze()
}

/// `Connection` lists the headers that apply to this connection only; they are not forwarded (RFC 9110, 7.6.1). It
/// must not list a header that is meant for the host: removing one that determines where the request goes or where
/// it ends would change the request.
fn connection_options(head: &Head) -> Result<(), Refusal> {
    for option in head.list("connection") {
        // The characters of a header name (RFC 9110, 5.6.2): another parser may read any other character
        // differently.
        let is_name = option.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
        let name = std::str::from_utf8(option).unwrap_or_default().to_ascii_lowercase();
        if !is_name || is_for_the_host(&name) {
            return Err(Refusal::MalformedRequest(http1::Error::ConnectionOption { name }));
        }
    }
    Ok(())
}

/// Whether RFC 9110 to 9112 or RFC 6265 give this header (in lower case) a meaning at the host: framing, routing,
/// content, conditions, credentials. Other headers are the client's own, and it may declare them hop-by-hop.
fn is_for_the_host(name: &str) -> bool {
    const PREFIXES: [&str; 7] = ["content-", "if-", "accept", "x-amz-", "x-forwarded-", "x-http-method", "sec-"];
    const NAMES: [&str; 22] = [
        "age",
        "allow",
        "authorization",
        "cache-control",
        "cookie",
        "date",
        "expect",
        "expires",
        "forwarded",
        "from",
        "host",
        "last-modified",
        "max-forwards",
        "origin",
        "pragma",
        "priority",
        "range",
        "referer",
        "transfer-encoding",
        "user-agent",
        "via",
        "x-real-ip",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name)
}

/// How the body of a request ends.
fn request_body(head: &Head) -> Result<Body, Refusal> {
    let mut codings = head.values("transfer-encoding");
    match (codings.next(), head.content_length()) {
        (None, length) => Ok(Body::Exactly(length.unwrap_or(0))),
        (Some(_), Some(_)) => Err(Refusal::MalformedRequest(http1::Error::LengthBesideTransferEncoding)),
        (Some(_), None) if head.version() == Version::Http10 => {
            Err(Refusal::MalformedRequest(http1::Error::TransferEncoding))
        }
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") && codings.next().is_none() => {
            Ok(Body::Chunked(ChunkScanner::default()))
        }
        (Some(_), None) => Err(Refusal::MalformedRequest(http1::Error::TransferEncoding)),
    }
}

impl Body {
    /// Returns how many of these bytes belong to the body.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Exactly(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                Ok(taken)
            }
            Self::Chunked(scanner) => scanner.scan(bytes).map_err(|_| io::ErrorKind::InvalidData.into()),
            Self::UntilClose => Ok(bytes.len()),
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Exactly(left) => *left == 0,
            Self::Chunked(scanner) => scanner.is_done(),
            Self::UntilClose => false,
        }
    }
}

/// Forwards a body whose beginning is in `buffer`.
async fn pass<R, W>(
    mut body: Body,
    mut buffer: BytesMut,
    (from, to): (&mut ReadHalf<R>, &mut WriteHalf<W>),
    idle: Duration,
    count: &mut u64,
) -> io::Result<()>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    while !body.is_over() {
        if buffer.is_empty() {
            buffer.reserve(16 * 1024);
            if timeout(idle, from.read_buf(&mut buffer)).await?? == 0 {
                break;
            }
        }
        let taken = body.take(&buffer)?;
        write(to, buffer.get(..taken).unwrap_or_default(), idle, count).await?;
        buffer.clear();
    }
    Ok(())
}

async fn write<W: AsyncWrite>(to: &mut WriteHalf<W>, bytes: &[u8], idle: Duration, count: &mut u64) -> io::Result<()> {
    let sent = async {
        to.write_all(bytes).await?;
        to.flush().await
    };
    timeout(idle, sent).await??;
    *count += bytes.len() as u64;
    Ok(())
}
