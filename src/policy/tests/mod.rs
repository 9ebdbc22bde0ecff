//! The semantics of the policy language, demonstrated by cases.

mod corpus;
mod cost;
mod decide;
mod differential;
mod edges;
mod explain;
mod families;
mod principals;
mod properties;
mod read;
mod readings;
mod syntax;
mod values;
mod wildcards;

#[path = "../../../tests/policy/naive/mod.rs"]
#[expect(clippy::string_slice, clippy::wildcard_enum_match_arm, reason = "plain before all else")]
mod naive;
#[path = "../../../tests/policy/random.rs"]
pub(crate) mod random;
