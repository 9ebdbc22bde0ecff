//! How much work a decision took: counted in tests, so that its growth is checked without a clock.

/// What is counted.
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
    static TAKEN: std::cell::Cell<Steps> = const { std::cell::Cell::new(Steps { patterns: 0, conditions: 0 }) };
}

/// Counts a pattern that is compared with a resource.
#[inline]
pub(crate) fn pattern() {
    #[cfg(test)]
    TAKEN.set(Steps { patterns: TAKEN.get().patterns + 1, ..TAKEN.get() });
}

/// Counts a condition that is evaluated.
#[inline]
pub(crate) fn condition() {
    #[cfg(test)]
    TAKEN.set(Steps { conditions: TAKEN.get().conditions + 1, ..TAKEN.get() });
}

/// What `work` takes.
#[cfg(test)]
pub(crate) fn taken_by(work: impl FnOnce()) -> Steps {
    TAKEN.set(Steps::default());
    work();
    TAKEN.get()
}
