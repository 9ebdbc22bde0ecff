//! Errors in obtaining credentials. No variant contains anything secret.

/// Why a source gave no credentials, or why a call to STS failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No source is configured, and instance metadata is not available.
    #[error(
        "there are no credentials: none in the environment, no AWS_WEB_IDENTITY_TOKEN_FILE, no profile, no container \
         endpoint, and no instance metadata ({metadata})"
    )]
    NoSource {
        /// The error of instance metadata.
        metadata: String,
    },
    /// A part of a source's configuration is missing.
    #[error("{asked}: {what} is missing")]
    Missing {
        /// The name of the source.
        asked: &'static str,
        /// The name of the missing part.
        what: String,
    },
    /// A source's configuration or response is malformed.
    #[error("{asked}: {what}")]
    Malformed {
        /// The name of the source.
        asked: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be read.
    #[error("{asked}: cannot read `{path}`: {why}")]
    Unreadable {
        /// The name of the source.
        asked: &'static str,
        /// The path of the file.
        path: String,
        /// The error of the operating system.
        why: String,
    },
    /// The source does not respond.
    #[error("{asked}: {url} cannot be reached: {why}")]
    Unreachable {
        /// The name of the source.
        asked: &'static str,
        /// The URL of the request.
        url: String,
        /// The error of the connection, or the timeout.
        why: String,
    },
    /// The source refused the request.
    #[error("{asked}: {url} answered {status}{code}")]
    Refused {
        /// The name of the source.
        asked: &'static str,
        /// The URL of the request.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The error code with a leading blank, or empty.
        code: String,
    },
    /// A plain-text URL points to another host.
    #[error(
        "{asked}: {url} is not encrypted and leads off this host: use https, a loopback address, 169.254.170.2 or \
         169.254.170.23"
    )]
    PlainText {
        /// The name of the source.
        asked: &'static str,
        /// The URL as configured.
        url: String,
    },
    /// The source gave keys that a broker like this one hands out.
    #[error(
        "{asked}: gives keys that a credential broker handed out, which AWS does not know; is it this broker itself?"
    )]
    LocalKeys {
        /// The name of the source.
        asked: &'static str,
    },
    /// A request to STS cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Why a request cannot be signed, as reported by the signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct SignError(pub(super) String);
