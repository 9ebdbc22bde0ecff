//! Routes paths to their handlers.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Uri};

use super::{
    Panel, Scope,
    answer::{Pieces, Refusal, json, text, with_body},
    api, page, visitor,
};

const PROBES: &[&str] = &["/livez", "/readyz", "/metrics"];

const EVERYTHING: &[&str] = &[
    "/",
    "/api/status",
    "/api/decisions",
    "/api/statements",
    "/api/actions",
    "/api/endpoints",
    "/api/policies",
    "/api/check",
    "/livez",
    "/readyz",
    "/metrics",
];

pub(super) fn answer<B>(request: &Request<B>, panel: &Panel, scope: Scope) -> Response<Pieces> {
    let found = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, path) => match probe(path, panel) {
            Some(response) => Ok(response),
            None => shown(request, panel, scope),
        },
        _ => Err(Refusal::Method),
    };
    found.unwrap_or_else(Refusal::into_response)
}

/// Whether computing the response may take longer than a health check should wait.
pub(super) fn takes_long<B>(request: &Request<B>, scope: Scope) -> bool {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    is_read && scope == Scope::Everything && EVERYTHING.contains(&path) && !PROBES.contains(&path)
}

/// The paths for probes and scrapers, which are served under any host name.
fn probe(path: &str, panel: &Panel) -> Option<Response<Pieces>> {
    match path {
        "/livez" => Some(text("text/plain", "ok\n".to_owned())),
        "/readyz" => {
            let readiness = panel.readiness();
            let status = if readiness.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            Some(json(status, &readiness.document(panel.metrics())))
        }
        "/metrics" => Some(text("text/plain; version=0.0.4", panel.metrics().render())),
        _ => None,
    }
}

fn shown<B>(request: &Request<B>, panel: &Panel, scope: Scope) -> Result<Response<Pieces>, Refusal> {
    let paths = match scope {
        Scope::Probes => PROBES,
        Scope::Everything => EVERYTHING,
    };
    if !paths.contains(&request.uri().path()) {
        return Err(Refusal::NotFound { paths });
    }
    visitor::check(request.uri(), request.headers(), &panel.sources.names)?;
    show(request.uri(), panel)
}

fn show(uri: &Uri, panel: &Panel) -> Result<Response<Pieces>, Refusal> {
    let query = uri.query();
    let document = match uri.path() {
        "/" => return page::page(panel, query),
        "/api/decisions" => return Ok(lines(api::decisions(panel, query)?)),
        "/api/status" => api::status(panel, query)?,
        "/api/statements" => api::statements(panel, query)?,
        "/api/actions" => api::actions(panel, query)?,
        "/api/endpoints" => api::endpoints(panel, query)?,
        "/api/policies" => api::policies(panel, query)?,
        "/api/check" => api::check(panel, query)?,
        _ => return Err(Refusal::NotFound { paths: EVERYTHING }),
    };
    Ok(lines([document]))
}

fn lines(pieces: impl IntoIterator<Item = Bytes>) -> Response<Pieces> {
    with_body(StatusCode::OK, "application/json", pieces)
}
