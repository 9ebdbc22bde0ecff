//! Parsed condition values: numbers, instants, networks, bytes.
//!
//! Each type has one parser for both sides, the policy's value and the request's.

mod base64;
mod instant;
mod network;
mod number;

pub(crate) use base64::Binary;
pub(crate) use instant::Instant;
pub(crate) use network::Network;
pub(crate) use number::Decimal;
