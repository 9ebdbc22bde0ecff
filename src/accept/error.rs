//! Why a connection is refused: a message for the client and one word for the record.

use std::net::IpAddr;

/// A refusal before or outside of TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The authority of a CONNECT is not `host:port`.
    #[error("the target is not of the form host:port")]
    MalformedAuthority,
    /// A CONNECT whose head cannot be read.
    #[error("the request cannot be read: {0}")]
    MalformedRequest(crate::http1::Error),
    /// A CONNECT without a port.
    #[error("the target has no port: an RDS API host is reached on port 443")]
    NoPort,
    /// An RDS API host on a port other than 443.
    #[error("an RDS API host is reached on port 443 only, not {port}")]
    RdsPort {
        /// The requested port.
        port: u16,
    },
    /// A name that resembles an RDS API host but is not a known one.
    #[error("`{host}` looks like an RDS API host but is not a known one: it is neither intercepted nor passed through")]
    Lookalike {
        /// The name, canonical.
        host: String,
    },
    /// The tunnel policy does not allow the host.
    #[error("the tunnel policy does not allow {host}")]
    NotAllowed {
        /// The host, canonical.
        host: String,
    },
    /// The tunnel policy does not allow the port.
    #[error("the tunnel policy does not allow port {port}")]
    Port {
        /// The requested port.
        port: u16,
    },
    /// An IP address, although the tunnel policy requires names.
    #[error("the tunnel policy does not allow IP addresses as targets")]
    IpLiteral,
    /// A link-local or metadata address: credentials live there, and no proxy should carry them.
    #[error("{address} is a link-local or metadata address: put it into NO_PROXY")]
    Metadata {
        /// The address.
        address: IpAddr,
    },
    /// A loopback or unspecified address.
    #[error("{address} is a loopback address, which a proxy does not reach for others")]
    Loopback {
        /// The address.
        address: IpAddr,
    },
    /// An address of this host: the proxy does not connect to itself.
    #[error("{address} is the proxy's own address")]
    OwnAddress {
        /// The address.
        address: IpAddr,
    },
    /// An address of a VPC endpoint or of the RDS API: the policy would not see the calls that go there.
    #[error("{address} is an address of the RDS API: use its name")]
    EndpointAddress {
        /// The address.
        address: IpAddr,
    },
    /// The ClientHello in a tunnel names an RDS API host.
    #[error("the TLS server name `{name}` is an RDS API host, the tunnel's is not")]
    SniMismatch {
        /// The server name, canonical.
        name: String,
    },
    /// A ClientHello that cannot be read, or exceeds the limit.
    #[error("the TLS ClientHello cannot be read")]
    ClientHello,
    /// The tunnel's host name has no address.
    #[error("the host was not found: {0}")]
    NotFound(String),
    /// The connection to the host failed.
    #[error("the connection was refused: {0}")]
    ConnectFailed(String),
    /// The host did not answer in time.
    #[error("the connection was not made in time")]
    ConnectTimeout,
    /// A TLS ClientHello on a plain port.
    #[error("TLS on a plain port: write http:// in HTTPS_PROXY, not https://")]
    TlsOnPlainPort,
    /// A request in origin form on the proxy port.
    #[error("this is a forward proxy: set HTTPS_PROXY to its address and call the service by its own https:// name")]
    OriginForm,
    /// Plain HTTP to an RDS API host.
    #[error("the RDS API is reached by https only: use https:// with HTTPS_PROXY")]
    PlainHttpToRds,
    /// Plain HTTP to another host.
    #[error("plain HTTP is not proxied here: set HTTPS_PROXY and leave HTTP_PROXY unset, or set `tunnel.plain_http`")]
    PlainHttp,
    /// Neither CONNECT nor plain HTTP.
    #[error("only CONNECT is served here")]
    Method,
    /// A connection on the transparent listener that netfilter did not redirect.
    #[error("the connection was not redirected here: only netfilter's REDIRECT leads to the transparent listener")]
    NotRedirected,
    /// A connection of the proxy itself that netfilter redirected back to it.
    #[error("the proxy's own connection was redirected back to it: exempt its user id from the redirect")]
    RedirectLoop,
    /// A redirected connection whose TLS names no server.
    #[error("a redirected connection without a TLS server name, which `tunnel.no_sni` refuses")]
    NoServerName,
    /// A redirected connection that is not TLS, and therefore names no server.
    #[error("a redirected connection that is not TLS, which `tunnel.no_sni` refuses")]
    NotTls,
    /// A CONNECT that was not complete in time.
    #[error("the request was not complete within {seconds} s")]
    SlowRequest {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The audit log has no room for a record of it.
    #[error("the audit log cannot take more records, and what is not recorded is refused")]
    Unrecorded,
    /// The workload already has the maximum number of connections.
    #[error("too many connections are open: `limits.connections`, of which each workload has a part")]
    TooManyConnections,
    /// The client's `Proxy-Authorization` is not that of the workload.
    #[error("the proxy credentials are missing or wrong")]
    ProxyCredentials,
    /// The client must present a token and has not; it is challenged for it.
    #[error("proxy credentials are needed here: HTTPS_PROXY has to be http://NAME:TOKEN@ADDRESS")]
    ProxyCredentialsMissing,
}

