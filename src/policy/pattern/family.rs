//! Matches patterns of a policy against resources of which only a pattern is known: is all of it covered, some of it,
//! or nothing?
//!
//! Separate from the glob, because here both sides have wildcards with different meanings: the policy's `*` is what
//! it covers, the request's `*` is what is not known.

use std::cell::{Cell, OnceCell};

use crate::aws::{RequestResource, ResourceKind, UNKNOWN_ACCOUNT, rds::NamePart};
use crate::policy::Truth;

use super::glob::Parts;
use super::marks::{self, DIGIT, RUN};
use super::signature::{Needed, Signature};
use super::template::Atom;
use crate::policy::{bits::Bits, steps};

/// A request's resource, prepared for matching.
#[derive(Clone, Debug)]
pub(crate) enum Target<'a> {
    /// One ARN; a `*` in it is a plain character.
    Literal(Literal<'a>),
    /// One ARN of a family.
    Family(Family<'a>),
    /// An action without resources, judged on `*`.
    Star,
    /// A resource of which nothing is known.
    Anything,
}

/// One ARN, and how often it was compared.
#[derive(Clone, Debug)]
pub(crate) struct Literal<'a> {
    pub(crate) arn: &'a str,
    compared: Cell<u32>,
    signature: Cell<Signature>,
}

/// Number of comparisons without a signature: making one takes as long as matching a few patterns, so it is made only
/// for later comparisons.
const COMPARED_WITHOUT: u32 = 4;

/// All ARNs that a request's resource may have.
#[derive(Clone, Debug)]
pub(crate) struct Family<'a> {
    before_account: &'a str,
    account: Account,
    after_account: &'a str,
    stars: Stars,
    /// The text with marks for the unknown parts, if it can be represented this way.
    marked: OnceCell<Option<Marked>>,
}

/// A text with marks, and the pairs of letters that are known to be in it.
#[derive(Clone, Debug)]
struct Marked {
    text: Box<[u8]>,
    known: Signature,
}

/// The account field of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    /// As written in the text.
    Written,
    /// Any twelve digits.
    Any,
}

/// The meaning of a `*` in a family's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stars {
    /// A plain character.
    Literal,
    /// A run of characters that the request does not contain, each of which is one of these.
    Unknown(NamePart),
}

/// One element of a family's ARNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    Character(char),
    AnyDigit,
    AnyRun(NamePart),
}

impl<'a> Target<'a> {
    pub(crate) fn new(resource: &'a RequestResource) -> Self {
        let stars = match resource.kind {
            ResourceKind::Star => return Self::Star,
            ResourceKind::Unknown => return Self::Anything,
            ResourceKind::Exact | ResourceKind::All => Stars::Literal,
            ResourceKind::Default | ResourceKind::UnknownId => Stars::Unknown(name_part(&resource.arn)),
        };
        let arn = &*resource.arn;
        if let Some((before_account, after_account)) = around_unknown_account(arn) {
            return Self::Family(Family {
                before_account,
                account: Account::Any,
                after_account,
                stars,
                marked: OnceCell::new(),
            });
        }
        if stars != Stars::Literal && arn.contains('*') {
            let marked = OnceCell::new();
            return Self::Family(Family {
                before_account: arn,
                account: Account::Written,
                after_account: "",
                stars,
                marked,
            });
        }
        Self::Literal(Literal { arn, compared: Cell::new(0), signature: Cell::default() })
    }

    /// Whether the account that owns the resource is unknown.
    pub(crate) fn has_unknown_account(&self) -> bool {
        match self {
            Self::Family(family) => family.account == Account::Any,
            Self::Literal(_) | Self::Star | Self::Anything => false,
        }
    }

    /// Whether the name is partly or completely unknown.
    pub(crate) fn has_unknown_name(&self) -> bool {
        match self {
            Self::Family(family) => {
                let starred = family.before_account.contains('*') || family.after_account.contains('*');
                family.stars != Stars::Literal && starred
            }
            Self::Anything => true,
            Self::Literal(_) | Self::Star => false,
        }
    }
}

/// The characters that a `*` in the ARN can match. If a field before the name is not known, nothing is known about
/// the name.
fn name_part(arn: &str) -> NamePart {
    let mut fields = arn.splitn(6, ':');
    let known = fields.by_ref().take(5).all(|field| !field.contains('*'));
    let Some((prefix, name)) = fields.next().and_then(|resource| resource.split_once(':')) else {
        return NamePart::Any;
    };
    if known && arn.split(':').nth(2) == Some("rds") { NamePart::of_name(prefix, name) } else { NamePart::Any }
}

