//! HTTP/1.1 messages, read strictly (RFC 9112): bytes in, a sealed request out.
//!
//! Two readers that disagree about where a message ends, or which of two values counts, are how a proxy is walked past.
//! So whatever RFC 9112 lets a lenient reader repair is refused here instead: bare line feeds, folded headers, a repeated
//! `Host` or `Content-Length`, a length beside a transfer coding. Pure: nothing here waits or reads a socket.

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

/// The most bytes a head may have, request line and blank line included.
pub const MAX_HEAD_BYTES: usize = 32 * 1024;

/// The most header lines a head may have.
pub const MAX_HEADERS: usize = 100;

#[cfg(test)]
mod tests;
