//! A token bucket stored as one number: the time at which it will be full again.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

/// The longest time that is computed with: a rate below one in a thousand years counts as zero.
const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 3600);

/// A bucket with `burst` tokens, of which one is returned every `interval` (the generic cell rate algorithm, ITU-T
/// I.371).
#[derive(Debug)]
pub(super) struct Bucket {
    interval: Duration,
    burst: u32,
    /// When it is full again; `None` as long as no token is taken.
    full_at: Option<Instant>,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(per_second: f64, burst: NonZeroUsize) -> Self {
        let interval = Duration::try_from_secs_f64(per_second.recip()).unwrap_or(LONGEST).min(LONGEST);
        Self { interval, burst: u32::try_from(burst.get()).unwrap_or(u32::MAX), full_at: None }
    }

    /// Returns whether no token is taken.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.full_at.is_none_or(|full_at| full_at <= now)
    }

    /// Returns whether a token can be taken.
    pub(super) fn has_place(&self, now: Instant) -> bool {
        let missing = self.full_at.map_or(Duration::ZERO, |full_at| full_at.saturating_duration_since(now));
        missing <= self.interval.saturating_mul(self.burst - 1)
    }

    /// Takes a token.
    pub(super) fn take(&mut self, now: Instant) {
        let from = self.full_at.map_or(now, |full_at| full_at.max(now));
        // If the clock cannot represent that time, the bucket stays empty for as long as it can represent.
        self.full_at = from.checked_add(self.interval).or(Some(from));
    }
}
