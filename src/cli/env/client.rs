//! The clients that `env` knows, and the variables that each of them reads.

use clap::ValueEnum;

/// A client, named by what its users call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Client {
    /// The AWS CLI, version 1 or 2
    #[value(alias = "cli")]
    AwsCli,
    /// The AWS SDK for Python
    #[value(alias = "python")]
    Boto3,
    /// Python programs that use requests
    Requests,
    /// The AWS SDK for JavaScript
    #[value(alias = "javascript")]
    Node,
    /// The AWS SDKs for Java
    Java,
    /// The AWS SDKs for Go, and Terraform
    #[value(alias = "terraform")]
    Go,
    /// The AWS SDK for Rust
    Rust,
    /// The AWS SDK for Ruby
    Ruby,
    /// The AWS SDK for .NET
    Dotnet,
    /// curl
    Curl,
}

impl Client {
    /// All clients, for `--all`.
    pub(super) const ALL: [Self; 10] = [
        Self::AwsCli,
        Self::Boto3,
        Self::Requests,
        Self::Node,
        Self::Java,
        Self::Go,
        Self::Rust,
        Self::Ruby,
        Self::Dotnet,
        Self::Curl,
    ];

    /// The variable that gives the client its own trusted roots. Measured, with each variable alone.
    pub(super) const fn trust(self) -> Trust {
        match self {
            Self::AwsCli | Self::Boto3 | Self::Go | Self::Ruby => Trust::AwsCaBundle,
            Self::Requests => Trust::RequestsCaBundle,
            Self::Node => Trust::NodeExtraCaCerts,
            Self::Java => Trust::JavaToolOptions,
            Self::Rust | Self::Dotnet => Trust::SslCertFile,
            Self::Curl => Trust::CurlCaBundle,
        }
    }

    /// What the variables alone cannot do for the client.
    pub(super) const fn note(self) -> Option<&'static str> {
        match self {
            Self::Node => Some(
                "the AWS SDK for JavaScript reads no proxy variable: give it an agent (`https-proxy-agent`, or on Node 24 \
                 `httpsAgent: https.globalAgent` with NODE_USE_ENV_PROXY=1), or use `listen_direct`",
            ),
            Self::Ruby => Some(
                "the AWS SDK for Ruby reads no proxy variable: set its `http_proxy:` option, or use `listen_direct`",
            ),
            Self::Java => Some(
                "the Apache client of the AWS SDK for Java 2 takes its proxy from code: `ProxyConfiguration` with \
                 `useSystemPropertyValues(true)` and `scheme(\"http\")`, or use `listen_direct`",
            ),
            Self::Rust => Some("the AWS SDK for Rust reads HTTPS_PROXY from BehaviorVersion v2025_08_07 on"),
            Self::AwsCli | Self::Boto3 | Self::Requests | Self::Go | Self::Dotnet | Self::Curl => None,
        }
    }
}

/// The setting that gives a client its trusted roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// `AWS_CA_BUNDLE`: the roots of AWS SDKs and the CLI.
    AwsCaBundle,
    /// `NODE_EXTRA_CA_CERTS`: roots in addition to Node's own.
    NodeExtraCaCerts,
    /// `REQUESTS_CA_BUNDLE`: all roots of Python's requests.
    RequestsCaBundle,
    /// `SSL_CERT_FILE`: all roots of a process that uses OpenSSL's defaults, or Rust's or Go's native roots.
    SslCertFile,
    /// `CURL_CA_BUNDLE`: all roots of curl.
    CurlCaBundle,
    /// `JAVA_TOOL_OPTIONS`: the proxy and all roots of a Java process.
    JavaToolOptions,
}
