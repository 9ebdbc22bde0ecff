//! Base64 (RFC 4648, section 4), compared without decoding.

use crate::aws::base64::is_canonical;

/// A view of a text that was checked to be base64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binary<'t> {
    text: &'t str,
}

impl<'t> Binary<'t> {
    /// Checks padded base64 of the standard alphabet; unused bits must be zero.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        is_canonical(text).then_some(Self { text })
    }

    /// Whether both encode the same bytes: with unused bits zero, each byte sequence has exactly one encoding.
    pub(crate) fn same_bytes(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
