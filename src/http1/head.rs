//! The head of a message: finds its end and reads its fields, which keep the bytes as received.

use std::ops::Range;

use bytes::Bytes;

use super::{Error, MAX_HEAD_BYTES, MAX_HEADERS};

/// Finds the end of a head: the offset just after the blank line, or `None` if it has not arrived yet.
///
/// `scanned` is the number of bytes that an earlier call has already searched without finding it.
///
/// # Errors
/// [`Error::BareLineFeed`] at the first line that does not end with CR LF, so that an attacker's half-line never
/// waits for more bytes; [`Error::HeadTooLong`] when the limit is reached before the end; [`Error::Http2Preface`].
pub fn head_end(bytes: &[u8], scanned: usize) -> Result<Option<usize>, Error> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";
    if scanned < PREFACE.len() && bytes.starts_with(PREFACE) {
        return Err(Error::Http2Preface);
    }
    // Search the previous three bytes again: the blank line may span two reads.
    let from = scanned.saturating_sub(3);
    for at in memchr::memchr_iter(b'\n', bytes.get(from..).unwrap_or_default()).map(|at| at + from) {
        let before = |n: usize| at.checked_sub(n).and_then(|i| bytes.get(i)).copied();
        if before(1) != Some(b'\r') {
            return Err(Error::BareLineFeed);
        }
        if before(2) == Some(b'\n') {
            let end = at + 1;
            return if end > MAX_HEAD_BYTES {
                Err(Error::HeadTooLong { limit: MAX_HEAD_BYTES })
            } else {
                Ok(Some(end))
            };
        }
    }
    if bytes.len() >= MAX_HEAD_BYTES { Err(Error::HeadTooLong { limit: MAX_HEAD_BYTES }) } else { Ok(None) }
}

/// The HTTP version of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: one request per connection.
    Http10,
    /// HTTP/1.1: the connection is persistent unless one side says otherwise.
    Http11,
}

/// One header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name in the letter case in which it was sent.
    pub name: &'a str,
    /// The value without the white space around it.
    pub value: &'a [u8],
}

impl Header<'_> {
    /// Whether the header has this name, ignoring letter case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

#[derive(Clone, Debug)]
struct HeaderRange {
    name: Range<usize>,
    value: Range<usize>,
}

/// A request head as it was received. It is immutable.
#[derive(Clone)]
pub struct Head {
    bytes: Bytes,
    method: Range<usize>,
    target: Range<usize>,
    version: Version,
    headers: Vec<HeaderRange>,
    content_length: Option<u64>,
}

