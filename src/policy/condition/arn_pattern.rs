//! ARN patterns as `ArnLike` interprets them: six fields, each matched separately.

use crate::policy::pattern::{Pattern, Piece, Resolved, Variable, VariableError, Variables, Wildcards, parse_template};
use crate::policy::{Context, Truth};

/// Six patterns, one for each field; the sixth field keeps further colons. `None` if the policy's value has fewer
/// fields: no ARN matches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArnPattern(Option<[Pattern; 6]>);

impl ArnPattern {
    /// Parses a policy's value. Colons inside a variable's default do not separate fields.
    pub(crate) fn parse(text: &str, variables: Variables) -> Result<Self, VariableError> {
        let mut fields: Vec<Vec<Piece>> = vec![Vec::new()];
        for piece in parse_template(text, variables, Wildcards::Live)? {
            let Piece::Literal(literal) = piece else {
                push(&mut fields, piece);
                continue;
            };
            let colons_left = 6 - fields.len();
            for (index, part) in literal.splitn(colons_left + 1, ':').enumerate() {
                if index > 0 {
                    fields.push(Vec::new());
                }
                if !part.is_empty() {
                    push(&mut fields, Piece::Literal(part.into()));
                }
            }
        }
        let patterns: Vec<Pattern> = fields.into_iter().map(|pieces| Pattern::from_pieces(text, pieces)).collect();
        Ok(Self(patterns.try_into().ok()))
    }

    /// Whether an ARN matches the pattern. A text that is not an ARN never does.
    pub(crate) fn matches(&self, arn: &str, context: &dyn Context) -> Truth {
        let Some(patterns) = &self.0 else { return Truth::False };
        let mut fields = arn.splitn(6, ':');
        let truth = Truth::all(patterns.iter().map(|pattern| match fields.next() {
            Some(field) => pattern.matches(field, context),
            None => Truth::False,
        }));
        if truth == Truth::False { self.false_or_unknown(context) } else { truth }
    }

    /// Whether ARNs that begin with `before` and end with `after` match the pattern: true if all do, false if none
    /// does. The unknown part must be in the last field.
    pub(crate) fn matches_between(&self, before: &str, after: &str, context: &dyn Context) -> Truth {
        let Some(patterns) = &self.0 else { return Truth::False };
        let mut fields = before.splitn(6, ':');
        let mut truth = Truth::True;
        for (at, pattern) in patterns.iter().enumerate() {
            truth = truth.and(match fields.next() {
                Some(begin) if at == 5 => pattern.matches_between(begin, after, context),
                Some(field) => pattern.matches(field, context),
                None => Truth::Unknown,
            });
        }
        if truth == Truth::False { self.false_or_unknown(context) } else { truth }
    }

    /// A variable with an unknown key leaves the whole value undetermined, even if another field differs.
    fn false_or_unknown(&self, context: &dyn Context) -> Truth {
        let unknown = self.variables().any(|variable| variable.resolve(context) == Resolved::Unknown);
        if unknown { Truth::Unknown } else { Truth::False }
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().flatten().flat_map(Pattern::variable_pieces)
    }
}

fn push(fields: &mut [Vec<Piece>], piece: Piece) {
    if let Some(last) = fields.last_mut() {
        last.push(piece);
    }
}