/// The text before and after the account field, if the field has the word for an unknown account.
fn around_unknown_account(arn: &str) -> Option<(&str, &str)> {
    let fourth_colon = memchr::memchr_iter(b':', arn.as_bytes()).nth(3)?;
    let (before, rest) = arn.split_at_checked(fourth_colon + 1)?;
    let after = rest.strip_prefix(UNKNOWN_ACCOUNT)?;
    after.starts_with(':').then_some((before, after))
}

impl Literal<'_> {
    /// The ARN's signature, once enough comparisons justify the cost of computing it.
    pub(crate) fn signature(&self) -> Option<Signature> {
        let compared = self.compared.get();
        if compared > COMPARED_WITHOUT {
            return Some(self.signature.get());
        }
        self.compared.set(compared + 1);
        if compared == COMPARED_WITHOUT {
            self.signature.set(Signature::of_text(self.arn));
            return Some(self.signature.get());
        }
        None
    }
}

impl<'a> Family<'a> {
    /// Whether the pattern matches the ARNs of the family: true if it matches all of them, false if it matches none.
    ///
    /// True and false are proven; if a proof is out of reach, the result is unknown. Results that are not above
    /// `floor` are not distinguished.
    pub(crate) fn relation(&self, pattern: Parts<'_>, needed: Needed, floor: Truth) -> Truth {
        let run = match self.stars {
            Stars::Literal => None,
            Stars::Unknown(part) => Some(part),
        };
        let Some(marked) = self.marked.get_or_init(|| self.mark()) else { return self.relation_by_symbols(pattern) };
        let meets = || match run {
            // A run can contain every pair.
            Some(run) => marks::meets(pattern, &marked.text, Some(run)),
            None => needed.without_digits.is_within(marked.known) && marks::meets(pattern, &marked.text, None),
        };
        if needed.pairs.is_within(marked.known) && marks::covers(pattern, &marked.text) {
            Truth::True
        } else if floor != Truth::False || meets() {
            Truth::Unknown
        } else {
            Truth::False
        }
    }

    /// The text with marks. Only for ASCII texts in which nothing follows an unknown run.
    fn mark(&self) -> Option<Marked> {
        let digits = match self.account {
            Account::Written => &[][..],
            Account::Any => &[DIGIT; 12],
        };
        let mut text = [self.before_account.as_bytes(), digits, self.after_account.as_bytes()].concat();
        let runs = match self.stars {
            Stars::Literal => 0,
            Stars::Unknown(_) => memchr::memchr_iter(b'*', &text).count(),
        };
        if runs == 1 && text.last() == Some(&b'*') {
            text.pop();
            text.push(RUN);
        } else if runs > 0 {
            return None;
        }
        let is_ascii = self.before_account.is_ascii() && self.after_account.is_ascii();
        is_ascii.then(|| {
            let mut known = Signature::default();
            text.split(|byte| marks::is_mark(*byte)).for_each(|part| known.add(part));
            Marked { text: text.into(), known }
        })
    }

    /// The same for every text, symbol by symbol.
    pub(crate) fn relation_by_symbols(&self, pattern: Parts<'_>) -> Truth {
        relation_of_symbols(pattern, self.symbols())
    }

    /// The text before the account field if the account is not known, otherwise the whole text.
    pub(crate) fn before_account(&self) -> &'a str {
        self.before_account
    }

    fn symbols(&self) -> impl Iterator<Item = Symbol> + Clone + '_ {
        let digits = match self.account {
            Account::Written => 0,
            Account::Any => 12,
        };
        let stars = self.stars;
        let symbol = move |character| match (character, stars) {
            ('*', Stars::Unknown(part)) => Symbol::AnyRun(part),
            _ => Symbol::Character(character),
        };
        let account = std::iter::repeat_n(Symbol::AnyDigit, digits);
        self.before_account.chars().map(symbol).chain(account).chain(self.after_account.chars().map(symbol))
    }
}

/// Whether a pattern matches the texts that begin with `before` and end with `after`, with something between them.
pub(crate) fn relation_between(pattern: Parts<'_>, before: &str, after: &str) -> Truth {
    let literal = |text: &str| text.chars().map(Symbol::Character).collect::<Vec<_>>();
    let text = [literal(before), vec![Symbol::AnyRun(NamePart::Any)], literal(after)].concat();
    relation_of_symbols(pattern, text.iter().copied())
}

