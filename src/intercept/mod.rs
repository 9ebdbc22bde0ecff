//! Stage 2: terminates TLS with the local authority, and reads requests.
//!
//! A client that requested an RDS API host receives a certificate for exactly that host, signed by the
//! [`authority`] on this machine. The [`Terminator`] stores the TLS settings, [`RequestReader`] reads strict
//! HTTP/1.1 requests from the stream. No failure here turns an interception into a tunnel.

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
