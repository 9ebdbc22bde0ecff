//! Connections to STS whose answers are observed: all bytes are passed on, and the credentials in the answers are
//! read on the way. Nothing for STS is refused here.

mod relay;

use std::{io, sync::Arc};

use bytes::BytesMut;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use super::{Worker, callers::Client, connection::note_handshake};
use crate::{
    accept::{Authority, Dialled, Host, connect, tunnel::Traffic},
    aws::StsHost,
    identify::Directory,
    intercept::Prefixed,
    record::{Decision, Trail},
};
use relay::Relay;

/// Learns principals from answers of STS.
#[derive(Debug)]
pub(super) struct Observer {
    directory: Arc<Directory>,
    tls: Arc<ClientConfig>,
}

impl Observer {
    /// Creates an observer that trusts Mozilla's roots and these.
    pub(super) fn new(
        directory: Arc<Directory>,
        provider: Arc<CryptoProvider>,
        extra_roots: &[CertificateDer<'static>],
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in extra_roots {
            roots.add(root.clone())?;
        }
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { directory, tls: Arc::new(tls) })
    }
}

impl Worker {
    /// The host of a tunnel, if it is STS and its answers are observed.
    pub(super) fn observed_host(&self, target: &Authority) -> Option<StsHost> {
        self.shared.observer.as_ref()?;
        match &target.host {
            Host::Name(name) if target.port == 443 => StsHost::recognise(name),
            Host::Name(_) | Host::Address(_) => None,
        }
    }

    /// Relays between a client and STS until either closes. `announce` is set if the client waits for the answer to
    /// a CONNECT.
    pub(super) async fn observe(
        &self,
        stream: &mut TcpStream,
        client: &Client,
        (early, announce): (BytesMut, bool),
        (host, server): (&StsHost, Dialled),
        trail: &mut Trail,
    ) {
        let Some(observer) = &self.shared.observer else { return };
        trail.detail = Some(format!("{server}, observed"));
        let Dialled { stream: upstream, .. } = server;
        let connected = async {
            let name = ServerName::try_from(host.name().to_owned()).map_err(io::Error::other)?;
            TlsConnector::from(Arc::clone(&observer.tls)).connect(name, upstream).await
        };
        let upstream = match timeout(self.shared.router.tunnel().connect, connected).await {
            Ok(Ok(upstream)) => upstream,
            Ok(Err(error)) => return failed(trail, &error.to_string()),
            Err(_) => return failed(trail, "no TLS in time"),
        };
        if announce && connect::accept(stream).await.is_err() {
            return;
        }
        let mut tls = match self.shared.terminator.accept_for(Prefixed::new(early, stream), host.name()).await {
            Ok(tls) => tls,
            Err(error) => return note_handshake(&error, trail),
        };
        (trail.decision, trail.reason) = (Decision::Allow, "allowed");
        let reader = self.shared.reader.for_client(client.workload.clone());
        let relay = Relay {
            host,
            workload: client.workload.as_deref(),
            directory: &observer.directory,
            drain: &self.shared.drain,
            in_flight: self.guard.in_flight(),
            request_id: trail.request_id.clone(),
            silence: reader.idle(),
        };
        let (mut upstream, mut traffic) = (upstream, Traffic::default());
        if let Err(error) = relay.run(&mut tls, &mut upstream, reader, &mut traffic).await {
            tracing::debug!(%error, "a connection to STS ended early");
        }
        (trail.bytes_in, trail.bytes_out) = (traffic.bytes_in, traffic.bytes_out);
    }
}

fn failed(trail: &mut Trail, why: &str) {
    (trail.decision, trail.reason) = (Decision::Deny, "connect_failed");
    trail.detail = Some(format!("STS cannot be reached: {why}"));
}
