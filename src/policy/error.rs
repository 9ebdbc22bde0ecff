//! What can be wrong with a policy's text, each with its place.

use std::fmt;

use super::condition::ValueError;
use super::json::SyntaxError;
use super::pattern::VariableError;
use super::{Place, Position};

/// Everything that is wrong with a policy, in the order of the text. Never empty.
///
/// Its `Display` has one line a problem: `line 3, column 15: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(Vec<Problem>);

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {error}")]
pub struct Problem {
    /// Where it stands.
    pub position: Position,
    /// What it is.
    pub error: Error,
}

/// What is wrong with a policy.
///
/// Sources: "Grammar of the IAM JSON policy language" and the pages of the elements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not JSON.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Longer than an endpoint policy may be.
    #[error("the policy has {characters} characters, white space included; the limit is {limit}")]
    TooLong {
        /// How many it has.
        characters: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A value of another JSON type than its member takes.
    #[error("`{member}` takes {expected}, found {found}")]
    WrongType {
        /// The member.
        member: String,
        /// What it takes.
        expected: &'static str,
        /// What stood there.
        found: &'static str,
    },
    /// A member stands twice in one object.
    #[error("`{member}` stands here a second time; it stands first at {first}")]
    Repeated {
        /// The member.
        member: String,
        /// Where it stands first.
        first: Position,
    },
    /// A member that the language does not have.
    #[error("`{member}` is no member of {of}: expected one of {expected}{}", suggest(.suggestion))]
    UnknownMember {
        /// The member.
        member: String,
        /// What it stands in.
        of: &'static str,
        /// What may stand there.
        expected: String,
        /// The nearest valid word.
        suggestion: Option<String>,
    },
    /// A member that must be there is not.
    #[error("{of} needs `{member}`")]
    Missing {
        /// What lacks it.
        of: &'static str,
        /// The member; both forms, where there are two.
        member: &'static str,
    },
    /// An element and its complement in one statement.
    #[error("a statement has either `{element}` or `{complement}`, not both")]
    BothForms {
        /// The element.
        element: &'static str,
        /// Its complement.
        complement: &'static str,
    },
    /// A list or an object that holds nothing.
    #[error("`{member}` is empty")]
    Empty {
        /// The member.
        member: String,
    },
    /// A version that the language does not have.
    #[error("`{found}` is no version: expected `2012-10-17` or `2008-10-17`")]
    Version {
        /// What stood there.
        found: String,
    },
    /// An effect other than the two.
    #[error("`{found}` is no effect: expected `Allow` or `Deny`{}", suggest(.suggestion))]
    Effect {
        /// What stood there.
        found: String,
        /// The nearest valid word.
        suggestion: Option<String>,
    },
    /// AWS supports `NotPrincipal` with `Deny` only.
    #[error("`NotPrincipal` is supported with `\"Effect\": \"Deny\"` only")]
    NotPrincipalWithAllow,
    /// A principal given as a word.
    #[error("`{found}` is no principal: expected `*` or an object such as `{{\"AWS\": \"123456789012\"}}`")]
    Principal {
        /// What stood there.
        found: String,
    },
    /// An entry under `AWS` that names nobody.
    #[error(
        "`{found}` is no AWS principal: expected `*`, an account id, a unique id, or the ARN of an account root, user, role, \
         assumed-role session or federated user"
    )]
    AwsPrincipal {
        /// What stood there.
        found: String,
    },
    /// An action that is not `*` or `service:Name`.
    #[error(
        "`{found}` is no action: expected `*` or a service and a name such as `rds:CreateDBInstance` or `rds:Describe*`"
    )]
    Action {
        /// What stood there.
        found: String,
    },
    /// A policy variable is malformed.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// A condition operator that AWS does not have.
    #[error("`{found}` is no condition operator{}", suggest(.suggestion))]
    Operator {
        /// What stood there.
        found: String,
        /// The nearest valid word.
        suggestion: Option<String>,
    },
    /// `Null` with `IfExists` or a set operator.
    #[error("`{found}`: `Null` takes neither `IfExists` nor a set operator")]
    NullModified {
        /// What stood there.
        found: String,
    },
    /// A condition key that is empty or has no prefix.
    #[error("`{found}` is no condition key: expected one such as `aws:RequestedRegion`")]
    Key {
        /// What stood there.
        found: String,
    },
    /// A key with this program's own prefix that this program does not have.
    #[error("`{found}` is no condition key: of `guard:` there is `guard:Param/NAME`, a parameter of the request{}", suggest(.suggestion))]
    GuardKey {
        /// The text found.
        found: String,
        /// The nearest valid key.
        suggestion: Option<String>,
    },
    /// `guard:Param/NAME` of a parameter that no action has.
    #[error(
        "`{found}`: no action has this parameter{}; one that is newer than this program's table is written \
         `guard:UnlistedParam/NAME`",
        suggest(.suggestion)
    )]
    GuardParameter {
        /// The text found.
        found: String,
        /// The nearest valid key.
        suggestion: Option<String>,
    },
    /// `guard:Param/NAME` of a secret.
    #[error("`{found}`: this parameter is a secret, which no condition may compare")]
    GuardSecret {
        /// The text found.
        found: String,
    },
    /// `guard:Param/NAME` of one place of a list.
    #[error(
        "`{found}` is one place of a list, and a caller chooses the place: `{list}` is the whole list, to be compared by \
         `ForAnyValue:` or `ForAllValues:`"
    )]
    GuardIndex {
        /// The text found.
        found: String,
        /// The key of the list.
        list: String,
    },
    /// A value that its operator cannot compare.
    #[error("`{operator}`: {error}")]
    Value {
        /// The operator.
        operator: String,
        /// What is wrong with the value.
        error: ValueError,
    },
}

fn suggest(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

impl Errors {
    /// The problems found, `first` and the others; sorted by place.
    pub(crate) fn new(text: &str, found: Vec<(Place, Error)>) -> Self {
        let mut found = found;
        found.sort_by_key(|(place, _)| place.offset());
        let problem = |(place, error): (Place, Error)| Problem { position: place.position(text), error };
        Self(found.into_iter().map(problem).collect())
    }

    /// The problems, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}
