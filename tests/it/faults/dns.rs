//! A small DNS server with scripted faults.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpListener, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, socket_with, sockopt::set_socket_reuseaddr};

/// The answer for a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Says {
    /// These addresses, for this many seconds.
    Addresses(Vec<IpAddr>, u32),
    /// There is no such name.
    #[default]
    NoName,
    /// The name exists, without an address.
    NoAddress,
    /// A response code: 2 is SERVFAIL, 5 REFUSED.
    Code(u8),
    /// No answer at all.
    Silence,
    /// Bytes that are not a DNS message.
    Garbage,
    /// Over UDP: truncated, so that the client retries by TCP.
    Truncated(Vec<IpAddr>, u32),
    /// An answer for one family, silence for the other.
    SilentForV6(Vec<IpAddr>, u32),
    /// Only an answer with an id that does not match the query.
    WrongId(Vec<IpAddr>, u32),
    /// Every other query fails.
    Flaps(Vec<IpAddr>, u32),
    /// An alias of this name.
    Alias(String, u32),
}

#[derive(Debug, Default)]
struct State {
    names: Mutex<BTreeMap<String, Says>>,
    /// Queries for names that flap.
    asked: AtomicU64,
}

/// A running server.
#[derive(Clone, Debug)]
pub(crate) struct DnsServer(Arc<State>);

/// A UDP socket that shares its port with those on other addresses.
pub(crate) fn udp(address: SocketAddr) -> UdpSocket {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let made = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, None).unwrap();
    set_socket_reuseaddr(&made, true).unwrap();
    bind(&made, &address).unwrap();
    made.into()
}

impl DnsServer {
    pub(crate) fn start(address: impl Into<IpAddr>) -> Self {
        let server = Self(Arc::default());
        let address = SocketAddr::new(address.into(), 53);
        let (over_udp, socket) = (server.clone(), udp(address));
        thread::spawn(move || {
            let mut space = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut space) {
                if let Some(answer) = over_udp.answer(&space[..length], false) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        let (over_tcp, listener) = (server.clone(), TcpListener::bind(address).unwrap());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                if stream.read_exact(&mut question).is_ok()
                    && let Some(answer) = over_tcp.answer(&question, true)
                {
                    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                    let _ = stream.write_all(&[&length[..], &answer].concat());
                }
            }
        });
        server
    }

    pub(crate) fn set(&self, name: &str, says: Says) {
        self.0.names.lock().unwrap().insert(name.to_owned(), says);
    }

    fn answer(&self, question: &[u8], tcp: bool) -> Option<Vec<u8>> {
        let (name, kind, end) = read_question(question)?;
        let says = self.0.names.lock().unwrap().get(&name).cloned().unwrap_or_default();
        // The proxy also queries other names of the API, which do not belong to a test.
        let counts = u64::from(matches!(says, Says::Flaps(..)));
        let asked = self.0.asked.fetch_add(counts, Ordering::Relaxed);
        let message = Message { question: &question[..end], kind };
        match says {
            Says::Addresses(addresses, ttl) => Some(message.addresses(&addresses, ttl)),
            Says::NoName => Some(message.code(3)),
            Says::NoAddress => Some(message.code(0)),
            Says::Code(code) => Some(message.code(code)),
            Says::Silence => None,
            Says::Garbage => Some(question[..2].iter().chain(&[0xff; 40]).copied().collect()),
            Says::Truncated(addresses, ttl) if tcp => Some(message.addresses(&addresses, ttl)),
            Says::Truncated(..) => Some(message.truncated()),
            Says::SilentForV6(..) if kind == 28 => None,
            Says::SilentForV6(addresses, ttl) => Some(message.addresses(&addresses, ttl)),
            Says::WrongId(addresses, ttl) => {
                let mut answer = message.addresses(&addresses, ttl);
                answer[0] ^= 0xff;
                Some(answer)
            }
            // Both families of one lookup get the same.
            Says::Flaps(addresses, ttl) => match asked / 2 % 2 {
                0 => Some(message.addresses(&addresses, ttl)),
                _ => Some(message.code(2)),
            },
            Says::Alias(to, ttl) => {
                let target = self.0.names.lock().unwrap().get(&to).cloned();
                match target {
                    Some(Says::Addresses(addresses, _)) => Some(message.alias(&to, &addresses, ttl)),
                    _ => Some(message.code(3)),
                }
            }
        }
    }
}

/// Name, type and end of the only question.
fn read_question(message: &[u8]) -> Option<(String, u16, usize)> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(std::str::from_utf8(message.get(at..at + length)?).ok()?.to_ascii_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]);
    Some((labels.join("."), kind, at + 4))
}

struct Message<'a> {
    question: &'a [u8],
    kind: u16,
}

impl Message<'_> {
    fn code(&self, code: u8) -> Vec<u8> {
        self.with(0, code, &[], 0)
    }

    fn truncated(&self) -> Vec<u8> {
        self.with(2, 0, &[], 0)
    }

    fn addresses(&self, addresses: &[IpAddr], ttl: u32) -> Vec<u8> {
        let (records, count) = self.records(&[0xc0, 12], addresses, ttl);
        self.with(0, 0, &records, count)
    }

    fn alias(&self, to: &str, addresses: &[IpAddr], ttl: u32) -> Vec<u8> {
        let mut target = Vec::new();
        for label in to.split('.') {
            target.push(u8::try_from(label.len()).unwrap());
            target.extend_from_slice(label.as_bytes());
        }
        target.push(0);
        let mut records = record(&[0xc0, 12], 5, ttl, &target);
        let (more, count) = self.records(&target, addresses, 3600);
        records.extend_from_slice(&more);
        self.with(0, 0, &records, count + 1)
    }

    /// The records of the requested family.
    fn records(&self, owner: &[u8], addresses: &[IpAddr], ttl: u32) -> (Vec<u8>, u16) {
        let mut records = Vec::new();
        let mut count = 0;
        for address in addresses {
            let data = match (address, self.kind) {
                (IpAddr::V4(v4), 1) => v4.octets().to_vec(),
                (IpAddr::V6(v6), 28) => v6.octets().to_vec(),
                _ => continue,
            };
            records.extend_from_slice(&record(owner, self.kind, ttl, &data));
            count += 1;
        }
        (records, count)
    }

    fn with(&self, flags: u8, code: u8, records: &[u8], count: u16) -> Vec<u8> {
        let mut message = self.question[..2].to_vec();
        message.extend_from_slice(&[0x81 | flags, 0x80 | code, 0, 1]);
        message.extend_from_slice(&count.to_be_bytes());
        message.extend_from_slice(&[0, 0, 0, 0]);
        message.extend_from_slice(&self.question[12..]);
        message.extend_from_slice(records);
        message
    }
}

fn record(owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [owner, &kind.to_be_bytes(), &[0, 1], &ttl.to_be_bytes(), &length, data].concat()
}
