//! Searches the kernel's table of all sockets for one socket.
//!
//! Source: proc_pid_net(5), `/proc/net/tcp`: local and remote address, state, uid and inode of every TCP socket.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use super::canonical;

/// The state of an established connection in those files.
const ESTABLISHED: &str = "01";

/// The user who owns the socket that a connection comes from, if it is in the table.
pub(super) fn owner_of(client: SocketAddr, server: SocketAddr) -> Option<u32> {
    let same = |found: SocketAddr, wanted: SocketAddr| canonical(found) == canonical(wanted);
    ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().find_map(|table| {
        let lines = BufReader::new(File::open(table).ok()?).lines();
        lines.map_while(Result::ok).skip(1).find_map(|line| {
            let socket = Socket::read(&line)?;
            (same(socket.local, client) && same(socket.remote, server) && socket.is_held()).then_some(socket.uid)
        })
    })
}

/// One line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Socket {
    local: SocketAddr,
    remote: SocketAddr,
    established: bool,
    uid: u32,
    inode: u64,
}

impl Socket {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, remote, state) = (address(words.next()?)?, address(words.next()?)?, words.next()?);
        // Queues, timer and retransmissions are in between.
        let mut words = words.skip(3);
        let uid = words.next()?.parse().ok()?;
        let inode = words.nth(1)?.parse().ok()?;
        Some(Self { local, remote, established: state == ESTABLISHED, uid, inode })
    }

    /// Whether a process holds the socket: one that no process holds any more appears as root's, with inode 0.
    fn is_held(&self) -> bool {
        self.established && self.inode != 0
    }
}

/// `0100007F:0CEA`: the address in words of this machine's byte order, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(words.concat()).ok()?))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_is_read() {
        let line =
            "   0: 0100007F:0CEA 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0";
        let expected = Socket {
            local: "127.0.0.1:3306".parse().unwrap(),
            remote: "127.0.0.1:8080".parse().unwrap(),
            established: true,
            uid: 1000,
            inode: 4242,
        };
        if cfg!(target_endian = "little") {
            assert_eq!(Socket::read(line), Some(expected));
        }
        assert_eq!(Socket::read("sl local_address rem_address"), None);
    }
}
