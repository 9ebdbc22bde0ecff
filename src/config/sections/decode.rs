//! `[decode]` and `[policy_options]`: how strictly requests are read and judged.

use std::{num::NonZeroUsize, path::PathBuf};

use crate::config::{choice::choice, section::Section};

/// `[decode]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decode {
    /// The API versions that are taken.
    pub versions: Vec<String>,
    /// A newer authorization table than the program's.
    pub table: Option<PathBuf>,
    /// What an action that the table lacks gets.
    pub unknown_actions: UnknownActions,
    /// What a parameter that the table lacks does.
    pub unknown_parameters: UnknownParameters,
    /// How actions that the parameters call for are judged.
    pub dependent_actions: DependentActions,
}

/// `[policy_options]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyOptions {
    /// What a statement that cannot be decided here does.
    pub undetermined: Undetermined,
    /// The most characters a policy may have; the default is AWS's limit.
    pub max_characters: NonZeroUsize,
}

choice! {
    /// What an action that the table lacks gets.
    UnknownActions, "\"judge\" or \"deny\"" {
        /// It is judged with an unknown resource.
        Judge = "judge",
        /// It is refused.
        Deny = "deny",
    }
}

choice! {
    /// What a parameter that the table lacks does.
    UnknownParameters, "\"pass\", \"judge\" or \"deny\"" {
        /// It passes and is recorded.
        Pass = "pass",
        /// The call gets one more, unknown, resource.
        Judge = "judge",
        /// The call is refused.
        Deny = "deny",
    }
}

choice! {
    /// How actions that the parameters call for, such as tagging at creation, are judged.
    DependentActions, "\"deny-only\", \"require\" or \"ignore\"" {
        /// A Deny on one denies the call; a missing Allow changes nothing.
        DenyOnly = "deny-only",
        /// Each must be allowed.
        Require = "require",
        /// They are not judged.
        Ignore = "ignore",
    }
}

choice! {
    /// What a statement that depends on something not known here does.
    Undetermined, "\"deny\" or \"defer\"" {
        /// The request is refused.
        Deny = "deny",
        /// The statement is left to AWS: an Allow counts as met, a Deny as not.
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
