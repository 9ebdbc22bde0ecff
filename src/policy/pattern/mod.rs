//! Texts of a policy that match other texts: wildcards and policy variables.
//!
//! `*` matches any run of characters, `?` exactly one ("IAM JSON policy elements: Resource"); `${key}` is replaced by
//! the value of a condition key ("IAM policy elements: Variables and tags").

mod family;
mod glob;
mod marks;
mod signature;
mod template;
mod window;

use super::{Context, Truth, steps};

pub(crate) use family::Target;
pub(crate) use glob::Glob;
use glob::Parts;
use signature::Needed;
pub use template::VariableError;
pub(crate) use template::{Piece, Resolved, Variable, parse as parse_template};

/// Whether `*` and `?` are wildcards or plain characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Live,
    Literal,
}

/// Whether `${…}` is a variable, and from which position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variables {
    /// Everywhere.
    Live,
    /// Only in the last field of an ARN.
    LiveAfterFifthColon,
    /// Nowhere: policies of version 2008-10-17.
    Literal,
}

/// A text with wildcards or variables, prepared for matching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// A single text.
    Literal(Box<str>),
    /// Wildcards only, and the letter pairs that a matching text must contain.
    Glob(Glob, Needed),
    /// Variables, possibly with wildcards.
    Template(Box<[Piece]>),
}

impl Pattern {
    pub(crate) fn parse(text: &str, variables: Variables, wildcards: Wildcards) -> Result<Self, VariableError> {
        let pieces = parse_template(text, variables, wildcards)?;
        Ok(Self::from_pieces(text, pieces))
    }

    /// A pattern in which `${…}` is plain text.
    pub(crate) fn without_variables(text: &str, wildcards: Wildcards) -> Self {
        Self::from_pieces(text, template::plain(text, wildcards))
    }

