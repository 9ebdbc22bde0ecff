//! Wildcard patterns without variables: compiled once, matched without backtracking.
//!
//! A pattern is split at its `*`. The first part must match at the start, the last at the end, and each of the others
//! is searched for after the one before: taking its first occurrence never prevents a later match, so no step is
//! undone.

use super::marks::{Fit, MOST_FALSE_STARTS};
use super::{Piece, Resolved, Variable, template::Atom, window};
use crate::policy::{Context, steps};

/// A compiled wildcard pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// The parts between the `*`, concatenated: UTF-8, with [`ANY_CHARACTER`] for each `?`.
    bytes: Box<[u8]>,
    /// The end of each part. The first part begins at 0. There is always at least one part, and one `*` less than
    /// parts.
    ends: Box<[usize]>,
}

/// Represents `?` in the bytes of a part; no UTF-8 text contains this byte.
pub(super) const ANY_CHARACTER: u8 = 0xff;

/// A pattern's parts between its `*`, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'p> {
    bytes: &'p [u8],
    ends: &'p [usize],
}

impl<'p> Parts<'p> {
    /// Bytes with the offsets at which parts end; see [`Glob`].
    pub(super) fn new(bytes: &'p [u8], ends: &'p [usize]) -> Self {
        Self { bytes, ends }
    }

    fn part(self, start: usize, end: usize) -> &'p [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The part before the first `*`, those between two, and the part after the last; without a `*` only the first.
    pub(super) fn split(self) -> (&'p [u8], impl Iterator<Item = &'p [u8]>, Option<&'p [u8]>) {
        let (head_end, between) = match self.ends {
            [] => (0, &[][..]),
            [head_end] => (*head_end, &[][..]),
            [head_end, between @ .., _] => (*head_end, between),
        };
        let tail_start = between.last().copied().unwrap_or(head_end);
        let tail = (self.ends.len() > 1).then(|| self.part(tail_start, self.bytes.len()));
        let starts = std::iter::once(head_end).chain(between.iter().copied());
        let middle = starts.zip(between).map(move |(start, end)| self.part(start, *end));
        (self.part(0, head_end), middle, tail)
    }

    /// The pattern as a sequence of atoms.
    pub(super) fn atoms(self) -> impl Iterator<Item = Atom> + Clone + 'p {
        let starts = std::iter::once(&0).chain(self.ends.iter());
        starts.zip(self.ends.iter()).enumerate().flat_map(move |(index, (start, end))| {
            let run = (index > 0).then_some(Atom::AnyRun);
            run.into_iter().chain(part_atoms(self.part(*start, *end)))
        })
    }
}

impl Glob {
    /// Compiles pieces without variables.
    pub(crate) fn new(pieces: &[Piece]) -> Self {
        Self::compile(pieces, |_| "")
    }

    /// Compiles pieces with variables replaced by their values; every variable must have one.
    pub(crate) fn resolved<'t>(pieces: &'t [Piece], context: &'t dyn Context) -> Self {
        Self::compile(pieces, |variable| match variable.resolve(context) {
            Resolved::Text(text) => text,
            Resolved::NoValue | Resolved::Unknown => "",
        })
    }

    fn compile<'t>(pieces: &'t [Piece], text_of: impl Fn(&'t Variable) -> &'t str) -> Self {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Literal(literal) => bytes.extend_from_slice(literal.as_bytes()),
                Piece::AnyCharacter => bytes.push(ANY_CHARACTER),
                Piece::AnyRun => ends.push(bytes.len()),
                Piece::Variable(variable) => bytes.extend_from_slice(text_of(variable).as_bytes()),
            }
        }
        ends.push(bytes.len());
        steps::spend(50 + bytes.len() / 4 + 10 * pieces.len());
        Self { bytes: bytes.into(), ends: ends.into() }
    }

    /// Whether the pattern matches `text`. The time is proportional to the text's length and, for parts with `?`, to
    /// one sixty-fourth of the text's length times the part's.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (Some((head_end, ends)), text) = (self.ends.split_first(), text.as_bytes()) else { return false };
        let Some(mut text) = strip_from_start(text, self.part(0, *head_end)) else { return false };
        let Some((_, middle)) = ends.split_last() else { return text.is_empty() };
        let tail_start = middle.last().unwrap_or(head_end);
        match strip_from_end(text, self.part(*tail_start, self.bytes.len())) {
            Some(before_tail) => text = before_tail,
            None => return false,
        }
        let mut start = *head_end;
        for end in middle {
            match find(text, self.part(start, *end)) {
                Some(behind) => (text, start) = (behind, *end),
                None => return false,
            }
        }
        true
    }

    /// The parts of the pattern between its `*`.
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts::new(&self.bytes, &self.ends)
    }

    fn part(&self, start: usize, end: usize) -> &[u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }
}

