//! Whether the output is coloured: depends on the user, the environment, and the kind of output.

/// Everything that the choice of colour depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// Whether `--plain` was given.
    pub(super) plain: bool,
    /// The variable `NO_COLOR`: any value except an empty one turns colour off. <https://no-color.org>
    pub(super) no_color: Option<&'a str>,
    /// The variable `CLICOLOR_FORCE`: any value except an empty one and `0` turns colour on.
    /// <https://bixense.com/clicolors>
    pub(super) clicolor_force: Option<&'a str>,
    /// The kind of terminal. A `dumb` one has no colour.
    pub(super) term: Option<&'a str>,
    /// Whether standard output is a terminal.
    pub(super) terminal: bool,
}

impl Surroundings<'_> {
    /// The flag has the highest priority, then `NO_COLOR`, then `CLICOLOR_FORCE`, then the kind of output.
    pub(super) fn coloured(&self) -> bool {
        let refused = self.plain || self.no_color.is_some_and(|value| !value.is_empty());
        let forced = self.clicolor_force.is_some_and(|value| !matches!(value, "" | "0"));
        !refused && (forced || (self.terminal && self.term != Some("dumb")))
    }
}
