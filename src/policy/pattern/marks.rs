//! Texts with marks in place of what is not known of them, against the parts of a pattern, byte by byte.
//!
//! For texts that are ASCII otherwise and in which a run that is not known can only be the last thing: nearly all there
//! are. `family.rs` has the general way.

use super::glob::{ANY_CHARACTER, Parts};
use super::window;
use crate::aws::rds::NamePart;
use crate::policy::Truth;

/// Any one digit. No UTF-8 text has this byte.
pub(super) const DIGIT: u8 = 0xc0;
/// A run of characters. No UTF-8 text has this byte either.
pub(super) const RUN: u8 = 0xc1;

/// Which of the texts that a marked text stands for have to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// All.
    Covers,
    /// At least one.
    Meets,
}

/// How the pattern stands to the texts: true for all of them, false for none. A `run` is what the last mark stands for.
pub(super) fn relation(parts: Parts<'_>, text: &[u8], run: Option<NamePart>) -> Truth {
    let meets = match (run, text.split_last()) {
        (Some(run), Some((&RUN, before))) => meets_before_run(parts, before, run),
        (_, _) => fits(parts, text, Fit::Meets),
    };
    if !meets {
        Truth::False
    } else if fits(parts, text, Fit::Covers) {
        Truth::True
    } else {
        Truth::Unknown
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
    part.len() == text.len() && part.iter().zip(text).all(|(atom, mark)| fits_byte(*atom, *mark, fit))
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

/// Whether the pattern stands for one of the texts that begin with `text` and go on with a run.
///
/// What is found in the text itself leaves most of it for what follows; the first part that is not has to reach into the
/// run or be in it, and so have all after it.
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

/// Whether the part fits the end of the text and then the run, or the run alone.
fn reaches_into(part: &[u8], text: &[u8], run: NamePart) -> bool {
    let longest = part.len().min(text.len());
    (0..=longest).any(|length| {
        let end = text.len().checked_sub(length).and_then(|start| text.get(start..));
        let (Some(end), Some((first, further))) = (end, part.split_at_checked(length)) else { return false };
        in_run(further, run) && fits_all(first, end, Fit::Meets)
    })
}

/// Whether a run can have the part in it.
fn in_run(part: &[u8], run: NamePart) -> bool {
    part.iter().all(|atom| !atom.is_ascii() || run.allows(char::from(*atom)))
}

/// What follows the first place in the text at which the part fits.
fn find<'t>(text: &'t [u8], part: &[u8], fit: Fit) -> Option<&'t [u8]> {
    let mut false_starts = 0;
    for (at, place) in text.windows(part.len().max(1)).enumerate() {
        let known = part.iter().zip(place).take_while(|(atom, mark)| fits_byte(**atom, **mark, fit)).count();
        if known == part.len() {
            return text.get(at + part.len()..);
        }
        false_starts += known;
        if false_starts > MOST_FALSE_STARTS {
            let rest = text.get(at + 1..)?;
            return rest.get(window::first_end(rest, part, fit)?..);
        }
    }
    part.is_empty().then_some(text)
}

/// How many bytes may have fitted in vain before the rest of a text is searched with preparation.
pub(super) const MOST_FALSE_STARTS: usize = 256;
