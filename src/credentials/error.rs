//! Why there are no credentials. No variant holds anything secret.

/// Why a source gave no credentials, or STS no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No source is configured, and there is no instance metadata either.
    #[error(
        "there are no credentials: none in the environment, no AWS_WEB_IDENTITY_TOKEN_FILE, no profile, no container \
         endpoint, and no instance metadata ({metadata})"
    )]
    NoSource {
        /// What instance metadata said.
        metadata: String,
    },
    /// A part of a source's configuration is not there.
    #[error("{asked}: {what} is missing")]
    Missing {
        /// The source.
        asked: &'static str,
        /// What is missing.
        what: String,
    },
    /// A source's configuration or answer cannot be understood.
    #[error("{asked}: {what}")]
    Malformed {
        /// The source.
        asked: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be read.
    #[error("{asked}: cannot read `{path}`: {why}")]
    Unreadable {
        /// The source.
        asked: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// Nobody answered.
    #[error("{asked}: {url} cannot be reached: {why}")]
    Unreachable {
        /// The source.
        asked: &'static str,
        /// Where it was asked.
        url: String,
        /// What happened.
        why: String,
    },
    /// It answered no.
    #[error("{asked}: {url} answered {status}{code}")]
    Refused {
        /// The source.
        asked: &'static str,
        /// Where it was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The error code, with a blank before it, or nothing.
        code: String,
    },
    /// A plain-text URL that leads off this host.
    #[error(
        "{asked}: {url} is not encrypted and leads off this host: use https, a loopback address, 169.254.170.2 or \
         169.254.170.23"
    )]
    PlainText {
        /// The source.
        asked: &'static str,
        /// The URL.
        url: String,
    },
    /// What a source gave are the keys that a broker like this one hands out.
    #[error(
        "{asked}: gives keys that a credential broker handed out, which AWS does not know; is it this broker itself?"
    )]
    LocalKeys {
        /// The source.
        asked: &'static str,
    },
    /// A request to STS cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct SignError(pub(super) String);
