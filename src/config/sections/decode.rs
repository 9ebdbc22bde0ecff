//! `[decode]` and `[policy_options]`: how strictly requests are decoded and evaluated.

use std::{num::NonZeroUsize, path::PathBuf};

use crate::config::{choice::choice, section::Section};

/// The values of `[decode]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decode {
    /// The API versions that are accepted.
    pub versions: Vec<String>,
    /// The path of an authorization table newer than the built-in one.
    pub table: Option<PathBuf>,
    /// How to treat an action that is not in the table.
    pub unknown_actions: UnknownActions,
    /// How to treat a parameter that is not in the table.
    pub unknown_parameters: UnknownParameters,
    /// How to evaluate the additional actions that the parameters require.
    pub dependent_actions: DependentActions,
}

/// The values of `[policy_options]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyOptions {
    /// How to treat a statement that cannot be decided here.
    pub undetermined: Undetermined,
    /// Maximum number of characters in a policy. The default is AWS's limit.
    pub max_characters: NonZeroUsize,
}

choice! {
    /// How to treat an action that is not in the table.
    UnknownActions, "\"judge\" or \"deny\"" {
        /// It is evaluated with an unknown resource.
        Judge = "judge",
        /// It is refused.
        Deny = "deny",
    }
}

choice! {
    /// How to treat a parameter that is not in the table.
    UnknownParameters, "\"pass\", \"judge\" or \"deny\"" {
        /// The parameter is accepted and recorded.
        Pass = "pass",
        /// The call gets an additional, unknown resource.
        Judge = "judge",
        /// The call is refused.
        Deny = "deny",
    }
}

choice! {
    /// How to evaluate the additional actions that the parameters require, such as tagging at creation.
    DependentActions, "\"deny-only\", \"require\" or \"ignore\"" {
        /// A Deny for one of them denies the call; a missing Allow has no effect.
        DenyOnly = "deny-only",
        /// Each of them must be allowed.
        Require = "require",
        /// They are not evaluated.
        Ignore = "ignore",
    }
}

choice! {
    /// How to treat a statement that depends on something unknown.
    Undetermined, "\"deny\" or \"defer\"" {
        /// The request is refused.
        Deny = "deny",
        /// The statement is left to AWS: an Allow counts as matching, a Deny as not matching.
        Defer = "defer",
    }
}

impl Default for Decode {
    fn default() -> Self {
        Self {
            versions: vec!["2014-10-31".to_owned()],
            table: None,
            unknown_actions: UnknownActions::Judge,
            unknown_parameters: UnknownParameters::Pass,
            dependent_actions: DependentActions::DenyOnly,
        }
    }
}

impl Default for PolicyOptions {
    fn default() -> Self {
        const MAX_CHARACTERS: NonZeroUsize = NonZeroUsize::new(20_480).unwrap();
        Self { undetermined: Undetermined::Deny, max_characters: MAX_CHARACTERS }
    }
}

impl Decode {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut decode = Self::default();
        section.set("versions", &mut decode.versions);
        section.set("table", &mut decode.table);
        section.set("unknown_actions", &mut decode.unknown_actions);
        section.set("unknown_parameters", &mut decode.unknown_parameters);
        section.set("dependent_actions", &mut decode.dependent_actions);
        section.finish();
        decode
    }
}

impl PolicyOptions {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut options = Self::default();
        section.set("undetermined", &mut options.undetermined);
        section.set("max_characters", &mut options.max_characters);
        section.finish();
        options
    }
}
