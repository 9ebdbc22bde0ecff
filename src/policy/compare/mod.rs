//! Finds what two policies decide differently, action by action, with a request that demonstrates each difference.
//!
//! Compares meaning, not text. Requests are built from the distinctions that the policies themselves make: names for
//! each combination of their wildcards that can match, values at, below and above each boundary, callers that are
//! named and callers that are not. Each candidate is evaluated by both policies before it is reported. Finding none
//! does not prove equivalence: the search is thorough but limited, see docs/policy-changes.md.

mod actions;
mod automaton;
mod principals;
mod resources;
mod scene;
mod search;
mod texts;
mod values;

use std::collections::BTreeMap;

use scene::Scene;
pub use values::KeyValue;

use super::{Policy, Statement, Version};
use crate::aws::{PrincipalArn, RequestResource};

/// An action, and the resources that its requests can act on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The action with its prefix, `rds:CreateDBInstance`.
    pub name: String,
    /// The types of its resources.
    pub types: Vec<AskedType>,
    /// Whether it is also judged on `*`, because no other resource may be named.
    pub star: bool,
    /// Whether the service has the action; otherwise nothing is known about its resources.
    pub known: bool,
}

/// A resource type of an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedType {
    /// The part before the name in an ARN, `db`.
    pub prefix: String,
    /// Whether its ARN has no region.
    pub global: bool,
    /// Whether its names are in lower case.
    pub lower_case: bool,
    /// Whether a call without a name is judged on the literal `*`.
    pub lists: bool,
}

/// Which policy allows what the other one does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// The new one allows it, the old one does not.
    Gained,
    /// The old one allows it, the new one does not.
    Lost,
}

/// An action that is decided differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The action with its prefix.
    pub action: String,
    /// Whether the service has it; otherwise it represents actions that do not exist yet.
    pub known: bool,
    /// Which of the two policies allows it.
    pub direction: Direction,
    /// A request that demonstrates it.
    pub witness: Witness,
}

/// A request that one policy allows and the other does not.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The caller.
    pub principal: PrincipalArn,
    /// The resource that it acts on.
    pub resource: RequestResource,
    /// The condition keys that the policies use, in lower case.
    pub context: Vec<(String, KeyValue)>,
    /// The old policy's decision: `allow`, `explicit_deny` or `implicit_deny`.
    pub old: &'static str,
    /// The new policy's decision.
    pub new: &'static str,
}

/// The statements of one policy that apply to an action.
#[derive(Debug)]
pub(crate) struct Side<'p> {
    policy: &'p Policy,
    version: Version,
    about: Vec<&'p Statement>,
    /// Their indices in the policy.
    places: Vec<usize>,
}

impl<'p> Side<'p> {
    fn new(policy: &'p Policy, action: &str) -> Self {
        let numbered = policy.statements().iter().enumerate();
        let (places, about) = numbered.filter(|(_, statement)| statement.actions().include(action)).unzip();
        Self { policy, version: policy.version().unwrap_or_default(), about, places }
    }

    fn statements(&self) -> impl Iterator<Item = &'p Statement> + '_ {
        self.about.iter().copied()
    }
}

/// Compares two policies for the actions of `universe`, and for one action of each kind that is not in it.
#[must_use]
pub fn compare(old: &Policy, new: &Policy, universe: &[Asked]) -> Vec<Difference> {
    let further = actions::unknown(&[old, new], universe);
    let mut known: BTreeMap<_, Vec<(Direction, Witness)>> = BTreeMap::new();
    let mut differences = Vec::new();
    for asked in universe.iter().chain(&further) {
        let sides = [Side::new(old, &asked.name), Side::new(new, &asked.name)];
        // Actions to which the same statements apply, on the same types, are decided the same way.
        let about = sides.each_ref().map(|side| side.places.clone());
        let same = (about, asked.types.clone(), asked.star, asked.known);
        let found = known.entry(same).or_insert_with(|| witnesses(asked, &sides));
        differences.extend(found.iter().map(|(direction, witness)| Difference {
            action: asked.name.clone(),
            known: asked.known,
            direction: *direction,
            witness: witness.clone(),
        }));
    }
    differences
}

/// Witnesses for an action, at most one for each direction.
fn witnesses(asked: &Asked, sides: &[Side<'_>; 2]) -> Vec<(Direction, Witness)> {
    let [old, new] = sides;
    if old.about == new.about && old.version == new.version {
        return Vec::new();
    }
    let mut found: Vec<(Direction, Witness)> = Vec::new();
    let accounts = principals::accounts(sides);
    for scene in Scene::all(asked, sides, &accounts) {
        for direction in [Direction::Gained, Direction::Lost] {
            if found.iter().any(|(known, _)| *known == direction) {
                continue;
            }
            found.extend(scene.witness(asked, sides, direction).map(|witness| (direction, witness)));
        }
        if found.len() == 2 {
            break;
        }
    }
    found.sort_by_key(|(direction, _)| *direction);
    found
}

#[cfg(test)]
mod tests;
