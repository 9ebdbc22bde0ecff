//! Connections to STS, where its answers are observed: passed on whatever they are, and read on the way for the
//! credentials in them. Nothing of STS is refused here.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response, header, request::Parts};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1::SendRequest,
};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName},
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Mutex,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{Worker, connection::note_handshake};
use crate::{
    accept::{Authority, Dialled, Host, connect},
    aws::is_sts_host,
    identify::{Directory, LONGEST_ANSWER, Question, Term},
    intercept::Prefixed,
    record::{Decision, Trail},
};

/// The longest request that is passed on: a SAML assertion may have 100,000 characters.
const LONGEST_REQUEST: usize = 1024 * 1024;

/// Learns from answers of STS.
#[derive(Debug)]
pub(super) struct Observer {
    directory: Arc<Directory>,
    tls: Arc<ClientConfig>,
}

impl Observer {
    /// An observer that trusts Mozilla's roots and these.
    pub(super) fn new(
        directory: Arc<Directory>,
        provider: Arc<CryptoProvider>,
        extra_roots: &[CertificateDer<'static>],
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in extra_roots {
            roots.add(root.clone())?;
        }
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { directory, tls: Arc::new(tls) })
    }
}

impl Worker {
    /// The name of a tunnel's host, if it is STS and its answers are observed.
    pub(super) fn observed_name(&self, target: &Authority) -> Option<String> {
        self.shared.observer.as_ref()?;
        match &target.host {
            Host::Name(name) if target.port == 443 && is_sts_host(name) => Some(name.clone()),
            Host::Name(_) | Host::Address(_) => None,
        }
    }

    /// Stands between a client and STS until either ends. `announce` says whether the client waits for the answer to a
    /// CONNECT.
    pub(super) async fn observe(
        &self,
        stream: &mut TcpStream,
        (early, announce): (BytesMut, bool),
        (name, server): (&str, Dialled),
        trail: &mut Trail,
    ) {
        let Some(observer) = &self.shared.observer else { return };
        trail.detail = Some(format!("{server}, observed"));
        let Dialled { stream: upstream, .. } = server;
        let connected = async {
            let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
            TlsConnector::from(Arc::clone(&observer.tls)).connect(name, upstream).await
        };
        let upstream = match timeout(self.shared.router.tunnel().connect, connected).await {
            Ok(Ok(upstream)) => upstream,
            Ok(Err(error)) => return failed(trail, &error.to_string()),
            Err(_) => return failed(trail, "no TLS in time"),
        };
        if announce && connect::accept(stream).await.is_err() {
            return;
        }
        let client = match self.shared.terminator.accept_for(Prefixed::new(early, stream), name).await {
            Ok(client) => client,
            Err(error) => return note_handshake(&error, trail),
        };
        (trail.decision, trail.reason) = (Decision::Allow, "allowed");
        if let Err(error) = relay(client, upstream, &observer.directory).await {
            tracing::debug!(%error, "a connection to STS ended early");
        }
    }
}

fn failed(trail: &mut Trail, why: &str) {
    (trail.decision, trail.reason) = (Decision::Deny, "connect_failed");
    trail.detail = Some(format!("STS cannot be reached: {why}"));
}

/// Passes requests and answers on, one after the other.
async fn relay<C, U>(client: C, upstream: U, directory: &Directory) -> Result<(), hyper::Error>
where
    C: AsyncRead + AsyncWrite + Unpin,
    U: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, driver) =
        hyper::client::conn::http1::Builder::new().preserve_header_case(true).handshake(TokioIo::new(upstream)).await?;
    // How the connection ends is told to the one who sends on it.
    let driving = tokio::spawn(driver);
    let sender = Mutex::new(sender);
    let service = hyper::service::service_fn(|request| pass(request, &sender, directory));
    let served = hyper::server::conn::http1::Builder::new()
        .preserve_header_case(true)
        // A client that has said all may still listen.
        .half_close(true)
        .serve_connection(TokioIo::new(client), service)
        .await;
    driving.abort();
    served
}

async fn pass(
    request: Request<Incoming>,
    sender: &Mutex<SendRequest<Full<Bytes>>>,
    directory: &Directory,
) -> io::Result<Response<Passed>> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_REQUEST).collect().await.map_err(io::Error::other)?.to_bytes();
    let question = question(&parts, &body);
    let (answer, took) = {
        let mut sender = sender.lock().await;
        sender.ready().await.map_err(io::Error::other)?;
        let asked = Instant::now();
        let answer =
            sender.send_request(Request::from_parts(parts, Full::new(body))).await.map_err(io::Error::other)?;
        (answer, asked.elapsed())
    };
    let Some(question) = question.filter(|_| answer.status() == 200) else {
        return Ok(answer.map(|rest| Passed { first: None, rest: Some(rest) }));
    };
    let (parts, mut rest) = answer.into_parts();
    let mut first = BytesMut::new();
    let whole = loop {
        match rest.frame().await {
            None => break true,
            Some(frame) => {
                let frame = frame.map_err(io::Error::other)?;
                if let Ok(data) = frame.into_data() {
                    first.extend_from_slice(&data);
                }
                if first.len() > LONGEST_ANSWER {
                    break false;
                }
            }
        }
    };
    let first = first.freeze();
    let date = parts.headers.get(header::DATE).and_then(|date| date.to_str().ok());
    let term = Term::of_answer(date, took);
    if whole && let Some(seen) = std::str::from_utf8(&first).ok().and_then(|text| question.answered(text, term)) {
        tracing::debug!(access_key_id = %seen.access_key_id, principal = ?seen.principal, "STS gives a key");
        directory.observe(seen, OffsetDateTime::now_utc());
    }
    let rest = if whole { None } else { Some(rest) };
    Ok(Response::from_parts(parts, Passed { first: Some(first), rest }))
}

