//! Responses of the admin listener, and the headers that they all send to browsers.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
};
use hyper::body::{Body, Frame, SizeHint};
use serde::Serialize;

/// A body made of shared pieces: a reader that stalls does not keep a copy of its own.
#[derive(Debug, Default)]
pub(super) struct Pieces(VecDeque<Bytes>);

impl FromIterator<Bytes> for Pieces {
    fn from_iter<I: IntoIterator<Item = Bytes>>(pieces: I) -> Self {
        // An empty piece would not end the body, but leaving it out saves a frame.
        Self(pieces.into_iter().filter(|piece| !piece.is_empty()).collect())
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The path does not exist.
    #[error("nothing is here but {}", paths.join(", "))]
    NotFound {
        /// The paths that exist.
        paths: &'static [&'static str],
    },
    /// The method is neither GET nor HEAD, and nothing can be changed here.
    #[error("nothing can be changed here: only GET and HEAD are answered")]
    Method,
    /// Too many requests are waiting.
    #[error("too many questions wait for their answers: ask again later")]
    Busy,
    /// The `Host` is a name that anyone could point at this address.
    #[error(
        "`Host` must be an IP address, `localhost` or one of `admin_names`: the page of a site whose name leads here \
         must not read what is shown here"
    )]
    ForeignName,
    /// A page of another site sent the request.
    #[error("a page of another site asks for this: it is for people and programs of this place")]
    CrossSite,
    /// A query parameter is unknown or malformed.
    #[error("parameter `{parameter}`: {detail}")]
    Query {
        /// The parameter's name.
        parameter: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// The JSON form of a refusal.
#[derive(Serialize)]
struct RefusalDocument<'r> {
    error: &'static str,
    parameter: Option<&'r str>,
    detail: String,
}

impl Refusal {
    pub(super) fn query(parameter: &str, detail: impl Into<String>) -> Self {
        Self::Query { parameter: parameter.to_owned(), detail: detail.into() }
    }

    /// The HTTP status and the error code.
    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::ForeignName => (StatusCode::MISDIRECTED_REQUEST, "foreign_name"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::Query { .. } => (StatusCode::BAD_REQUEST, "bad_parameter"),
        }
    }

    pub(super) fn into_response(self) -> Response<Pieces> {
        let (status, error) = self.kind();
        let parameter = match &self {
            Self::Query { parameter, .. } => Some(parameter.as_str()),
            Self::NotFound { .. } | Self::Method | Self::Busy | Self::ForeignName | Self::CrossSite => None,
        };
        let mut response = json(status, &RefusalDocument { error, parameter, detail: self.to_string() });
        if self == Self::Method {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}

/// A JSON response.
pub(super) fn json(status: StatusCode, document: &impl Serialize) -> Response<Pieces> {
    // Strings, numbers and lists always serialise.
    let mut body = serde_json::to_vec(document).unwrap_or_default();
    body.push(b'\n');
    with_body(status, "application/json", [Bytes::from(body)])
}

/// A plain-text response with this content type.
pub(super) fn text(content_type: &'static str, text: String) -> Response<Pieces> {
    with_body(StatusCode::OK, content_type, [Bytes::from(text)])
}

/// A response with this body, and the headers that restrict what a browser does with it.
pub(super) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: impl IntoIterator<Item = Bytes>,
) -> Response<Pieces> {
    let mut response = Response::new(body.into_iter().collect::<Pieces>());
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 6] = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
