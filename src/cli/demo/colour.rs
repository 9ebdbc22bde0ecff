//! Whether the output is coloured: what the user says, what the environment says, what the output is.

/// Everything that speaks for or against colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// `--plain` was given.
    pub(super) plain: bool,
    /// The variable of that name: any value but an empty one says no. <https://no-color.org>
    pub(super) no_color: Option<&'a str>,
    /// The variable of that name: any value but an empty one and `0` says yes. <https://bixense.com/clicolors>
    pub(super) clicolor_force: Option<&'a str>,
    /// The kind of terminal; a `dumb` one has no colour.
    pub(super) term: Option<&'a str>,
    /// Whether standard output is a terminal at all.
    pub(super) terminal: bool,
}

impl Surroundings<'_> {
    /// The flag counts most, then NO_COLOR, then CLICOLOR_FORCE, then what the output is.
    pub(super) fn coloured(&self) -> bool {
        let refused = self.plain || self.no_color.is_some_and(|value| !value.is_empty());
        let forced = self.clicolor_force.is_some_and(|value| !matches!(value, "" | "0"));
        !refused && (forced || (self.terminal && self.term != Some("dumb")))
    }
}
