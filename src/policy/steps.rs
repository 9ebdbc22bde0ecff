//! The limit on the work of a decision.
//!
//! Work is counted in steps, not timed, so that the same request under the same policy always gets the same decision.
//! Code that matches a pattern or compares a value counts its steps. Once they are used up, comparisons return
//! "unknown" without being made, and the decision is a denial ([`UNFINISHED`]). Outside of [`limited`] and [`within`]
//! there is no limit.

use std::cell::Cell;

/// Maximum number of steps for all decisions on one call. How long a step takes has not been
/// measured on its own; `benches/README.md` has the times of whole requests. A hundred resources under three policies of
/// 20,480 characters of plain patterns stay below the limit.
pub(crate) const MOST: u64 = 8_000_000;

/// Maximum number of steps for computing the reasons of one decision.
pub(crate) const MOST_FOR_REASONS: u64 = 1_000_000;

/// The name, among undetermined keys, of a decision that was not finished. It is not a condition key of AWS.
pub(crate) const UNFINISHED: &str = "guard:DecisionSteps";

thread_local! {
    /// The steps that are left; `None` without a limit.
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs `work` within [`MOST`] steps, or within the limit of the enclosing work.
pub(crate) fn limited<T>(work: impl FnOnce() -> T) -> T {
    if LEFT.get().is_some() { work() } else { within(MOST, work) }
}

/// Runs `work` within its own limit.
pub(crate) fn within<T>(most: u64, work: impl FnOnce() -> T) -> T {
    let _restored = Restored(LEFT.replace(Some(most)));
    work()
}

/// Restores the previous limit on drop.
struct Restored(Option<u64>);

impl Drop for Restored {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}

/// Counts steps towards the limit, if there is one.
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

/// Counters for tests.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The number of patterns compared with a resource.
    pub(crate) patterns: u64,
    /// The number of conditions evaluated.
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
    spend(12);
}

/// Counts a condition that is evaluated.
#[inline]
pub(crate) fn condition() {
    #[cfg(test)]
    TAKEN.set(Steps { conditions: TAKEN.get().conditions + 1, ..TAKEN.get() });
    spend(50);
}

/// The numbers of patterns and conditions that `work` compares.
#[cfg(test)]
pub(crate) fn taken_by(work: impl FnOnce()) -> Steps {
    TAKEN.set(Steps::default());
    work();
    TAKEN.get()
}

/// The number of steps that `work` takes, [`MOST`] where it takes more.
#[cfg(test)]
pub(crate) fn spent_by(work: impl FnOnce()) -> u64 {
    within(MOST, || {
        work();
        MOST - LEFT.get().unwrap_or(MOST)
    })
}
