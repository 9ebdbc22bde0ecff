//! Whose a connection is, before it has said anything.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::accept::{canonical_address, owner_at_once};

/// Clients that share what one of them may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The processes of a user of this host.
    User(u32),
    /// Those at an address; of IPv6 at a network of 64 bits, which one host may have for itself.
    Address(IpAddr),
}

impl Client {
    /// The client of a connection. Addresses of this host are anybody's, so there the kernel is asked whose socket it is.
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
