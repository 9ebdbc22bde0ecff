//! Texts of a policy that stand for other texts: wildcards and policy variables.
//!
//! `*` stands for any run of characters, `?` for exactly one ("IAM JSON policy elements: Resource"); `${key}` for the
//! value of a condition key ("IAM policy elements: Variables and tags").

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

/// Whether `*` and `?` stand for other characters or for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Live,
    Literal,
}

/// Whether, and from where on, `${…}` is a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variables {
    /// Everywhere.
    Live,
    /// In the last field of an ARN only.
    LiveAfterFifthColon,
    /// Nowhere: policies of version 2008-10-17.
    Literal,
}

/// A text with wildcards or variables, ready to be matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Box<str>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// One text.
    Literal(Box<str>),
    /// Wildcards only, and what a text must have to be worth reading.
    Glob(Glob, Needed),
    /// Variables, and perhaps wildcards.
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

    /// Whether this is `*`, which stands for every text and for an action without resources.
    #[must_use]
    pub fn is_universal(&self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte == b'*')
    }

    /// The one text that the pattern stands for, if it has neither wildcard nor variable.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match &self.form {
            Form::Literal(literal) => Some(literal),
            Form::Glob(..) | Form::Template(_) => None,
        }
    }

    /// The condition keys that the pattern's variables name, as written.
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

    /// The texts and variables of a pattern that was read without wildcards, in order.
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

    /// Whether `value` is one of the texts that the pattern stands for.
    ///
    /// A variable over a key that is not known makes the answer unknown; one without a value and without a default
    /// makes the pattern stand for nothing ("Policy variables with no value"). What a variable is replaced by is plain
    /// text: a `*` in a tag's value is no wildcard.
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

    /// Whether the texts that begin with `before` and end with `after`, with something between them, are among those that
    /// the pattern stands for: true if all of them are, false if none is.
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

    /// Whether `target` is among the texts that the pattern stands for: true if all of it is, false if nothing is. What is
    /// not above `floor` need not be told apart.
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

    /// Whether each variable has a value: false if one has none, unknown if one cannot be known.
    ///
    /// OURS: where one has none and another is not known, the pattern counts as unknown: an Allow does not lean on it
    /// and a Deny is not lost by it.
    fn resolvable(&self, context: &dyn Context) -> Truth {
        let mut all = Truth::True;
        for variable in self.variable_pieces() {
            steps::spend(60);
            match variable.resolve(context) {
                Resolved::Text(_) => {}
                Resolved::NoValue => all = Truth::False,
                Resolved::Unknown => return Truth::Unknown,
            }
        }
        all
    }
}

/// Whether a text begins and ends as the plain text around wildcards and variables does.
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
