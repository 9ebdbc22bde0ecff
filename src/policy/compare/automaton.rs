//! Generates a text for each combination of wildcard patterns that can match at once, by running all patterns in
//! parallel.
//!
//! Each pattern is an automaton whose states are positions in the pattern. All automata run in parallel over texts
//! that grow character by character; texts that lead all patterns to the same positions are equivalent. For each set
//! of patterns that some text matches, and for no other set, the result has one such text, within a limit on the
//! number of states visited.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
};

/// A step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// This character.
    Character(char),
    /// Any one character.
    Any,
    /// Any run of characters.
    Run,
    /// Any one character except a colon: `?` in a field of an ARN.
    AnyInField,
    /// Any run without a colon: `*` in a field of an ARN.
    RunInField,
}

/// Patterns that are run in parallel.
#[derive(Debug)]
pub(super) struct Machine {
    patterns: Vec<Vec<Step>>,
    /// Cache: the texts that were found from a state.
    known: RefCell<HashMap<(State, Ends), Vec<String>>>,
}

/// Which texts are generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ends {
    /// Any text.
    Anything,
    /// A name: it begins with a letter or a digit, and has neither `*` nor `?`.
    Name,
    /// A name without capital letters.
    LowerCaseName,
    /// Letters and digits only, beginning with a letter.
    Word,
}

impl Ends {
    fn allows(self, character: char, first: bool) -> bool {
        let begins = !first || character.is_ascii_alphanumeric();
        let plain = character != '*' && character != '?';
        match self {
            Self::Anything => true,
            Self::Name => begins && plain,
            Self::LowerCaseName => begins && plain && !character.is_ascii_uppercase(),
            Self::Word => character.is_ascii_alphanumeric() && (!first || character.is_ascii_alphabetic()),
        }
    }
}

/// The positions reached in each pattern.
type State = Vec<Vec<u16>>;

/// Maximum number of states that are visited.
const MOST_STATES: usize = 2_000;

/// Maximum length of generated texts in bytes.
const LONGEST: usize = 256;

impl Machine {
    pub(super) fn new(patterns: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let distinct: BTreeSet<Vec<Step>> = patterns.into_iter().collect();
        Self { patterns: distinct.into_iter().collect(), known: RefCell::default() }
    }

    fn start(&self) -> State {
        self.patterns.iter().map(|pattern| closed(pattern, vec![0])).collect()
    }

    fn advance(&self, state: &State, character: char) -> State {
        let pairs = self.patterns.iter().zip(state);
        pairs.map(|(pattern, places)| closed(pattern, stepped(pattern, places, character))).collect()
    }

    /// The state after reading a text.
    pub(super) fn behind(&self, text: &str) -> State {
        text.chars().fold(self.start(), |state, character| self.advance(&state, character))
    }

    /// Which patterns accept in a state.
    fn accepted(&self, state: &State) -> Vec<bool> {
        let pairs = self.patterns.iter().zip(state);
        pairs.map(|(pattern, places)| places.iter().any(|at| usize::from(*at) == pattern.len())).collect()
    }

    /// The characters that still matter in a state, preceded by one that is different from all of them.
    fn alphabet(&self, state: &State) -> Vec<char> {
        let live = self.patterns.iter().zip(state).filter(|(_, places)| !places.is_empty());
        let ahead = live.flat_map(|(pattern, places)| pattern.iter().skip(places.first().copied().unwrap_or(0).into()));
        let named: BTreeSet<char> = ahead
            .filter_map(|step| match step {
                Step::Character(character) => Some(*character),
                Step::Any | Step::Run | Step::AnyInField | Step::RunInField => None,
            })
            .collect();
        let fresh = ('a'..='z').rev().chain('0'..='9').find(|fresh| !named.contains(fresh));
        fresh.into_iter().chain(named).collect()
    }

    /// Texts that begin with `head`, one for each set of patterns that such a text can match.
    pub(super) fn texts(&self, head: &str, ends: Ends) -> Vec<String> {
        let start = self.behind(head);
        let mut known = self.known.borrow_mut();
        let tails = known.entry((start, ends)).or_insert_with_key(|(start, ends)| self.tails(start.clone(), *ends));
        tails.iter().map(|tail| format!("{head}{tail}")).collect()
    }

    fn tails(&self, start: State, ends: Ends) -> Vec<String> {
        let alphabet = self.alphabet(&start);
        let mut found: Vec<String> = Vec::new();
        let mut accepted: HashSet<Vec<bool>> = HashSet::new();
        let mut seen: HashSet<State> = HashSet::new();
        let mut queue = VecDeque::from([(start, String::new())]);
        while let Some((state, text)) = queue.pop_front() {
            // The empty text is a case of its own: as the value of a key it counts as no value.
            let wanted = if text.is_empty() { ends == Ends::Anything } else { accepted.insert(self.accepted(&state)) };
            if wanted {
                found.push(text.clone());
            }
            if text.len() >= LONGEST || seen.len() >= MOST_STATES {
                continue;
            }
            for character in alphabet.iter().filter(|character| ends.allows(**character, text.is_empty())) {
                let next = self.advance(&state, *character);
                if seen.insert(next.clone()) {
                    queue.push_back((next, format!("{text}{character}")));
                }
            }
        }
        found
    }
}

/// The positions after reading one character.
fn stepped(pattern: &[Step], places: &[u16], character: char) -> Vec<u16> {
    let mut next = Vec::with_capacity(places.len() + 1);
    for at in places {
        let to = match pattern.get(usize::from(*at)) {
            Some(Step::Character(wanted)) if *wanted == character => at + 1,
            Some(Step::Any) => at + 1,
            Some(Step::AnyInField) if character != ':' => at + 1,
            Some(Step::Run) => *at,
            Some(Step::RunInField) if character != ':' => *at,
            Some(Step::Character(_) | Step::AnyInField | Step::RunInField) | None => continue,
        };
        next.push(to);
    }
    next
}

/// The positions in order, including those after runs that match the empty text.
fn closed(pattern: &[Step], mut places: Vec<u16>) -> Vec<u16> {
    let mut at = 0;
    while let Some(place) = places.get(at).copied() {
        if matches!(pattern.get(usize::from(place)), Some(Step::Run | Step::RunInField)) {
            places.push(place + 1);
        }
        at += 1;
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// The steps of a literal text.
pub(super) fn literal(text: &str) -> Vec<Step> {
    text.chars().map(Step::Character).collect()
}
