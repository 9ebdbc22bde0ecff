//! Connections that netfilter redirected to this proxy: their original destination, and whether the proxy itself
//! made them.

use std::{
    collections::HashSet,
    net::SocketAddr,
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::net::sockopt::{ip_original_dst, ipv6_original_dst};

use super::{Refusal, canonical_address};

/// The destination of a redirected connection before netfilter's REDIRECT changed it (`SO_ORIGINAL_DST`,
/// netfilter's `linux/netfilter_ipv4.h`).
///
/// # Errors
/// [`Refusal::NotRedirected`] if the kernel knows of no redirect, or if the original destination is this listener
/// itself: such a connection was not redirected, and forwarding it would lead back to this listener.
pub fn original_destination(stream: impl AsFd, listener: SocketAddr) -> Result<SocketAddr, Refusal> {
    let v4 = || ip_original_dst(&stream).map(SocketAddr::V4);
    let v6 = || ipv6_original_dst(&stream).map(SocketAddr::V6);
    // An IPv6 socket may carry an IPv4 connection, which only the IPv4 socket options know about.
    let original = match canonical(listener) {
        SocketAddr::V4(_) => v4().or_else(|_| v6()),
        SocketAddr::V6(_) => v6(),
    };
    let original = original.map(canonical).map_err(|_| Refusal::NotRedirected)?;
    if original == canonical(listener) || original.port() == 0 {
        return Err(Refusal::NotRedirected);
    }
    Ok(original)
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(canonical_address(address.ip()), address.port())
}

/// The open connections of tunnels, each identified by both its ends, so that one that is redirected back here is
/// recognised. One end alone would not identify a connection: the kernel may use the same local port for
/// connections to different hosts.
#[derive(Clone, Debug, Default)]
pub struct OwnConnections(Arc<Mutex<HashSet<Ends>>>);

/// The source and the original destination of a connection.
type Ends = (SocketAddr, SocketAddr);

/// A connection that the proxy made; its entry is removed when this is dropped.
#[derive(Debug)]
pub struct OwnConnection {
    ends: Option<Ends>,
    all: OwnConnections,
}

impl OwnConnections {
    /// Registers a connection that the proxy made.
    pub(super) fn note(&self, local: Option<SocketAddr>, remote: SocketAddr) -> OwnConnection {
        let ends = local.map(|local| (canonical(local), canonical(remote)));
        self.all().extend(ends);
        OwnConnection { ends, all: self.clone() }
    }

    /// Returns whether the proxy itself made this connection. A connection is registered before any of the client's
    /// bytes are sent on it, so a caller that has read some of them finds its entry.
    #[must_use]
    pub fn contains(&self, source: SocketAddr, original: SocketAddr) -> bool {
        self.all().contains(&(canonical(source), canonical(original)))
    }

    fn all(&self) -> MutexGuard<'_, HashSet<Ends>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OwnConnection {
    fn drop(&mut self) {
        if let Some(ends) = self.ends {
            self.all.all().remove(&ends);
        }
    }
}
