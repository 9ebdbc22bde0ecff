//! Wildcard patterns without variables: compiled once, matched without backtracking.
//!
//! A pattern is cut at its `*`. The first part must stand at the beginning, the last at the end, and each of the others
//! is looked for behind the one before: taking its first occurrence never spoils a later one, so no step is undone.

use super::{Piece, template::Atom};

/// A compiled wildcard pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// What the text begins with; all of it, if there is no `*`.
    head: Chunk,
    /// What follows the first `*`.
    rest: Option<Rest>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rest {
    /// What lies between two `*`, in order. None is empty.
    middle: Box<[Chunk]>,
    /// What the text ends with, behind the last `*`.
    tail: Chunk,
}

/// A part without `*`: it matches texts of a fixed number of characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Chunk(Box<[Part]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(Box<str>),
    /// This many `?`.
    Characters(usize),
}

impl Glob {
    /// Compiles pieces; variables among them are left out, so there must be none.
    pub(crate) fn new(pieces: &[Piece]) -> Self {
        let mut chunks = pieces.split(|piece| *piece == Piece::AnyRun).map(Chunk::new);
        let head = chunks.next().unwrap_or_default();
        let mut others: Vec<Chunk> = chunks.collect();
        let rest = others.pop().map(|tail| Rest { middle: others.into(), tail });
        Self { head, rest }
    }

    /// Whether `text` is one of those the pattern stands for. Takes time in proportion to the text's length, times the
    /// length of a part with `?` where that part nearly matches again and again.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(behind_head) = self.head.strip_from_start(text) else { return false };
        let Some(Rest { middle, tail }) = &self.rest else { return behind_head.is_empty() };
        let Some(mut between) = tail.strip_from_end(behind_head) else { return false };
        for chunk in middle {
            let Some(behind) = chunk.find(between) else { return false };
            between = behind;
        }
        true
    }

    /// The pattern, character by character.
    pub(crate) fn atoms(&self) -> impl Iterator<Item = Atom> + Clone + '_ {
        let rest = self.rest.iter().flat_map(|rest| {
            let chunks = rest.middle.iter().chain(std::iter::once(&rest.tail));
            chunks.flat_map(|chunk| std::iter::once(Atom::AnyRun).chain(chunk.atoms()))
        });
        self.head.atoms().chain(rest)
    }
}

impl Chunk {
    fn new(pieces: &[Piece]) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for piece in pieces {
            match (piece, parts.last_mut()) {
                (Piece::Literal(literal), _) => parts.push(Part::Literal(literal.clone())),
                (Piece::AnyCharacter, Some(Part::Characters(count))) => *count += 1,
                (Piece::AnyCharacter, Some(Part::Literal(_)) | None) => parts.push(Part::Characters(1)),
                (Piece::AnyRun | Piece::Variable(_), _) => {}
            }
        }
        Self(parts.into())
    }

    /// What follows, if `text` begins with a match.
    fn strip_from_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().try_fold(text, |rest, part| match part {
            Part::Literal(literal) => rest.strip_prefix(&**literal),
            Part::Characters(count) => {
                let mut characters = rest.chars();
                characters.nth(count - 1)?;
                Some(characters.as_str())
            }
        })
    }

    /// What precedes, if `text` ends with a match.
    fn strip_from_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().rev().try_fold(text, |rest, part| match part {
            Part::Literal(literal) => rest.strip_suffix(&**literal),
            Part::Characters(count) => {
                let mut characters = rest.chars();
                characters.nth_back(count - 1)?;
                Some(characters.as_str())
            }
        })
    }

    /// What follows the first match in `text`.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &*self.0 {
            [] => Some(text),
            [Part::Literal(literal)] => {
                let at = position(text.as_bytes(), literal.as_bytes())?;
                text.get(at + literal.len()..)
            }
            // Overlapping occurrences count: `aa?b` begins at the second `a` of `aaaab`.
            [Part::Literal(literal), ..] => {
                let mut from = 0;
                loop {
                    let at = from + position(text.as_bytes().get(from..)?, literal.as_bytes())?;
                    if let Some(behind) = text.get(at..).and_then(|rest| self.strip_from_start(rest)) {
                        return Some(behind);
                    }
                    from = at + 1;
                }
            }
            [Part::Characters(_), ..] => text.char_indices().find_map(|(at, _)| self.strip_from_start(text.get(at..)?)),
        }
    }

    fn atoms(&self) -> impl Iterator<Item = Atom> + Clone + '_ {
        self.0.iter().flat_map(|part| {
            let (literal, count) = match part {
                Part::Literal(literal) => (&**literal, 0),
                Part::Characters(count) => ("", *count),
            };
            literal.chars().map(Atom::Character).chain(std::iter::repeat_n(Atom::AnyCharacter, count))
        })
    }
}

/// Where `part` first stands in `text`.
///
/// In short texts, such as ARNs, preparing a search that never looks twice takes longer than looking twice.
fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    if text.len() > SHORT {
        return memchr::memmem::find(text, part);
    }
    let Some((first, _)) = part.split_first() else { return Some(0) };
    let last_start = text.len().checked_sub(part.len())?;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(*first, text.get(from..=last_start)?)?;
        if text.get(at..)?.starts_with(part) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The most bytes of a text that is searched plainly.
const SHORT: usize = 128;
