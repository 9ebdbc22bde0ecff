//! The broker's listener: each request gets one response, and no key is handed out without a valid token.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use time::OffsetDateTime;

use super::{Admission, PATH, document};
use crate::{
    accept::owner_of,
    identify::{LocalKey, LocalKeys, NoRandomness},
    listener::{self, Peer, ServiceThread},
};

/// Minimum time between two log lines about refusals. Any process can send requests without a token, as often as
/// it likes.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(1);

/// The request handler that hands out local keys.
#[derive(Debug)]
pub struct Broker {
    admissions: Vec<Admission>,
    keys: Arc<LocalKeys>,
    warned: Mutex<Warned>,
}

/// When a refusal was last logged, and how many have not been logged since.
#[derive(Debug, Default)]
struct Warned {
    at: Option<Instant>,
    silent: u64,
}

/// Why a request gets no key.
enum Refusal {
    NoToken,
    WrongToken,
    OtherUser,
    Path,
    Method,
    Random(NoRandomness),
}

impl Broker {
    /// A broker that adds the keys it hands out to `keys`.
    #[must_use]
    pub fn new(admissions: Vec<Admission>, keys: Arc<LocalKeys>) -> Self {
        Self { admissions, keys, warned: Mutex::default() }
    }

    /// Returns a key for the workload whose token the request shows.
    fn key<B>(&self, request: &Request<B>, ends: (SocketAddr, SocketAddr)) -> Result<(LocalKey, &Admission), Refusal> {
        if request.method() != Method::GET {
            return Err(Refusal::Method);
        }
        let rest = request.uri().path().strip_prefix(PATH).ok_or(Refusal::Path)?;
        let in_path = rest.strip_prefix('/').filter(|token| !token.is_empty());
        let in_header = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let shown = in_header.or(in_path.map(str::as_bytes)).ok_or(Refusal::NoToken)?;
        // Compares every token, so that the time taken does not reveal which one was close to matching.
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
                self.warn(ends.0, status, message);
                json(status, &document::refusal(code, message))
            }
        }
    }
}

impl Broker {
    fn warn(&self, client: SocketAddr, status: StatusCode, message: &str) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.at.is_some_and(|at| at.elapsed() < BETWEEN_WARNINGS) {
            warned.silent += 1;
            return;
        }
        let Warned { silent, .. } = std::mem::replace(&mut *warned, Warned { at: Some(Instant::now()), silent: 0 });
        drop(warned);
        tracing::warn!(%client, status = status.as_u16(), not_logged = silent, "no local key: {message}");
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

/// Serves these listeners on a dedicated thread, so that handing out keys and the rest of the process cannot delay
/// each other.
///
/// # Errors
/// The thread cannot be started.
pub(crate) fn serve(listeners: Vec<TcpListener>, broker: &Arc<Broker>) -> io::Result<ServiceThread> {
    let broker = Arc::clone(broker);
    ServiceThread::start("broker", move || {
        for socket in listeners {
            let broker = Arc::clone(&broker);
            let answer = move |request: Request<Incoming>, peer: Peer| {
                std::future::ready(broker.answer(&request, (peer.client, peer.server)))
            };
            listener::serve(socket, "broker", answer);
        }
    })
}

fn json(status: StatusCode, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
