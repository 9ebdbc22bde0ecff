//! Why a permitted call cannot be sent.

use crate::credentials::{SignError, Unavailable};

/// Why a call cannot be re-signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The call arrived on the endpoint listener, whose host AWS does not know, and was not signed with a local
    /// key.
    #[error("the endpoint way in takes requests that are signed with the broker's keys, and no others")]
    NotLocal,
    /// The proxy has no credentials of its own.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The signer rejected the request.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A header that has to be signed is not UTF-8.
    #[error("the header `{name}` has to be signed and is not UTF-8")]
    Header {
        /// The name of the header.
        name: String,
    },
    /// The proxy's own parser rejects the rewritten request.
    #[error("the request cannot be re-signed: {0}")]
    Written(#[from] crate::http1::Error),
}
