//! Compares parameter names with the table: known, nearly known, or new.
//!
//! What the service does with `dbinstanceidentifier`, with index `01`, or with `Tags.Label.1.Key` where its model has
//! `Tags.Tag.1.Key`, is not documented. It may ignore the parameter or use it, so such a name is refused. The label
//! `member` is another spelling of the model's own, see [`lists`](super::lists). A name that is not similar to any
//! known one passes: AWS adds parameters all the time.

use std::{cmp::Ordering, iter::Peekable};

use crate::aws::rds::{Operation, Parameter};

/// The operation's parameter with this name, where `#` in the table matches any index.
pub(super) fn find(operation: &Operation, name: &str) -> Option<&'static Parameter> {
    let parameters: &'static [Parameter] = operation.parameters;
    let at = if memchr::memchr(b'.', name.as_bytes()).is_some() {
        // The table's placeholder is not an index.
        if memchr::memchr(b'#', name.as_bytes()).is_some() {
            return None;
        }
        parameters.binary_search_by(|parameter| compare(parameter.name, name))
    } else {
        parameters.binary_search_by(|parameter| parameter.name.cmp(name))
    };
    parameters.get(at.ok()?)
}

/// Whether a name matches a template in any spelling: any letter case, any label of a list's elements, any index.
pub(super) fn is_spelling_of(template: &str, name: &str) -> bool {
    let mut sent = name.split('.');
    let mut labels = template.split('.').peekable();
    while let Some(label) = labels.next() {
        let Some(found) = sent.next() else { return false };
        let any = label == "#" || labels.peek() == Some(&"#");
        if !any && !found.eq_ignore_ascii_case(label) {
            return false;
        }
    }
    sent.next().is_none()
}

/// Whether a name matches a template, where `#` matches any index.
pub(super) fn matches(template: &str, name: &str) -> bool {
    compare(template, name) == Ordering::Equal
}

/// The name among `known` from which `name` differs only in letter case, list label, index or shape.
pub(super) fn near_miss<'k>(mut known: impl Iterator<Item = &'k str>, name: &str) -> Option<&'k str> {
    let first = tokens(name).find_map(Token::word)?;
    let letter = first.bytes().next().map(|byte| byte.to_ascii_lowercase());
    let begins_so = |template: &str| {
        // Most differ in their first letter.
        if template.bytes().next().map(|byte| byte.to_ascii_lowercase()) != letter {
            return None;
        }
        let (head, rest) = template.as_bytes().split_at_checked(first.len())?;
        Some(head.eq_ignore_ascii_case(first.as_bytes()) && matches!(rest, [] | [b'.', ..]))
    };
    known.find(|template| begins_so(template) == Some(true) && resembles(template, name))
}

/// Parses a label as an index in the form that the service uses: from 1, without a leading zero, within 31 bits.
pub(super) fn index(label: &str) -> Option<u32> {
    let decimal = matches!(label.as_bytes(), [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
    if decimal { label.parse().ok().filter(|index| *index <= i32::MAX.unsigned_abs()) } else { None }
}

/// The indexes in a name, in order.
pub(super) fn indexes(name: &str) -> impl Iterator<Item = u32> {
    name.split('.').filter_map(index)
}

/// Orders a template and a name as text, as if each index in the name were `#`.
fn compare(template: &str, name: &str) -> Ordering {
    let (mut template, mut name) = (template.as_bytes(), name.as_bytes());
    loop {
        let same = template.iter().zip(name).take_while(|(a, b)| a == b).count();
        template = template.get(same..).unwrap_or_default();
        name = name.get(same..).unwrap_or_default();
        // A `#` is a whole label, and the text compared with it starts a label, since everything before is equal.
        match (template, name) {
            ([b'#', rest @ ..], [b'0'..=b'9', ..]) => {
                let end = memchr::memchr(b'.', name).unwrap_or(name.len());
                let (label, after) = name.split_at_checked(end).unwrap_or((name, &[]));
                if std::str::from_utf8(label).ok().and_then(index).is_none() {
                    return Ordering::Less;
                }
                (template, name) = (rest, after);
            }
            _ => return template.cmp(name),
        }
    }
}

/// A token of a name that was sent.
#[derive(Clone, Copy, PartialEq)]
enum Token<'n> {
    /// A word of letters.
    Word(&'n str),
    /// A number in any notation: `1`, `01`, `0x1`, `1e9`.
    Number,
}

impl<'n> Token<'n> {
    fn word(self) -> Option<&'n str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Number => None,
        }
    }
}

/// Splits a name at every character that is neither a letter nor a digit: dots, brackets, blanks, signs.
fn tokens(name: &str) -> impl Iterator<Item = Token<'_>> + Clone {
    let labels = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|label| !label.is_empty());
    labels.map(|label| if label.starts_with(|c: char| c.is_ascii_digit()) { Token::Number } else { Token::Word(label) })
}

/// Whether a name, which begins with the template's first word, differs from the template only in letter case, list
/// labels, indexes, or by a missing or additional part.
fn resembles(template: &str, name: &str) -> bool {
    let mut sent = tokens(name).peekable();
    let mut labels = template.split('.').peekable();
    while let Some(label) = labels.next() {
        if labels.next_if_eq(&"#").is_some() {
            // A list: its label may be a different one, or missing if an index follows.
            let mut ahead = sent.clone();
            match ahead.next() {
                Some(Token::Word(word)) => {
                    if ahead.peek() == Some(&Token::Number) || is_list_label(word, label) {
                        sent.next();
                    }
                }
                Some(Token::Number) | None => {}
            }
            skip_index(labels.peek().copied(), &mut sent);
            continue;
        }
        while sent.next_if_eq(&Token::Number).is_some() || skips_element(label, &mut sent) {}
        match sent.next() {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case(label) => {}
            Some(_) => return false,
            // The name ends before the template does: a list or structure sent as a plain value.
            None => return true,
        }
    }
    // The name continues after the template's end: a plain value sent as a list or structure.
    true
}

/// Skips the tokens in the position of an index: numbers, or a word before the label that follows.
fn skip_index<'n>(next: Option<&str>, sent: &mut Peekable<impl Iterator<Item = Token<'n>> + Clone>) {
    let is_next = |token: Option<Token<'_>>| matches!((token, next), (Some(Token::Word(word)), Some(next)) if word.eq_ignore_ascii_case(next));
    let mut ahead = sent.clone();
    let word = matches!(ahead.next(), Some(Token::Word(_)));
    if word && !is_next(sent.peek().copied()) && is_next(ahead.next()) {
        sent.next();
    }
    while sent.next_if_eq(&Token::Number).is_some() {}
}

/// Skips the label and the index of a list element where the template does not have a list.
fn skips_element<'n>(label: &str, sent: &mut Peekable<impl Iterator<Item = Token<'n>> + Clone>) -> bool {
    let mut ahead = sent.clone();
    let member = matches!(ahead.next(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("member"));
    let found = member && !label.eq_ignore_ascii_case("member") && ahead.next() == Some(Token::Number);
    if found {
        *sent = ahead;
    }
    found
}

fn is_list_label(word: &str, own: &str) -> bool {
    [own, "member", "item", "entry"].iter().any(|label| word.eq_ignore_ascii_case(label))
}
