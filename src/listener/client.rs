//! Identifies the client of a connection before it has sent anything.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::accept::{canonical_address, owner_at_once};

/// A group of clients that share one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The processes of a user of this host.
    User(u32),
    /// The clients at an IPv4 address, or in an IPv6 network of 64 bits, which may all belong to one host.
    Address(IpAddr),
}

impl Client {
    /// The client of a connection. Addresses of this host are shared by all its users, so the kernel is queried for
    /// the owner of the socket.
    pub(crate) fn of(client: SocketAddr, server: SocketAddr) -> Self {
        let (address, own) = (canonical_address(client.ip()), canonical_address(server.ip()));
        let user = if address.is_loopback() || address == own { owner_at_once(client, server) } else { None };
        match (user, address) {
            (Some(user), _) => Self::User(user),
            (None, IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Address(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            (None, IpAddr::V4(_)) => Self::Address(address),
        }
    }
}
