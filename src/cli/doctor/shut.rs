//! Detects that the way around the proxy is closed for this user: a connection to the endpoint meets a refusal or
//! the proxy. That is as it should be, but hides from this user whether the endpoint works.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream, pki_types::ServerName};

use super::{endpoints::Asker, finding::Finding, trust::Authority};
use crate::forward::{Reach, Sight};

/// Time limit for the proxy to accept a connection, and to show its certificate.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a connection to an address meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    /// A refusal, as the firewall rules send.
    Refusal,
    /// The proxy, because the network redirects there.
    Proxy,
}

/// Removes from these results the addresses where this user meets a refusal or the proxy, and reports the names
/// that have no other addresses. Only the proxy's user should meet anything else.
pub(super) fn leave_out(sights: &mut Vec<Sight>, asker: Asker, authority: Option<&Authority>) -> Option<Finding> {
    let proxy = asker.proxy.filter(|proxy| *proxy != asker.uid)?;
    let trust = authority.and_then(|authority| trusting(authority).ok());
    let mut shut: Vec<(String, Met)> = Vec::new();
    sights.retain_mut(|sight| {
        let Ok(addresses) = &mut sight.addresses else { return true };
        let mut met = None;
        addresses.retain(|(address, reach)| {
            let here = meets(*address, &sight.name, reach, trust.as_ref());
            met = met.or(here);
            here.is_none()
        });
        match met {
            Some(met) if addresses.is_empty() => {
                shut.push((sight.name.clone(), met));
                false
            }
            Some(_) | None => true,
        }
    });
    let (_, met) = shut.first()?;
    let names: Vec<&str> = shut.iter().map(|(name, _)| name.as_str()).collect();
    let how = match met {
        Met::Refusal => "is refused, as the firewall's rules refuse everybody but the proxy's user",
        Met::Proxy => "comes to the proxy itself, as everybody does but the proxy's user",
    };
    Some(Finding::note(
        "way-around-shut",
        format!("user {} cannot reach {} without the proxy: it {how} {proxy}", asker.uid, names.join(", ")),
        "nothing; `rds-guard doctor --sidecar` in the proxy's container sees whether the proxy reaches the endpoint",
    ))
}

fn meets(address: SocketAddr, name: &str, reach: &Reach, trust: Option<&Arc<ClientConfig>>) -> Option<Met> {
    match reach {
        Reach::NoConnection { is_refused: true, .. } => Some(Met::Refusal),
        Reach::NoTls(_) if trust.is_some_and(|trust| is_proxy(address, name, trust).is_ok()) => Some(Met::Proxy),
        Reach::NoConnection { is_refused: false, .. } | Reach::NoTls(_) | Reach::Answers { .. } => None,
    }
}

/// A TLS client configuration that trusts only the proxy's authority.
fn trusting(authority: &Authority) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in authority.roots() {
        roots.add(root.clone())?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// Checks that the proxy answers at this address, with a certificate of its authority.
fn is_proxy(address: SocketAddr, name: &str, trust: &Arc<ClientConfig>) -> io::Result<()> {
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let mut session = ClientConnection::new(Arc::clone(trust), name).map_err(io::Error::other)?;
    while session.is_handshaking() {
        session.complete_io(&mut socket)?;
    }
    session.send_close_notify();
    Stream::new(&mut session, &mut socket).flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Reach {
        Reach::NoConnection { why: "connection refused".into(), is_refused: true }
    }

    fn sight(addresses: Vec<(&str, Reach)>) -> Sight {
        let addresses = addresses.into_iter().map(|(address, reach)| (address.parse().unwrap(), reach)).collect();
        Sight { name: "vpce-1.example".into(), region: "eu-west-1".parse().unwrap(), addresses: Ok(addresses) }
    }

    #[test]
    fn a_refusal_means_a_shut_way_to_another_user_and_a_closed_port_to_the_proxys() {
        for (uid, proxy, left) in [(1000, Some(65532), 0), (65532, Some(65532), 1), (1000, None, 1)] {
            let mut sights = vec![sight(vec![("10.0.0.1:443", refused()), ("10.0.0.2:443", refused())])];
            let found = leave_out(&mut sights, Asker { uid, proxy, broker: false }, None);
            assert_eq!((sights.len(), found.is_some()), (left, left == 0), "{uid} {proxy:?}");
        }
    }

    #[test]
    fn a_way_that_is_open_at_one_address_is_not_shut() {
        let answers = Reach::Answers { date: None };
        let silent = Reach::NoConnection { why: "no connection within 3 s".into(), is_refused: false };
        for open in [answers, silent, Reach::NoTls("UnknownIssuer".into())] {
            let mut sights = vec![sight(vec![("10.0.0.1:443", refused()), ("10.0.0.2:443", open)])];
            assert_eq!(leave_out(&mut sights, Asker { uid: 1000, proxy: Some(65532), broker: false }, None), None);
            assert_eq!(sights[0].addresses.as_ref().map(Vec::len), Ok(1));
        }
    }
}
