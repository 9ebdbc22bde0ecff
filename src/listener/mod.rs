//! Small HTTP listeners for everything except the guarded traffic: the admin page, metrics and the broker.
//!
//! Anything that runs in the pod may connect to them unauthenticated. So each listener has its own thread,
//! connections carry one request only, and a new client takes precedence over one that has sent nothing or reads
//! nothing.

mod client;
mod places;
mod thread;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::oneshot};

pub(crate) use client::Client;
pub(crate) use places::{Place, Places};
pub(crate) use thread::ServiceThread;

/// The maximum number of connections of one listener.
pub(crate) const MOST_CONNECTIONS: usize = 64;

/// The maximum number of answer bytes that clients of one listener have not read yet.
const MOST_UNREAD: u64 = 8 * 1024 * 1024;

/// Maximum time until a request head is complete.
const HEAD_TIME: Duration = Duration::from_secs(2);

/// Maximum time for an answer, from the complete head to the last byte that the client reads.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The maximum size of a head, including its query.
const LONGEST_HEAD: usize = 32 * 1024;

/// How long accepting pauses after a failure, most likely a lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Both ends of a connection, and its client as far as the connection itself identifies it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The client's address.
    pub(crate) client: SocketAddr,
    /// The address that it connected to.
    pub(crate) server: SocketAddr,
    /// The client that the connection is counted for.
    pub(crate) owner: Client,
}

/// Serves a listener on this thread's runtime, in the background; each connection carries one request.
pub(crate) fn serve<H, F, B>(listener: std::net::TcpListener, name: &'static str, handler: H)
where
    H: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Error: std::error::Error + Send + Sync, Data: Send> + Send + 'static,
{
    match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => drop(tokio::spawn(accept(listener, handler))),
        Err(error) => tracing::error!(%error, "the {name} listener cannot be used"),
    }
}

async fn accept<H, F, B>(listener: tokio::net::TcpListener, handler: H)
where
    H: Fn(Request<Incoming>, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body<Error: std::error::Error + Send + Sync, Data: Send> + Send + 'static,
{
    let places = Arc::new(Places::new(MOST_CONNECTIONS, MOST_UNREAD));
    loop {
        let Ok((stream, client)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(server) = stream.local_addr() else { continue };
        let peer = Peer { client, server, owner: Client::of(client, server) };
        let (place, closed) = places.take(peer.owner);
        tokio::spawn(connection(stream, peer, handler.clone(), Arc::new(place), closed));
        // The new connection is polled before the next one is accepted, so that a request that has already arrived
        // is read before another connection can take its place.
        tokio::task::yield_now().await;
    }
}

async fn connection<H, F, B>(
    stream: TcpStream,
    peer: Peer,
    handler: H,
    place: Arc<Place>,
    closed: oneshot::Receiver<()>,
) where
    H: Fn(Request<Incoming>, Peer) -> F,
    F: Future<Output = Response<B>>,
    B: Body<Error: std::error::Error + Send + Sync> + 'static,
{
    let service = hyper::service::service_fn(|request| {
        place.answering();
        let answer = handler(request, peer);
        let place = Arc::clone(&place);
        async move {
            let answer = answer.await;
            place.unread(answer.body().size_hint().lower());
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(LONGEST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = served => {}
        _ = closed => {}
        () = tokio::time::sleep(HEAD_TIME + ANSWER_TIME) => {}
    }
}

#[cfg(test)]
mod tests;
