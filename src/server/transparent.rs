//! The transparent listener: connections that netfilter redirected, distinguished by their server name.

use std::time::Duration;

use bytes::BytesMut;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use super::{Worker, callers::Client, connection::note_refusal};
use crate::{
    accept::{
        self, Authority, Host, Refusal, Route, Verdict, canonical_address, original_destination,
        tunnel::{self, FirstBytes},
    },
    intercept::Prefixed,
    record::Kind,
};

/// The fatal alert access_denied, as a record on the wire (RFC 8446, 6).
const ACCESS_DENIED: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 49];

/// The fatal alert unrecognized_name (RFC 6066, 3).
const UNRECOGNIZED_NAME: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 112];

/// Maximum time to send a client its refusal.
const FAREWELL: Duration = Duration::from_secs(1);

impl Worker {
    /// Serves a client that is not aware of the proxy. Its server name identifies the host; its original
    /// destination is dialled if the host is not part of the RDS API.
    pub(super) async fn transparent(&self, stream: &mut TcpStream, client: &Client) {
        let mut held = BytesMut::new();
        let wanted = self.wanted(stream, client, &mut held).await;
        let (target, original) = match wanted {
            Ok(Some(wanted)) => wanted,
            // The client sent nothing.
            Ok(None) => return,
            Err((target, refusal)) => return self.turn_away(stream, client, &target, &held, &refusal).await,
        };
        self.shared.drain.touch();
        let name = target.to_string();
        if !self.shared.recorder.has_place() {
            return self.turn_away(stream, client, &name, &held, &Refusal::Unrecorded).await;
        }
        match self.shared.router.route(target) {
            Err(refusal) => self.turn_away(stream, client, &name, &held, &refusal).await,
            Ok(Route::Intercept(host)) => {
                let Some(trail) = self.begin(Kind::Connection, client) else { return };
                self.intercept(Prefixed::new(held, stream), client, host, trail).await;
            }
            Ok(Route::Tunnel(_)) if client.is_stranger() => {
                self.turn_away(stream, client, &name, &held, &Refusal::ProxyCredentials).await;
            }
            Ok(Route::Tunnel(target)) => {
                let Some(mut trail) = self.begin(Kind::Tunnel, client) else { return };
                trail.host = Some(name);
                match accept::dial_original(&self.shared.router, &target, original).await {
                    Ok(server) => match self.observed_host(&target) {
                        Some(host) => self.observe(stream, client, (held, false), (&host, server), &mut trail).await,
                        None => self.carry(stream, held, server, trail).await,
                    },
                    Err(refusal) => {
                        note_refusal(&refusal, &mut trail);
                        farewell(stream, &held, &refusal).await;
                    }
                }
            }
        }
    }

    /// The client's target, according to its first bytes and its original destination. `None` if it sends nothing.
    async fn wanted(
        &self,
        stream: &mut TcpStream,
        client: &Client,
        held: &mut BytesMut,
    ) -> Result<Option<(Authority, std::net::SocketAddr)>, (String, Refusal)> {
        let listener = stream.local_addr().map_err(|_| (String::new(), Refusal::NotRedirected))?;
        let original = original_destination(&*stream, listener).map_err(|refusal| (listener.to_string(), refusal))?;
        let refused = |refusal| (original.to_string(), refusal);
        let router = &self.shared.router;
        let first = tunnel::first_bytes(router, stream, held).await.map_err(refused)?;
        if router.own_connections().contains(client.source, original) {
            return Err(refused(Refusal::RedirectLoop));
        }
        let host = match first {
            FirstBytes::Closed => return Ok(None),
            FirstBytes::Tls { server_name: Some(name) } => match Host::parse(&name) {
                Ok(host @ Host::Name(_)) => host,
                Ok(Host::Address(_)) | Err(_) => return Err(refused(Refusal::ClientHello)),
            },
            FirstBytes::Tls { server_name: None } | FirstBytes::NotTls | FirstBytes::Silence
                if router.tunnel().no_sni == Verdict::Allow =>
            {
                Host::Address(canonical_address(original.ip()))
            }
            FirstBytes::Tls { server_name: None } | FirstBytes::Silence => {
                return Err(refused(Refusal::NoServerName));
            }
            FirstBytes::NotTls => return Err(refused(Refusal::NotTls)),
        };
        Ok(Some((Authority { host, port: original.port() }, original)))
    }

    /// Records a refusal, and reports it in a form that the client may understand.
    async fn turn_away(
        &self,
        stream: &mut TcpStream,
        client: &Client,
        target: &str,
        held: &BytesMut,
        refusal: &Refusal,
    ) {
        if let Some(mut trail) = self.begin(Kind::Tunnel, client) {
            trail.host = Some(target.to_owned());
            note_refusal(refusal, &mut trail);
        }
        if matches!(refusal, Refusal::RedirectLoop | Refusal::NotRedirected) {
            tracing::warn!(source = %client.source, "{refusal}");
        }
        farewell(stream, held, refusal).await;
    }
}

/// Sends a TLS alert to a client that speaks TLS; for others the connection just closes.
async fn farewell(stream: &mut TcpStream, held: &BytesMut, refusal: &Refusal) {
    let alert = if matches!(refusal, Refusal::NoServerName) { UNRECOGNIZED_NAME } else { ACCESS_DENIED };
    let say = async {
        if held.first() == Some(&0x16) {
            stream.write_all(&alert).await?;
        }
        stream.shutdown().await
    };
    let _ = timeout(FAREWELL, say).await;
}
