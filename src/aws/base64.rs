//! Base64 (RFC 4648, section 4), for policies, proxy credentials and secrets of keys.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};

/// Reads what some clients send: no padding, or unused bits that are not zero.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Encodes bytes as padded base64.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes base64, padded or not; `None` if the text contains another character. A last symbol of which no byte can be
/// made is ignored.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let symbols = text.trim_end_matches('=').as_bytes();
    let (whole, rest) = symbols.split_at_checked(symbols.len() / 4 * 4)?;
    match rest {
        [last] if !is_symbol(*last) => None,
        [_] => TOLERANT.decode(whole).ok(),
        _ => TOLERANT.decode(symbols).ok(),
    }
}

/// Whether a text is padded base64 with unused bits of zero, of which there is one for each sequence of bytes.
#[must_use]
pub fn is_canonical(text: &str) -> bool {
    STANDARD.decode(text).is_ok()
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_the_rfc_go_both_ways_and_padding_may_be_left_out() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded).unwrap(), plain.as_bytes());
            assert_eq!(decode(encoded.trim_end_matches('=')).unwrap(), plain.as_bytes());
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)).unwrap(), all);
        assert_eq!(decode("Zm9v Yg=="), None);
        assert_eq!(decode("Zm=v"), None);
    }
}
