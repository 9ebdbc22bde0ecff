//! The admin listener: `/livez`, `/readyz`, `/metrics`. It changes nothing.

use std::{
    convert::Infallible,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tower::service_fn;

use crate::record::{Metrics, Mode};

/// What `/readyz` says.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// Whether the workload may start, or go on.
    pub ready: bool,
    /// Whether the end has been asked for.
    pub draining: bool,
    /// Whether denials are enforced.
    pub mode: Mode,
    /// The policies in force: name and version.
    pub policies: Vec<(String, String)>,
    /// Whether they restrict nothing.
    pub full_access: bool,
    /// Why the policy files as they are now are not in force.
    pub reload_error: Option<String>,
    /// When the certificate authority ends.
    pub authority_not_after: OffsetDateTime,
    /// Records that were lost.
    pub audit_dropped: u64,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

#[derive(Serialize)]
struct Document<'r> {
    status: &'static str,
    mode: Mode,
    policies: Vec<PolicyInForce<'r>>,
    full_access: bool,
    reload_error: Option<&'r str>,
    ca_not_after: String,
    audit_dropped: u64,
    warnings: &'r [String],
}

#[derive(Serialize)]
struct PolicyInForce<'r> {
    name: &'r str,
    version: &'r str,
}

/// Serves a listener on this thread's runtime, in the background.
pub(crate) fn serve(listener: TcpListener, metrics: Arc<Metrics>, readiness: Arc<Mutex<Readiness>>) {
    tokio::spawn(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "the admin listener cannot be used");
                return;
            }
        };
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (metrics, readiness) = (Arc::clone(&metrics), Arc::clone(&readiness));
            let service = service_fn(move |request: Request<Incoming>| {
                let response = answer(&request, &metrics, &readiness);
                async move { Ok::<_, Infallible>(response) }
            });
            let service = hyper_util::service::TowerToHyperService::new(service);
            tokio::spawn(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(Duration::from_secs(10))
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
}

fn answer(request: &Request<Incoming>, metrics: &Metrics, readiness: &Mutex<Readiness>) -> Response<Full<Bytes>> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET is served here\n".into());
    }
    match request.uri().path() {
        "/livez" => text(StatusCode::OK, "text/plain", "ok\n".into()),
        "/readyz" => {
            let readiness = readiness.lock().unwrap_or_else(PoisonError::into_inner);
            let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            text(status, "application/json", document(&readiness))
        }
        "/metrics" => text(StatusCode::OK, "text/plain; version=0.0.4", metrics.render()),
        _ => text(StatusCode::NOT_FOUND, "text/plain", "here are /livez, /readyz and /metrics\n".into()),
    }
}

fn document(readiness: &Readiness) -> String {
    let status = match (readiness.ready, readiness.draining) {
        (true, _) => "ready",
        (false, true) => "draining",
        (false, false) => "starting",
    };
    let document = Document {
        status,
        mode: readiness.mode,
        policies: readiness.policies.iter().map(|(name, version)| PolicyInForce { name, version }).collect(),
        full_access: readiness.full_access,
        reload_error: readiness.reload_error.as_deref(),
        ca_not_after: readiness.authority_not_after.format(&Rfc3339).unwrap_or_default(),
        audit_dropped: readiness.audit_dropped,
        warnings: &readiness.warnings,
    };
    let mut json = serde_json::to_string(&document).unwrap_or_default();
    json.push('\n');
    json
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}
