//! The resource that a request acts on, as far as the request identifies it: one ARN, any ARN of a pattern, or
//! unknown.

use std::{fmt, sync::Arc};

/// The account field of our ARNs if the account is not known.
pub const UNKNOWN_ACCOUNT: &str = "unknown";

/// The prefix of the text that replaces, in our ARNs, a name or an id that a record does not show.
pub const UNTOLD: &str = "rds-guard-untold-value";

/// One resource of a request, as a policy judges it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestResource {
    /// The ARN or, depending on `kind`, a pattern of ARNs. `*` for actions without resources.
    pub arn: Arc<str>,
    /// How `arn` is interpreted.
    pub kind: ResourceKind,
}

/// How the ARN of a [`RequestResource`] is interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    /// One ARN, character by character.
    Exact,
    /// A list call over a type, judged on the literal `…:db:*`: here `*` is a plain character.
    All,
    /// One of the service's default groups: `*` replaces a part of the name that the request does not contain. An
    /// Allow must cover every such name, a Deny applies if it can match one.
    Default,
    /// One resource whose id AWS generates: `*` replaces the id. An Allow must cover every id, a Deny applies if it
    /// can match one.
    UnknownId,
    /// An action without resource types, judged on `*`.
    Star,
    /// A resource of which nothing is known: only `*` allows it, and every Deny on the action applies.
    Unknown,
}

/// A user-supplied ARN contains a word that has a special meaning in rds-guard and none in AWS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReservedWord {
    /// The placeholder for an unknown account.
    #[error(
        "`{UNKNOWN_ACCOUNT}` in `{arn}` is no account: it is what rds-guard writes where it does not know the account. Give the account's 12 digits, or leave the resource out to ask about one of which nothing is known"
    )]
    Account {
        /// The rejected ARN, at most 200 characters of it.
        arn: String,
    },
    /// The placeholder for an unknown name or id.
    #[error("`{arn}` has `{UNTOLD}` in it, which stands for a name that a record does not show: give the name itself")]
    Untold {
        /// The rejected ARN, at most 200 characters of it.
        arn: String,
    },
}

impl RequestResource {
    /// Creates a resource from a user-supplied ARN. Without a kind it is one ARN, or, for the ARN `*`, that of an
    /// action without resources.
    ///
    /// # Errors
    /// The ARN contains one of the placeholders for unknown parts.
    pub fn given(arn: &str, kind: Option<ResourceKind>) -> Result<Self, ReservedWord> {
        let shown = || arn.chars().take(200).collect();
        if arn.split(':').nth(4).is_some_and(|account| account.trim().eq_ignore_ascii_case(UNKNOWN_ACCOUNT)) {
            return Err(ReservedWord::Account { arn: shown() });
        }
        if arn.contains(UNTOLD) {
            return Err(ReservedWord::Untold { arn: shown() });
        }
        let usual = if arn == "*" { ResourceKind::Star } else { ResourceKind::Exact };
        Ok(Self { arn: arn.into(), kind: kind.unwrap_or(usual) })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_names_has_no_word_of_ours_in_it() {
        use ResourceKind as K;
        for kind in [None, Some(K::Exact), Some(K::All), Some(K::Default), Some(K::UnknownId), Some(K::Unknown)] {
            for arn in [
                "arn:aws:rds:us-east-1:unknown:db:orders",
                "arn:aws:rds:us-east-1:UNKNOWN:db:orders",
                "arn:aws:rds:us-east-1: unknown :db:orders",
                "arn:aws:rds:a:unknown:b:c",
                "arn:aws:rds::unknown:global-cluster:x",
            ] {
                assert!(matches!(RequestResource::given(arn, kind), Err(ReservedWord::Account { .. })), "{arn}");
            }
            let untold = "arn:aws:rds:us-east-1:123456789012:db:rds-guard-untold-value-3";
            assert!(matches!(RequestResource::given(untold, kind), Err(ReservedWord::Untold { .. })));
            for arn in [
                "arn:aws:rds:us-east-1:123456789012:db:unknown",
                "arn:aws:rds:us-east-1:123456789012:db:unknown:unknown",
                "arn:aws:rds:unknown:123456789012:db:orders",
                "arn:aws:rds:us-east-1:123456789012:db:*",
            ] {
                let given = RequestResource::given(arn, kind).map(|given| given.kind);
                assert_eq!(given, Ok(kind.unwrap_or(K::Exact)), "{arn}");
            }
        }
        assert_eq!(RequestResource::given("*", None).map(|given| given.kind), Ok(K::Star));
        assert_eq!(RequestResource::given("*", Some(K::Exact)).map(|given| given.kind), Ok(K::Exact));
    }
}
