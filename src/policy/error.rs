//! The errors in a policy's text, each with its position.

use std::fmt;

use super::condition::ValueError;
use super::json::SyntaxError;
use super::pattern::VariableError;
use super::{Place, Position};

/// Every error in a policy, in the order of the text. Never empty.
///
/// Its `Display` has one line for each problem: `line 3, column 15: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(Vec<Problem>);

/// One error and its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {error}")]
pub struct Problem {
    /// The position in the text.
    pub position: Position,
    /// The error at that position.
    pub error: Error,
}

/// An error in a policy.
///
/// Sources: "Grammar of the IAM JSON policy language" and the pages of the elements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not valid JSON.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The policy is longer than an endpoint policy may be.
    #[error("the policy has {characters} characters, white space included; the limit is {limit}")]
    TooLong {
        /// The actual number of characters.
        characters: usize,
        /// The maximum number of characters.
        limit: usize,
    },
    /// A value of a JSON type that its member does not accept.
    #[error("`{member}` takes {expected}, found {found}")]
    WrongType {
        /// The member's name.
        member: String,
        /// The JSON type that the member accepts.
        expected: &'static str,
        /// The JSON type of the value.
        found: &'static str,
    },
    /// A member is repeated in one object.
    #[error("`{member}` stands here a second time; it stands first at {first}")]
    Repeated {
        /// The member's name.
        member: String,
        /// The position of the first one.
        first: Position,
    },
    /// A member that does not exist in the policy language.
    #[error("`{member}` is no member of {of}: expected one of {expected}{}", suggest(.suggestion))]
    UnknownMember {
        /// The member's name.
        member: String,
        /// The element that contains it.
        of: &'static str,
        /// The members that are valid there.
        expected: String,
        /// The most similar valid word.
        suggestion: Option<String>,
    },
    /// A required member is missing.
    #[error("{of} needs `{member}`")]
    Missing {
        /// The element that does not have it.
        of: &'static str,
        /// The member; both forms, if there are two.
        member: &'static str,
    },
    /// An element and its complement in one statement.
    #[error("a statement has either `{element}` or `{complement}`, not both")]
    BothForms {
        /// The element's name.
        element: &'static str,
        /// The name of the `Not…` element.
        complement: &'static str,
    },
    /// A list or an object that is empty.
    #[error("`{member}` is empty")]
    Empty {
        /// The member's name.
        member: String,
    },
    /// A version that does not exist in the policy language.
    #[error("`{found}` is no version: expected `2012-10-17` or `2008-10-17`")]
    Version {
        /// The text as written in the policy.
        found: String,
    },
    /// An effect other than the two.
    #[error("`{found}` is no effect: expected `Allow` or `Deny`{}", suggest(.suggestion))]
    Effect {
        /// The text as written in the policy.
        found: String,
        /// The most similar valid word.
        suggestion: Option<String>,
    },
    /// AWS supports `NotPrincipal` with `Deny` only.
    #[error("`NotPrincipal` is supported with `\"Effect\": \"Deny\"` only")]
    NotPrincipalWithAllow,
    /// A principal that is a word other than `*`.
    #[error("`{found}` is no principal: expected `*` or an object such as `{{\"AWS\": \"123456789012\"}}`")]
    Principal {
        /// The text as written in the policy.
        found: String,
    },
    /// An entry under `AWS` that is not a principal.
    #[error(
        "`{found}` is no AWS principal: expected `*`, an account id, a unique id, or the ARN of an account root, user, role, \
         assumed-role session or federated user"
    )]
    AwsPrincipal {
        /// The text as written in the policy.
        found: String,
    },
    /// An action that is not `*` or `service:Name`.
    #[error(
        "`{found}` is no action: expected `*` or a service and a name such as `rds:CreateDBInstance` or `rds:Describe*`"
    )]
    Action {
        /// The text as written in the policy.
        found: String,
    },
    /// A policy variable is malformed.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// A condition operator that does not exist in AWS.
    #[error("`{found}` is no condition operator{}", suggest(.suggestion))]
    Operator {
        /// The text as written in the policy.
        found: String,
        /// The most similar valid word.
        suggestion: Option<String>,
    },
    /// `Null` with `IfExists` or a set operator.
    #[error("`{found}`: `Null` takes neither `IfExists` nor a set operator")]
    NullModified {
        /// The text as written in the policy.
        found: String,
    },
    /// A condition key that is empty or has no prefix.
    #[error("`{found}` is no condition key: expected one such as `aws:RequestedRegion`")]
    Key {
        /// The text as written in the policy.
        found: String,
    },
    /// A key with rds-guard's own prefix that rds-guard does not define.
    #[error("`{found}` is no condition key: of `guard:` there is `guard:Param/NAME`, a parameter of the request{}", suggest(.suggestion))]
    GuardKey {
        /// The text as written in the policy.
        found: String,
        /// The most similar valid key.
        suggestion: Option<String>,
    },
    /// `guard:Param/NAME` with a parameter that no action has.
    #[error(
        "`{found}`: no action has this parameter{}; one that is newer than this program's table is written \
         `guard:UnlistedParam/NAME`",
        suggest(.suggestion)
    )]
    GuardParameter {
        /// The text as written in the policy.
        found: String,
        /// The most similar valid key.
        suggestion: Option<String>,
    },
    /// `guard:Param/NAME` with a secret parameter.
    #[error("`{found}`: this parameter is a secret, which no condition may compare")]
    GuardSecret {
        /// The text as written in the policy.
        found: String,
    },
    /// `guard:Param/NAME` with one index of a list.
    #[error(
        "`{found}` is one place of a list, and a caller chooses the place: `{list}` is the whole list, to be compared by \
         `ForAnyValue:` or `ForAllValues:`"
    )]
    GuardIndex {
        /// The text as written in the policy.
        found: String,
        /// The key of the list.
        list: String,
    },
    /// A value that its operator cannot compare.
    #[error("`{operator}`: {error}")]
    Value {
        /// The operator's name.
        operator: String,
        /// The error in the value.
        error: ValueError,
    },
}

fn suggest(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

impl Errors {
    /// Creates the list from all problems found; sorts them by place.
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
