//! IP addresses in every spelling, and the addresses to which a proxy never connects on behalf of others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// The class of an address, for the tunnel policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// Link-local, or where AWS serves credentials and metadata: 169.254.0.0/16, fe80::/10, fd00:ec2::/32.
    Metadata,
    /// Loopback, unspecified, and the rest of 0.0.0.0/8.
    Loopback,
    /// Private to a network: RFC 1918, 100.64.0.0/10 (RFC 6598), fc00::/7 (RFC 4193).
    Private,
    /// Any other address.
    Public,
}

impl AddressClass {
    /// Returns the class of an address. Call [`canonical_address`] first.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match canonical_address(address) {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [a, b, ..] = address.octets();
        if address.is_link_local() {
            Self::Metadata
        } else if address.is_loopback() || a == 0 {
            Self::Loopback
        } else if address.is_private() || (a == 100 && (64..128).contains(&b)) {
            Self::Private
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        let [a, b, ..] = address.segments();
        if a & 0xffc0 == 0xfe80 || (a == 0xfd00 && b == 0x0ec2) {
            Self::Metadata
        } else if address.is_loopback() || address.is_unspecified() {
            Self::Loopback
        } else if a & 0xfe00 == 0xfc00 {
            Self::Private
        } else {
            Self::Public
        }
    }
}

/// Returns the address that an address represents: an IPv4 address embedded in IPv6 (mapped, compatible, NAT64 by
/// its well-known prefix of RFC 6052 or the local one of RFC 8215, SIIT, 6to4, Teredo) becomes the IPv4 address
/// that the packet finally reaches.
#[must_use]
pub fn canonical_address(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x64, 0xff9b, 1, .., high, low] => v4(high, low),
        // Teredo obscures the client's address by inverting its bits.
        [0x2001, 0, .., high, low] => v4(!high, !low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => address,
    }
}

/// Every address that a packet to this one may reach. There is only one, except for the prefix of RFC 8215: a
/// network may translate with any prefix of RFC 6052, 2.2 in `64:ff9b:1::/48`, and its length is not visible. The
/// address counts as all of its possible readings.
pub(super) fn readings(address: IpAddr) -> Vec<IpAddr> {
    let possible = match address {
        IpAddr::V6(v6) if matches!(v6.segments(), [0x64, 0xff9b, 1, ..]) => {
            let [_, _, _, _, _, _, a, b, _, c, d, e, f, g, h, i] = v6.octets();
            vec![[f, g, h, i], [a, b, c, d], [b, c, d, e], [c, d, e, f]]
        }
        IpAddr::V6(_) | IpAddr::V4(_) => Vec::new(),
    };
    // No packet reaches 0.0.0.0/8 (RFC 1122, 3.2.1.3): such a reading only shows the zeros of a longer prefix or of
    // a suffix.
    let possible = possible.into_iter().filter(|[first, ..]| *first != 0);
    let readings: Vec<IpAddr> = possible.map(|octets| IpAddr::V4(octets.into())).collect();
    if readings.is_empty() { vec![canonical_address(address)] } else { readings }
}

/// Parses an IPv4 address as the C library's `inet_aton` does: one to four parts, each decimal, octal or
/// hexadecimal, the last one filling the remaining bytes. `None` if the text is not meant as an address;
/// `Some(None)` if it is meant as one but is invalid.
#[must_use]
pub(super) fn parse_v4(text: &str) -> Option<Option<Ipv4Addr>> {
    let parts: Vec<&str> = text.split('.').collect();
    let last = parts.last()?;
    // A name whose last label is a number cannot be a host name (WHATWG URL, "ends in a number").
    let numeric = |part: &str| {
        !part.is_empty()
            && (part.bytes().all(|b| b.is_ascii_digit())
                || part
                    .strip_prefix("0x")
                    .or_else(|| part.strip_prefix("0X"))
                    .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())))
    };
    numeric(last).then(|| read_parts(&parts))
}

fn read_parts(parts: &[&str]) -> Option<Ipv4Addr> {
    let numbers: Vec<u64> = parts.iter().map(|part| number(part)).collect::<Option<_>>()?;
    let (last, leading) = numbers.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    let room = 32 - 8 * leading.len();
    if *last >= 1u64 << room {
        return None;
    }
    let high = leading.iter().enumerate().fold(0u64, |sum, (i, part)| sum | part << (24 - 8 * i));
    u32::try_from(high | last).ok().map(Ipv4Addr::from)
}

fn number(part: &str) -> Option<u64> {
    let (digits, radix) = match part.as_bytes() {
        [] => return None,
        [b'0', b'x' | b'X', ..] => (part.get(2..)?, 16),
        [b'0', _, ..] => (part.get(1..)?, 8),
        _ => (part, 10),
    };
    // `0x` alone is zero for `inet_aton`.
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, radix).ok() }
}

/// Returns whether an address belongs to an interface of this host: only then can a socket be bound to it. If this
/// cannot be determined, for example without free file descriptors, the address counts as the host's own.
#[must_use]
pub fn is_own_address(address: IpAddr) -> bool {
    use rustix::io::Errno;
    match UdpSocket::bind((address, 0)) {
        Ok(_) => true,
        // Not an address of this host, or the host has no addresses of that family.
        Err(error) => {
            let not_here = [Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT].map(Errno::raw_os_error);
            !error.raw_os_error().is_some_and(|code| not_here.contains(&code))
        }
    }
}
