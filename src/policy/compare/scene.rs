//! The lists from which requests are chosen, and the truth of each statement for each of their items.

use std::collections::{BTreeMap, BTreeSet};

use super::search::{self, Dimension};
use super::{Asked, Direction, KeyValue, Side, Witness, principals, resources, values};
use crate::aws::{AccountId, PrincipalArn, RequestResource, ResourceKind};
use crate::policy::pattern::Target;
use crate::policy::{
    Condition, Context as _, Decision, Effect, Lookup, Principal, Request, RequestContext, Statement, Truth, Version,
};

/// Lists to choose requests from, for one assignment of the policy variables.
pub(super) struct Scene {
    callers: Vec<PrincipalArn>,
    resources: Vec<RequestResource>,
    /// The free keys, in lower case, with their values.
    keys: Vec<(String, Vec<KeyValue>)>,
    /// Callers, resources, then each key.
    dimensions: Vec<Dimension>,
    /// The statements, the old policy's before the new one's: the effect, and whether it belongs to the new policy.
    statements: Vec<(Effect, bool)>,
}

/// Maximum number of variable assignments that are tried.
const MOST_SCENES: usize = 64;

impl Scene {
    pub(super) fn all<'a>(
        asked: &'a Asked,
        sides: &'a [Side<'_>; 2],
        accounts: &'a BTreeSet<AccountId>,
    ) -> impl Iterator<Item = Self> + 'a {
        let nothing = RequestContext::new();
        let callers = principals::callers(sides, accounts, &nothing);
        let variables = variables(sides);
        let of_caller = variables.keys().any(|key| principals::ANSWERED.contains(&key.as_str()));
        let free: Vec<(&String, Vec<KeyValue>)> = variables
            .iter()
            .filter(|(key, _)| !principals::ANSWERED.contains(&key.as_str()))
            .map(|(key, _)| {
                let mut values = values::of_key(key, &conditions(sides, key), &nothing);
                values.push(KeyValue::One("witness".to_owned()));
                (key, values)
            })
            .collect();
        let mut bindings: Vec<Vec<(String, KeyValue)>> = vec![Vec::new()];
        for (key, values) in free {
            bindings = bindings
                .into_iter()
                .flat_map(|binding| {
                    values.iter().map(move |value| {
                        let mut more = binding.clone();
                        more.push((key.clone(), value.clone()));
                        more
                    })
                })
                .take(MOST_SCENES)
                .collect();
        }
        let groups: Vec<Vec<PrincipalArn>> =
            if of_caller { callers.into_iter().map(|caller| vec![caller]).collect() } else { vec![callers] };
        let chosen = groups
            .into_iter()
            .flat_map(move |group| bindings.clone().into_iter().map(move |binding| (group.clone(), binding)));
        chosen.take(MOST_SCENES).map(move |(group, binding)| Self::new(asked, sides, accounts, group, &binding))
    }

    fn new(
        asked: &Asked,
        sides: &[Side<'_>; 2],
        accounts: &BTreeSet<AccountId>,
        callers: Vec<PrincipalArn>,
        binding: &[(String, KeyValue)],
    ) -> Self {
        let mut context = RequestContext::new();
        binding.iter().for_each(|(key, value)| insert(&mut context, key, value));
        if let [caller] = callers.as_slice() {
            principals::answer(caller, &mut context);
        }
        let resources = resources::of_action(asked, sides, accounts, &context);
        let keys: Vec<(String, Vec<KeyValue>)> = free_keys(sides)
            .into_iter()
            .map(|key| {
                let bound = binding.iter().find(|(bound, _)| *bound == key).map(|(_, value)| vec![value.clone()]);
                let values = bound.unwrap_or_else(|| values::of_key(&key, &conditions(sides, &key), &context));
                (key, values)
            })
            .collect();
        let all: Vec<&Statement> = sides.iter().flat_map(Side::statements).collect();
        let statements =
            sides.iter().enumerate().flat_map(|(at, side)| side.statements().map(move |s| (s.effect(), at == 1)));
        let mut scene = Self { callers, resources, keys, dimensions: Vec::new(), statements: statements.collect() };
        scene.dimensions = scene.measured(&all, &context);
        scene
    }

    /// The truth of each statement for each item.
    fn measured(&self, all: &[&Statement], context: &RequestContext) -> Vec<Dimension> {
        let of = |key: &str, statement: &Statement, found: Lookup<'_>| {
            let own = statement.conditions().iter().filter(|condition| condition.key().lower() == key);
            Truth::all(own.map(|condition| condition.truth_of(found, context)))
        };
        let of_caller = |statement: &Statement, caller: &PrincipalArn| {
            let mut answers = context.clone();
            principals::answer(caller, &mut answers);
            let own = statement.conditions().iter().filter(|c| principals::ANSWERED.contains(&c.key().lower()));
            statement.principals().include(Principal::Known(caller)).and(Truth::all(own.map(|c| c.truth(&answers))))
        };
        let of_resource = |statement: &Statement, resource: &RequestResource| {
            let target = Target::new(resource);
            let account = account_of(resource);
            let found = account.as_deref().map_or(Lookup::Unknown, Lookup::One);
            statement.resources().include(&target, context, Truth::False).and(of(
                "aws:resourceaccount",
                statement,
                found,
            ))
        };
        let table = |items: usize, truth: &dyn Fn(&Statement, usize) -> Truth| Dimension {
            truths: all.iter().map(|statement| (0..items).map(|item| truth(statement, item)).collect()).collect(),
            items,
        };
        let mut dimensions = vec![
            table(self.callers.len(), &|s, at| self.callers.get(at).map_or(Truth::Unknown, |c| of_caller(s, c))),
            table(self.resources.len(), &|s, at| self.resources.get(at).map_or(Truth::Unknown, |r| of_resource(s, r))),
        ];
        for (key, values) in &self.keys {
            let truth = |s: &Statement, at: usize| values.get(at).map_or(Truth::Unknown, |v| of(key, s, v.lookup()));
            dimensions.push(table(values.len(), &truth));
        }
        dimensions
    }

    /// A request that one policy allows and the other does not.
    pub(super) fn witness(&self, asked: &Asked, sides: &[Side<'_>; 2], direction: Direction) -> Option<Witness> {
        let new_allows = direction == Direction::Gained;
        let of = |effect: Effect, of_new: bool| -> Vec<usize> {
            let numbered = self.statements.iter().enumerate();
            numbered.filter(|(_, found)| **found == (effect, of_new)).map(|(at, _)| at).collect()
        };
        let denies = of(Effect::Deny, new_allows);
        let (theirs, their_denies) = (of(Effect::Allow, !new_allows), of(Effect::Deny, !new_allows));
        let mut witness = None;
        for allow in of(Effect::Allow, new_allows) {
            let mut verify = |picked: &[usize]| {
                witness = self.verified(asked, sides, picked, direction);
                witness.is_some()
            };
            // One of the other policy's Denies that is undetermined would leave the whole decision undetermined.
            let none_allows: Vec<usize> = denies.iter().chain(&theirs).chain(&their_denies).copied().collect();
            let found = search::combinations(&self.dimensions, &[allow], &none_allows, &mut verify)
                || their_denies
                    .iter()
                    .any(|deny| search::combinations(&self.dimensions, &[allow, *deny], &denies, &mut verify));
            if found {
                break;
            }
        }
        witness
    }

    /// The request of a combination, if the policies themselves confirm the result of the search.
    fn verified(
        &self,
        asked: &Asked,
        sides: &[Side<'_>; 2],
        picked: &[usize],
        direction: Direction,
    ) -> Option<Witness> {
        let (caller, resource) = (self.callers.get(*picked.first()?)?, self.resources.get(*picked.get(1)?)?);
        let mut context = RequestContext::new();
        let mut told: Vec<(String, KeyValue)> = Vec::new();
        for (at, (key, values)) in self.keys.iter().enumerate() {
            let value = values.get(*picked.get(at + 2)?)?;
            insert(&mut context, key, value);
            told.push((key.clone(), value.clone()));
        }
        principals::answer(caller, &mut context);
        told.extend(answered(sides, caller, resource));
        match account_of(resource) {
            Some(account) => context.insert("aws:ResourceAccount", account),
            None => context.insert_unknown("aws:ResourceAccount"),
        }
        let resources = [resource.clone()];
        let unknown = resource.kind == ResourceKind::Unknown;
        let request = Request {
            action: &asked.name,
            principal: Principal::Known(caller),
            resources: if unknown { &[] } else { &resources },
            context: &context,
        };
        let [old, new] = sides.each_ref().map(|side| side.policy.evaluate(&request));
        let certain = !old.is_undetermined() && !new.is_undetermined();
        let (allows, denies): (&Decision<'_>, &Decision<'_>) = match direction {
            Direction::Gained => (&new, &old),
            Direction::Lost => (&old, &new),
        };
        (certain && allows.is_allow() && !denies.is_allow()).then(|| Witness {
            principal: caller.clone(),
            resource: resource.clone(),
            context: told,
            old: old.as_str(),
            new: new.as_str(),
        })
    }
}

fn insert(context: &mut RequestContext, key: &str, value: &KeyValue) {
    match value {
        KeyValue::One(value) => context.insert(key, value.clone()),
        KeyValue::Many(values) => context.insert_list(key, values.clone()),
        KeyValue::Absent => context.insert_absent(key),
    }
}

/// The account field of a resource's ARN, if it is an account id.
fn account_of(resource: &RequestResource) -> Option<String> {
    resource.arn.split(':').nth(4).filter(|account| account.len() == 12).map(str::to_owned)
}

/// The keys that the caller and the resource determine, as far as a policy uses them.
fn answered(sides: &[Side<'_>; 2], caller: &PrincipalArn, resource: &RequestResource) -> Vec<(String, KeyValue)> {
    let mut context = RequestContext::new();
    principals::answer(caller, &mut context);
    if let Some(account) = account_of(resource) {
        context.insert("aws:ResourceAccount", account);
    }
    let asked = asked_keys(sides);
    let own = asked.into_iter().filter(|key| is_answered(key));
    own.map(|key| {
        let value = match context.lookup(&key) {
            Lookup::One(value) => KeyValue::One(value.to_owned()),
            Lookup::Many(_)
            | Lookup::OneOf(_)
            | Lookup::ManyOf(_)
            | Lookup::Present
            | Lookup::Between(..)
            | Lookup::Absent
            | Lookup::Unknown => KeyValue::Absent,
        };
        (key, value)
    })
    .collect()
}

fn is_answered(key: &str) -> bool {
    principals::ANSWERED.contains(&key) || key == "aws:resourceaccount"
}

/// Every key that a condition or a variable of the statements names, in lower case.
fn asked_keys(sides: &[Side<'_>; 2]) -> BTreeSet<String> {
    let conditions = sides.iter().flat_map(Side::statements).flat_map(Statement::conditions);
    conditions.map(|condition| condition.key().lower().to_owned()).chain(variables(sides).into_keys()).collect()
}

/// Those of them that neither the caller nor the resource determines.
fn free_keys(sides: &[Side<'_>; 2]) -> Vec<String> {
    asked_keys(sides).into_iter().filter(|key| !is_answered(key)).collect()
}

/// The keys that policy variables name, in lower case.
fn variables(sides: &[Side<'_>; 2]) -> BTreeMap<String, ()> {
    let mut found = BTreeMap::new();
    for statement in sides.iter().flat_map(Side::statements) {
        let of_resources = statement.resources().entries().iter().flat_map(|entry| entry.pattern().variable_pieces());
        let of_conditions = statement.conditions().iter().flat_map(|condition| condition.test.variables());
        found.extend(of_resources.chain(of_conditions).map(|variable| (variable.key.lower().to_owned(), ())));
    }
    found
}

/// The conditions on a key, with the version of their policy.
fn conditions<'p>(sides: &[Side<'p>; 2], key: &str) -> Vec<(&'p Condition, Version)> {
    let mut found = Vec::new();
    for side in sides {
        for statement in side.statements() {
            let own = statement.conditions().iter().filter(|condition| condition.key().lower() == key);
            found.extend(own.map(|condition| (condition, side.version)));
        }
    }
    found
}
