//! Which statements concern an action: found by walking the action's letters, not by asking every statement.

use super::Statement;
use super::principal::Form;
use super::statement::{ActionPattern, Effect};

/// The statements of a policy by action, denying and allowing ones apart.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    deny: Actions,
    allow: Actions,
}

/// The statements of one effect by action.
#[derive(Clone, Debug)]
struct Actions {
    /// A trie over what stands before the first wildcard. The first node is its root; there always is one.
    nodes: Vec<Node>,
    /// Statements with `NotAction`: there is no telling without asking.
    all_but: Vec<u32>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// The next letter and where it leads, sorted by letter.
    children: Vec<(u8, u32)>,
    /// Statements about exactly the letters up to here.
    exact: Vec<u32>,
    /// Patterns that go on with a wildcard, equal ones joined.
    wild: Vec<(ActionPattern, Vec<u32>)>,
}

impl Index {
    pub(crate) fn new(statements: &[Statement]) -> Self {
        let of = |effect| {
            let numbered = (0..).zip(statements);
            Actions::new(numbered.filter(|(_, statement)| statement.effect == effect))
        };
        Self { deny: of(Effect::Deny), allow: of(Effect::Allow) }
    }

    /// Calls `visit` with the number of each statement of `effect` that concerns the action, given in lower case, until
    /// it returns true. A statement may be visited more than once.
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
        let mut visit_number = |number: &u32| {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            statements.get(at).is_some_and(|statement| visit(at, statement))
        };
        if actions.any_listed(action, &mut visit_number) {
            return true;
        }
        let concerns = |number: &u32| {
            let at = usize::try_from(*number).unwrap_or(usize::MAX);
            statements.get(at).is_some_and(|statement| statement.actions.include_lower(action))
        };
        actions.all_but.iter().any(|number| concerns(number) && visit_number(number))
    }
}

impl Actions {
    fn new<'s>(statements: impl Iterator<Item = (u32, &'s Statement)>) -> Self {
        let mut actions = Self { nodes: vec![Node::default()], all_but: Vec::new() };
        for (number, statement) in statements {
            match statement.actions.form {
                Form::AllButListed => actions.all_but.push(number),
                Form::Listed => {
                    for entry in essential(&statement.actions.entries) {
                        actions.insert(entry, number);
                    }
                }
            }
        }
        actions
    }

    fn insert(&mut self, entry: &ActionPattern, number: u32) {
        let action = entry.pattern.as_str();
        let prefix_length = action.find(['*', '?']).unwrap_or(action.len());
        let mut at = 0;
        for letter in action.bytes().take(prefix_length) {
            at = self.child(at, letter);
        }
        let Some(node) = self.nodes.get_mut(at) else { return };
        if prefix_length == action.len() {
            node.exact.push(number);
            return;
        }
        match node.wild.iter_mut().find(|(known, _)| known.pattern == entry.pattern) {
            Some((_, numbers)) => numbers.push(number),
            None => node.wild.push((entry.clone(), vec![number])),
        }
    }

    /// The node behind `letter`, made if there is none.
    fn child(&mut self, at: usize, letter: u8) -> usize {
        let fresh = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else { return at };
        match node.children.binary_search_by_key(&letter, |(letter, _)| *letter) {
            Ok(found) => node.children.get(found).and_then(|(_, child)| usize::try_from(*child).ok()).unwrap_or(at),
            Err(place) => {
                node.children.insert(place, (letter, u32::try_from(fresh).unwrap_or(u32::MAX)));
                self.nodes.push(Node::default());
                fresh
            }
        }
    }

    /// Visits what concerns the action through a listed pattern, until a visit returns true.
    fn any_listed(&self, action: &str, visit: &mut impl FnMut(&u32) -> bool) -> bool {
        let mut letters = action.bytes();
        let mut node = self.nodes.first();
        while let Some(here) = node {
            for (pattern, numbers) in &here.wild {
                if pattern.matches_lower(action) && numbers.iter().any(&mut *visit) {
                    return true;
                }
            }
            let Some(letter) = letters.next() else { return here.exact.iter().any(&mut *visit) };
            let child = here.children.binary_search_by_key(&letter, |(letter, _)| *letter);
            node = child
                .ok()
                .and_then(|found| here.children.get(found))
                .and_then(|(_, child)| self.nodes.get(usize::try_from(*child).ok()?));
        }
        false
    }
}

/// The patterns of a statement without those that a wider one of the same statement covers.
fn essential(entries: &[ActionPattern]) -> impl Iterator<Item = &ActionPattern> {
    entries.iter().enumerate().filter_map(|(at, entry)| {
        let covered = entries.iter().enumerate().any(|(other_at, other)| {
            // Of two that cover each other the first stays.
            other_at != at && covers(other, entry) && (!covers(entry, other) || other_at < at)
        });
        (!covered).then_some(entry)
    })
}

/// Whether `wide` stands for every action that `narrow` does; false also where that would be hard to tell.
fn covers(wide: &ActionPattern, narrow: &ActionPattern) -> bool {
    // Matched as text: but a `?` does not stand for what a `*` may.
    let readable_as_text = !(wide.text.contains('?') && narrow.text.contains('*'));
    readable_as_text && wide.matches_lower(narrow.pattern.as_str())
}
