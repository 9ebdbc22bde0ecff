//! A small HTTP client for credential endpoints: one connection for each request, responses of limited size.

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::Error;

/// Maximum size of a response in bytes: each of a policy's 20,480 characters may take six bytes in XML.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Addresses on other hosts that may serve credentials in plain text, by the SDKs' own rule: the ECS agent and the
/// EKS Pod Identity agent.
const AGENTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// The client. It sends one request at a time.
#[derive(Debug)]
pub(super) struct Http {
    extra_roots: Vec<CertificateDer<'static>>,
    tls: OnceLock<Result<Arc<ClientConfig>, String>>,
}

/// A request.
pub(super) struct Question<'q> {
    /// The source that sends the request, for error messages.
    pub(super) source: &'static str,
    pub(super) method: Method,
    pub(super) url: &'q str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) limit: Duration,
}

/// A response.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
    /// The value of its `Date` header.
    pub(super) date: Option<String>,
    /// Time from sending the request to receiving the head of the response.
    pub(super) took: Duration,
}

impl Http {
    pub(super) fn new(extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self { extra_roots, tls: OnceLock::new() }
    }

    /// Sends a request and reads the whole response, whatever its status.
    pub(super) async fn ask(&self, question: Question<'_>) -> Result<Reply, Error> {
        let (source, url, limit) = (question.source, without_query(question.url), question.limit);
        let unreachable = |why: String| Error::Unreachable { asked: source, url: url.clone(), why };
        match timeout(limit, self.exchange(question)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Failure::Other(error))) => Err(error),
            Ok(Err(Failure::Connection(why))) => Err(unreachable(why)),
            Err(_) => Err(unreachable(format!("no answer within {} s", limit.as_secs_f32()))),
        }
    }

    async fn exchange(&self, question: Question<'_>) -> Result<Reply, Failure> {
        let source = question.source;
        let malformed = |what: &str| Failure::Other(Error::Malformed { asked: source, what: what.to_owned() });
        let uri: Uri = question.url.parse().map_err(|_| malformed("its URL is malformed"))?;
        let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else {
            return Err(malformed("its URL has no host"));
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_near(&host) || source == super::instance::SOURCE => false,
            Some("http") => {
                return Err(Failure::Other(Error::PlainText { asked: source, url: without_query(question.url) }));
            }
            _ => return Err(malformed("its URL is neither http nor https")),
        };
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let mut request = Request::builder().method(question.method).uri(target);
        request = request.header(header::HOST, authority.as_str()).header(header::ACCEPT, "*/*");
        for (name, value) in &question.headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(question.body));
        let request = request.body(body).map_err(|_| malformed("a token or a name in it has odd characters"))?;
        let stream = TcpStream::connect((host.as_str(), port)).await.map_err(connection)?;
        if !encrypted {
            return send(stream, request).await;
        }
        let tls = self.tls.get_or_init(|| self.client_config()).clone().map_err(Failure::Connection)?;
        let name = ServerName::try_from(host).map_err(connection)?;
        let stream = TlsConnector::from(tls).connect(name, stream).await.map_err(connection)?;
        send(stream, request).await
    }

    fn client_config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in &self.extra_roots {
            roots.add(root.clone()).map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

enum Failure {
    Connection(String),
    Other(Error),
}

fn connection(error: impl std::fmt::Display) -> Failure {
    Failure::Connection(error.to_string())
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Reply, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(connection)?;
    // The sender reports connection errors; the driver's result is ignored.
    tokio::spawn(async move { drop(driver.await) });
    let asked = Instant::now();
    let answer = sender.send_request(request).await.map_err(connection)?;
    let took = asked.elapsed();
    let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await.map_err(connection)?.to_bytes();
    Ok(Reply { status, body, date, took })
}

/// Whether plain text to this host stays on this machine or goes to an AWS agent on it.
fn is_near(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || AGENTS.contains(&host))
}

/// A URL for error messages, without the query, which may be secret.
fn without_query(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}
