//! Resources of which only a pattern is known, against patterns of a policy: is all of it covered, or some, or nothing?
//!
//! Apart from the glob, because here both sides have wildcards, and theirs differ in meaning: the policy's `*` is what
//! it covers, the request's is what is not known.

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
    /// One ARN; a `*` in it is a character.
    Literal(Literal<'a>),
    /// One ARN of a family.
    Family(Family<'a>),
    /// An action without resources, judged on `*`.
    Star,
    /// A resource nothing is known of.
    Anything,
}

/// One ARN, and how often it was compared.
#[derive(Clone, Debug)]
pub(crate) struct Literal<'a> {
    pub(crate) arn: &'a str,
    compared: Cell<u32>,
    signature: Cell<Signature>,
}

/// A signature takes as long to make as a few patterns to read, so it is made only for those that follow.
const COMPARED_WITHOUT: u32 = 4;

/// All ARNs that a request's resource may turn out to be.
#[derive(Clone, Debug)]
pub(crate) struct Family<'a> {
    before_account: &'a str,
    account: Account,
    after_account: &'a str,
    stars: Stars,
    /// The text with marks for what is not known, if it has such a form.
    marked: OnceCell<Option<Marked>>,
}

/// A text with marks, and the pairs of letters in it that are known.
#[derive(Clone, Debug)]
struct Marked {
    text: Box<[u8]>,
    known: Signature,
}

/// The account field of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    /// As it stands in the text.
    Written,
    /// Any twelve digits.
    Any,
}

/// What a `*` in a family's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stars {
    /// A character.
    Literal,
    /// A run of characters that the request does not show, each of these.
    Unknown(NamePart),
}

/// A character of a family's ARNs.
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

    /// Whether which account owns the resource is not known.
    pub(crate) fn has_unknown_account(&self) -> bool {
        match self {
            Self::Family(family) => family.account == Account::Any,
            Self::Literal(_) | Self::Star | Self::Anything => false,
        }
    }

    /// Whether a part of the name, or all of it, is not known.
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

/// Which characters a `*` in the ARN can be. Where a field before the name is not known, nothing is known of the name.
fn name_part(arn: &str) -> NamePart {
    let mut fields = arn.splitn(6, ':');
    let known = fields.by_ref().take(5).all(|field| !field.contains('*'));
    let Some((prefix, name)) = fields.next().and_then(|resource| resource.split_once(':')) else {
        return NamePart::Any;
    };
    if known && arn.split(':').nth(2) == Some("rds") { NamePart::of_name(prefix, name) } else { NamePart::Any }
}

/// What stands before and after the account field, if it holds the word for an account that is not known.
fn around_unknown_account(arn: &str) -> Option<(&str, &str)> {
    let fourth_colon = memchr::memchr_iter(b':', arn.as_bytes()).nth(3)?;
    let (before, rest) = arn.split_at_checked(fourth_colon + 1)?;
    let after = rest.strip_prefix(UNKNOWN_ACCOUNT)?;
    after.starts_with(':').then_some((before, after))
}

impl Literal<'_> {
    /// The ARN's signature, once it is worth its making.
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
    /// Whether the ARNs of the family are among those of the pattern: true for all of them, false for none.
    ///
    /// True and false are proven; where a proof is out of reach the answer is unknown.
    /// What is not above `floor` is not told apart.
    pub(crate) fn relation(&self, pattern: Parts<'_>, needed: Needed, floor: Truth) -> Truth {
        let run = match self.stars {
            Stars::Literal => None,
            Stars::Unknown(part) => Some(part),
        };
        let Some(marked) = self.marked.get_or_init(|| self.mark()) else { return self.relation_by_symbols(pattern) };
        let meets = || match run {
            // A run can have every pair.
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

    /// The text with marks: of ASCII texts in which nothing follows a run that is not known.
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

    /// The text before the account field where the account is not known, and the whole text where it is.
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

/// How a pattern stands to the texts that begin with `before` and end with `after`, with something between them.
pub(crate) fn relation_between(pattern: Parts<'_>, before: &str, after: &str) -> Truth {
    let literal = |text: &str| text.chars().map(Symbol::Character).collect::<Vec<_>>();
    let text = [literal(before), vec![Symbol::AnyRun(NamePart::Any)], literal(after)].concat();
    relation_of_symbols(pattern, text.iter().copied())
}

/// How a pattern stands to the texts that symbols stand for: true for all of them, false for none.
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

/// Whether the pattern stands for every text of the family.
///
/// An unknown run is covered by a `*` only, an unknown digit by `*` or `?`: what is covered so is covered whatever the
/// run or digit turns out to be. On a mismatch the last `*` takes one symbol more.
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

/// Whether what comes before the first wildcard already differs from every text of the family.
fn begins_otherwise(pattern: impl Iterator<Item = Atom>, text: impl Iterator<Item = Symbol>) -> bool {
    let pairs = pattern
        .zip(text)
        .inspect(|_| steps::spend(4))
        .take_while(|(atom, symbol)| !matches!((atom, symbol), (Atom::AnyRun, _) | (_, Symbol::AnyRun(_))));
    pairs.into_iter().any(|(atom, symbol)| !atom_meets(atom, symbol))
}

/// Whether the pattern stands for at least one text of the family.
///
/// Follows all ways to read the pattern at once: a number `n` in `reached` says that its first `n` atoms can have read
/// what came so far.
fn meets(pattern: impl Iterator<Item = Atom>, text: impl Iterator<Item = Symbol>) -> bool {
    let atoms: Vec<Atom> = pattern.collect();
    steps::spend(100 + 4 * atoms.len());
    let mut reached = Bits::new(atoms.len() + 1);
    let mut next = Bits::new(atoms.len() + 1);
    let enter = |places: &mut Bits, mut at: usize| {
        // A `*` may stand for nothing.
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
            // The run may be empty, and each of its characters leads one atom further.
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
