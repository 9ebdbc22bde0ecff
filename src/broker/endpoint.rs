//! The listener: one question, one answer, and no key without a token.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tower::service_fn;

use super::{Admission, PATH, document};
use crate::{
    accept::owner_of,
    identify::{LocalKey, LocalKeys, NoRandomness},
};

/// The most connections at once.
const CONNECTIONS: usize = 64;

/// Hands out local keys.
#[derive(Debug)]
pub struct Broker {
    admissions: Vec<Admission>,
    keys: Arc<LocalKeys>,
}

/// Why somebody gets no key.
enum Refusal {
    NoToken,
    WrongToken,
    OtherUser,
    Path,
    Method,
    Random(NoRandomness),
}

impl Broker {
    /// A broker that adds to these keys.
    #[must_use]
    pub fn new(admissions: Vec<Admission>, keys: Arc<LocalKeys>) -> Self {
        Self { admissions, keys }
    }

    /// The key for whoever shows a token.
    fn key<B>(&self, request: &Request<B>, ends: (SocketAddr, SocketAddr)) -> Result<(LocalKey, &Admission), Refusal> {
        if request.method() != Method::GET {
            return Err(Refusal::Method);
        }
        let rest = request.uri().path().strip_prefix(PATH).ok_or(Refusal::Path)?;
        let in_path = rest.strip_prefix('/').filter(|token| !token.is_empty());
        let in_header = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let shown = in_header.or(in_path.map(str::as_bytes)).ok_or(Refusal::NoToken)?;
        // Every token is compared, so that the time does not tell whose it might have been.
        let matching = self.admissions.iter().filter(|admission| admission.token.is(shown)).collect::<Vec<_>>();
        let admission = matching.first().ok_or(Refusal::WrongToken)?;
        if let Some(uid) = admission.uid {
            let (client, server) = ends;
            if owner_of(client, server) != Some(uid) {
                return Err(Refusal::OtherUser);
            }
        }
        let key = self.keys.hand_out(&admission.holder, OffsetDateTime::now_utc()).map_err(Refusal::Random)?;
        Ok((key, admission))
    }

    fn answer<B>(&self, request: &Request<B>, ends: (SocketAddr, SocketAddr)) -> Response<Full<Bytes>> {
        match self.key(request, ends) {
            Ok((key, admission)) => {
                tracing::debug!(
                    workload = admission.holder.workload.as_deref(),
                    access_key_id = %key.access_key_id,
                    expires = %key.expires,
                    "a local key is handed out"
                );
                json(StatusCode::OK, document::credentials(&key, &admission.holder).as_str())
            }
            Err(refusal) => {
                let (status, code, message) = refusal.words();
                let client = ends.0;
                tracing::warn!(%client, status = status.as_u16(), "no local key: {message}");
                json(status, &document::refusal(code, message))
            }
        }
    }
}

impl Refusal {
    fn words(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoToken => (
                StatusCode::UNAUTHORIZED,
                "MissingToken",
                "an authorization token is needed: set AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE to the broker's token file",
            ),
            Self::WrongToken => {
                (StatusCode::FORBIDDEN, "InvalidToken", "the authorization token is not one that the broker knows")
            }
            Self::OtherUser => {
                (StatusCode::FORBIDDEN, "InvalidUser", "the token is another user's, or who asks is not known")
            }
            Self::Path => (StatusCode::NOT_FOUND, "NotFound", "the credentials are at /v1/credentials"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "only GET is served here"),
            Self::Random(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "the system gives no random bytes"),
        }
    }
}

/// Serves a listener on this thread's runtime, in the background.
pub fn serve(listener: TcpListener, broker: Arc<Broker>) {
    tokio::spawn(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "the broker's listener cannot be used");
                return;
            }
        };
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            let Ok((stream, client)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Ok(server) = stream.local_addr() else { continue };
            let broker = Arc::clone(&broker);
            let service = service_fn(move |request: Request<Incoming>| {
                let response = broker.answer(&request, (client, server));
                async move { Ok::<_, Infallible>(response) }
            });
            let service = hyper_util::service::TowerToHyperService::new(service);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(10))
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move {
                drop(connection.await);
                drop(permit);
            });
        }
    });
}

fn json(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
