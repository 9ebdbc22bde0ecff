//! Parses a policy's text into pieces: plain text, wildcards, variables.

use crate::policy::{Context, Key, Lookup};

use super::{Variables, Wildcards};

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Plain text. Never empty, never next to another literal.
    Literal(Box<str>),
    /// `?`: any one character.
    AnyCharacter,
    /// `*`: any run of characters.
    AnyRun,
    /// `${key}` or `${key, 'default'}`.
    Variable(Variable),
}

/// A policy variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) key: Key,
    pub(crate) default: Option<Box<str>>,
}

/// The value of a variable in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved<'a> {
    Text(&'a str),
    /// The request does not have the key and there is no default.
    NoValue,
    /// Only AWS knows.
    Unknown,
}

/// What is wrong with a policy variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// `${` without `}`.
    #[error("the policy variable `{found}` is not closed: `}}` is missing")]
    Unclosed {
        /// The start of the variable, at most 40 characters of it.
        found: String,
    },
    /// Something that is neither a key nor an escape.
    #[error(
        "`${{{found}}}` is no policy variable: expected `${{key}}`, `${{key, 'default'}}`, `${{*}}`, `${{?}}` or `${{$}}`"
    )]
    Malformed {
        /// The text between the braces.
        found: String,
    },
}

impl Piece {
    pub(crate) fn as_variable(&self) -> Option<&Variable> {
        match self {
            Self::Variable(variable) => Some(variable),
            Self::Literal(_) | Self::AnyCharacter | Self::AnyRun => None,
        }
    }
}

impl Variable {
    /// The value of the variable. Multivalued keys cannot be used in variables; OURS: one that is used counts as
    /// unknown.
    pub(crate) fn resolve<'a>(&'a self, context: &'a dyn Context) -> Resolved<'a> {
        match context.lookup(self.key.lower()) {
            Lookup::One(value) => Resolved::Text(value),
            Lookup::Absent => self.default.as_deref().map_or(Resolved::NoValue, Resolved::Text),
            Lookup::Many(_)
            | Lookup::OneOf(_)
            | Lookup::ManyOf(_)
            | Lookup::Present
            | Lookup::Between(..)
            | Lookup::Unknown => Resolved::Unknown,
        }
    }

    fn parse(inner: &str) -> Option<Self> {
        let (key, default) = match inner.split_once(',') {
            None => (inner, None),
            Some((key, default)) => (key, Some(default.trim_start().strip_prefix('\'')?.strip_suffix('\'')?)),
        };
        let plain = |text: &str| !text.contains(['$', '{', '}', '\'', '*', '?']);
        let well_formed = !key.is_empty() && key.trim() == key && plain(key) && default.is_none_or(plain_default);
        well_formed.then(|| Self { key: Key::new(key), default: default.map(Into::into) })
    }
}

fn plain_default(text: &str) -> bool {
    !text.contains('\'')
}

/// Builds pieces, merging adjacent plain text and repeated `*`.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    literal: String,
}

impl Pieces {
    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.done.push(Piece::Literal(std::mem::take(&mut self.literal).into()));
        }
    }

    fn push(&mut self, piece: Piece) {
        self.flush();
        let repeated_run = piece == Piece::AnyRun && self.done.last() == Some(&Piece::AnyRun);
        if !repeated_run {
            self.done.push(piece);
        }
    }

    fn push_character(&mut self, character: char, wildcards: Wildcards) {
        match (character, wildcards) {
            ('*', Wildcards::Live) => self.push(Piece::AnyRun),
            ('?', Wildcards::Live) => self.push(Piece::AnyCharacter),
            _ => self.literal.push(character),
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.done
    }
}

/// The pieces of a text in which `${…}` has no special meaning.
pub(crate) fn plain(text: &str, wildcards: Wildcards) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    for character in text.chars() {
        pieces.push_character(character, wildcards);
    }
    pieces.finish()
}

/// Parses a text into pieces.
pub(crate) fn parse(text: &str, variables: Variables, wildcards: Wildcards) -> Result<Vec<Piece>, VariableError> {
    let colons_before = match variables {
        Variables::Literal => return Ok(plain(text, wildcards)),
        Variables::Live => 0,
        Variables::LiveAfterFifthColon => 5,
    };
    let mut pieces = Pieces::default();
    let (mut rest, mut colons) = (text, 0);
    while let Some(character) = rest.chars().next() {
        let after = rest.strip_prefix("${").filter(|_| colons >= colons_before);
        if let Some(after) = after {
            let unclosed = || VariableError::Unclosed { found: rest.chars().take(40).collect() };
            let (inner, behind) = after.split_once('}').ok_or_else(unclosed)?;
            match inner {
                // These are the plain characters, with every operator.
                "*" | "?" | "$" => pieces.literal.push_str(inner),
                _ => {
                    let malformed = || VariableError::Malformed { found: inner.to_owned() };
                    pieces.push(Piece::Variable(Variable::parse(inner).ok_or_else(malformed)?));
                }
            }
            rest = behind;
        } else {
            pieces.push_character(character, wildcards);
            colons += usize::from(character == ':');
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(pieces.finish())
}

/// One element of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Atom {
    Character(char),
    AnyCharacter,
    AnyRun,
}