impl Head {
    /// Reads a whole head, including its blank line.
    ///
    /// # Errors
    /// Anything that is not strictly RFC 9112, or is ambiguous in it. Rules that apply only to requests to the RDS
    /// API are checked by [`Request`](super::Request).
    pub fn parse(bytes: Bytes) -> Result<Self, Error> {
        if memchr::memchr_iter(b'\r', &bytes).count() != memchr::memchr_iter(b'\n', &bytes).count() {
            return Err(Error::BareCarriageReturn);
        }
        if bytes.windows(3).any(|w| matches!(w, [b'\r', b'\n', b' ' | b'\t'])) {
            return Err(Error::FoldedHeader);
        }
        let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut slots);
        match parsed.parse(&bytes) {
            Ok(httparse::Status::Complete(end)) if end == bytes.len() => {}
            Ok(_) => return Err(Error::RequestLine),
            Err(httparse::Error::TooManyHeaders) => return Err(Error::TooManyHeaders { limit: MAX_HEADERS }),
            Err(httparse::Error::Version) => return Err(Error::Version),
            Err(httparse::Error::HeaderName | httparse::Error::HeaderValue) => return Err(Error::HeaderLine),
            Err(_) => return Err(Error::RequestLine),
        }
        let place = |part: &[u8]| -> Range<usize> {
            let from = part.as_ptr() as usize - bytes.as_ptr() as usize;
            from..from + part.len()
        };
        let (Some(method), Some(target)) = (parsed.method, parsed.path) else { return Err(Error::RequestLine) };
        // httparse skips empty lines before the request line; this parser does not.
        if place(method.as_bytes()).start != 0 {
            return Err(Error::RequestLine);
        }
        let version = if parsed.version == Some(0) { Version::Http10 } else { Version::Http11 };
        let headers = parsed
            .headers
            .iter()
            .map(|header| HeaderRange { name: place(header.name.as_bytes()), value: place(header.value.trim_ascii()) })
            .collect();
        let (method, target) = (place(method.as_bytes()), place(target.as_bytes()));
        let mut head = Self { bytes, method, target, version, headers, content_length: None };
        head.content_length = head.framing()?;
        Ok(head)
    }

    /// Returns the announced length of the body, if any, and refuses conflicting announcements.
    fn framing(&self) -> Result<Option<u64>, Error> {
        let coded = self.values("transfer-encoding").next().is_some();
        let mut lengths = self.values("content-length");
        let length = lengths.next();
        if lengths.next().is_some() {
            return Err(Error::ContentLengthRepeated);
        }
        match length {
            Some(_) if coded => Err(Error::LengthBesideTransferEncoding),
            Some(digits) => parse_length(digits).map(Some),
            None => Ok(None),
        }
    }

    /// The head as received, including the blank line.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The method, as sent.
    #[must_use]
    pub fn method(&self) -> &str {
        self.text(&self.method)
    }

    /// The request target, as sent.
    #[must_use]
    pub fn target(&self) -> &str {
        self.text(&self.target)
    }

    /// The HTTP version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The header lines in the order they were sent.
    pub fn headers(&self) -> impl Iterator<Item = Header<'_>> {
        self.headers.iter().map(|range| Header {
            name: self.text(&range.name),
            value: self.bytes.get(range.value.clone()).unwrap_or_default(),
        })
    }

    /// The values of all header lines with this name, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers().filter(move |header| header.is(name)).map(|header| header.value)
    }

    /// The first value with this name, if there is one.
    #[must_use]
    pub fn value<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.values(name).next()
    }

    /// The value of `Content-Length`, if the header is present.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// The members of a comma-separated header, from all its lines.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).flat_map(tokens)
    }

    /// Whether a comma-separated header contains this token, ignoring letter case.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|found| found.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Whether the client wants a persistent connection after this message (RFC 9112, 9.3) and can know that it has
    /// one: an HTTP/1.0 client takes an answer that does not say so as the last.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        match self.version {
            Version::Http11 => !self.has_token("connection", "close"),
            Version::Http10 => false,
        }
    }

    /// The head without the header lines that `drop` selects; the same bytes if it selects none.
    #[must_use]
    pub fn without(&self, drop: impl Fn(&str) -> bool) -> Bytes {
        if !self.headers().any(|header| drop(header.name)) {
            return self.bytes.clone();
        }
        let first = self.headers.first().map_or(self.bytes.len(), |range| range.name.start);
        let mut kept = Vec::with_capacity(self.bytes.len());
        kept.extend_from_slice(self.bytes.get(..first).unwrap_or_default());
        let ends = self.headers.iter().skip(1).map(|range| range.name.start);
        let ends = ends.chain(std::iter::once(self.bytes.len().saturating_sub(2)));
        for (range, end) in self.headers.iter().zip(ends) {
            if !drop(self.text(&range.name)) {
                kept.extend_from_slice(self.bytes.get(range.name.start..end).unwrap_or_default());
            }
        }
        kept.extend_from_slice(b"\r\n");
        kept.into()
    }

    fn text(&self, range: &Range<usize>) -> &str {
        self.bytes.get(range.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl std::fmt::Debug for Head {
    /// Shows the method and the names of the headers: targets and values can contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head")
            .field("method", &self.method())
            .field("headers", &self.headers().map(|header| header.name.to_owned()).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The members of a comma-separated list.
pub(super) fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

/// Parses a decimal length of at most 18 digits.
pub(super) fn parse_length(digits: &[u8]) -> Result<u64, Error> {
    if digits.contains(&b',') {
        return Err(Error::ContentLengthRepeated);
    }
    let decimal = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let text = if decimal { std::str::from_utf8(digits).ok() } else { None };
    text.and_then(|text| text.parse().ok()).ok_or(Error::ContentLengthInvalid)
}