/// Whether a pattern matches the texts that the symbols represent: true for all of them, false for none.
fn relation_of_symbols(pattern: Parts<'_>, text: impl Iterator<Item = Symbol> + Clone) -> Truth {
    if begins_otherwise(pattern.atoms(), text.clone()) {
        Truth::False
    } else if covers(pattern.atoms(), text.clone()) {
        Truth::True
    } else if meets(pattern.atoms(), text) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

/// Whether the pattern matches every text of the family.
///
/// Only a `*` covers an unknown run, and only `*` or `?` an unknown digit: such a match holds whatever the run or
/// digit is. On a mismatch the last `*` takes one more symbol.
pub(crate) fn covers(pattern: impl Iterator<Item = Atom> + Clone, text: impl Iterator<Item = Symbol> + Clone) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    let mut last_run = None;
    loop {
        steps::spend(8);
        if steps::are_used_up() {
            return false;
        }
        let mut ahead = pattern.clone();
        let atom = ahead.next();
        if atom == Some(Atom::AnyRun) {
            pattern = ahead;
            last_run = Some((pattern.clone(), text.clone()));
            continue;
        }
        let mut behind = text.clone();
        let matched = match (atom, behind.next()) {
            (None, None) => return true,
            (Some(_), None) => return false,
            (None, Some(_)) => false,
            (Some(atom), Some(symbol)) => atom_covers(atom, symbol),
        };
        if matched {
            (pattern, text) = (ahead, behind);
            continue;
        }
        let Some((run_pattern, run_text)) = &mut last_run else { return false };
        run_text.next();
        pattern = run_pattern.clone();
        text = run_text.clone();
    }
}

fn atom_covers(atom: Atom, symbol: Symbol) -> bool {
    match (atom, symbol) {
        (Atom::Character(a), Symbol::Character(b)) => a == b,
        (Atom::AnyCharacter, Symbol::Character(_) | Symbol::AnyDigit) | (Atom::AnyRun, _) => true,
        (Atom::Character(_), Symbol::AnyDigit | Symbol::AnyRun(_)) | (Atom::AnyCharacter, Symbol::AnyRun(_)) => false,
    }
}

/// Whether the text before the first wildcard already differs from every text of the family.
fn begins_otherwise(pattern: impl Iterator<Item = Atom>, text: impl Iterator<Item = Symbol>) -> bool {
    let pairs = pattern
        .zip(text)
        .inspect(|_| steps::spend(4))
        .take_while(|(atom, symbol)| !matches!((atom, symbol), (Atom::AnyRun, _) | (_, Symbol::AnyRun(_))));
    pairs.into_iter().any(|(atom, symbol)| !atom_meets(atom, symbol))
}

/// Whether the pattern matches at least one text of the family.
///
/// Follows all ways to match the pattern at once: a number `n` in `reached` means that its first `n` atoms can have
/// matched the text so far.
fn meets(pattern: impl Iterator<Item = Atom>, text: impl Iterator<Item = Symbol>) -> bool {
    let atoms: Vec<Atom> = pattern.collect();
    steps::spend(100 + 4 * atoms.len());
    let mut reached = Bits::new(atoms.len() + 1);
    let mut next = Bits::new(atoms.len() + 1);
    let enter = |places: &mut Bits, mut at: usize| {
        // A `*` may match the empty text.
        while places.insert(at) && atoms.get(at) == Some(&Atom::AnyRun) {
            at += 1;
        }
    };
    enter(&mut reached, 0);
    for symbol in text {
        if steps::are_used_up() {
            return true;
        }
        if matches!(symbol, Symbol::AnyRun(_)) {
            steps::spend(4 * atoms.len());
            // The run may be empty, and each of its characters advances by at most one atom.
            for (at, atom) in atoms.iter().enumerate() {
                if reached.contains(at) && atom_meets(*atom, symbol) {
                    enter(&mut reached, at + 1);
                }
            }
            continue;
        }
        next.clear();
        steps::spend(16 + atoms.len() / 32);
        for at in reached.iter() {
            steps::spend(4);
            match atoms.get(at) {
                Some(Atom::AnyRun) => enter(&mut next, at),
                Some(atom) if atom_meets(*atom, symbol) => enter(&mut next, at + 1),
                Some(_) | None => {}
            }
        }
        std::mem::swap(&mut reached, &mut next);
        if reached.is_empty() {
            return false;
        }
    }
    reached.contains(atoms.len())
}

fn atom_meets(atom: Atom, symbol: Symbol) -> bool {
    match (atom, symbol) {
        (Atom::Character(a), Symbol::Character(b)) => a == b,
        (Atom::Character(a), Symbol::AnyDigit) => a.is_ascii_digit(),
        (Atom::Character(character), Symbol::AnyRun(part)) => part.allows(character),
        (Atom::AnyCharacter | Atom::AnyRun, _) => true,
    }
}
