//! Plain HTTP through the proxy listener, to hosts other than the RDS API, if the configuration allows it.

use tokio::net::TcpStream;

use super::{
    Worker,
    callers::Client,
    connection::{Counted, note_refusal},
};
use crate::{
    accept::{self, Authority, PlainRequest, Refusal, Route, connect, tunnel::Traffic},
    record::{Decision, Kind},
};

impl Worker {
    /// Serves one request in absolute form: it is judged like a tunnel to its host.
    pub(super) async fn plain(&self, stream: &mut TcpStream, client: &Client, request: PlainRequest) {
        self.shared.drain.touch();
        let name = request.authority.to_string();
        if !self.shared.recorder.has_place() {
            return self.refuse(stream, client, Some(name), &Refusal::Unrecorded).await;
        }
        if client.is_stranger() {
            return self.refuse(stream, client, Some(name), &Refusal::ProxyCredentials).await;
        }
        let target = match self.plain_target(request.authority.clone()) {
            Ok(target) => target,
            Err(refusal) => return self.refuse(stream, client, Some(name), &refusal).await,
        };
        let Some(mut trail) = self.begin(Kind::Tunnel, client) else { return };
        trail.host = Some(name);
        let mut counted = Counted { trail, traffic: Traffic::default() };
        let router = &self.shared.router;
        let answered = match accept::dial(router, &target).await {
            Ok(mut server) => {
                counted.trail.decision = Decision::Allow;
                counted.trail.reason = "allowed";
                counted.trail.detail = Some(format!("plain HTTP, {server}"));
                request.exchange(stream, &mut server.stream, router.tunnel().idle, &mut counted.traffic).await
            }
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = answered {
            note_refusal(&refusal, &mut counted.trail);
            let _ = connect::refuse(stream, &refusal).await;
        }
    }

    /// The host of a request, if it may be reached by plain HTTP.
    fn plain_target(&self, authority: Authority) -> Result<Authority, Refusal> {
        let router = &self.shared.router;
        match router.route(authority) {
            Ok(Route::Intercept(_)) | Err(Refusal::RdsPort { .. } | Refusal::Lookalike { .. }) => {
                Err(Refusal::PlainHttpToRds)
            }
            _ if !router.tunnel().plain_http => Err(Refusal::PlainHttp),
            Ok(Route::Tunnel(target)) => Ok(target),
            Err(refusal) => Err(refusal),
        }
    }
}
