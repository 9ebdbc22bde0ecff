//! Why a proxy does not start.

use std::{io, net::SocketAddr};

use crate::intercept::authority;

/// An error that prevents a proxy from starting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A policy cannot be read or parsed.
    #[error("{0}")]
    Policy(String),
    /// `--require-enforce` is set, but denials would not be enforced.
    #[error("--require-enforce: {0}")]
    RequireEnforce(&'static str),
    /// Listening on an address failed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The certificate authority failed.
    #[error(transparent)]
    Authority(#[from] authority::Error),
    /// The audit file cannot be opened.
    #[error("the audit file cannot be opened: {0}")]
    Audit(io::Error),
    /// A token file of the broker or of a workload failed.
    #[error(transparent)]
    Token(#[from] crate::broker::TokenFileError),
    /// The file of the roots of local keys failed.
    #[error(transparent)]
    Roots(#[from] crate::broker::RootFileError),
    /// TLS could not be set up: a root is not a certificate, or there is no randomness.
    #[error("TLS cannot be set up: {0}")]
    Tls(rustls::Error),
    /// A thread or a descriptor could not be created.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
}
