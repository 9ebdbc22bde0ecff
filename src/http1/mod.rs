//! HTTP/1.1 messages, read strictly (RFC 9112): bytes in, a sealed request out.
//!
//! Proxies are bypassed when two readers disagree about where a message ends, or which of two values counts. So this
//! module refuses everything that RFC 9112 lets a lenient reader repair: bare line feeds, folded headers, a repeated
//! `Host` or `Content-Length`, a length together with a transfer coding. Pure: nothing here waits or reads a socket.

mod chunked;
mod error;
mod head;
mod request;
mod response;

pub use chunked::{ChunkError, ChunkScanner};
pub use error::Error;
pub use head::{Head, Header, Version, head_end};
pub use request::Request;
pub use response::{BodyLength, ResponseHead};

/// Maximum length of a head in bytes, including the request line and the blank line.
pub const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Maximum number of header lines in a head.
pub const MAX_HEADERS: usize = 100;

#[cfg(test)]
mod tests;
