//! Answers of the admin listener, and what they all say to a browser.

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

/// A body in pieces, which it shares with whoever else holds them: a reader that takes nothing holds no copy.
#[derive(Debug, Default)]
pub(super) struct Pieces(VecDeque<Bytes>);

impl FromIterator<Bytes> for Pieces {
    fn from_iter<I: IntoIterator<Item = Bytes>>(pieces: I) -> Self {
        // An empty piece would be taken for the end by nobody, but it is one frame less.
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

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// Nothing is there.
    #[error("nothing is here but {}", paths.join(", "))]
    NotFound {
        /// What there is.
        paths: &'static [&'static str],
    },
    /// Something was to be done.
    #[error("nothing can be changed here: only GET and HEAD are answered")]
    Method,
    /// Too many questions.
    #[error("too many questions wait for their answers: ask again later")]
    Busy,
    /// A name that anybody may let point here.
    #[error(
        "`Host` must be an IP address, `localhost` or one of `admin_names`: the page of a site whose name leads here \
         must not read what is shown here"
    )]
    ForeignName,
    /// A page of another site asks.
    #[error("a page of another site asks for this: it is for people and programs of this place")]
    CrossSite,
    /// The query.
    #[error("parameter `{parameter}`: {detail}")]
    Query {
        /// Which of its parameters.
        parameter: String,
        /// What is wrong with it.
        detail: String,
    },
}

/// A refusal as JSON.
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

    /// The status and the word for it.
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

/// A document.
pub(super) fn json(status: StatusCode, document: &impl Serialize) -> Response<Pieces> {
    // Strings, numbers and lists: they can always be written.
    let mut body = serde_json::to_vec(document).unwrap_or_default();
    body.push(b'\n');
    with_body(status, "application/json", [Bytes::from(body)])
}

/// Text of another type.
pub(super) fn text(content_type: &'static str, text: String) -> Response<Pieces> {
    with_body(StatusCode::OK, content_type, [Bytes::from(text)])
}

/// An answer of these pieces, with what keeps a browser from making more of it than it is.
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
