//! The server name in a TLS ClientHello, however the client fragmented it (RFC 8446, 4.1.2 and 5.1; RFC 6066, 3).

/// The maximum size of a ClientHello on the wire, record headers included.
pub const MAX_CLIENT_HELLO_BYTES: usize = 16 * 1024;

/// What the first bytes of a connection contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientHello {
    /// More bytes are needed.
    Incomplete,
    /// The first byte is not that of a TLS handshake record.
    NotTls,
    /// A handshake record without a readable ClientHello, or with one over the size limit.
    Malformed,
    /// A whole ClientHello, with its (outer) server name.
    Complete {
        /// The name as sent; `None` if the client sent no name.
        server_name: Option<String>,
    },
}

impl ClientHello {
    /// Parses the first bytes of a connection.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        match bytes.first() {
            None => return Self::Incomplete,
            Some(0x16) => {}
            Some(_) => return Self::NotTls,
        }
        match reassemble(bytes) {
            Ok(Some(hello)) => {
                server_name(&hello).map_or(Self::Malformed, |server_name| Self::Complete { server_name })
            }
            Ok(None) if bytes.len() >= MAX_CLIENT_HELLO_BYTES => Self::Malformed,
            Ok(None) => Self::Incomplete,
            Err(Unreadable) => Self::Malformed,
        }
    }
}

struct Unreadable;

/// Joins the fragments of the first handshake message. `None` if the message is incomplete.
fn reassemble(bytes: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
    let mut records = Cursor(bytes);
    let mut message = Vec::new();
    loop {
        if let [kind, rest @ ..] = message.as_slice() {
            if *kind != 1 {
                return Err(Unreadable);
            }
            if let [a, b, c, body @ ..] = rest {
                let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
                if length > MAX_CLIENT_HELLO_BYTES {
                    return Err(Unreadable);
                }
                if let Some(body) = body.get(..length) {
                    return Ok(Some(body.to_vec()));
                }
            }
        }
        let (Some(kind), Some(major), Some(_minor)) = (records.u8(), records.u8(), records.u8()) else {
            return Ok(None);
        };
        if kind != 0x16 || major != 3 {
            return Err(Unreadable);
        }
        let Some(length) = records.u16() else { return Ok(None) };
        if length == 0 || length > 16 * 1024 {
            return Err(Unreadable);
        }
        let available = records.0.len().min(length);
        message.extend_from_slice(records.take(available).ok_or(Unreadable)?);
        if available < length {
            // The record may be incomplete although the message is complete: a record may contain several messages.
            let whole = matches!(message.as_slice(), [1, a, b, c, body @ ..]
                if body.len() >= u32::from_be_bytes([0, *a, *b, *c]) as usize);
            if !whole {
                return if message.first().is_some_and(|kind| *kind != 1) { Err(Unreadable) } else { Ok(None) };
            }
        }
    }
}

/// The server name in a ClientHello's body; `None` if the body is malformed.
fn server_name(hello: &[u8]) -> Option<Option<String>> {
    let mut hello = Cursor(hello);
    hello.take(2 + 32)?;
    let session_id = hello.u8()?;
    hello.take(session_id.into())?;
    let suites = hello.u16()?;
    hello.take(suites)?;
    let compressions = hello.u8()?;
    hello.take(compressions.into())?;
    if hello.0.is_empty() {
        return Some(None);
    }
    let length = hello.u16()?;
    let mut extensions = Cursor(hello.take(length)?);
    if !hello.0.is_empty() {
        return None;
    }
    let mut found = None;
    while !extensions.0.is_empty() {
        let kind = extensions.u16()?;
        let length = extensions.u16()?;
        let body = extensions.take(length)?;
        if kind == 0 {
            // Two names could be read in two ways, so they are refused.
            if found.is_some() {
                return None;
            }
            found = Some(host_name(body)?);
        }
    }
    Some(found)
}

/// The one host name of a server_name extension (RFC 6066: at most one of each type, and only one type exists).
fn host_name(body: &[u8]) -> Option<String> {
    let mut body = Cursor(body);
    let length = body.u16()?;
    let mut list = Cursor(body.take(length)?);
    let kind = list.u8()?;
    let length = list.u16()?;
    let name = list.take(length)?;
    let alone = kind == 0 && list.0.is_empty() && body.0.is_empty();
    std::str::from_utf8(name).ok().filter(|name| alone && !name.is_empty()).map(str::to_owned)
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<usize> {
        match self.take(2)? {
            [high, low] => Some(usize::from(u16::from_be_bytes([*high, *low]))),
            _ => None,
        }
    }
}
