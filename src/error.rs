//! Everything that can keep a request from its answer: the sum of the stages' errors.

use crate::{authorize, decode, forward, identify, intercept, rate_limit, sign};

/// Why a request has no answer from the service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] intercept::ReadError),
    /// Its `Host` is not the one that the connection is for.
    #[error("the Host header is not `{expected}`, the host of this connection")]
    Misdirected {
        /// The connection's host.
        expected: String,
    },
    /// It has no single reading as an API call.
    #[error(transparent)]
    Decode(#[from] decode::Error),
    /// It has no caller that is believed.
    #[error(transparent)]
    Identify(#[from] identify::Error),
    /// The policy does not let it pass.
    #[error(transparent)]
    Denied(#[from] authorize::Denied),
    /// It comes too early after others.
    #[error(transparent)]
    RateLimited(#[from] rate_limit::Exceeded),
    /// It cannot be signed anew.
    #[error(transparent)]
    Sign(#[from] sign::Error),
    /// It got no answer.
    #[error(transparent)]
    Forward(#[from] forward::Error),
    /// More requests at once than are served.
    #[error("more than {limit} requests at once")]
    Overload {
        /// The limit.
        limit: usize,
    },
    /// There is no place for its record.
    #[error("the audit log cannot take more records, and requests without a record are refused")]
    Unrecorded,
}
