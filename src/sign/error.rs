//! Why a permitted call cannot be sent.

use crate::credentials::{SignError, Unavailable};

/// What keeps a call from being signed anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It came by the endpoint way in, whose host AWS does not know, and was not signed with a local key.
    #[error("the endpoint way in takes requests that are signed with the broker's keys, and no others")]
    NotLocal,
    /// The proxy has no credentials itself.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// It cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A header that has to be signed is no text.
    #[error("the header `{name}` has to be signed and is not UTF-8")]
    Header {
        /// Its name.
        name: String,
    },
    /// What came of it would not be read as a request by this proxy itself.
    #[error("the request cannot be written anew: {0}")]
    Written(#[from] crate::http1::Error),
}
