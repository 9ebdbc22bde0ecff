//! Why bytes are not a message that the proxy passes on: one variant for each violation.

/// Why a request was refused while it was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The head does not end within [`MAX_HEAD_BYTES`](super::MAX_HEAD_BYTES).
    #[error("the request head is longer than {limit} bytes")]
    HeadTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// More header lines than [`MAX_HEADERS`](super::MAX_HEADERS).
    #[error("the request has more than {limit} header lines")]
    TooManyHeaders {
        /// The maximum number of header lines.
        limit: usize,
    },
    /// A line feed without a carriage return before it.
    #[error("a line of the head ends with a bare line feed")]
    BareLineFeed,
    /// A carriage return without a line feed after it.
    #[error("the head has a bare carriage return")]
    BareCarriageReturn,
    /// A header line that begins with a blank (RFC 9112, 5.2).
    #[error("a header is folded over two lines")]
    FoldedHeader,
    /// The client began with HTTP/2, which was not negotiated.
    #[error("the client began with the HTTP/2 preface, only HTTP/1.1 is spoken here")]
    Http2Preface,
    /// The request line does not match the grammar.
    #[error("the request line is malformed")]
    RequestLine,
    /// A header line does not match the grammar.
    #[error("a header line is malformed")]
    HeaderLine,
    /// Neither HTTP/1.1 nor HTTP/1.0.
    #[error("the HTTP version is neither 1.1 nor 1.0")]
    Version,
    /// The target is not in origin form, or has bytes that no client sends.
    #[error("the request target is not a path with an optional query")]
    Target,
    /// There is no `Host` header.
    #[error("the Host header is missing")]
    HostMissing,
    /// There is more than one `Host` header.
    #[error("the Host header is repeated")]
    HostRepeated,
    /// More than one `Content-Length` header, or a list in one.
    #[error("the Content-Length header is repeated")]
    ContentLengthRepeated,
    /// A length that is not a decimal number.
    #[error("the Content-Length header is not a number")]
    ContentLengthInvalid,
    /// `Content-Length` and `Transfer-Encoding` together (RFC 9112, 6.3: an attack or an error).
    #[error("Content-Length stands beside Transfer-Encoding")]
    LengthBesideTransferEncoding,
    /// A transfer coding: no RDS client sends one.
    #[error("the body has a transfer coding, a Content-Length is required")]
    TransferEncoding,
    /// A compressed body: no RDS client sends one.
    #[error("the body has a content coding, which the RDS API does not take")]
    ContentEncoding,
    /// An upgrade to another protocol.
    #[error("an upgrade to another protocol is not possible here")]
    Upgrade,
    /// An expectation other than `100-continue`.
    #[error("the only expectation that can be met is 100-continue")]
    Expectation,
    /// `Connection` names a header that must reach the service.
    #[error("the Connection header names `{name}`, which cannot be left out")]
    ConnectionOption {
        /// The option, lower case.
        name: String,
    },
    /// The body is larger than the limit.
    #[error("the body of {length} bytes is longer than the limit of {limit}")]
    BodyTooLarge {
        /// The announced length, in bytes.
        length: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A captured message whose body is not as long as its Content-Length says.
    #[error("the body has {found} bytes where Content-Length says {expected}")]
    BodyLength {
        /// The value of `Content-Length`.
        expected: u64,
        /// The actual length, in bytes.
        found: u64,
    },
}
