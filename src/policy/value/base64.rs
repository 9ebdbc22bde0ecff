//! Base64 (RFC 4648, section 4), compared without decoding or allocating.

use crate::aws::base64::six_bits;

/// A view of a text that was checked to be base64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binary<'t> {
    symbols: &'t [u8],
}

impl<'t> Binary<'t> {
    /// Checks padded base64 of the standard alphabet; unused bits must be zero.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let symbols = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text).as_bytes();
        let unused_bits = match (symbols.len() % 4, text.len() - symbols.len()) {
            (0, 0) => 0,
            (3, 1) => 0b11,
            (2, 2) => 0b1111,
            _ => return None,
        };
        let well_formed = symbols.iter().all(|symbol| six_bits(*symbol).is_some());
        let last = symbols.last().and_then(|symbol| six_bits(*symbol)).unwrap_or(0);
        (well_formed && last & unused_bits == 0).then_some(Self { symbols })
    }

    /// Whether both encode the same bytes: with unused bits zero, each byte sequence has exactly one encoding.
    pub(crate) fn same_bytes(&self, other: &Self) -> bool {
        self.symbols == other.symbols
    }
}
