//! What a request acts on, as far as it can be told from the request: one ARN, any ARN of a pattern, or unknown.

use std::{fmt, sync::Arc};

/// One resource of a request, as a policy judges it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestResource {
    /// The ARN, or, by `kind`, a pattern of ARNs. `*` for actions without resources.
    pub arn: Arc<str>,
    /// How `arn` is to be read.
    pub kind: ResourceKind,
}

/// How the ARN of a [`RequestResource`] is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    /// One ARN, letter for letter.
    Exact,
    /// A list call over a type, judged on the literal `…:db:*`: here `*` is a character.
    All,
    /// One of the service's default groups: `*` stands for a part of the name that the request does not tell. An Allow
    /// must cover every such name, a Deny applies if it can match one.
    Default,
    /// One resource whose id AWS generates: `*` stands for the id. An Allow must cover every id, a Deny applies if it
    /// can match one.
    UnknownId,
    /// An action without resource types, judged on `*`.
    Star,
    /// A resource nothing is known of: only `*` allows it, and every Deny on the action applies.
    Unknown,
}

impl ResourceKind {
    /// The name in JSON: `exact`, `all`, `default`, `unknown-id`, `star`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::All => "all",
            Self::Default => "default",
            Self::UnknownId => "unknown-id",
            Self::Star => "star",
            Self::Unknown => "unknown",
        }
    }

    /// The kind with this name in JSON.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Exact, Self::All, Self::Default, Self::UnknownId, Self::Star, Self::Unknown]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
