//! Explains a decision: which statements decided, on which resource, and which keys are unknown.
//!
//! Separate from the evaluation, since it is computed only on request. Each statement's principal and conditions are
//! evaluated once, however many resources the request has.

use std::cell::OnceCell;
use std::collections::HashSet;

use crate::aws::RequestResource;

use super::bits::Bits;
use super::context::OfResource;
use super::decision::{Certainty, Decisive, Grounds, Outcome};
use super::evaluate::{Targets, with_lower_case};
use super::pattern::Target;
use super::{Effect, Request, Statement, Truth, steps};

/// The reasons for a decision, as records and answers need them.
#[derive(Clone, Debug)]
pub struct Reasons<'a> {
    /// See [`Grounds::statement`].
    pub statement: Option<Decisive<'a>>,
    /// See [`Grounds::resource`].
    pub resource: Option<&'a RequestResource>,
    /// See [`Grounds::undetermined`].
    pub undetermined: Vec<String>,
}

/// A decision with the data needed to explain it.
pub(super) struct Evidence<'g, 'a> {
    grounds: &'g Grounds<'a>,
    targets: Targets<'a>,
    deny: OnceCell<Vec<Candidate<'a>>>,
    allow: OnceCell<Vec<Candidate<'a>>>,
}

/// A statement whose action matches and whose principal may match.
struct Candidate<'a> {
    index: usize,
    statement: &'a Statement,
    principal: Truth,
    /// Whether the principal and the conditions that are the same for every resource match.
    ceiling: OnceCell<Truth>,
}

impl Candidate<'_> {
    /// Whether the statement matches for the target. Results that are not above `floor` are not distinguished.
    fn truth(&self, request: &Request<'_>, target: &Target<'_>, floor: Truth) -> Truth {
        let reaches = self.statement.reaches(target, request.context, floor);
        if reaches <= floor {
            return reaches;
        }
        let ceiling = || self.principal.and(self.statement.conditions_hold(request.context));
        reaches.and(*self.ceiling.get_or_init(ceiling))
    }

    /// Whether only the resource can leave the statement undetermined.
    fn names_nothing_of_request(&self) -> bool {
        self.principal == Truth::True && self.statement.conditions.is_empty()
    }
}

impl<'g, 'a> Evidence<'g, 'a> {
    pub(super) fn new(grounds: &'g Grounds<'a>) -> Self {
        let targets = Targets::new(grounds.request().resources);
        Self { grounds, targets, deny: OnceCell::new(), allow: OnceCell::new() }
    }

