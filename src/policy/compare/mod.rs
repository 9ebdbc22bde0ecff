//! What two policies decide differently, action by action, each difference with a request that shows it.
//!
//! By meaning, not by text. Requests are put together from what the policies themselves tell apart: names for every way in
//! which their wildcards match, values at, below and above each boundary, callers that are named and such that are not.
//! Every request is put to both policies before it is told. That none is found is no proof, only a thorough search; what it
//! looks through is said in docs/policy-changes.md.

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

/// An action, and what a request of it acts on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// The action with its prefix, `rds:CreateDBInstance`.
    pub name: String,
    /// The types of its resources.
    pub types: Vec<AskedType>,
    /// Whether it is judged on `*` as well, for want of another resource.
    pub star: bool,
    /// Whether the service has it: of another nothing is known of the resource.
    pub known: bool,
}

/// A resource type of an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedType {
    /// What stands before the name in an ARN, `db`.
    pub prefix: String,
    /// Whether its ARN has no region.
    pub global: bool,
    /// Whether its names are in lower case.
    pub lower_case: bool,
    /// Whether a call without a name is judged on the literal `*`.
    pub lists: bool,
}

/// Which policy allows what the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// The new one allows it, the old one did not.
    Gained,
    /// The old one allowed it, the new one does not.
    Lost,
}

/// An action that is decided differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The action.
    pub action: String,
    /// Whether the service has it; else it stands for actions that are not there yet.
    pub known: bool,
    /// Which policy allows.
    pub direction: Direction,
    /// A request that shows it.
    pub witness: Witness,
}

/// A request that one policy allows and the other does not.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Who asks.
    pub principal: PrincipalArn,
    /// What it acts on.
    pub resource: RequestResource,
    /// The condition keys that the policies speak of, as they write them.
    pub context: Vec<(String, KeyValue)>,
    /// What the old policy says: `allow`, `explicit_deny`, `implicit_deny`.
    pub old: &'static str,
    /// What the new policy says.
    pub new: &'static str,
}

/// The statements of one policy that are about an action.
#[derive(Debug)]
pub(crate) struct Side<'p> {
    policy: &'p Policy,
    version: Version,
    about: Vec<&'p Statement>,
    /// Their numbers in the policy.
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

/// The actions of `universe`, and one for each kind of action that neither names: which are decided differently, and how.
#[must_use]
pub fn compare(old: &Policy, new: &Policy, universe: &[Asked]) -> Vec<Difference> {
    let further = actions::unknown(&[old, new], universe);
    let mut known: BTreeMap<_, Vec<(Direction, Witness)>> = BTreeMap::new();
    let mut differences = Vec::new();
    for asked in universe.iter().chain(&further) {
        let sides = [Side::new(old, &asked.name), Side::new(new, &asked.name)];
        // Actions that the same statements are about, on the same types, are decided alike.
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

/// What an action shows, each direction at most once.
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
