//! Why TLS with a client could not be established.

/// A handshake that failed or was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The first byte is not a TLS record's.
    #[error("the client does not speak TLS")]
    NotTls,
    /// The client closed the connection without having sent a byte: a port check, or a connection kept for later.
    #[error("the client closed the connection before a TLS handshake")]
    Unused,
    /// The client closed the connection during the handshake. Clients that do not trust the authority do so too.
    #[error("the client closed the connection before the end of the TLS handshake: does it trust the authority?")]
    Closed,
    /// The handshake was not completed in time.
    #[error("the TLS handshake was not over within {seconds} s")]
    Timeout {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The server name does not match the host of the CONNECT.
    #[error("the TLS server name `{found}` is not `{expected}`, the host of the CONNECT")]
    ServerName {
        /// The name in the ClientHello, at most 300 characters of it.
        found: String,
        /// The host of the CONNECT.
        expected: String,
    },
    /// A direct connection without a server name.
    #[error("the TLS server name is missing")]
    ServerNameMissing,
    /// A direct connection to a host that is not an RDS API host.
    #[error("the TLS server name `{found}` is not an RDS API host")]
    ServerNameElsewhere {
        /// The name in the ClientHello, at most 300 characters of it.
        found: String,
    },
    /// The handshake failed.
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
    /// No certificate could be issued for the host.
    #[error("no certificate for the host: {0}")]
    Certificate(String),
}

impl Error {
    /// The reason in the record.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotTls => "not_tls",
            Self::Unused | Self::Closed => "closed",
            Self::ServerName { .. } | Self::ServerNameMissing | Self::ServerNameElsewhere { .. } => "sni_mismatch",
            Self::Timeout { .. } | Self::Handshake(_) | Self::Certificate(_) => "handshake_failed",
        }
    }
}
