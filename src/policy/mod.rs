//! The policy language of VPC endpoint policies: computes AWS's decision for a policy and a request before AWS is
//! called.
//!
//! Pure: no I/O, no clock. Time is a condition key like any other.
//!
//! ```
//! use rds_guard::aws::{RequestResource, ResourceKind};
//! use rds_guard::policy::{Decision, Limits, Policy, Principal, Request, RequestContext};
//!
//! let policy = Policy::parse(
//!     r#"{"Statement": [
//!         {"Effect": "Allow", "Principal": "*", "Action": "rds:Describe*", "Resource": "*"},
//!         {"Effect": "Deny", "Principal": "*", "Action": "rds:*", "Resource": "arn:aws:rds:*:*:db:prod-*"}
//!     ]}"#,
//!     &Limits::default(),
//! )?;
//! let resources = [RequestResource {
//!     arn: "arn:aws:rds:eu-west-1:123456789012:db:prod-1".into(),
//!     kind: ResourceKind::Exact,
//! }];
//! let context = RequestContext::new();
//! let request = Request {
//!     action: "rds:DescribeDBInstances",
//!     principal: Principal::Unknown,
//!     resources: &resources,
//!     context: &context,
//! };
//! let Decision::ExplicitDeny(grounds) = policy.evaluate(&request) else { panic!("the second statement denies") };
//! assert_eq!(grounds.statements().first().map(|decisive| decisive.index), Some(1));
//! # Ok::<(), rds_guard::policy::Errors>(())
//! ```

mod append;
mod bits;
pub mod cases;
pub mod compare;
mod condition;
mod configured;
mod context;
mod decision;
mod error;
mod evaluate;
mod evidence;
mod explain;
mod guard_key;
mod index;
mod json;
mod key;
pub mod lint;
mod parse;
mod pattern;
mod place;
mod principal;
mod print;
mod request;
mod resource_owner;
mod role_path;
mod statement;
mod steps;
pub(crate) mod suggest;
mod truth;
mod undecidable;
mod value;

pub use condition::{Comparison, Condition, Existence, Operator, SetOperator, Value, ValueError};
pub use configured::{ConfiguredContext, ConfiguredKey, Declared};
pub(crate) use configured::{KnownKeys, lookup, lookup_for};
pub use context::{Context, Lookup, Reading, RequestContext};
pub use decision::{Decision, Decisive, Grounds, Undetermined};
pub use error::{Error, Errors, Problem};
pub use evaluate::evaluate_all;
pub use evidence::Reasons;
pub use explain::{ConditionExplanation, ElementExplanation, Explanation, Found, StatementExplanation};
pub use json::SyntaxError;
pub use key::Key;
pub use pattern::{Pattern, VariableError};
pub use place::{Place, Position};
pub use principal::{Entry, EntryKind, Form, Principal, Principals};
pub use request::Request;
pub use resource_owner::ResourceOwner;
pub use role_path::principal_arn_readings;
pub use statement::{ActionPattern, Actions, Effect, ResourcePattern, Resources, Statement};
#[cfg(feature = "proxy")]
pub(crate) use steps::{UNFINISHED, limited};
pub use truth::Truth;
pub use undecidable::Undecidable;

use index::Index;

/// A parsed and prepared policy. Every element in it is valid.
#[derive(Clone, Debug)]
pub struct Policy {
    text: Box<str>,
    version: Option<Version>,
    id: Option<Box<str>>,
    statements: Box<[Statement]>,
    index: Index,
}

/// The size limits of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of characters in its text, including white space.
    pub max_characters: usize,
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2008-10-17`, also if no version is given: `${…}` is plain text.
    #[default]
    V2008,
    /// `2012-10-17`: with policy variables.
    V2012,
}

impl Default for Limits {
    /// AWS: "The size of the endpoint policy must not exceed 20,480 characters, including white space".
    fn default() -> Self {
        Self { max_characters: 20_480 }
    }
}

impl Limits {
    /// No limit: for policies that are never set on an endpoint.
    pub const NONE: Self = Self { max_characters: usize::MAX };
}

impl Version {
    /// Every version of the policy language.
    pub const ALL: [Self; 2] = [Self::V2008, Self::V2012];

    /// The version as written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

impl Policy {
    /// Parses a policy.
    ///
    /// # Errors
    /// Every error in it, each with line and column.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Errors> {
        parse::parse(text, limits)
    }

    fn new(text: &str, version: Option<Version>, id: Option<Box<str>>, statements: Vec<Statement>) -> Self {
        let index = Index::new(&statements);
        Self { text: text.into(), version, id, statements: statements.into(), index }
    }

    /// The text from which the policy was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The version, if the policy names one.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// The policy's id, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The statements, in order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Line and column of a place in this policy.
    #[must_use]
    pub fn position(&self, place: Place) -> Position {
        place.position(&self.text)
    }

    /// Whether the policy allows everything to everyone, as AWS's default endpoint policy does.
    ///
    /// True only if a single statement does so and no statement denies; false does not prove that something is
    /// denied.
    #[must_use]
    pub fn is_full_access(&self) -> bool {
        let denies = self.statements.iter().any(|statement| statement.effect == Effect::Deny);
        !denies && self.statements.iter().any(Statement::is_about_everything)
    }
}

impl PartialEq for Policy {
    /// Whether both have the same elements in the same order; the formatting of the text may differ.
    fn eq(&self, other: &Self) -> bool {
        (self.version, &self.id, &self.statements) == (other.version, &other.id, &other.statements)
    }
}

impl Eq for Policy {}

#[cfg(test)]
mod tests;