    fn request(&self) -> &Request<'a> {
        self.grounds.request()
    }

    /// The statements of an effect, in the policy's order.
    fn candidates(&self, effect: Effect) -> &[Candidate<'a>] {
        let list = match effect {
            Effect::Deny => &self.deny,
            Effect::Allow => &self.allow,
        };
        list.get_or_init(|| self.collect(effect))
    }

    fn collect(&self, effect: Effect) -> Vec<Candidate<'a>> {
        let (policy, request) = (self.grounds.policy(), self.request());
        let mut numbers = Vec::new();
        let mut asked = Bits::new(policy.statements.len());
        with_lower_case(request.action, |action| {
            policy.index.any(effect, action, &policy.statements, |number, _| {
                if asked.insert(number) {
                    numbers.push(number);
                }
                false
            })
        });
        numbers.sort_unstable();
        let candidate = |index: usize| {
            let statement = policy.statements.get(index)?;
            let principal = statement.principals.include(request.principal);
            (principal != Truth::False).then(|| Candidate { index, statement, principal, ceiling: OnceCell::new() })
        };
        numbers.into_iter().filter_map(candidate).collect()
    }

    /// The effect of the statements that decided.
    fn decisive_effect(&self) -> Option<Effect> {
        match self.grounds.outcome() {
            (_, Certainty::Unfinished) | (Outcome::ImplicitDeny, _) => None,
            (Outcome::Allow, _) => Some(Effect::Allow),
            (Outcome::ExplicitDeny, _) => Some(Effect::Deny),
        }
    }

    /// The statements that decided on a target.
    fn decisive<'e>(&'e self, effect: Effect, target: &'e Target<'a>) -> impl Iterator<Item = Decisive<'a>> + 'e {
        let least = self.grounds.least();
        let floor = if least == Truth::True { Truth::Unknown } else { Truth::False };
        let decides = move |candidate: &&Candidate<'a>| {
            candidate.truth(self.request(), target, floor) >= least && !steps::are_used_up()
        };
        let deciding = self.candidates(effect).iter().filter(decides);
        deciding.map(|candidate| Decisive { index: candidate.index, statement: candidate.statement })
    }

    pub(super) fn statements(&self) -> Vec<Decisive<'a>> {
        let Some(effect) = self.decisive_effect() else { return Vec::new() };
        let mut known = Bits::new(self.grounds.policy().statements.len());
        let mut found = Vec::new();
        for target in self.targets.iter() {
            found.extend(self.decisive(effect, target).filter(|decisive| known.insert(decisive.index)));
        }
        found
    }

    pub(super) fn statement(&self) -> Option<Decisive<'a>> {
        let effect = self.decisive_effect()?;
        self.targets.iter().find_map(|target| self.decisive(effect, target).next())
    }

    pub(super) fn resource(&self) -> Option<&'a RequestResource> {
        let resources = self.request().resources;
        if self.grounds.outcome().1 == Certainty::Unfinished {
            return None;
        }
        let decides = |target: &Target<'a>| match self.grounds.outcome().0 {
            Outcome::Allow => false,
            Outcome::ExplicitDeny => self.decisive(Effect::Deny, target).next().is_some(),
            Outcome::ImplicitDeny => !self.grounds.is_allowed(self.allowed(target)) && !steps::are_used_up(),
        };
        resources.iter().zip(self.targets.iter()).find(|(_, target)| decides(target)).map(|(resource, _)| resource)
    }

    /// Whether some Allow covers the target.
    fn allowed(&self, target: &Target<'a>) -> Truth {
        let mut allowed = Truth::False;
        for candidate in self.candidates(Effect::Allow) {
            allowed = allowed.or(candidate.truth(self.request(), target, allowed));
            if allowed == Truth::True {
                break;
            }
        }
        allowed
    }

    pub(super) fn undetermined(&self) -> Vec<String> {
        let (outcome, certainty) = self.grounds.outcome();
        let mut names = Names::default();
        match certainty {
            Certainty::Certain => return names.list,
            Certainty::Unfinished => {
                names.add(steps::UNFINISHED);
                return names.list;
            }
            Certainty::Undetermined => {}
        }
        if outcome != Outcome::ImplicitDeny {
            self.name_undetermined(Effect::Deny, &self.targets.iter().collect::<Vec<_>>(), &mut names);
        }
        if outcome != Outcome::ExplicitDeny {
            let open = self.targets.iter().filter(|target| self.allowed(target) == Truth::Unknown);
            self.name_undetermined(Effect::Allow, &open.collect::<Vec<_>>(), &mut names);
        }
        if steps::are_used_up() {
            names.add(steps::UNFINISHED);
        }
        names.list
    }

    /// Adds the keys that leave statements of `effect` undetermined for these targets.
    fn name_undetermined(&self, effect: Effect, targets: &[&Target<'a>], names: &mut Names) {
        let request = self.request();
        let unknown = UnknownParts {
            account: targets.iter().any(|target| target.has_unknown_account()),
            name: targets.iter().any(|target| target.has_unknown_name()),
        };
        for candidate in self.candidates(effect) {
            let mut is_first = true;
            for target in targets {
                steps::spend(50);
                if steps::are_used_up() {
                    return;
                }
                if (!is_first || candidate.names_nothing_of_request()) && are_named(candidate, unknown, names) {
                    break;
                }
                if candidate.truth(request, target, Truth::False) != Truth::Unknown {
                    continue;
                }
                if is_first {
                    candidate.statement.undetermined_of_request(request, &mut |key| names.add(key));
                    is_first = false;
                }
                candidate.statement.undetermined_of_target(request, target, &mut |key| names.add(key));
            }
        }
    }
}

/// What is not known of some of the targets.
#[derive(Clone, Copy)]
struct UnknownParts {
    account: bool,
    name: bool,
}

/// Whether all is named that further targets could add for the candidate.
fn are_named(candidate: &Candidate<'_>, unknown: UnknownParts, names: &Names) -> bool {
    let statement = candidate.statement;
    let own = statement.conditions.iter().any(|condition| condition.depends_on_resource);
    let account = !unknown.account || names.has("aws:ResourceAccount");
    let name = !unknown.name || names.has("guard:ResourceArn");
    !own && !statement.resources.have_variables() && account && name
}

impl Statement {
    /// Passes to `name` the keys that leave the statement undetermined for every resource of the request.
    fn undetermined_of_request(&self, request: &Request<'_>, name: &mut dyn FnMut(&str)) {
        if self.principals.include(request.principal) == Truth::Unknown {
            self.principals.undetermined_keys(request.principal, name);
        }
        for condition in self.conditions.iter().filter(|condition| !condition.depends_on_resource) {
            condition.undetermined_keys(request.context, name);
        }
    }

    /// Passes to `name` the keys that leave the statement undetermined for the target.
    fn undetermined_of_target(&self, request: &Request<'_>, target: &Target<'_>, name: &mut dyn FnMut(&str)) {
        let of_resource = OfResource::new(request.context, target);
        if self.resources.include(target, &of_resource, Truth::False) == Truth::Unknown {
            self.resources.undetermined_keys(target, &of_resource, name);
        }
        for condition in self.conditions.iter().filter(|condition| condition.depends_on_resource) {
            condition.undetermined_keys(&of_resource, name);
        }
    }
}

/// Names of keys as the policy writes them, without duplicates, ignoring letter case.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    known: HashSet<String>,
}

impl Names {
    fn has(&self, key: &str) -> bool {
        self.known.contains(&key.to_ascii_lowercase())
    }

    fn add(&mut self, key: &str) {
        if self.known.insert(key.to_ascii_lowercase()) {
            self.list.push(key.to_owned());
        }
    }
}
