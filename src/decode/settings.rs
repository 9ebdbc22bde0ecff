//! The configuration of decoding: plain data.

use crate::aws::rds::API_VERSION;

/// The settings of `[decode]` that determine which requests are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The accepted values of `Version`.
    pub versions: Vec<String>,
    /// How to treat an action that is not in the table.
    pub unknown_actions: UnknownActions,
    /// How to treat a parameter that is not in the table.
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

/// How to treat an action that is not in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownActions {
    /// The call is judged on an unknown resource.
    #[default]
    Judge,
    /// The call is refused.
    Deny,
}

/// How to treat a parameter that is not in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownParameters {
    /// The parameter passes and is recorded.
    #[default]
    Pass,
    /// The call is judged on one more resource, an unknown one.
    Judge,
    /// The call is refused.
    Deny,
}
