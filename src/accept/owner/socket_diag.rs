//! Looks up one socket in the kernel by its addresses and ports, independent of how many other sockets there are.
//!
//! Source: sock_diag(7), `linux/netlink.h`, `linux/inet_diag.h`: a request of `SOCK_DIAG_BY_FAMILY` with an exact
//! `inet_diag_sockid` is answered with the one socket, or with an error. Numbers in the message are in this
//! machine's byte order, addresses and ports in network byte order.

use std::net::{IpAddr, SocketAddr};

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};

use super::canonical;

/// The type of the request and of its answer, `SOCK_DIAG_BY_FAMILY`.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`.
const REQUEST: u16 = 1;
/// `IPPROTO_TCP`.
const TCP: u8 = 6;
/// `TCP_ESTABLISHED`.
const ESTABLISHED: u8 = 1;
/// `INET_DIAG_NOCOOKIE`: matches any socket cookie.
const NO_COOKIE: [u8; 8] = [0xff; 8];

/// The lengths of `nlmsghdr`, and of the `inet_diag_req_v2` that follows it.
const LENGTHS: (u32, u32) = (16, 56);

/// The user who owns the socket that a connection comes from; `None` if the kernel does not know it or does not
/// support this request.
pub(super) fn owner_of(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let (client, server) = (canonical(client), canonical(server));
    let socket =
        socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG)).ok()?;
    // A message without an address goes to the kernel, which has answered when the call returns.
    send(&socket, &request(client, server)?, SendFlags::empty()).ok()?;
    let mut answer = [0u8; 512];
    let (_, length) = recv(&socket, &mut answer, RecvFlags::DONTWAIT).ok()?;
    Found::read(answer.get(..length)?)?.owner(client, server)
}

fn request(client: (IpAddr, u16), server: (IpAddr, u16)) -> Option<Vec<u8>> {
    let family = match (client.0, server.0) {
        (IpAddr::V4(_), IpAddr::V4(_)) => AddressFamily::INET,
        (IpAddr::V6(_), IpAddr::V6(_)) => AddressFamily::INET6,
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return None,
    };
    let mut message = Vec::new();
    message.extend((LENGTHS.0 + LENGTHS.1).to_ne_bytes());
    message.extend(BY_FAMILY.to_ne_bytes());
    message.extend(REQUEST.to_ne_bytes());
    // Sequence number and sender.
    message.extend([0; 8]);
    // No extensions, only the socket itself, in that state.
    message.extend([u8::try_from(family.as_raw()).ok()?, TCP, 0, 0]);
    message.extend((1u32 << ESTABLISHED).to_ne_bytes());
    message.extend(client.1.to_be_bytes());
    message.extend(server.1.to_be_bytes());
    message.extend(written(client.0));
    message.extend(written(server.0));
    message.extend([0; 4]);
    message.extend(NO_COOKIE);
    Some(message)
}

/// An address in the sixteen bytes of its field.
fn written(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// The kernel's description of a socket, `inet_diag_msg`.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    state: u8,
    ports: (u16, u16),
    addresses: ([u8; 16], [u8; 16]),
    uid: u32,
    inode: u32,
}

impl Found {
    /// Parses the answer; `None` for an error, or anything else that is not one socket.
    fn read(answer: &[u8]) -> Option<Self> {
        if u16::from_ne_bytes(bytes(answer, 4)?) != BY_FAMILY {
            return None;
        }
        let message = answer.get(16..)?;
        Some(Self {
            state: *message.get(1)?,
            ports: (u16::from_be_bytes(bytes(message, 4)?), u16::from_be_bytes(bytes(message, 6)?)),
            addresses: (bytes(message, 8)?, bytes(message, 24)?),
            uid: u32::from_ne_bytes(bytes(message, 64)?),
            inode: u32::from_ne_bytes(bytes(message, 68)?),
        })
    }

    /// The socket's user, if it is exactly the requested socket and a process holds it. If there is no such socket,
    /// the kernel may answer with a listening socket; a socket that no process holds any more appears as root's,
    /// with inode 0.
    fn owner(&self, client: (IpAddr, u16), server: (IpAddr, u16)) -> Option<u32> {
        let mapped = |address: IpAddr| match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        };
        let same = |found: [u8; 16], wanted: IpAddr| found == written(wanted) || found == mapped(wanted);
        let exact =
            self.ports == (client.1, server.1) && same(self.addresses.0, client.0) && same(self.addresses.1, server.0);
        (exact && self.state == ESTABLISHED && self.inode != 0).then_some(self.uid)
    }
}

fn bytes<const N: usize>(message: &[u8], at: usize) -> Option<[u8; N]> {
    message.get(at..at + N)?.try_into().ok()
}
