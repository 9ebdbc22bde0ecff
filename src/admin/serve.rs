//! The thread that serves the admin and metrics listeners.

use std::{io, net::TcpListener, sync::Arc};

use http::Request;
use hyper::body::Incoming;

use super::{
    Panel, Scope,
    answer::Refusal,
    desk::{Desk, Question},
    routes,
};
use crate::listener::{self, Peer, ServiceThread};

/// Serves these listeners on a dedicated thread. Probes and metrics are answered there. Slower requests are handed
/// to a second thread, so that a health check never waits for them.
///
/// # Errors
/// A thread cannot be started.
pub(crate) fn serve(listeners: [(Vec<TcpListener>, Scope); 2], panel: &Arc<Panel>) -> io::Result<ServiceThread> {
    let desk = Desk::open()?;
    let panel = Arc::clone(panel);
    ServiceThread::start("admin", move || {
        for (sockets, scope) in listeners {
            for socket in sockets {
                let (panel, desk) = (Arc::clone(&panel), desk.clone());
                let answer = move |request: Request<Incoming>, peer: Peer| {
                    let (parts, _) = request.into_parts();
                    let request = Request::from_parts(parts, ());
                    let (panel, desk) = (Arc::clone(&panel), desk.clone());
                    async move {
                        if !routes::takes_long(&request, scope) {
                            return routes::answer(&request, &panel, scope);
                        }
                        let made = move || routes::answer(&request, &panel, scope);
                        let answer = desk.ask(Question::new(peer.owner, made)).await;
                        answer.unwrap_or_else(|| Refusal::Busy.into_response())
                    }
                };
                listener::serve(socket, "admin", answer);
            }
        }
    })
}