impl Refusal {
    /// The reason in the record.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MalformedAuthority
            | Self::MalformedRequest(_)
            | Self::SlowRequest { .. }
            | Self::OriginForm
            | Self::Method => "malformed",
            Self::NoPort
            | Self::RdsPort { .. }
            | Self::Lookalike { .. }
            | Self::NotAllowed { .. }
            | Self::Port { .. }
            | Self::IpLiteral
            | Self::Loopback { .. }
            | Self::OwnAddress { .. }
            | Self::PlainHttpToRds
            | Self::PlainHttp
            | Self::NotRedirected
            | Self::RedirectLoop
            | Self::NoServerName => "tunnel_not_allowed",
            Self::Metadata { .. } => "metadata_address",
            Self::EndpointAddress { .. } => "endpoint_address",
            Self::SniMismatch { .. } => "sni_mismatch",
            Self::ClientHello => "handshake_failed",
            Self::NotFound(_) | Self::ConnectFailed(_) | Self::ConnectTimeout => "connect_failed",
            Self::TlsOnPlainPort | Self::NotTls => "not_tls",
            Self::ProxyCredentials | Self::ProxyCredentialsMissing => "identity",
            Self::Unrecorded | Self::TooManyConnections => "overload",
        }
    }

    /// The status of the answer to the CONNECT.
    #[must_use]
    pub fn status(&self) -> (u16, &'static str) {
        match self {
            Self::MalformedAuthority | Self::MalformedRequest(_) | Self::OriginForm | Self::TlsOnPlainPort => {
                (400, "Bad Request")
            }
            Self::NoPort
            | Self::RdsPort { .. }
            | Self::Lookalike { .. }
            | Self::NotAllowed { .. }
            | Self::Port { .. }
            | Self::IpLiteral
            | Self::Metadata { .. }
            | Self::Loopback { .. }
            | Self::OwnAddress { .. }
            | Self::EndpointAddress { .. }
            | Self::SniMismatch { .. }
            | Self::ClientHello
            | Self::PlainHttpToRds
            | Self::PlainHttp
            | Self::NotRedirected
            | Self::RedirectLoop
            | Self::NoServerName
            | Self::NotTls => (403, "Forbidden"),
            Self::Method => (405, "Method Not Allowed"),
            Self::SlowRequest { .. } => (408, "Request Timeout"),
            Self::ProxyCredentials | Self::ProxyCredentialsMissing => (407, "Proxy Authentication Required"),
            Self::NotFound(_) | Self::ConnectFailed(_) => (502, "Bad Gateway"),
            Self::Unrecorded | Self::TooManyConnections => (503, "Service Unavailable"),
            Self::ConnectTimeout => (504, "Gateway Timeout"),
        }
    }
}
