//! Searches for a part of a pattern in a text in one pass, regardless of how many partial matches there are.
//!
//! Bit `n` of a state means that the first `n + 1` bytes of the part match the bytes read last. It needs some
//! preparation, so it is used for texts in which trying one position after another has often failed.

use super::glob::ANY_CHARACTER;
use super::marks::{DIGIT, Fit, RUN};
use crate::policy::steps;

/// The bits that can be set after reading a byte: for each byte, for `?`, and for an unknown digit.
struct Places {
    words: usize,
    of_byte: Vec<u64>,
    any_character: Vec<u64>,
    digits: Vec<u64>,
}

impl Places {
    fn new(part: &[u8]) -> Self {
        let words = part.len().div_ceil(64);
        let mut places =
            Self { words, of_byte: vec![0; 256 * words], any_character: vec![0; words], digits: vec![0; words] };
        for (at, byte) in part.iter().enumerate() {
            let row = if *byte == ANY_CHARACTER {
                places.any_character.as_mut_slice()
            } else {
                places.of_byte.get_mut(usize::from(*byte) * words..).unwrap_or_default()
            };
            set(row, at);
            if byte.is_ascii_digit() {
                set(&mut places.digits, at);
            }
        }
        places
    }

    fn row(&self, byte: u8) -> &[u64] {
        let start = usize::from(byte) * self.words;
        self.of_byte.get(start..start + self.words).unwrap_or_default()
    }
}

fn set(row: &mut [u64], at: usize) {
    if let Some(word) = row.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

/// The end of the first match of the part.
pub(super) fn first_end(text: &[u8], part: &[u8], fit: Fit) -> Option<usize> {
    let Some(last) = part.len().checked_sub(1) else { return Some(0) };
    let places = Places::new(part);
    steps::spend((128 + 2 * text.len()) * places.words + part.len());
    let mut state = vec![0_u64; places.words];
    for (at, byte) in text.iter().enumerate() {
        let is_continuation = continues(*byte);
        let takes_any = !is_continuation && *byte != RUN;
        let takes_digits = *byte == DIGIT && fit == Fit::Meets;
        let mut carry = 1;
        let rows = places.row(*byte).iter().zip(&places.any_character).zip(&places.digits);
        for (word, ((own, any), digits)) in state.iter_mut().zip(rows) {
            let fits = own | if takes_any { *any } else { 0 } | if takes_digits { *digits } else { 0 };
            // Continues the multi-byte character that a `?` matches.
            let kept = if is_continuation { *word & any } else { 0 };
            let shifted = *word << 1 | carry;
            carry = *word >> 63;
            *word = shifted & fits | kept;
        }
        let is_found = state.get(last / 64).is_some_and(|word| word >> (last % 64) & 1 == 1);
        if is_found && !text.get(at + 1).is_some_and(|next| continues(*next)) {
            return Some(at + 1);
        }
    }
    None
}

/// Whether a byte is a UTF-8 continuation byte.
fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tries one position after another, character by character.
    fn plainly(text: &str, part: &str) -> Option<usize> {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        starts.into_iter().find_map(|start| {
            let mut end = start;
            for wanted in part.chars() {
                let found = text.get(end..)?.chars().next()?;
                if wanted != '?' && wanted != found {
                    return None;
                }
                end += found.len_utf8();
            }
            Some(end)
        })
    }

    fn compiled(part: &str) -> Vec<u8> {
        part.bytes().map(|byte| if byte == b'?' { ANY_CHARACTER } else { byte }).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn one_pass_finds_what_trying_each_place_finds(part in "[ab?é]{0,5}", text in "[abéß漢]{0,40}") {
            prop_assert_eq!(first_end(text.as_bytes(), &compiled(&part), Fit::Covers), plainly(&text, &part));
        }

        #[test]
        fn parts_longer_than_a_word_are_found_too(part in "(a{0,70}\\?a{0,70}b)", text in "(a{0,90}[cé]a{0,200}ba{0,9})") {
            prop_assert_eq!(first_end(text.as_bytes(), &compiled(&part), Fit::Covers), plainly(&text, &part));
        }
    }

    #[test]
    fn an_unknown_digit_meets_each_digit_and_is_covered_by_none() {
        let text = [b'a', DIGIT, DIGIT, b'b'];
        assert_eq!(first_end(&text, b"12b", Fit::Meets), Some(4));
        assert_eq!(first_end(&text, b"1xb", Fit::Meets), None);
        assert_eq!(first_end(&text, b"12b", Fit::Covers), None);
        assert_eq!(first_end(&text, &compiled("??b"), Fit::Covers), Some(4));
        assert_eq!(first_end(&[b'a', RUN], &compiled("a?"), Fit::Covers), None);
    }
}
