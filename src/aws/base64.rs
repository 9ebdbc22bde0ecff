//! Base64 (RFC 4648, section 4), for policies, proxy credentials and secrets of keys.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes as padded base64.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let letter = |six: u32| char::from(ALPHABET.get((six & 63) as usize).copied().unwrap_or(b'='));
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let (a, b, c) = (group.first().copied(), group.get(1).copied(), group.get(2).copied());
        let bits = u32::from_be_bytes([0, a.unwrap_or(0), b.unwrap_or(0), c.unwrap_or(0)]);
        text.push(letter(bits >> 18));
        text.push(letter(bits >> 12));
        text.push(b.map_or('=', |_| letter(bits >> 6)));
        text.push(c.map_or('=', |_| letter(bits)));
    }
    text
}

/// Decodes base64, padded or not; `None` if the text contains another character.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let symbols = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(symbols.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0u32);
    for symbol in symbols.bytes() {
        bits = bits << 6 | u32::from(six_bits(symbol)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// The value of one symbol; `None` for a character outside the alphabet, including the padding.
#[must_use]
pub fn six_bits(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
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
