//! The owner of the socket at the other end of a connection on this host, looked up in the kernel for that one
//! socket.

mod socket_diag;
mod table;

use std::net::{IpAddr, SocketAddr};

use super::canonical_address;

/// The user who owns the socket that a connection comes from; `None` if the kernel does not show that socket (it
/// belongs to another host or network namespace, or is already closed).
#[must_use]
pub fn owner_of(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    // One lookup in the kernel's own table. If the kernel does not have that interface, or a sandbox blocks it, the
    // table is read line by line, which takes longer the more sockets there are.
    socket_diag::owner_of(client, server).or_else(|| table::owner_of(client, server))
}

/// Like [`owner_of`], by the single lookup only: `None` also if the kernel does not have that interface. The cost
/// does not depend on the number of sockets, so it can be called for every connection.
#[must_use]
pub fn owner_at_once(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    socket_diag::owner_of(client, server)
}

/// The same result for an IPv4 address and for that address mapped into IPv6.
fn canonical(address: SocketAddr) -> (IpAddr, u16) {
    (canonical_address(address.ip()), address.port())
}

#[cfg(test)]
mod tests {
    use std::{
        net::{TcpListener, TcpStream},
        time::Instant,
    };

    use super::*;

    fn both(client: SocketAddr, server: SocketAddr) -> [Option<u32>; 2] {
        [socket_diag::owner_of(client, server), table::owner_of(client, server)]
    }

    #[test]
    fn the_owner_of_a_connection_of_this_process_is_its_user() {
        for (bound, dialled) in [("127.0.0.1:0", None), ("[::1]:0", None), ("[::]:0", Some("127.0.0.1"))] {
            let Ok(listener) = TcpListener::bind(bound) else { continue };
            let mut address = listener.local_addr().unwrap();
            if let Some(dialled) = dialled {
                address.set_ip(dialled.parse().unwrap());
            }
            let client = TcpStream::connect(address).unwrap();
            let (server, peer) = listener.accept().unwrap();
            let here = server.local_addr().unwrap();
            let own = Some(rustix::process::getuid().as_raw());
            assert_eq!(both(peer, here), [own; 2], "{bound}");
            assert_eq!(owner_of(peer, here), own);
            // A connection that does not exist has no owner, and the listening socket does not count.
            let elsewhere = SocketAddr::new(peer.ip(), 1);
            assert_eq!((both(peer, elsewhere), both(here, elsewhere)), ([None; 2], [None; 2]), "{bound}");
            drop(client);
            assert_eq!(both(peer, here), [None; 2], "it is gone");
        }
    }

    /// Prints how long both take among so many connections: `RDS_GUARD_TEST_SOCKETS=10000 cargo test --lib owner --
    /// --nocapture`.
    #[test]
    fn beside_many_sockets_the_one_is_found() {
        let many = std::env::var("RDS_GUARD_TEST_SOCKETS").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let pair = |_| (TcpStream::connect(here).unwrap(), listener.accept().unwrap());
        let pairs: Vec<_> = (0..many / 2).map(pair).collect();
        let (_, (_, peer)) = pairs.last().unwrap();
        let times = [socket_diag::owner_of, table::owner_of].map(|owner_of| {
            let began = Instant::now();
            assert!(owner_of(*peer, here).is_some());
            began.elapsed()
        });
        println!("{many} sockets: {:?} by sock_diag, {:?} by the table", times[0], times[1]);
    }
}
