//! One client connection: how it is handled, and its sequence of requests.

use std::time::Duration;

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{
    Door, Way, Worker,
    accepting::Admission,
    answer::{After, write_response},
    callers::Client,
};
use crate::{
    accept::{
        self, Authority, Host, Refusal, connect,
        tunnel::{self, Traffic},
    },
    aws::endpoint::{RdsHost, Recognised},
    guard::{Addressed, Connection},
    intercept::{self, Prefixed},
    record::{Decision, Kind, Trail},
};

/// How long a client may continue to send after a request that was refused unread.
const LINGER: Duration = Duration::from_secs(2);

impl Worker {
    /// Serves a connection until it ends.
    pub(super) async fn serve(&self, mut stream: TcpStream, client: Client, door: &Door, admission: Admission) {
        // Without this, the last segment of an answer waits for the client's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let server = stream.local_addr();
        if door.way == Way::Proxy {
            return self.proxy(&mut stream, client, admission).await;
        }
        let Some(_admission) = self.admitted(admission, &client).await else { return };
        match door.way {
            Way::Proxy => {}
            Way::Direct => self.direct(&mut stream, &client).await,
            Way::Transparent => self.transparent(&mut stream, &client).await,
            Way::Endpoint => self.endpoint(&mut stream, &client, server.map_or(0, |server| server.port())).await,
        }
    }

    /// Serves a client of the direct listener: TLS from the first byte; the server name identifies the host.
    async fn direct(&self, stream: &mut TcpStream, client: &Client) {
        let Some(mut trail) = self.begin(Kind::Connection, client) else { return };
        let mut chosen = None;
        let choose = |name: Option<&str>| {
            self.shared.drain.touch();
            let Some(sent) = name else { return Err(intercept::Error::ServerNameMissing) };
            let elsewhere = || intercept::Error::ServerNameElsewhere { found: sent.chars().take(300).collect() };
            let Ok(Host::Name(name)) = Host::parse(sent) else { return Err(elsewhere()) };
            match self.shared.router.recognise(&name) {
                Recognised::Rds(host) => {
                    chosen = Some(host.name().to_owned());
                    Ok(host)
                }
                Recognised::Lookalike | Recognised::Other => Err(elsewhere()),
            }
        };
        let stream = Prefixed::new(BytesMut::new(), stream);
        let accepted = self.shared.terminator.accept_if(stream, choose).await;
        trail.host = chosen;
        match accepted {
            Ok((mut tls, host)) => self.requests(&mut tls, client, addressed(host), trail).await,
            Err(intercept::Error::Unused) => trail.discard(),
            Err(error) => note_handshake(&error, &mut trail),
        }
    }

