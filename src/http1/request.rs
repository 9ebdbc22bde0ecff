//! A request to the RDS API, sealed: the request that was decided on is the one that is forwarded.

use bytes::Bytes;

use super::{Error, Head, Header, head::tokens, head_end};

/// A request with its whole body. It cannot be changed.
///
/// INVARIANT (sealed bytes): head and body are the bytes that came off the wire; every later stage reads them here, and
/// `forward` writes them from here.
#[derive(Clone)]
pub struct Request {
    head: Head,
    body: Bytes,
}

impl Request {
    /// Checks the rules for every request to the RDS API before its body is read, and returns the length of that
    /// body.
    ///
    /// # Errors
    /// A transfer or content coding, an upgrade, a missing or repeated `Host`, a target that is not in origin form, a
    /// body over `limit` bytes.
    pub fn admit(head: &Head, limit: u64) -> Result<u64, Error> {
        let mut hosts = head.values("host");
        let host = hosts.next();
        if hosts.next().is_some() {
            return Err(Error::HostRepeated);
        }
        if host.is_none_or(<[u8]>::is_empty) {
            return Err(Error::HostMissing);
        }
        if head.value("upgrade").is_some() || head.has_token("connection", "upgrade") {
            return Err(Error::Upgrade);
        }
        if head.value("transfer-encoding").is_some() {
            return Err(Error::TransferEncoding);
        }
        if head.value("content-encoding").is_some() {
            return Err(Error::ContentEncoding);
        }
        if head.values("expect").any(|value| !value.eq_ignore_ascii_case(b"100-continue")) {
            return Err(Error::Expectation);
        }
        let target = head.target();
        if !target.starts_with('/') || !target.bytes().all(|b| b.is_ascii_graphic() && b != b'#') {
            return Err(Error::Target);
        }
        connection_options(head)?;
        let length = head.content_length().unwrap_or(0);
        if length > limit { Err(Error::BodyTooLarge { length, limit }) } else { Ok(length) }
    }

    /// Seals a head and the body that was read after it.
    ///
    /// # Errors
    /// The errors of [`admit`](Self::admit), and [`Error::BodyLength`] if the body does not have the announced
    /// length.
    pub fn seal(head: Head, body: Bytes) -> Result<Self, Error> {
        let found = body.len() as u64;
        let expected = Self::admit(&head, u64::MAX)?;
        if expected == found { Ok(Self { head, body }) } else { Err(Error::BodyLength { expected, found }) }
    }

    /// Reads a captured request: a head and exactly the body that its `Content-Length` announces.
    ///
    /// # Errors
    /// Anything that the connection would have refused.
    pub fn parse(bytes: Bytes) -> Result<Self, Error> {
        let Some(end) = head_end(&bytes, 0)? else { return Err(Error::RequestLine) };
        let head = Head::parse(bytes.slice(..end))?;
        Self::seal(head, bytes.slice(end..))
    }

    /// The head of the request.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The method, as sent.
    #[must_use]
    pub fn method(&self) -> &str {
        self.head.method()
    }

    /// The whole target, as sent.
    #[must_use]
    pub fn target(&self) -> &str {
        self.head.target()
    }

    /// The target up to the question mark.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target().split_once('?').map_or(self.target(), |(path, _)| path)
    }

    /// The target after the question mark, if it has one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target().split_once('?').map(|(_, query)| query)
    }

    /// The header lines in the order they were sent.
    pub fn headers(&self) -> impl Iterator<Item = Header<'_>> {
        self.head.headers()
    }

    /// The first value with this name, ignoring letter case.
    #[must_use]
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.head.value(name)
    }

    /// All values with this name, in order.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.head.values(name)
    }

    /// The whole body, as received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The bytes of the head, including the blank line.
    #[must_use]
    pub fn head_bytes(&self) -> &Bytes {
        self.head.bytes()
    }

    /// Whether a header applies only to this connection (RFC 9110, 7.6.1) and is therefore not forwarded.
    #[must_use]
    pub fn is_hop_by_hop(name: &str) -> bool {
        ["connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer"]
            .iter()
            .any(|hop| name.eq_ignore_ascii_case(hop))
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("head", &self.head).field("body_bytes", &self.body.len()).finish()
    }
}

/// `Connection` may name further headers that a proxy must drop. Dropping one that the signature or the service needs
/// would change the request after the decision, so such an option is refused instead.
fn connection_options(head: &Head) -> Result<(), Error> {
    for option in head.values("connection").flat_map(tokens) {
        let name = std::str::from_utf8(option).unwrap_or_default();
        let own = name.eq_ignore_ascii_case("close") || Request::is_hop_by_hop(name);
        if !own && (name.is_empty() || head.value(name).is_some()) {
            return Err(Error::ConnectionOption { name: name.to_ascii_lowercase() });
        }
    }
    Ok(())
}
