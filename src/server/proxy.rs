//! The proxy listener: handles one CONNECT, or one request for plain HTTP.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::{net::TcpStream, time::timeout};

use super::{Worker, accepting::Admission, callers::Client, connection::note_refusal};
use crate::{
    accept::{
        self, Authority, Refusal, Route,
        connect::{self, Asked, Connect},
    },
    intercept::Prefixed,
    record::Kind,
};

/// How often a client is challenged for its token on one connection. A client that has the token sends it after the
/// first challenge.
const MOST_CHALLENGES: u32 = 2;

/// Maximum time to send a client the challenge for its token.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a client that was challenged for its token keeps its place when places are short.
const TOKEN_TIME: Duration = Duration::from_secs(2);

impl Worker {
    /// Serves a client of the proxy listener. A client that must present a token and has not is challenged, and may
    /// present it on the same connection: Java, .NET and `curl --proxy-anyauth` send no credentials until
    /// challenged.
    pub(super) async fn proxy(&self, stream: &mut TcpStream, client: Client, mut admission: Admission) {
        for challenges in 0..=MOST_CHALLENGES {
            let asked = match &mut admission {
                Admission::Place { .. } => self.asked(stream, &client).await,
                // It is closed to make room for a new connection.
                Admission::Lobby { closed, .. } => tokio::select! {
                    asked = self.asked(stream, &client) => asked,
                    _ = closed => return,
                },
            };
            let Some(asked) = asked else { return };
            self.shared.drain.touch();
            let mut client = client.clone();
            self.shared.callers.look_at_token(&mut client, proxy_authorization(&asked));
            if !client.owes_token() {
                let target = match &asked {
                    Asked::Connect(connect) => connect.target.clone(),
                    Asked::Plain(request) => request.authority.to_string(),
                };
                let Some(_admission) = self.admitted(admission, &client).await else {
                    return self.refuse(stream, &client, Some(target), &Refusal::TooManyConnections).await;
                };
                return match asked {
                    Asked::Connect(connect) => self.connect(stream, &client, connect).await,
                    Asked::Plain(request) => self.plain(stream, &client, *request).await,
                };
            }
            if let Admission::Lobby { place, .. } = &admission {
                place.asked(Instant::now() + TOKEN_TIME);
            }
            if !self.challenge(stream, &client, &asked, challenges < MOST_CHALLENGES).await {
                return;
            }
        }
    }

    /// Reads a client's request. `None` if it sends none, or one that is refused.
    async fn asked(&self, stream: &mut TcpStream, client: &Client) -> Option<Asked> {
        let read = timeout(self.shared.head_time, connect::read(stream)).await;
        let refusal = match read {
            // No request was sent: a port check, or a client that keeps a connection for later.
            Ok(Ok(asked)) => return asked,
            Ok(Err(refusal)) => refusal,
            Err(_) => Refusal::SlowRequest { seconds: self.shared.head_time.as_secs() },
        };
        self.refuse(stream, client, None, &refusal).await;
        None
    }

    /// Challenges a client for its token. Returns true if it may present it on this connection.
    async fn challenge(&self, stream: &mut TcpStream, client: &Client, asked: &Asked, may_keep: bool) -> bool {
        let (target, may_follow) = match asked {
            // A request that cannot be read is answered as such: credentials would not help.
            Asked::Connect(Connect { authority: Err(refusal), target, .. }) => {
                self.refuse(stream, client, Some(target.clone()), refusal).await;
                return false;
            }
            Asked::Connect(connect) => (connect.target.clone(), connect.may_follow),
            Asked::Plain(request) => (request.authority.to_string(), request.may_follow),
        };
        let refusal = Refusal::ProxyCredentialsMissing;
        if !(may_keep && may_follow) {
            self.refuse(stream, client, Some(target), &refusal).await;
            return false;
        }
        if let Some(mut trail) = self.begin(Kind::Tunnel, client) {
            trail.host = Some(target);
            note_refusal(&refusal, &mut trail);
        }
        matches!(timeout(PATIENCE, connect::refuse_and_keep(stream, &refusal)).await, Ok(Ok(())))
    }

    /// Serves one CONNECT of a client whose credentials have been checked.
    async fn connect(&self, stream: &mut TcpStream, client: &Client, connect: Connect) {
        let target = connect.target;
        let mut route = connect.authority.and_then(|authority| self.shared.router.route(authority));
        // Refused here as well as below: a client of the RDS API gets the error inside TLS, where SDKs show it.
        if matches!(route, Ok(Route::Tunnel(_))) && !self.shared.recorder.has_place() {
            route = Err(Refusal::Unrecorded);
        }
        match route {
            Err(refusal) => self.refuse(stream, client, Some(target), &refusal).await,
            Ok(Route::Intercept(host)) => {
                let Some(trail) = self.begin(Kind::Connection, client) else { return };
                if connect::accept(stream).await.is_ok() {
                    self.intercept(Prefixed::new(connect.early, stream), client, host, trail).await;
                }
            }
            Ok(Route::Tunnel(_)) if client.is_stranger() => {
                self.refuse(stream, client, Some(target), &Refusal::ProxyCredentials).await;
            }
            Ok(Route::Tunnel(authority)) => self.tunnel(stream, client, authority, connect.early).await,
        }
    }

    async fn tunnel(&self, stream: &mut TcpStream, client: &Client, target: Authority, early: BytesMut) {
        let Some(mut trail) = self.begin(Kind::Tunnel, client) else { return };
        trail.host = Some(target.to_string());
        let server = match accept::dial(&self.shared.router, &target).await {
            Ok(server) => server,
            Err(refusal) => {
                note_refusal(&refusal, &mut trail);
                let _ = connect::refuse(stream, &refusal).await;
                return;
            }
        };
        trail.detail = Some(server.to_string());
        if let Some(host) = self.observed_host(&target) {
            return self.observe(stream, client, (early, true), (&host, server), &mut trail).await;
        }
        if connect::accept(stream).await.is_ok() {
            self.carry(stream, early, server, trail).await;
        }
    }
}

/// The credentials that a client sent.
fn proxy_authorization(asked: &Asked) -> Option<&[u8]> {
    match asked {
        Asked::Connect(connect) => connect.proxy_authorization.as_deref(),
        Asked::Plain(request) => request.proxy_authorization.as_deref(),
    }
}