fn part_atoms(part: &[u8]) -> impl Iterator<Item = Atom> + Clone + '_ {
    part.split_inclusive(|byte| *byte == ANY_CHARACTER).flat_map(|piece| {
        let (literal, any) = match piece.split_last() {
            Some((&ANY_CHARACTER, literal)) => (literal, Some(Atom::AnyCharacter)),
            Some(_) | None => (piece, None),
        };
        // The bytes between two marks are a literal of the pattern, and therefore UTF-8.
        let literal = std::str::from_utf8(literal).unwrap_or_default();
        literal.chars().map(Atom::Character).chain(any)
    })
}

/// The length of the character that begins with `lead`.
fn width(lead: u8) -> usize {
    match lead {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
    }
}

/// The rest of `text` after a match of the part at its start.
fn strip_from_start<'t>(text: &'t [u8], part: &[u8]) -> Option<&'t [u8]> {
    if let Some(behind) = text.strip_prefix(part) {
        return Some(behind);
    }
    let (mut text, mut part) = (text, part);
    while let Some(mark) = memchr::memchr(ANY_CHARACTER, part) {
        steps::spend(5 + mark / 8);
        let (literal, rest) = part.split_at_checked(mark)?;
        text = text.strip_prefix(literal)?;
        text = text.get(width(*text.first()?)..)?;
        part = rest.get(1..)?;
    }
    text.strip_prefix(part)
}

/// The rest of `text` before a match of the part at its end.
fn strip_from_end<'t>(text: &'t [u8], part: &[u8]) -> Option<&'t [u8]> {
    if let Some(before) = text.strip_suffix(part) {
        return Some(before);
    }
    let (mut text, mut part) = (text, part);
    while let Some(mark) = memchr::memrchr(ANY_CHARACTER, part) {
        steps::spend(5 + (part.len() - mark) / 8);
        let (rest, literal) = part.split_at_checked(mark)?;
        text = text.strip_suffix(literal.get(1..)?)?;
        let lead = text.iter().rposition(|byte| is_boundary(*byte))?;
        text = text.get(..lead)?;
        part = rest;
    }
    text.strip_suffix(part)
}

/// Whether a character begins with this byte.
fn is_boundary(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// The rest of `text` after the first match of the part.
fn find<'t>(text: &'t [u8], part: &[u8]) -> Option<&'t [u8]> {
    let literal_length = memchr::memchr(ANY_CHARACTER, part).unwrap_or(part.len());
    let literal = part.get(..literal_length)?;
    if literal_length == part.len() {
        return text.get(position(text, literal)? + literal_length..);
    }
    // Overlapping occurrences count: `aa?b` matches at the second `a` of `aaaab`.
    let (mut from, mut false_starts) = (0, 0);
    loop {
        let rest = text.get(from..)?;
        let start =
            if literal.is_empty() { rest.iter().position(|byte| is_boundary(*byte)) } else { position(rest, literal) };
        let at = from + start?;
        if let Some(behind) = strip_from_start(text.get(at..)?, part) {
            return Some(behind);
        }
        from = at + 1;
        steps::spend(4 + part.len() / 8);
        false_starts += part.len();
        if false_starts > MOST_FALSE_STARTS {
            let rest = text.get(next_boundary(text, from)..)?;
            return rest.get(window::first_end(rest, part, Fit::Covers)?..);
        }
    }
}

/// The start of the first character at or after `from`.
fn next_boundary(text: &[u8], from: usize) -> usize {
    let behind = text.get(from..).and_then(|rest| rest.iter().position(|byte| is_boundary(*byte)));
    behind.map_or(text.len(), |length| from + length)
}

/// The offset of the first occurrence of `literal` in `text`.
///
/// In short texts, such as ARNs, preparing a linear-time search takes longer than occasionally checking a byte twice.
pub(super) fn position(text: &[u8], literal: &[u8]) -> Option<usize> {
    if text.len() > SHORT {
        steps::spend(50 + text.len());
        return memchr::memmem::find(text, literal);
    }
    let Some(first) = literal.first() else { return Some(0) };
    let last_start = text.len().checked_sub(literal.len())?;
    let mut from = 0;
    for _ in 0..FALSE_STARTS_OF_LITERAL {
        steps::spend(4);
        let at = from + memchr::memchr(*first, text.get(from..=last_start)?)?;
        if text.get(at..)?.starts_with(literal) {
            return Some(at);
        }
        from = at + 1;
    }
    steps::spend(50 + text.len());
    memchr::memmem::find(text.get(from..)?, literal).map(|at| from + at)
}

/// Number of false starts at a literal's first letter before the rest of a text is searched with the prepared search.
const FALSE_STARTS_OF_LITERAL: usize = 16;

/// Maximum length in bytes of a text that is searched without preparation.
const SHORT: usize = 128;
