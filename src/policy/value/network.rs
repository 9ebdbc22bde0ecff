//! Address ranges in CIDR notation (RFC 4632, RFC 4291).

use std::net::IpAddr;

/// An IPv4 or IPv6 range. An IPv4 address is never in an IPv6 range, or vice versa.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    V4 { bits: u32, mask: u32 },
    V6 { bits: u128, mask: u128 },
}

impl Network {
    /// Parses `ADDRESS/LENGTH`, or an address alone, which is a range of one. Bits after the prefix are ignored ("IAM
    /// JSON policy elements: Condition operators", IP address).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let length = |most: u32| match length {
            None => Some(most),
            Some(text) => {
                let plain = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                text.parse().ok().filter(|length| plain && *length <= most)
            }
        };
        Some(match address.parse().ok()? {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - length(32)?).unwrap_or(0);
                Self::V4 { bits: address.to_bits() & mask, mask }
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - length(128)?).unwrap_or(0);
                Self::V6 { bits: address.to_bits() & mask, mask }
            }
        })
    }

    /// Whether the address is in the range.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4 { bits, mask }, IpAddr::V4(address)) => address.to_bits() & mask == *bits,
            (Self::V6 { bits, mask }, IpAddr::V6(address)) => address.to_bits() & mask == *bits,
            (Self::V4 { .. }, IpAddr::V6(_)) | (Self::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }
}
