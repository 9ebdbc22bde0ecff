//! The variables themselves: the proxy's address, what must not go through it, and which roots to trust.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::client::{Client, Trust};

/// The proxy from the view of its clients.
pub(in crate::cli) struct Proxy {
    host: String,
    port: u16,
    /// The folder with `ca.pem`, `bundle.pem` and `truststore.p12`.
    folder: String,
    /// The address of the Kubernetes API, if it is known.
    kubernetes: Option<String>,
}

/// A variable to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// A remark for the reader, printed as a comment.
    pub(super) comment: Option<&'static str>,
}

/// What no client may send through a proxy: requests to instance metadata, to the container credentials of ECS and
/// EKS, to this machine, and within the cluster. Clients lose their credentials if they request those addresses
/// through a proxy.
/// Sources: EC2 "Access instance metadata", ECS "Task IAM role", EKS "Pod Identity: proxy".
const DIRECT: [&str; 12] = [
    "localhost",
    "127.0.0.1",
    "::1",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "[fd00:ec2::254]",
    "fd00:ec2::23",
    "[fd00:ec2::23]",
    ".svc",
    ".cluster.local",
];

impl Proxy {
    pub(in crate::cli) fn new(listener: SocketAddr, folder: &str, kubernetes: Option<String>) -> Self {
        let host = match listener.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
            IpAddr::V6(ip) if ip.is_unspecified() => format!("[{}]", Ipv6Addr::LOCALHOST),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self { host, port: listener.port(), folder: folder.trim_end_matches('/').to_owned(), kubernetes }
    }

    /// The value of `HTTPS_PROXY`.
    pub(in crate::cli) fn url(&self) -> String {
        format!("http://{}:{}", self.host, self.port)
    }

    /// The variables for these clients. For no client in particular: those that do not replace a process's roots.
    pub(super) fn variables(&self, clients: &[Client]) -> Vec<Variable> {
        let usual = [Trust::AwsCaBundle, Trust::NodeExtraCaCerts];
        let wanted = |trust: Trust| {
            if clients.is_empty() {
                usual.contains(&trust)
            } else {
                clients.iter().any(|client| client.trust() == trust)
            }
        };
        let all = [
            Trust::AwsCaBundle,
            Trust::NodeExtraCaCerts,
            Trust::SslCertFile,
            Trust::RequestsCaBundle,
            Trust::CurlCaBundle,
            Trust::JavaToolOptions,
        ];
        let proxy = [
            Variable { name: "HTTPS_PROXY", value: self.url(), comment: None },
            Variable { name: "NO_PROXY", value: self.no_proxy(), comment: None },
        ];
        proxy.into_iter().chain(all.into_iter().filter(|trust| wanted(*trust)).map(|trust| self.trust(trust))).collect()
    }

    /// What the variables alone cannot do for these clients.
    pub(super) fn notes(&self, clients: &[Client]) -> Vec<&'static str> {
        clients.iter().filter_map(|client| client.note()).collect()
    }

    /// The value of `NO_PROXY`.
    pub(in crate::cli) fn no_proxy(&self) -> String {
        let kubernetes = self.kubernetes.as_deref();
        DIRECT.into_iter().chain(kubernetes).collect::<Vec<_>>().join(",")
    }

    fn trust(&self, trust: Trust) -> Variable {
        let bundle = format!("{}/bundle.pem", self.folder);
        let variable = |name, value, comment| Variable { name, value, comment };
        match trust {
            Trust::AwsCaBundle => variable("AWS_CA_BUNDLE", bundle, None),
            Trust::NodeExtraCaCerts => variable("NODE_EXTRA_CA_CERTS", format!("{}/ca.pem", self.folder), None),
            Trust::SslCertFile => variable(
                "SSL_CERT_FILE",
                bundle,
                Some("replaces all roots of every process that uses OpenSSL's defaults, and of Rust, Go and .NET"),
            ),
            Trust::RequestsCaBundle => {
                variable("REQUESTS_CA_BUNDLE", bundle, Some("replaces all roots of Python's requests"))
            }
            Trust::CurlCaBundle => variable("CURL_CA_BUNDLE", bundle, Some("replaces all roots of curl")),
            Trust::JavaToolOptions => variable(
                "JAVA_TOOL_OPTIONS",
                self.java_options(),
                Some("replaces all roots of every Java process, and any other options this variable held"),
            ),
        }
    }

    /// The Java options for the proxy and its trusted roots.
    pub(in crate::cli) fn java_options(&self) -> String {
        let direct = DIRECT.into_iter().chain(self.kubernetes.as_deref());
        // Java separates entries by `|`, and uses `*.` where `NO_PROXY` has a leading dot.
        let hosts: Vec<String> =
            direct.map(|host| host.strip_prefix('.').map_or(host.into(), |tail| format!("*.{tail}"))).collect();
        let host = self.host.trim_matches(['[', ']']);
        format!(
            "-Dhttps.proxyHost={host} -Dhttps.proxyPort={} -Dhttp.nonProxyHosts={} \
             -Djavax.net.ssl.trustStore={}/truststore.p12 -Djavax.net.ssl.trustStoreType=PKCS12 \
             -Djavax.net.ssl.trustStorePassword=changeit",
            self.port,
            hosts.join("|"),
            self.folder
        )
    }
}
