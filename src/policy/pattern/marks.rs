//! Matches the parts of a pattern, byte by byte, against texts with marks in place of unknown parts.
//!
//! For texts that are otherwise ASCII and in which an unknown run can only be at the end, which are nearly all.
//! `family.rs` has the general algorithm.

use super::glob::{ANY_CHARACTER, Parts, position};
use super::window;
use crate::aws::rds::NamePart;
use crate::policy::steps;

/// The mark for any one digit. No UTF-8 text contains this byte.
pub(super) const DIGIT: u8 = 0xc0;
/// The mark for a run of characters. No UTF-8 text contains this byte either.
pub(super) const RUN: u8 = 0xc1;

/// How many of the texts that a marked text represents must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// All of them.
    Covers,
    /// At least one of them.
    Meets,
}

/// Whether a byte is a mark.
pub(super) fn is_mark(byte: u8) -> bool {
    matches!(byte, DIGIT | RUN)
}

/// Whether the pattern matches all texts that a marked text represents.
pub(super) fn covers(parts: Parts<'_>, text: &[u8]) -> bool {
    fits(parts, text, Fit::Covers)
}

/// Whether the pattern matches at least one of the texts. `run` gives the characters of a run at the end.
pub(super) fn meets(parts: Parts<'_>, text: &[u8], run: Option<NamePart>) -> bool {
    match (run, text.split_last()) {
        (Some(run), Some((&RUN, before))) => meets_before_run(parts, before, run),
        (_, _) => fits(parts, text, Fit::Meets),
    }
}

fn fits_byte(atom: u8, mark: u8, fit: Fit) -> bool {
    match mark {
        RUN => false,
        DIGIT => atom == ANY_CHARACTER || fit == Fit::Meets && atom.is_ascii_digit(),
        byte => atom == byte || atom == ANY_CHARACTER,
    }
}

fn fits_all(part: &[u8], text: &[u8], fit: Fit) -> bool {
    part.len() == text.len() && fitting(part, text, fit) == part.len()
}

/// The number of bytes of the part that match the start of the text.
fn fitting(part: &[u8], text: &[u8], fit: Fit) -> usize {
    let count = part.iter().zip(text).take_while(|(atom, mark)| fits_byte(**atom, **mark, fit)).count();
    steps::spend(1 + count);
    count
}

fn fits(parts: Parts<'_>, text: &[u8], fit: Fit) -> bool {
    let (head, middle, tail) = parts.split();
    let Some((start, rest)) = text.split_at_checked(head.len()) else { return false };
    if !fits_all(head, start, fit) {
        return false;
    }
    let Some(tail) = tail else { return rest.is_empty() };
    let Some(tail_start) = rest.len().checked_sub(tail.len()) else { return false };
    let Some((mut between, end)) = rest.split_at_checked(tail_start) else { return false };
    if !fits_all(tail, end, fit) {
        return false;
    }
    for part in middle {
        match find(between, part, fit) {
            Some(behind) => between = behind,
            None => return false,
        }
    }
    true
}

/// Whether the pattern matches one of the texts that begin with `text` and continue with a run.
///
/// Finding parts as early as possible in the known text leaves most of it for the following parts. The first part
/// that is not found there must extend into the run or lie in it, and so must all parts after it.
fn meets_before_run(parts: Parts<'_>, text: &[u8], run: NamePart) -> bool {
    let (head, mut middle, tail) = parts.split();
    let shared = head.len().min(text.len());
    let (Some((start, mut rest)), Some((first, further))) =
        (text.split_at_checked(shared), head.split_at_checked(shared))
    else {
        return false;
    };
    if !fits_all(first, start, Fit::Meets) || !in_run(further, run) {
        return false;
    }
    let Some(tail) = tail else { return rest.is_empty() };
    for part in middle.by_ref() {
        match find(rest, part, Fit::Meets) {
            Some(behind) => rest = behind,
            None => return reaches_into(part, rest, run) && middle.all(|part| in_run(part, run)) && in_run(tail, run),
        }
    }
    reaches_into(tail, rest, run)
}

/// Whether the part matches the end of the text followed by the run, or the run alone.
fn reaches_into(part: &[u8], text: &[u8], run: NamePart) -> bool {
    let longest = part.len().min(text.len());
    steps::spend(1 + part.len());
    let outside = part.iter().rposition(|atom| !is_in_run(*atom, run));
    // Characters that the run cannot have must be in the text.
    (outside.map_or(0, |at| at + 1)..=longest).any(|length| {
        let end = text.len().checked_sub(length).and_then(|start| text.get(start..));
        let (Some(end), Some(first)) = (end, part.get(..length)) else { return false };
        fits_all(first, end, Fit::Meets)
    })
}

/// Whether a run can contain the part.
fn in_run(part: &[u8], run: NamePart) -> bool {
    steps::spend(1 + part.len());
    part.iter().all(|atom| is_in_run(*atom, run))
}

fn is_in_run(atom: u8, run: NamePart) -> bool {
    !atom.is_ascii() || run.allows(char::from(atom))
}

/// The rest of the text after the first match of the part.
fn find<'t>(text: &'t [u8], part: &[u8], fit: Fit) -> Option<&'t [u8]> {
    let Some(first) = part.first() else { return Some(text) };
    let is_plain = |atom: &u8| *atom != ANY_CHARACTER && (fit == Fit::Covers || !atom.is_ascii_digit());
    if part.iter().all(is_plain) {
        // A mark is not equal to any of its bytes.
        return text.get(position(text, part)? + part.len()..);
    }
    let last_start = text.len().checked_sub(part.len())?;
    let (mut at, mut false_starts) = (0, 0);
    while at <= last_start {
        if is_plain(first) {
            steps::spend(2);
            at += memchr::memchr(*first, text.get(at..=last_start)?)?;
        }
        let known = fitting(part, text.get(at..)?, fit);
        at += 1;
        if known == part.len() {
            return text.get(at - 1 + known..);
        }
        false_starts += known;
        if false_starts > MOST_FALSE_STARTS {
            let rest = text.get(at..)?;
            return rest.get(window::first_end(rest, part, fit)?..);
        }
    }
    None
}

/// Number of bytes in partial matches before the rest of a text is searched with the prepared search.
pub(super) const MOST_FALSE_STARTS: usize = 256;
