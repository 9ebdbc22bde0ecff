//! Every reason why a request gets no answer from the service: the sum of the stages' errors.

use crate::{authorize, decode, forward, identify, intercept, rate_limit, sign};

/// Why a request has no answer from the service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request could not be read.
    #[error(transparent)]
    Read(#[from] intercept::ReadError),
    /// The `Host` header does not match the host of the connection.
    #[error("the Host header is not `{expected}`, the host of this connection")]
    Misdirected {
        /// The connection's host.
        expected: String,
    },
    /// The request cannot be read unambiguously as one API call.
    #[error(transparent)]
    Decode(#[from] decode::Error),
    /// The caller cannot be identified or trusted.
    #[error(transparent)]
    Identify(#[from] identify::Error),
    /// The policy does not allow the call.
    #[error(transparent)]
    Denied(#[from] authorize::Denied),
    /// The call exceeds a rate limit.
    #[error(transparent)]
    RateLimited(#[from] rate_limit::Exceeded),
    /// The request cannot be re-signed.
    #[error(transparent)]
    Sign(#[from] sign::Error),
    /// The call could not be forwarded, or got no answer.
    #[error(transparent)]
    Forward(#[from] forward::Error),
    /// More concurrent requests than the limit.
    #[error("more than {limit} requests at once")]
    Overload {
        /// The maximum number of concurrent requests.
        limit: usize,
    },
    /// The audit queue has no space for the record.
    #[error("the audit log cannot take more records, and requests without a record are refused")]
    Unrecorded,
}
