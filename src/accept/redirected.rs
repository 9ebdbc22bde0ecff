//! Connections that netfilter redirected here: where they were going, and whether they are our own.

use std::{
    collections::HashSet,
    net::SocketAddr,
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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

/// The connections that tunnels have open, by both their ends: one that comes back by a redirect is known by them. One end
/// alone would not do, since the kernel gives the same port to connections to different hosts.
#[derive(Clone, Debug, Default)]
pub struct OwnConnections(Arc<Mutex<HashSet<Ends>>>);

/// Where a connection comes from, and where it was meant to go.
type Ends = (SocketAddr, SocketAddr);

/// A connection of ours; forgotten when this is dropped.
#[derive(Debug)]
pub struct OwnConnection {
    ends: Option<Ends>,
    all: OwnConnections,
}

impl OwnConnections {
    /// Notes a connection that was made from here.
    pub(super) fn note(&self, local: Option<SocketAddr>, remote: SocketAddr) -> OwnConnection {
        let ends = local.map(|local| (canonical(local), canonical(remote)));
        self.all().extend(ends);
        OwnConnection { ends, all: self.clone() }
    }

    /// Whether a connection is one that was made here. A client's bytes are sent after its connection is noted: whoever
    /// has read some of them finds it.
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
