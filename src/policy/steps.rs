//! How much work a decision may take.
//!
//! Work is counted in steps, not timed, so that one request under one policy always gets the same decision. What reads a
//! pattern or compares a value counts what it does; once the steps are used up, comparisons answer "unknown" without
//! being made, and the decision is a denial ([`UNFINISHED`]). Outside of [`limited`] and [`within`] nothing is limited.

use std::cell::Cell;

/// The most steps of all decisions on one call. A step is a byte that is compared, or less than that; how long one takes
/// has not been measured. A hundred resources under three policies of 20,480 characters of plain patterns take five
/// million at most.
pub(crate) const MOST: u64 = 6_000_000;

/// The most steps of saying why one decision is as it is.
pub(crate) const MOST_FOR_REASONS: u64 = 2_000_000;

/// What a decision depends on that was not finished. No condition key of AWS.
pub(crate) const UNFINISHED: &str = "guard:DecisionSteps";

thread_local! {
    /// What is left, where there is a limit.
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Does `work` within [`MOST`] steps, or within the limit of the work that it is a part of.
pub(crate) fn limited<T>(work: impl FnOnce() -> T) -> T {
    if LEFT.get().is_some() { work() } else { within(MOST, work) }
}

/// Does `work` within steps of its own.
pub(crate) fn within<T>(most: u64, work: impl FnOnce() -> T) -> T {
    let _restored = Restored(LEFT.replace(Some(most)));
    work()
}

/// Puts back what was left before.
struct Restored(Option<u64>);

impl Drop for Restored {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}

/// Counts steps.
#[inline]
pub(crate) fn spend(steps: usize) {
    if let Some(left) = LEFT.get() {
        LEFT.set(Some(left.saturating_sub(steps as u64)));
    }
}

/// Whether no steps are left.
#[inline]
pub(crate) fn are_used_up() -> bool {
    LEFT.get() == Some(0)
}

/// What tests count.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// Patterns compared with a resource.
    pub(crate) patterns: u64,
    /// Conditions evaluated.
    pub(crate) conditions: u64,
}

#[cfg(test)]
thread_local! {
    static TAKEN: Cell<Steps> = const { Cell::new(Steps { patterns: 0, conditions: 0 }) };
}

/// Counts a pattern that is compared with a resource.
#[inline]
pub(crate) fn pattern() {
    #[cfg(test)]
    TAKEN.set(Steps { patterns: TAKEN.get().patterns + 1, ..TAKEN.get() });
    spend(2);
}

/// Counts a condition that is evaluated.
#[inline]
pub(crate) fn condition() {
    #[cfg(test)]
    TAKEN.set(Steps { conditions: TAKEN.get().conditions + 1, ..TAKEN.get() });
    spend(50);
}

/// How many patterns and conditions `work` compares.
#[cfg(test)]
pub(crate) fn taken_by(work: impl FnOnce()) -> Steps {
    TAKEN.set(Steps::default());
    work();
    TAKEN.get()
}

/// How many steps `work` takes.
#[cfg(test)]
pub(crate) fn spent_by(work: impl FnOnce()) -> u64 {
    within(u64::MAX, || {
        work();
        u64::MAX - LEFT.get().unwrap_or(u64::MAX)
    })
}
