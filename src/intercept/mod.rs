//! Stage 2: TLS with the local authority, and requests off the wire.
//!
//! A client that asked for an RDS API host finds a certificate for exactly that host, signed by the [`authority`] on this
//! machine. The [`Terminator`] holds the TLS settings, [`RequestReader`] takes strict HTTP/1.1 requests off the stream.
//! No failure here turns an interception into a tunnel.

pub mod authority;
mod error;
mod prefixed;
mod reader;
mod terminator;

pub use error::Error;
pub use prefixed::Prefixed;
pub use reader::{BodyPermit, Limits, Offer, ReadError, RequestReader};
pub use terminator::Terminator;

#[cfg(test)]
mod tests;