    pub(crate) fn from_pieces(text: &str, pieces: Vec<Piece>) -> Self {
        let has_variable = pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)));
        let form = match pieces.as_slice() {
            [] => Form::Literal("".into()),
            [Piece::Literal(literal)] => Form::Literal(literal.clone()),
            _ if has_variable => Form::Template(pieces.into()),
            _ => Form::Glob(Glob::new(&pieces), Needed::of_pieces(&pieces)),
        };
        Self { text: text.into(), form }
    }

    /// The pattern as written in the policy.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is `*`, which matches every text, and also an action without resources.
    #[must_use]
    pub fn is_universal(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte == b'*')
    }

    /// The only text that the pattern matches, if it has neither wildcards nor variables.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match &self.form {
            Form::Literal(literal) => Some(literal),
            Form::Glob(..) | Form::Template(_) => None,
        }
    }

    /// The condition keys that the pattern's variables use, as written.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.variable_pieces().map(|variable| variable.key.as_str())
    }

    pub(crate) fn variable_pieces(&self) -> impl Iterator<Item = &Variable> {
        let pieces = match &self.form {
            Form::Template(pieces) => pieces.as_ref(),
            Form::Literal(_) | Form::Glob(..) => &[],
        };
        pieces.iter().filter_map(Piece::as_variable)
    }

    /// The texts and variables of a pattern that was parsed without wildcards, in order.
    pub(crate) fn plain_parts(&self) -> impl Iterator<Item = Result<&str, &Variable>> {
        let (literal, pieces) = match &self.form {
            Form::Literal(literal) => (Some(&**literal), [].as_slice()),
            Form::Template(pieces) => (None, pieces.as_ref()),
            Form::Glob(..) => (None, [].as_slice()),
        };
        literal.into_iter().map(Ok).chain(pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(literal) => Some(Ok(&**literal)),
            Piece::Variable(variable) => Some(Err(variable)),
            Piece::AnyCharacter | Piece::AnyRun => None,
        }))
    }

    /// Whether the pattern matches `value`.
    ///
    /// A variable with an unknown key makes the result unknown. One without a value and without a default makes the
    /// pattern match nothing ("Policy variables with no value"). The value of a variable is plain text: a `*` in a
    /// tag's value is not a wildcard.
    pub(crate) fn matches(&self, value: &str, context: &dyn Context) -> Truth {
        steps::spend(4);
        if steps::are_used_up() {
            return Truth::Unknown;
        }
        match &self.form {
            Form::Literal(literal) => (**literal == *value).into(),
            Form::Glob(glob, _) => glob.matches(value).into(),
            Form::Template(pieces) => match self.resolvable(context) {
                Truth::True if !could_fit(pieces, value) => Truth::False,
                Truth::True => Glob::resolved(pieces, context).matches(value).into(),
                unresolvable @ (Truth::False | Truth::Unknown) => unresolvable,
            },
        }
    }

    /// Whether the pattern matches the texts that begin with `before` and end with `after`, with something between
    /// them: true if it matches all of them, false if none.
    pub(crate) fn matches_between(&self, before: &str, after: &str, context: &dyn Context) -> Truth {
        match &self.form {
            Form::Literal(literal) => {
                family::relation_between(Parts::new(literal.as_bytes(), &[literal.len()]), before, after)
            }
            Form::Glob(glob, _) => family::relation_between(glob.parts(), before, after),
            Form::Template(pieces) => match self.resolvable(context) {
                Truth::True => family::relation_between(Glob::resolved(pieces, context).parts(), before, after),
                unresolvable @ (Truth::False | Truth::Unknown) => unresolvable,
            },
        }
    }

    /// Whether the pattern matches the texts that `target` represents: true if it matches all of them, false if none.
    /// Results that are not above `floor` need not be distinguished.
    pub(crate) fn matches_target(&self, target: &Target<'_>, context: &dyn Context, floor: Truth) -> Truth {
        steps::pattern();
        if steps::are_used_up() {
            return Truth::Unknown;
        }
        match target {
            Target::Literal(literal) => match (&self.form, literal.signature()) {
                (Form::Glob(_, needed), Some(signature)) if !needed.pairs.is_within(signature) => Truth::False,
                (_, _) => self.matches(literal.arn, context),
            },
            Target::Star => self.is_universal().into(),
            Target::Anything if self.is_universal() => Truth::True,
            Target::Anything => Truth::Unknown,
            Target::Family(family) => match &self.form {
                // A family has more than one member.
                Form::Literal(_) if floor != Truth::False => Truth::Unknown,
                Form::Literal(literal) => {
                    family.relation(Parts::new(literal.as_bytes(), &[literal.len()]), Needed::default(), floor)
                }
                Form::Glob(glob, needed) => family.relation(glob.parts(), *needed, floor),
                Form::Template(pieces) => match self.resolvable(context) {
                    Truth::True => family.relation(Glob::resolved(pieces, context).parts(), Needed::default(), floor),
                    unresolvable @ (Truth::False | Truth::Unknown) => unresolvable,
                },
            },
        }
    }

    /// Whether each variable has a value: false if one has no value, unknown if one cannot be known.
    ///
    /// OURS: if one has no value and another is not known, the pattern counts as unknown: an Allow does not rely on
    /// it, and a Deny is not lost because of it.
    fn resolvable(&self, context: &dyn Context) -> Truth {
        let mut all = Truth::True;
        for variable in self.variable_pieces() {
            steps::spend(200);
            match variable.resolve(context) {
                Resolved::Text(_) => {}
                Resolved::NoValue => all = Truth::False,
                Resolved::Unknown => return Truth::Unknown,
            }
        }
        all
    }
}

/// Whether a text begins and ends like the plain text around wildcards and variables.
fn could_fit(pieces: &[Piece], value: &str) -> bool {
    let begins = match pieces.first() {
        Some(Piece::Literal(literal)) => value.starts_with(&**literal),
        Some(Piece::AnyCharacter | Piece::AnyRun | Piece::Variable(_)) | None => true,
    };
    let ends = match pieces.last() {
        Some(Piece::Literal(literal)) => value.ends_with(&**literal),
        Some(Piece::AnyCharacter | Piece::AnyRun | Piece::Variable(_)) | None => true,
    };
    begins && ends
}
