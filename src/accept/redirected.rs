//! Connections that netfilter redirected here: where they were going, and whether they are our own.

use std::{
    collections::HashSet,
    net::SocketAddr,
    os::fd::AsFd,
    sync::{Arc, Mutex, PoisonError},
};

use rustix::net::sockopt::{ip_original_dst, ipv6_original_dst};

use super::{Refusal, canonical_address};

/// Where a redirected connection was going before netfilter's REDIRECT changed it (`SO_ORIGINAL_DST`, netfilter's
/// `linux/netfilter_ipv4.h`).
///
/// # Errors
/// [`Refusal::NotRedirected`] where the kernel knows of no redirect, or where the connection was going to this very
/// listener: what was not redirected has no business here, and where it would go on to is here again.
pub fn original_destination(stream: impl AsFd, listener: SocketAddr) -> Result<SocketAddr, Refusal> {
    let v4 = || ip_original_dst(&stream).map(SocketAddr::V4);
    let v6 = || ipv6_original_dst(&stream).map(SocketAddr::V6);
    // A socket of IPv6 may carry a connection of IPv4, of which only the options of IPv4 know.
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

/// The local ends of the connections that tunnels have open: one that comes back by a redirect is known by it.
#[derive(Clone, Debug, Default)]
pub struct OwnConnections(Arc<Mutex<HashSet<SocketAddr>>>);

/// A connection of ours; forgotten when this is dropped.
#[derive(Debug)]
pub struct OwnConnection {
    local: Option<SocketAddr>,
    all: OwnConnections,
}

impl OwnConnections {
    /// Notes a connection that was made from here.
    pub(super) fn note(&self, local: Option<SocketAddr>) -> OwnConnection {
        let local = local.map(canonical);
        if let Some(local) = local {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(local);
        }
        OwnConnection { local, all: self.clone() }
    }

    /// Whether a connection from there is one that was made here. A client's bytes are sent after its connection is noted:
    /// whoever has read some of them finds it.
    #[must_use]
    pub fn contains(&self, source: SocketAddr) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&canonical(source))
    }
}

impl Drop for OwnConnection {
    fn drop(&mut self) {
        if let Some(local) = self.local {
            self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&local);
        }
    }
}
