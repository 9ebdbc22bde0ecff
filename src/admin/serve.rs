//! Connections of the admin listener: few at a time, none for long.

use std::{convert::Infallible, net::TcpListener, sync::Arc, time::Duration};

use http::Request;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::Semaphore;
use tower::service_fn;

use super::{Panel, Scope, routes};

/// The most connections of one listener; further ones wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 64;

/// How long a head may take, and a connection wait for the next one.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a connection may last: also one whose client reads nothing of its answer.
const LIFE: Duration = Duration::from_secs(60);

/// The longest head, its query included.
const LONGEST_HEAD: usize = 32 * 1024;

/// Serves a listener on this thread's runtime, in the background.
pub(crate) fn serve(listener: TcpListener, panel: Arc<Panel>, scope: Scope) {
    tokio::spawn(async move {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%error, "the admin listener cannot be used");
                return;
            }
        };
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let panel = Arc::clone(&panel);
            let service = service_fn(move |request: Request<Incoming>| {
                let response = routes::answer(&request, &panel, scope);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .max_buf_size(LONGEST_HEAD)
                .serve_connection(TokioIo::new(stream), hyper_util::service::TowerToHyperService::new(service));
            tokio::spawn(async move {
                let _ = tokio::time::timeout(LIFE, connection).await;
                drop(place);
            });
        }
    });
}