/// What a request asks for, if that can be read in one way only: parameters in one place, one `Authorization` at most.
fn question(parts: &Parts, body: &Bytes) -> Option<Question> {
    let form = match (&parts.method, parts.uri.query(), body.is_empty()) {
        (&Method::GET, Some(query), true) => query,
        (&Method::POST, None, _) => std::str::from_utf8(body).ok()?,
        (_, _, _) => return None,
    };
    let mut signatures = parts.headers.get_all(header::AUTHORIZATION).iter();
    let authorization = match (signatures.next(), signatures.next()) {
        (None, _) => None,
        (Some(one), None) => Some(one.to_str().ok()?),
        (Some(_), Some(_)) => return None,
    };
    Question::read(form, authorization)
}

/// A body of which the beginning has been read already.
struct Passed {
    first: Option<Bytes>,
    rest: Option<Incoming>,
}

impl Body for Passed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match &mut self.rest {
            Some(rest) => Poll::Ready(ready!(Pin::new(rest).poll_frame(context))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.as_ref().map_or(0, |first| first.len() as u64);
        match &self.rest {
            None => SizeHint::with_exact(first),
            Some(rest) => {
                let hint = rest.size_hint();
                let mut whole = SizeHint::new();
                whole.set_lower(hint.lower() + first);
                if let Some(upper) = hint.upper() {
                    whole.set_upper(upper + first);
                }
                whole
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;
    use crate::aws::AccessKeyId;

    /// One exchange through the relay: what the service was sent, and what the client got.
    async fn exchange(directory: &Directory, request: &str, answer: &str) -> (String, String) {
        let ((mut client, inner), (outer, mut service)) = (tokio::io::duplex(1 << 20), tokio::io::duplex(1 << 20));
        let talk = async {
            client.write_all(request.as_bytes()).await.unwrap();
            let sent = until(&mut service, request.len()).await;
            service.write_all(answer.as_bytes()).await.unwrap();
            let got = until(&mut client, answer.len()).await;
            drop(client);
            (sent, got)
        };
        let (told, served) = tokio::join!(talk, relay(inner, outer, directory));
        served.unwrap();
        told
    }

    async fn until(stream: &mut DuplexStream, at_least: usize) -> String {
        let mut bytes = Vec::new();
        while bytes.len() < at_least {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
        }
        String::from_utf8(bytes).unwrap()
    }

    fn request(form: &str) -> String {
        format!(
            "POST / HTTP/1.1\r\nHost: sts.us-east-1.amazonaws.com\r\nX-Amz-Date: 20261124T120000Z\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
    }

    fn answer(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\nx-amzn-RequestId: 1\r\nContent-Length: {}\r\ndate: x\r\n\r\n{body}", body.len())
    }

    fn credentials(filler: usize) -> String {
        format!(
            "<R><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/app/one</Arn></AssumedRoleUser>\
             <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>{}</R>",
            "x".repeat(filler)
        )
    }

    #[tokio::test]
    async fn everything_passes_as_it_came_and_credentials_are_learnt_on_the_way() {
        let key: AccessKeyId = "ASIAIOSFODNN7EXAMPLE".parse().unwrap();
        for (form, body, learnt) in [
            ("Action=AssumeRoleWithWebIdentity&Version=2011-06-15", credentials(0), true),
            ("Action=GetCallerIdentity&Version=2011-06-15", credentials(0), false),
            ("Action=AssumeRole&Version=2011-06-15", "{\"not\": \"XML\"}".to_owned(), false),
            ("Action=AssumeRole&Version=2011-06-15", credentials(LONGEST_ANSWER), false),
            ("no form at all", credentials(0), false),
        ] {
            let directory = Directory::default();
            let (request, answer) = (request(form), answer(&body));
            let (sent, got) = exchange(&directory, &request, &answer).await;
            assert_eq!(sent, request);
            assert_eq!(got, answer);
            assert_eq!(directory.knows(&key, OffsetDateTime::now_utc()), learnt, "{form}");
        }
    }

    #[test]
    fn a_request_that_may_be_read_in_two_ways_teaches_nothing() {
        let form = "Action=AssumeRole&Version=2011-06-15";
        let reads = |method: Method, target: &str, signatures: usize, body: &'static str| {
            let mut request = Request::builder().method(method).uri(target);
            for _ in 0..signatures {
                request = request.header("authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x");
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            question(&parts, &Bytes::from_static(body.as_bytes())).is_some()
        };
        let with_query = format!("/?{form}");
        assert!(reads(Method::POST, "/", 1, form) && reads(Method::POST, "/", 0, form));
        assert!(reads(Method::GET, &with_query, 1, ""));
        assert!(!reads(Method::POST, "/", 2, form), "two signatures");
        assert!(!reads(Method::POST, "/?Tags.member.1.Value=dev", 1, form), "parameters in two places");
        assert!(!reads(Method::GET, &with_query, 1, form) && !reads(Method::PUT, "/", 1, form));
    }
}
