//! Finds the statements that apply to an action by walking a tree along the action's letters, instead of checking
//! every statement.

use std::collections::{BTreeMap, HashMap};

use super::Statement;
use super::principal::Form;
use super::statement::{ActionPattern, Effect};

/// The statements of a policy by action, separately for Deny and Allow.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    deny: Actions,
    allow: Actions,
}

/// The statements of one effect by action.
#[derive(Clone, Debug)]
struct Actions {
    /// A radix tree over the text before the first wildcard.
    root: Node,
    /// Statements with `NotAction`: each must be checked.
    all_but: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// The letters between its parent and itself, including the first.
    label: Box<[u8]>,
    leaf: Leaf,
    children: Box<[Node]>,
}

/// The statements with patterns whose text before the first wildcard ends at this node.
#[derive(Clone, Debug, Default)]
struct Leaf {
    /// Those whose action is exactly this text.
    exact: Vec<usize>,
    /// Patterns that continue with a wildcard; equal ones are merged.
    wild: Vec<(ActionPattern, Vec<usize>)>,
}

impl Index {
    pub(crate) fn new(statements: &[Statement]) -> Self {
        let of = |effect| {
            let numbered = statements.iter().enumerate();
            Actions::new(numbered.filter(|(_, statement)| statement.effect == effect))
        };
        Self { deny: of(Effect::Deny), allow: of(Effect::Allow) }
    }

    /// Calls `visit` with the index of each statement of `effect` that applies to the action, given in lower case,
    /// until it returns true. A statement may be visited more than once.
    pub(crate) fn any(
        &self,
        effect: Effect,
        action: &str,
        statements: &[Statement],
        mut visit: impl FnMut(usize, &Statement) -> bool,
    ) -> bool {
        let actions = match effect {
            Effect::Deny => &self.deny,
            Effect::Allow => &self.allow,
        };
        let mut visit_number =
            |number: &usize| statements.get(*number).is_some_and(|statement| visit(*number, statement));
        if actions.any_listed(action, &mut visit_number) {
            return true;
        }
        let concerns =
            |number: &usize| statements.get(*number).is_some_and(|statement| statement.actions.include_lower(action));
        actions.all_but.iter().any(|number| concerns(number) && visit_number(number))
    }
}

impl Actions {
    fn new<'s>(statements: impl Iterator<Item = (usize, &'s Statement)>) -> Self {
        let mut leaves: BTreeMap<Vec<u8>, Leaf> = BTreeMap::new();
        let mut joined: HashMap<&'s str, usize> = HashMap::new();
        let mut all_but = Vec::new();
        for (number, statement) in statements {
            if statement.actions.form == Form::AllButListed {
                all_but.push(number);
                continue;
            }
            for entry in essential(&statement.actions.entries) {
                let action = entry.pattern.as_str();
                let letters = action.split(['*', '?']).next().unwrap_or_default();
                let leaf = leaves.entry(letters.as_bytes().to_vec()).or_default();
                if letters.len() == action.len() {
                    leaf.exact.push(number);
                    continue;
                }
                let at = *joined.entry(action).or_insert(leaf.wild.len());
                match leaf.wild.get_mut(at) {
                    Some((_, numbers)) => numbers.push(number),
                    None => leaf.wild.push((entry.clone(), vec![number])),
                }
            }
        }
        let mut leaves: Vec<(Vec<u8>, Leaf)> = leaves.into_iter().collect();
        Self { root: Node::new(Box::default(), &mut leaves, 0), all_but }
    }

    /// Visits statements that apply to the action through a listed pattern, until a visit returns true.
    fn any_listed(&self, action: &str, visit: &mut impl FnMut(&usize) -> bool) -> bool {
        let (mut node, mut rest) = (&self.root, action.as_bytes());
        loop {
            for (pattern, numbers) in &node.leaf.wild {
                if pattern.matches_lower(action) && numbers.iter().any(&mut *visit) {
                    return true;
                }
            }
            let Some(letter) = rest.first() else { return node.leaf.exact.iter().any(&mut *visit) };
            let child = node.children.iter().find(|child| child.label.first() == Some(letter));
            let Some(child) = child else { return false };
            let Some(behind) = rest.strip_prefix(&*child.label) else { return false };
            (node, rest) = (child, behind);
        }
    }
}

impl Node {
    /// Creates the node after the first `depth` letters, which all of `leaves`, sorted, have in common.
    fn new(label: Box<[u8]>, leaves: &mut [(Vec<u8>, Leaf)], depth: usize) -> Self {
        let mut node = Self { label, leaf: Leaf::default(), children: Box::default() };
        match leaves.split_first_mut() {
            Some(((letters, leaf), deeper)) if letters.len() == depth => {
                node.leaf = std::mem::take(leaf);
                node.with_children(deeper, depth)
            }
            Some(_) | None => node.with_children(leaves, depth),
        }
    }

    fn with_children(mut self, leaves: &mut [(Vec<u8>, Leaf)], depth: usize) -> Self {
        let mut children = Vec::new();
        for family in leaves.chunk_by_mut(|(a, _), (b, _)| a.get(depth) == b.get(depth)) {
            let shared = match (family.first(), family.last()) {
                (Some((first, _)), Some((last, _))) => {
                    first.iter().zip(last).skip(depth).take_while(|(a, b)| a == b).count()
                }
                (_, _) => 0,
            };
            let letters = family.first().and_then(|(letters, _)| letters.get(depth..depth + shared));
            let label = letters.unwrap_or_default().into();
            children.push(Self::new(label, family, depth + shared));
        }
        self.children = children.into();
        self
    }
}

/// Maximum number of patterns of a statement that are compared with each other.
const FEW_PATTERNS: usize = 64;

/// The patterns of a statement except those that a wider pattern of the same statement covers. For a long list it
/// returns all patterns, since pairwise comparison would take longer than it saves.
fn essential(entries: &[ActionPattern]) -> impl Iterator<Item = &ActionPattern> {
    let compared = if entries.len() <= FEW_PATTERNS { entries } else { &[] };
    entries.iter().enumerate().filter_map(|(at, entry)| {
        let covered = compared.iter().enumerate().any(|(other_at, other)| {
            // If two cover each other, the first one is kept.
            other_at != at && covers(other, entry) && (!covers(entry, other) || other_at < at)
        });
        (!covered).then_some(entry)
    })
}

/// Whether `wide` matches every action that `narrow` does; false also if that would be hard to determine.
fn covers(wide: &ActionPattern, narrow: &ActionPattern) -> bool {
    // The narrow pattern is matched as text. That is wrong only if a `?` would have to match a `*`.
    let readable_as_text = !(wide.text.contains('?') && narrow.text.contains('*'));
    readable_as_text && wide.matches_lower(narrow.pattern.as_str())
}
