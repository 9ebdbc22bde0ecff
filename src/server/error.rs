//! Why a proxy does not start.

use std::{io, net::SocketAddr};

use crate::intercept::authority;

/// What keeps a proxy from starting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A policy cannot be read or parsed.
    #[error("{0}")]
    Policy(String),
    /// `--require-enforce`, and denials would not be enforced.
    #[error("--require-enforce: {0}")]
    RequireEnforce(&'static str),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate authority.
    #[error(transparent)]
    Authority(#[from] authority::Error),
    /// The audit file.
    #[error("the audit file cannot be opened: {0}")]
    Audit(io::Error),
    /// A token file of the broker or of a workload.
    #[error(transparent)]
    Token(#[from] crate::broker::TokenFileError),
    /// What local keys are derived from.
    #[error(transparent)]
    Roots(#[from] crate::broker::RootFileError),
    /// TLS settings: a root that is no certificate, no randomness.
    #[error("TLS cannot be set up: {0}")]
    Tls(rustls::Error),
    /// A thread or a descriptor.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
}
