//! A set of small numbers that does not allocate below 1,024: evaluated statements, positions in a pattern.

/// A set of numbers below a limit.
pub(crate) struct Bits {
    inline: [u64; INLINE_WORDS],
    spilled: Vec<u64>,
}

const INLINE_WORDS: usize = 16;

impl Bits {
    /// An empty set of numbers below `limit`.
    pub(crate) fn new(limit: usize) -> Self {
        let spilled = if limit > INLINE_WORDS * 64 { vec![0; limit.div_ceil(64)] } else { Vec::new() };
        Self { inline: [0; INLINE_WORDS], spilled }
    }

    fn words(&self) -> &[u64] {
        if self.spilled.is_empty() { &self.inline } else { &self.spilled }
    }

    fn words_mut(&mut self) -> &mut [u64] {
        if self.spilled.is_empty() { &mut self.inline } else { &mut self.spilled }
    }

    pub(crate) fn clear(&mut self) {
        self.words_mut().fill(0);
    }

    /// Adds a number; returns whether it was not in the set before.
    pub(crate) fn insert(&mut self, number: usize) -> bool {
        let bit = 1 << (number % 64);
        let Some(word) = self.words_mut().get_mut(number / 64) else { return true };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.words().get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words().iter().all(|word| *word == 0)
    }

    /// The numbers in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.words().iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.checked_sub(1)?;
                Some(at * 64 + bit as usize)
            })
        })
    }
}
