//! A corporate proxy between this proxy and the hosts that tunnels go to.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use zeroize::Zeroizing;

use super::{Authority, HostPattern, hosts_file};
use crate::aws::base64;

/// The maximum size of the head of the proxy's answer to a CONNECT.
const MAX_ANSWER_BYTES: usize = 8 * 1024;

/// A proxy that opens connections on request, by CONNECT.
#[derive(Debug)]
pub struct UpstreamProxy {
    /// Its host: a name or an address, as the resolver accepts it.
    host: String,
    port: u16,
    credentials: Option<BasicCredentials>,
    /// Hosts that are reached without it.
    without: Vec<HostPattern>,
}

/// `user:password` for `Proxy-Authorization: Basic`; never displayed.
pub struct BasicCredentials(Zeroizing<String>);

/// Why the upstream proxy opened no connection.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamProxyError {
    /// It cannot be reached.
    #[error("the upstream proxy cannot be reached: {0}")]
    Unreachable(io::Error),
    /// It refuses to connect to the host.
    #[error("the upstream proxy answers {status}")]
    Refused {
        /// The status of its answer.
        status: u16,
    },
    /// It does not accept the credentials.
    #[error("the upstream proxy wants other credentials: see `upstream.proxy`")]
    Credentials,
    /// Its answer is not a valid answer to a CONNECT.
    #[error("the upstream proxy gives no answer that can be read")]
    Answer,
}

impl BasicCredentials {
    /// Credentials as `user:password`.
    #[must_use]
    pub fn new(user_and_password: &str) -> Self {
        Self(Zeroizing::new(base64::encode(user_and_password.as_bytes())))
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicCredentials")
    }
}

impl UpstreamProxy {
    /// Creates a proxy at a host and a port, for every host that no pattern of `without` covers.
    #[must_use]
    pub fn new(host: String, port: u16, credentials: Option<BasicCredentials>, without: Vec<HostPattern>) -> Self {
        Self { host, port, credentials, without }
    }

    /// Returns whether a host is reached through it.
    #[must_use]
    pub fn covers(&self, target: &Authority) -> bool {
        !self.without.iter().any(|pattern| pattern.matches(&target.host))
    }

    /// Resolves the proxy's addresses: of its name as written, and of that name in a search domain only if there is
    /// no such name. The operator chose the name, not a client, and `proxy.team` in the search domains of a cluster
    /// is usual.
    ///
    /// # Errors
    /// The error of the system's resolver.
    pub async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let listed = hosts_file::addresses(&self.host.to_ascii_lowercase()).await;
        if !listed.is_empty() {
            return Ok(listed.into_iter().map(|address| SocketAddr::new(address, self.port)).collect());
        }
        let is_whole_name =
            self.host.contains('.') && !self.host.ends_with('.') && self.host.parse::<IpAddr>().is_err();
        if is_whole_name && let Ok(found) = tokio::net::lookup_host((format!("{}.", self.host), self.port)).await {
            return Ok(found.collect());
        }
        Ok(tokio::net::lookup_host((self.host.as_str(), self.port)).await?.collect())
    }

    /// Requests a connection to a host; returns it with the address by which the proxy was reached. The proxy
    /// resolves the host's name.
    ///
    /// # Errors
    /// The proxy cannot be reached, or opens no connection. There is no time limit here.
    pub async fn connect(&self, target: &Authority) -> Result<(TcpStream, SocketAddr), UpstreamProxyError> {
        let mut last = UpstreamProxyError::Unreachable(io::ErrorKind::NotFound.into());
        for address in self.addresses().await.map_err(UpstreamProxyError::Unreachable)? {
            match self.connect_by(address, target).await {
                Ok(stream) => return Ok((stream, address)),
                Err(error @ UpstreamProxyError::Unreachable(_)) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Like [`Self::connect`], by one of the proxy's addresses. Nothing after the head of the proxy's answer has
    /// been read.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_by(&self, address: SocketAddr, target: &Authority) -> Result<TcpStream, UpstreamProxyError> {
        let mut stream = dial(address).await.map_err(UpstreamProxyError::Unreachable)?;
        let authorization = match &self.credentials {
            Some(BasicCredentials(encoded)) => {
                Zeroizing::new(format!("Proxy-Authorization: Basic {}\r\n", encoded.as_str()))
            }
            None => Zeroizing::default(),
        };
        let request =
            Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n", authorization.as_str()));
        stream.write_all(request.as_bytes()).await.map_err(UpstreamProxyError::Unreachable)?;
        match status(&answer_head(&mut stream).await?) {
            Some(200..=299) => Ok(stream),
            Some(407) => Err(UpstreamProxyError::Credentials),
            Some(status) => Err(UpstreamProxyError::Refused { status }),
            None => Err(UpstreamProxyError::Answer),
        }
    }
}

async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads the head of an answer and not one byte more: what follows belongs to the tunnel.
async fn answer_head(stream: &mut TcpStream) -> Result<Vec<u8>, UpstreamProxyError> {
    let mut head = Vec::new();
    let mut seen = [0; 1024];
    while head.len() < MAX_ANSWER_BYTES {
        let there = stream.peek(&mut seen).await.map_err(UpstreamProxyError::Unreachable)?;
        let before = head.len();
        head.extend_from_slice(seen.get(..there).unwrap_or_default());
        // The blank line may have begun in the bytes that were read before.
        let end = memchr::memmem::find(head.get(before.saturating_sub(3)..).unwrap_or_default(), b"\r\n\r\n");
        let end = end.map(|at| before.saturating_sub(3) + at + 4);
        head.truncate(end.unwrap_or(head.len()));
        let taken = seen.get_mut(..head.len() - before).unwrap_or_default();
        stream.read_exact(taken).await.map_err(UpstreamProxyError::Unreachable)?;
        if end.is_some() {
            return Ok(head);
        }
        if there == 0 {
            break;
        }
    }
    Err(UpstreamProxyError::Answer)
}

fn status(head: &[u8]) -> Option<u16> {
    let mut slots = [httparse::EMPTY_HEADER; crate::http1::MAX_HEADERS];
    let mut answer = httparse::Response::new(&mut slots);
    answer.parse(head).ok().filter(httparse::Status::is_complete)?;
    answer.code
}

#[cfg(test)]
mod tests;
