//! A client that signs as the SDKs do, for the demonstration and the tests.
//!
//! It dials a service directly or through an HTTP proxy with CONNECT, trusts one authority, and reuses its
//! connection.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::key::Key;
use crate::aws::{percent, xml::unescaped};

/// A call of the RDS API, before it is signed.
#[derive(Clone, Debug)]
pub struct Call {
    /// The host that it is sent to and signed for.
    pub host: String,
    /// The region in the credential scope.
    pub region: String,
    /// The action, without `rds:`.
    pub action: String,
    /// The parameters in order, without Action and Version.
    pub parameters: Vec<(String, String)>,
}

/// Where to put a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// In the Authorization header of a POST, as the SDKs do.
    Header,
    /// In the query of a GET that is valid for this duration.
    Query(Duration),
}

/// A signed request, ready to send. All of it is mutable, so that a test can corrupt it.
#[derive(Debug)]
pub struct SignedRequest {
    /// The host that it is sent to.
    pub host: String,
    /// The HTTP request.
    pub request: Request<Bytes>,
}

/// How the service is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Dials this address, whatever the host name.
    Direct(SocketAddr),
    /// Uses the proxy at this address.
    Proxy(SocketAddr),
}

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The response headers.
    pub headers: HeaderMap,
    /// The complete body.
    pub body: Bytes,
}

/// Why a call has no response.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The request cannot be signed.
    #[error("the request cannot be signed")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The certificate of the trusted authority cannot be read.
    #[error("the authority's certificate cannot be read")]
    Trust(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The proxy refused the CONNECT.
    #[error("the proxy answered the CONNECT with `{status_line}`")]
    Connect {
        /// The first line of its response.
        status_line: String,
    },
    /// The connection cannot be opened, or broke.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The response is not HTTP.
    #[error("the answer cannot be read")]
    Http(#[from] hyper::Error),
}

/// A client with one connection, which is reused while the host stays the same.
#[derive(Debug)]
pub struct Client {
    route: Route,
    tls: Arc<ClientConfig>,
    open: Option<(String, SendRequest<Full<Bytes>>)>,
}

impl Call {
    /// Signs the call as of this time.
    ///
    /// # Errors
    /// The host or a parameter does not form a valid URL.
    pub fn sign(&self, key: &Key, placement: Placement, now: OffsetDateTime) -> Result<SignedRequest, ClientError> {
        let form = self.form();
        let (method, target, body) = match placement {
            Placement::Header => (Method::POST, "/".to_owned(), Bytes::from(form)),
            Placement::Query(_) => (Method::GET, format!("/?{form}"), Bytes::new()),
        };
        let mut request = Request::builder().method(method).uri(format!("https://{}{target}", self.host));
        if placement == Placement::Header {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8");
        }
        let mut request = request.header(header::HOST, &self.host).body(body).map_err(sign_error)?;
        self.apply_signature(&mut request, key, (placement, now))?;
        // The request target is sent in origin form; the host is in its header.
        let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        *request.uri_mut() = target.parse().map_err(sign_error)?;
        Ok(SignedRequest { host: self.host.clone(), request })
    }

    fn apply_signature(
        &self,
        request: &mut Request<Bytes>,
        key: &Key,
        (placement, now): (Placement, OffsetDateTime),
    ) -> Result<(), ClientError> {
        let token = key.session_token.as_ref().map(|token| token.reveal().to_owned());
        let secret = key.secret_access_key.reveal();
        let credentials = Credentials::new(key.access_key_id.as_str(), secret, token, None, "sandbox");
        let identity = credentials.into();
        let mut settings = SigningSettings::default();
        if let Placement::Query(expires) = placement {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(expires);
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("rds")
            .time(now.into())
            .settings(settings)
            .build()
            .map_err(sign_error)?;
        let headers: Vec<_> =
            request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        let uri = request.uri().to_string();
        let body = SignableBody::Bytes(request.body());
        let signable =
            SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body).map_err(sign_error)?;
        let (instructions, _) = sign(signable, &params.into()).map_err(sign_error)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }

    fn form(&self) -> String {
        let own = [("Action", self.action.as_str()), ("Version", "2014-10-31")];
        let given = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs = own.into_iter().chain(given);
        pairs
            .map(|(name, value)| format!("{}={}", percent::encode(name.as_bytes()), percent::encode(value.as_bytes())))
            .collect::<Vec<_>>()
            .join("&")
    }
}

impl Client {
    /// A client that uses this route and trusts only the authorities in this PEM text.
    ///
    /// # Errors
    /// The text contains no certificate.
    pub fn new(route: Route, ca_pem: &str) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
            roots.add(certificate.map_err(trust_error)?).map_err(trust_error)?;
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .map_err(trust_error)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { route, tls: Arc::new(config), open: None })
    }

    /// Sends a request and reads the whole response.
    ///
    /// # Errors
    /// No connection can be opened, or it breaks. A response with any status is not an error.
    pub async fn send(&mut self, signed: SignedRequest) -> Result<Reply, ClientError> {
        let mut sender = match self.open.take() {
            Some((host, sender)) if host == signed.host && !sender.is_closed() => sender,
            Some(_) | None => self.connect(&signed.host).await?,
        };
        sender.ready().await?;
        let answer = sender.send_request(signed.request.map(Full::new)).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        self.open = Some((signed.host, sender));
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    async fn connect(&self, host: &str) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let stream = match self.route {
            Route::Direct(address) => TcpStream::connect(address).await?,
            Route::Proxy(address) => tunnel(address, host).await?,
        };
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(host.to_owned()).map_err(trust_error)?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // The sender reports connection errors; the driver's result is ignored.
        tokio::spawn(async move { drop(connection.await) });
        Ok(sender)
    }
}

impl Reply {
    /// The text of the first element with this name, for simple documents like those of the sandbox and the proxy.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<String> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        Some(unescaped(value))
    }
}

/// Opens a tunnel to a host through a proxy.
async fn tunnel(proxy: SocketAddr, host: &str) -> Result<TcpStream, ClientError> {
    let mut stream = TcpStream::connect(proxy).await?;
    stream.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    // Reads byte by byte, so that no byte after the head is consumed: those belong to TLS.
    while !answer.ends_with(b"\r\n\r\n") && answer.len() < LONGEST_ANSWER {
        answer.push(stream.read_u8().await?);
    }
    let text = String::from_utf8(answer).unwrap_or_default();
    let status_line = text.lines().next().unwrap_or_default();
    if status_line.split(' ').nth(1) == Some("200") {
        return Ok(stream);
    }
    Err(ClientError::Connect { status_line: status_line.to_owned() })
}

/// Maximum size of a proxy's response to CONNECT in bytes.
const LONGEST_ANSWER: usize = 8 * 1024;

fn sign_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Sign(error.into())
}

fn trust_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
    ClientError::Trust(error.into())
}
