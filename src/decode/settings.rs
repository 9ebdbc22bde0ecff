//! What the configuration says about decoding: plain data.

use crate::aws::rds::API_VERSION;

/// The settings of `[decode]` that decide what a request may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The values of `Version` that are read.
    pub versions: Vec<String>,
    /// What an action that the table lacks is.
    pub unknown_actions: UnknownActions,
    /// What a parameter that the table lacks is.
    pub unknown_parameters: UnknownParameters,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            versions: vec![API_VERSION.to_owned()],
            unknown_actions: UnknownActions::Judge,
            unknown_parameters: UnknownParameters::Pass,
        }
    }
}

/// What becomes of an action that the table lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownActions {
    /// It is judged on an unknown resource.
    #[default]
    Judge,
    /// It is refused.
    Deny,
}

/// What becomes of a parameter that the table lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownParameters {
    /// It passes and is recorded.
    #[default]
    Pass,
    /// The call gets an unknown resource more.
    Judge,
    /// The call is refused.
    Deny,
}
