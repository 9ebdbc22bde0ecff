//! The search for a request that one policy allows and the other does not.
//!
//! A request is chosen from several lists: callers, resources, values of each key. For each item it is known which
//! statements it rules out. The goal is one item of each list such that one Allow matches, every Deny of the same
//! policy is ruled out, and in the other policy every Allow is ruled out or one Deny matches. Items that rule out the
//! same statements are merged, and an item that rules out less than another is dropped, so that few combinations
//! remain.

use crate::policy::Truth;

/// The truth of each statement for each item of one list: `truths[statement][item]`.
#[derive(Debug)]
pub(super) struct Dimension {
    pub(super) truths: Vec<Vec<Truth>>,
    pub(super) items: usize,
}

/// Statements as a set of bits.
type Bits = Vec<u64>;

/// An item that is kept, and what it rules out.
struct Choice {
    item: usize,
    rules_out: Bits,
}

/// Maximum number of search steps for one goal.
const MOST_STEPS: usize = 20_000;

/// Calls `found` with combinations, an item of each dimension, under which every statement of `matching` is true and
/// every one of `ruled_out` is false, until it returns true.
pub(super) fn combinations(
    dimensions: &[Dimension],
    matching: &[usize],
    ruled_out: &[usize],
    found: &mut dyn FnMut(&[usize]) -> bool,
) -> bool {
    let mut choices: Vec<Vec<Choice>> = Vec::with_capacity(dimensions.len());
    for dimension in dimensions {
        let kept = choices_of(dimension, matching, ruled_out);
        if kept.is_empty() {
            return false;
        }
        choices.push(kept);
    }
    let words = ruled_out.len().div_ceil(64);
    // What the dimensions from each index on can still rule out.
    let mut reach: Vec<Bits> = vec![vec![0; words]; choices.len() + 1];
    for at in (0..choices.len()).rev() {
        let mut bits = reach.get(at + 1).cloned().unwrap_or_default();
        choices.get(at).into_iter().flatten().for_each(|choice| add(&mut bits, &choice.rules_out));
        if let Some(place) = reach.get_mut(at) {
            *place = bits;
        }
    }
    let mut walk = Walk { choices, reach, goal: full(ruled_out.len()), steps: 0, found };
    walk.from(0, &vec![0; words], &mut Vec::new())
}

struct Walk<'f> {
    choices: Vec<Vec<Choice>>,
    reach: Vec<Bits>,
    goal: Bits,
    steps: usize,
    found: &'f mut dyn FnMut(&[usize]) -> bool,
}

impl Walk<'_> {
    fn from(&mut self, at: usize, so_far: &Bits, picked: &mut Vec<usize>) -> bool {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return false;
        }
        let mut possible = so_far.clone();
        self.reach.get(at).into_iter().for_each(|reach| add(&mut possible, reach));
        if possible != self.goal {
            return false;
        }
        let Some(choices) = self.choices.get(at) else { return (self.found)(picked) };
        let options: Vec<(usize, Bits)> = choices
            .iter()
            .map(|choice| {
                let mut bits = so_far.clone();
                add(&mut bits, &choice.rules_out);
                (choice.item, bits)
            })
            .collect();
        for (item, bits) in options {
            picked.push(item);
            if self.from(at + 1, &bits, picked) {
                return true;
            }
            picked.pop();
        }
        false
    }
}

/// The items under which every statement of `matching` can be true; only the first of those that rule out the same.
fn choices_of(dimension: &Dimension, matching: &[usize], ruled_out: &[usize]) -> Vec<Choice> {
    let truth = |statement: usize, item: usize| dimension.truths.get(statement).and_then(|truths| truths.get(item));
    let mut kept: Vec<Choice> = Vec::new();
    for item in 0..dimension.items {
        if !matching.iter().all(|statement| truth(*statement, item) == Some(&Truth::True)) {
            continue;
        }
        let mut rules_out = vec![0; ruled_out.len().div_ceil(64)];
        for (at, statement) in ruled_out.iter().enumerate() {
            if truth(*statement, item) == Some(&Truth::False)
                && let Some(word) = rules_out.get_mut(at / 64)
            {
                *word |= 1 << (at % 64);
            }
        }
        if kept.iter().any(|other| within(&rules_out, &other.rules_out)) {
            continue;
        }
        kept.retain(|other| !within(&other.rules_out, &rules_out));
        kept.push(Choice { item, rules_out });
    }
    kept
}

fn full(length: usize) -> Bits {
    let mut bits = vec![u64::MAX; length.div_ceil(64)];
    if let Some(last) = bits.last_mut()
        && !length.is_multiple_of(64)
    {
        *last = (1 << (length % 64)) - 1;
    }
    bits
}

fn add(bits: &mut Bits, more: &Bits) {
    bits.iter_mut().zip(more).for_each(|(word, more)| *word |= more);
}

fn within(small: &Bits, large: &Bits) -> bool {
    small.iter().zip(large).all(|(small, large)| small & !large == 0)
}
