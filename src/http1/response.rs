//! The head of a response, and the end of the body after it (RFC 9112, 6.3).

use std::ops::Range;

use bytes::Bytes;

use super::{MAX_HEADERS, head::tokens};

/// How the body of a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// After this many bytes.
    Exactly(u64),
    /// After the last chunk.
    Chunked,
    /// When the connection is closed.
    UntilClose,
}

/// The head of a response as it was received.
#[derive(Clone, Debug)]
pub struct ResponseHead {
    bytes: Bytes,
    status: u16,
    /// The range of the status line after the version, including its line ending: ` 200 OK\r\n`.
    reason: Range<usize>,
    headers: Vec<(Range<usize>, Range<usize>, Range<usize>)>,
    body: BodyLength,
    keep_alive: bool,
}

impl ResponseHead {
    /// Reads a whole head, including its blank line. `None` if the response cannot be passed on: it is malformed, has
    /// both framings at once, or switches protocols.
    #[must_use]
    pub fn parse(bytes: Bytes) -> Option<Self> {
        let mut slots = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut slots);
        match parsed.parse(&bytes) {
            Ok(httparse::Status::Complete(end)) if end == bytes.len() => {}
            _ => return None,
        }
        let place = |part: &[u8]| -> Range<usize> {
            let from = part.as_ptr() as usize - bytes.as_ptr() as usize;
            from..from + part.len()
        };
        let status = parsed.code?;
        let http11 = parsed.version == Some(1);
        let line_end = memchr::memchr(b'\n', &bytes)? + 1;
        let headers: Vec<_> = parsed
            .headers
            .iter()
            .map(|header| {
                let (name, value) = (place(header.name.as_bytes()), place(header.value));
                let end = value.end + memchr::memchr(b'\n', bytes.get(value.end..)?)? + 1;
                Some((name.start..end, name, value))
            })
            .collect::<Option<_>>()?;
        let mut head =
            Self { bytes, status, reason: 8..line_end, headers, body: BodyLength::UntilClose, keep_alive: false };
        head.body = head.framing()?;
        let close = head.has_token("connection", "close") || (!http11 && !head.has_token("connection", "keep-alive"));
        head.keep_alive = !close && head.body != BodyLength::UntilClose;
        Some(head)
    }

    fn framing(&self) -> Option<BodyLength> {
        if self.status < 200 || self.status == 204 || self.status == 304 {
            return (self.status != 101).then_some(BodyLength::Exactly(0));
        }
        let mut codings = self.values("transfer-encoding");
        let mut lengths = self.values("content-length");
        match (codings.next(), lengths.next()) {
            (Some(coding), None) => {
                let chunked = coding.eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
                chunked.then_some(BodyLength::Chunked)
            }
            (None, Some(length)) => {
                let length = super::head::parse_length(length).ok()?;
                lengths.next().is_none().then_some(BodyLength::Exactly(length))
            }
            (None, None) => Some(BodyLength::UntilClose),
            (Some(_), Some(_)) => None,
        }
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// How the body ends. Assumes that the request was not a HEAD, which the RDS API does not have.
    #[must_use]
    pub fn body(&self) -> BodyLength {
        self.body
    }

    /// Whether the service keeps the connection open after this response.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// The status line from the space after the version to the end of the line.
    #[must_use]
    pub fn status_line_rest(&self) -> &[u8] {
        self.bytes.get(self.reason.clone()).unwrap_or_default()
    }

    /// The header lines as received, each with its name and its line ending.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(line, name, _)| {
            let name = self.bytes.get(name.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok());
            (name.unwrap_or_default(), self.bytes.get(line.clone()).unwrap_or_default())
        })
    }

    /// The values of all headers with this name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(_, found, _)| {
                self.bytes.get(found.clone()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
            })
            .map(|(_, _, value)| self.bytes.get(value.clone()).unwrap_or_default())
    }

    /// The first value with this name, if there is one.
    #[must_use]
    pub fn value<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.values(name).next()
    }

    fn has_token(&self, name: &str, token: &str) -> bool {
        self.values(name).flat_map(tokens).any(|found| found.eq_ignore_ascii_case(token.as_bytes()))
    }
}
