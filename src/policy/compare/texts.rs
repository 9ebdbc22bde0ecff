//! Converts the patterns of two policies to steps, with known values for their variables.

use super::automaton::{Step, literal};
use crate::policy::pattern::{Piece, Resolved, Variables, Wildcards, parse_template};
use crate::policy::{Comparison, Condition, Context, Version};

/// How a pattern's wildcards are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Over the whole text.
    Whole,
    /// As in `ArnLike`: in the first five fields of an ARN they do not match colons.
    Fields,
}

/// The steps of a text; `None` if a variable has no value, so that the pattern matches nothing.
pub(super) fn steps(
    text: &str,
    variables: Variables,
    wildcards: Wildcards,
    reading: Reading,
    context: &dyn Context,
) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut colons = 0;
    for piece in parse_template(text, variables, wildcards).ok()? {
        let in_field = reading == Reading::Fields && colons < 5;
        match piece {
            Piece::Literal(text) => {
                colons += text.matches(':').count();
                steps.extend(literal(&text));
            }
            Piece::AnyCharacter if in_field => steps.push(Step::AnyInField),
            Piece::AnyCharacter => steps.push(Step::Any),
            Piece::AnyRun if in_field => steps.push(Step::RunInField),
            Piece::AnyRun => steps.push(Step::Run),
            Piece::Variable(variable) => match variable.resolve(context) {
                Resolved::Text(text) => steps.extend(literal(text)),
                Resolved::NoValue | Resolved::Unknown => return None,
            },
        }
    }
    Some(steps)
}

/// The steps of a condition's values, for comparisons of texts.
pub(super) fn of_condition(condition: &Condition, version: Version, context: &dyn Context) -> Vec<Vec<Step>> {
    let (wildcards, reading) = match condition.operator().comparison() {
        Comparison::StringLike | Comparison::StringNotLike => (Wildcards::Live, Reading::Whole),
        Comparison::ArnEquals | Comparison::ArnNotEquals | Comparison::ArnLike | Comparison::ArnNotLike => {
            (Wildcards::Live, Reading::Fields)
        }
        Comparison::StringEquals
        | Comparison::StringNotEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringNotEqualsIgnoreCase
        | Comparison::NumericEquals
        | Comparison::NumericNotEquals
        | Comparison::NumericLessThan
        | Comparison::NumericLessThanEquals
        | Comparison::NumericGreaterThan
        | Comparison::NumericGreaterThanEquals
        | Comparison::DateEquals
        | Comparison::DateNotEquals
        | Comparison::DateLessThan
        | Comparison::DateLessThanEquals
        | Comparison::DateGreaterThan
        | Comparison::DateGreaterThanEquals
        | Comparison::Bool
        | Comparison::BinaryEquals
        | Comparison::IpAddress
        | Comparison::NotIpAddress
        | Comparison::Null => (Wildcards::Literal, Reading::Whole),
    };
    let variables = match version {
        Version::V2012 => Variables::Live,
        Version::V2008 => Variables::Literal,
    };
    let values = condition.values().iter();
    values.filter_map(|value| steps(value.as_str(), variables, wildcards, reading, context)).collect()
}
