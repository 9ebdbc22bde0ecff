//! Percent encoding (RFC 3986, 2.1) as AWS writes and signs it.
//!
//! It does not read the parameters of a call: those are read by the strict parser in `decode/form.rs`.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// Every ASCII character except the unreserved ones, `A-Z a-z 0-9 - . _ ~` (IAM User Guide, "Create a signed AWS API
/// request", `UriEncode`; RFC 3986, 2.3). Other bytes are always encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes everything except unreserved characters, with hexadecimal digits in upper case. The result can be displayed,
/// or consumed in parts.
pub fn encode(bytes: &[u8]) -> impl Display + Iterator<Item = &str> {
    percent_encode(bytes, RESERVED)
}

/// Decodes percent escapes; `None` if a `%` is not followed by two hexadecimal digits. A `+` stays a plus, as in paths
/// and in signatures.
#[must_use]
pub fn decode(text: &str) -> Option<impl Iterator<Item = u8>> {
    let is_escape = |after: &str| matches!(after.as_bytes(), [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    text.split('%').skip(1).all(is_escape).then(|| percent_decode_str(text))
}

/// Decodes percent escapes, and each `+` to a blank, as HTML forms encode them (URL Standard,
/// "application/x-www-form-urlencoded"); `None` if a `%` is not followed by two hexadecimal digits.
#[must_use]
pub fn decode_form(text: &str) -> Option<Vec<u8>> {
    Some(decode(&text.replace('+', " "))?.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What every encoder of the program has written for the ASCII characters in order since its first version.
    const ASCII: &str = "%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F%10%11%12%13%14%15%16%17%18%19%1A%1B%1C%1D%1E%1F\
                         %20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F0123456789%3A%3B%3C%3D%3E%3F%40ABCDEFGHIJKLMNOPQRSTUVWXYZ\
                         %5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~%7F";

    #[test]
    fn every_byte_is_encoded_in_one_way_and_decoded_to_itself() {
        let ascii: Vec<u8> = (0..128).collect();
        assert_eq!(encode(&ascii).to_string(), ASCII);
        assert_eq!(encode(&ascii).collect::<String>(), ASCII);
        assert_eq!(encode("é…🦀".as_bytes()).to_string(), "%C3%A9%E2%80%A6%F0%9F%A6%80");
        for byte in 128..=255 {
            assert_eq!(encode(&[byte]).to_string(), format!("%{byte:02X}"));
        }
        let all: Vec<u8> = (0..=255).collect();
        for encoded in [encode(&all).to_string(), encode(&all).to_string().to_lowercase().replace("%7a", "z")] {
            let decoded: Vec<u8> = decode(&encoded).unwrap().collect();
            assert!(decoded.eq_ignore_ascii_case(&all), "{encoded}");
        }
    }

    #[test]
    fn only_whole_escapes_are_decoded_and_each_once() {
        let decoded = |text: &str| decode(text).map(|bytes| String::from_utf8(bytes.collect()).unwrap());
        for (text, plain) in [("", ""), ("a+b", "a+b"), ("%41%2b%2B", "A++"), ("%2541", "%41"), ("é%C3%a9", "éé")] {
            assert_eq!(decoded(text).as_deref(), Some(plain), "{text}");
        }
        for broken in ["%", "a%", "%4", "%4g", "%g4", "%%41", "%+1", "% 41", "%4é", "%é", "%41%"] {
            assert_eq!(decoded(broken), None, "{broken}");
            assert_eq!(decode_form(broken), None, "{broken}");
        }
        assert_eq!(decode_form("a+b%2Bc%20d").unwrap(), b"a b+c d");
    }
}
