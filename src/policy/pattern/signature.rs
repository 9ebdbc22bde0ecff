//! The pairs of adjacent letters in a text: a pattern that needs another pair is ruled out without being matched.

use super::Piece;

/// A set of pairs of adjacent bytes, with collisions: a pair that is not in it is not in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature([u64; 2]);

impl Signature {
    /// The pairs in a text.
    pub(crate) fn of_text(text: &str) -> Self {
        let mut signature = Self::default();
        signature.add(text.as_bytes());
        signature
    }

    /// Adds the pairs in another text.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let [mut low, mut high] = self.0;
        for (first, second) in bytes.iter().zip(bytes.iter().skip(1)) {
            let pair = u32::from(*first).wrapping_mul(41).wrapping_add(u32::from(*second).wrapping_mul(7));
            let bit = 1 << (pair & 63);
            if pair & 64 == 0 { low |= bit } else { high |= bit }
        }
        self.0 = [low, high];
    }

    /// Whether every pair of this set is in `other`.
    pub(crate) fn is_within(self, other: Self) -> bool {
        let [low, high] = self.0;
        let [other_low, other_high] = other.0;
        low & !other_low | high & !other_high == 0
    }
}

/// The pairs in every text that a pattern matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needed {
    /// All pairs.
    pub(super) pairs: Signature,
    /// The pairs without digits, which an unknown digit of an account cannot supply.
    pub(super) without_digits: Signature,
}

impl Needed {
    pub(super) fn of_pieces(pieces: &[Piece]) -> Self {
        let mut needed = Self::default();
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => needed.add(literal.as_bytes()),
                Piece::AnyCharacter | Piece::AnyRun | Piece::Variable(_) => {}
            }
        }
        needed
    }

    fn add(&mut self, literal: &[u8]) {
        self.pairs.add(literal);
        for part in literal.split(u8::is_ascii_digit) {
            self.without_digits.add(part);
        }
    }
}