    pub(super) async fn intercept<S>(&self, stream: Prefixed<S>, client: &Client, host: RdsHost, mut trail: Trail)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        trail.host = Some(host.name().to_owned());
        match self.shared.terminator.accept(stream, &host).await {
            Ok(mut tls) => self.requests(&mut tls, client, addressed(host), trail).await,
            Err(error) => note_handshake(&error, &mut trail),
        }
    }

    /// Serves a client of the endpoint listener: it treats this proxy as the service, in plain http on loopback.
    async fn endpoint(&self, stream: &mut TcpStream, client: &Client, port: u16) {
        let Some(trail) = self.begin(Kind::Connection, client) else { return };
        self.requests(stream, client, Addressed::Endpoint { port }, trail).await;
    }

    /// Serves the requests of an intercepted connection. Each is judged separately, by the policies in force at
    /// that time.
    async fn requests<S>(&self, stream: &mut S, client: &Client, addressed: Addressed, mut trail: Trail)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if let Addressed::Service { host, .. } = &addressed {
            trail.region = Some(host.region().to_string());
        }
        trail.decision = Decision::Allow;
        let connection = Connection {
            addressed,
            source: client.source,
            workload: client.workload.clone(),
            stranger: client.stranger(),
        };
        let mut reader = self.shared.reader.for_client(client.workload.clone());
        while reader.begin(stream).await {
            let in_flight = self.shared.drain.begin_request();
            let read = reader.next(stream).await;
            let (read, permit, keep) = match read {
                Ok((request, permit)) => {
                    let keep = request.head().keep_alive();
                    (Ok(request), Some(permit), keep)
                }
                Err(error) => (Err(error), None, false),
            };
            let keep = keep && !self.shared.drain.is_draining();
            let unread = read.is_err();
            let response = self.guard.respond(read, &connection).await;
            // The body has been sent or refused: a client that reads its answer slowly must not block other
            // requests' bodies.
            drop(permit);
            let after = write_response(stream, response, keep, &mut trail).await;
            drop(in_flight);
            if unread {
                return close_after(stream).await;
            }
            match after {
                After::Keep => {}
                After::Close => break,
                // An answer without a length ends with the connection: without a TLS close_notify, the client can
                // detect the cut.
                After::Cut => return,
            }
        }
        let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
    }

    /// Copies a tunnel's bytes until it ends.
    pub(super) async fn carry(
        &self,
        stream: &mut TcpStream,
        early: BytesMut,
        mut server: accept::Dialled,
        mut trail: Trail,
    ) {
        trail.detail = Some(server.to_string());
        trail.decision = Decision::Allow;
        trail.reason = "allowed";
        let mut counted = Counted { trail, traffic: Traffic::default() };
        let carried = tunnel::carry(&self.shared.router, stream, early, &mut server.stream, &mut counted.traffic).await;
        if let Err(refusal) = carried {
            note_refusal(&refusal, &mut counted.trail);
        }
    }

    pub(super) async fn refuse(
        &self,
        stream: &mut TcpStream,
        client: &Client,
        target: Option<String>,
        refusal: &Refusal,
    ) {
        let kind = if target.is_some() { Kind::Tunnel } else { Kind::Connection };
        if let Some(mut trail) = self.begin(kind, client) {
            trail.host = target;
            note_refusal(refusal, &mut trail);
        }
        if matches!(refusal, Refusal::TlsOnPlainPort) {
            tracing::warn!(source = %client.source, "{refusal}");
        }
        let _ = timeout(Duration::from_secs(1), connect::refuse(stream, refusal)).await;
    }

    pub(super) fn begin(&self, kind: Kind, client: &Client) -> Option<Trail> {
        let mut trail = self.shared.recorder.begin(kind, self.shared.mode, client.source.to_string())?;
        trail.workload = client.workload.as_deref().map(str::to_owned);
        Some(trail)
    }
}

/// A tunnel's record with the bytes copied so far, so that a tunnel that is cut off is recorded with them.
pub(super) struct Counted {
    pub(super) trail: Trail,
    pub(super) traffic: Traffic,
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.trail.bytes_in, self.trail.bytes_out) = (self.traffic.bytes_in, self.traffic.bytes_out);
    }
}

/// Closes a connection whose client may still be sending the refused request: closing with unread bytes resets the
/// connection, and the client would lose the answer.
async fn close_after<S>(stream: &mut S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let discard = async {
        stream.shutdown().await?;
        tokio::io::copy(stream, &mut tokio::io::sink()).await
    };
    let _ = timeout(LINGER, discard).await;
}

fn addressed(host: RdsHost) -> Addressed {
    Addressed::Service { authority: Authority { host: named(&host), port: 443 }, host }
}

fn named(host: &RdsHost) -> Host {
    host.name().parse().map_or_else(
        |_| Host::Name(host.name().to_owned()),
        |address| Host::Address(accept::canonical_address(address)),
    )
}

pub(super) fn note_refusal(refusal: &Refusal, trail: &mut Trail) {
    trail.decision = Decision::Deny;
    trail.reason = refusal.reason();
    trail.detail = Some(refusal.to_string());
}

pub(super) fn note_handshake(error: &intercept::Error, trail: &mut Trail) {
    trail.reason = error.reason();
    trail.detail = Some(error.to_string());
}
