//! Handles connections and requests: TLS and hyper, then the signature, the action and the log.

use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, header, request::Parts};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use time::OffsetDateTime;
use tokio::{net::TcpStream, sync::watch};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use super::{
    answer::{self, Answer, Outcome, Refusal},
    api::{Api, Asker},
    arrival::{Arrival, Log},
    key::Key,
    parameters::Parameters,
    signature,
    tap::{Framing, Memory, Tap},
};

/// Responses longer than this (in bytes) are streamed in chunks, as RDS does.
const WHOLE_ANSWER: usize = 64 * 1024;

/// Size of a chunk of a streamed response in bytes.
const PIECE: usize = 16 * 1024;

/// The state that all connections share.
pub(super) struct Service {
    api: Mutex<Api>,
    keys: Vec<Key>,
    log: Arc<Mutex<Log>>,
}

/// One connection: its client, and the bytes received on it.
struct Line {
    peer: SocketAddr,
    number: u64,
    server_name: Option<String>,
    memory: Memory,
}

/// Accepts connections until the stop signal. Those that are still open end with the runtime.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    service: Arc<Service>,
    mut stopped: watch::Receiver<bool>,
) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let acceptor = TlsAcceptor::from(tls);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted does not affect others.
                let Ok((stream, peer)) = accepted else { continue };
                let (acceptor, service) = (acceptor.clone(), Arc::clone(&service));
                tokio::spawn(async move { service.serve(stream, peer, acceptor).await });
            }
            _ = stopped.changed() => return,
        }
    }
}

impl Service {
    /// A service for this API that accepts these keys.
    pub(super) fn new(api: Api, keys: Vec<Key>, log: Arc<Mutex<Log>>) -> Self {
        Self { api: Mutex::new(api), keys, log }
    }

    /// Serves one connection until it ends. The client sees any error; it is ignored here.
    async fn serve(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, acceptor: TlsAcceptor) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let stream = acceptor.accept(stream).await.ok()?;
        let server_name = stream.get_ref().1.server_name().map(str::to_owned);
        let number = self.log().connected();
        let (stream, memory) = Tap::on(stream);
        let line = Arc::new(Line { peer, number, server_name, memory });
        let service = hyper::service::service_fn(move |request| {
            let (service, line) = (Arc::clone(&self), Arc::clone(&line));
            async move { service.respond(request, &line).await }
        });
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok()
    }

    async fn respond(&self, request: Request<Incoming>, line: &Line) -> io::Result<Response<AnswerBody>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
        let chunked = parts.headers.contains_key(header::TRANSFER_ENCODING);
        let framing = if chunked { Framing::Chunks } else { Framing::Length(body.len()) };
        let bytes = line.memory.take_message(framing);

        let request_id = Uuid::new_v4();
        let parameters = parameters(&parts, &body);
        let action = parameters.as_ref().ok().and_then(|found| found.value("Action")).map(str::to_owned);
        let verified = signature::verify(&parts, &body, &self.keys, OffsetDateTime::now_utc());
        let signer = verified.as_ref().ok().map(|verified| verified.key.access_key_id.to_string());
        let outcome = verified.and_then(|verified| {
            let asker = Asker { account: verified.key.account, region: &verified.region };
            self.answer(&parts, parameters?, asker)
        });
        let (status, code, text) = written(action.as_deref().unwrap_or_default(), outcome, request_id);
        self.log().arrived(Arrival {
            peer: line.peer,
            connection: line.number,
            server_name: line.server_name.clone(),
            bytes,
            action,
            verified: signer,
            status,
            code,
        });
        Response::builder()
            .status(status)
            .header("x-amzn-requestid", request_id.to_string())
            .header(header::CONTENT_TYPE, "text/xml")
            .body(AnswerBody::holding(text))
            .map_err(io::Error::other)
    }

    fn answer(&self, parts: &Parts, parameters: Parameters, asker: Asker<'_>) -> Outcome<Answer> {
        let mut api = self.api.lock().unwrap_or_else(PoisonError::into_inner);
        match parts.uri.path().strip_prefix("/v13/downloadCompleteLogFile/") {
            Some(rest) if parts.method == Method::GET => api.log_file(rest, asker),
            Some(_) | None => api.perform(&parameters, asker),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Parameters are in the query of a GET and in the body of a POST. If the body of a POST is empty, they are in its
/// query.
fn parameters(parts: &Parts, body: &Bytes) -> Outcome<Parameters> {
    let in_query = parts.method == Method::GET || body.is_empty();
    Parameters::parse(if in_query { parts.uri.query().unwrap_or_default().as_bytes() } else { body })
}

fn written(action: &str, outcome: Outcome<Answer>, request_id: Uuid) -> (u16, Option<String>, Bytes) {
    match outcome {
        Ok(Answer::Result(result)) => (200, None, answer::document(action, result.as_ref(), request_id).into()),
        Ok(Answer::File(text)) => (200, None, text),
        Err(refusal) => {
            let text = refusal.document(request_id);
            let Refusal { code, status, .. } = refusal;
            (status, Some(code.into_owned()), text.into())
        }
    }
}

/// The body of a response: whole with its length, or in chunks if it is long.
struct AnswerBody(Either<Full<Bytes>, Pieces>);

impl AnswerBody {
    fn holding(text: Bytes) -> Self {
        let whole = text.len() <= WHOLE_ANSWER;
        Self(if whole { Either::Left(Full::new(text)) } else { Either::Right(Pieces { rest: text }) })
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.0.size_hint()
    }
}

/// A body that is sent in pieces, without a length in advance.
struct Pieces {
    rest: Bytes,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }
}
