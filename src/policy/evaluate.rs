//! The evaluation: an explicit deny overrides every allow, and what no statement allows is denied.
//!
//! Source: "Policy evaluation logic". With several resources, each must be allowed, by any statement. Nothing here
//! allocates on the path to an allow; reasons are computed only on request (`decision.rs`).

use crate::aws::RequestResource;

use super::bits::Bits;
use super::context::OfResource;
use super::decision::{Certainty, Decision, Grounds, Outcome, Undetermined};
use super::pattern::Target;
use super::{Context, Effect, Policy, Request, Statement, Truth, steps};

/// Number of resources that are judged without allocating. Few requests name more.
const FEW: usize = 8;

impl Policy {
    /// Decides on a request; what cannot be known here leads to a denial.
    pub fn evaluate<'a>(&'a self, request: &Request<'a>) -> Decision<'a> {
        self.evaluate_with(request, Undetermined::Deny)
    }

    /// Decides on a request. `undetermined` selects how to treat statements that depend on something that cannot be
    /// known here.
    pub fn evaluate_with<'a>(&'a self, request: &Request<'a>, undetermined: Undetermined) -> Decision<'a> {
        let decide = || with_lower_case(request.action, |action| self.verdict(request, action, undetermined));
        let verdict = steps::limited(decide);
        let grounds = Grounds::new(self, *request, verdict, undetermined);
        match verdict.0 {
            Outcome::Allow => Decision::Allow(grounds),
            Outcome::ExplicitDeny => Decision::ExplicitDeny(grounds),
            Outcome::ImplicitDeny => Decision::ImplicitDeny(grounds),
        }
    }

    fn verdict(&self, request: &Request<'_>, action: &str, undetermined: Undetermined) -> (Outcome, Certainty) {
        let targets = Targets::new(request.resources);
        let denied = self.denied(request, action, &targets);
        // Whether the request is allowed matters only if no Deny has decided.
        match (denied, undetermined) {
            (Truth::True, _) => return (Outcome::ExplicitDeny, Certainty::Certain),
            // Regardless of `undetermined`: a Deny that was not compared may have applied for certain.
            (_, _) if steps::are_used_up() => return (Outcome::ExplicitDeny, Certainty::Unfinished),
            (Truth::Unknown, Undetermined::Deny) => return (Outcome::ExplicitDeny, Certainty::Undetermined),
            (Truth::Unknown, Undetermined::Defer) | (Truth::False, _) => {}
        }
        let allowed = self.allowed(request, action, &targets);
        match (denied, allowed, undetermined) {
            (_, _, _) if steps::are_used_up() => (Outcome::ImplicitDeny, Certainty::Unfinished),
            (_, Truth::False, _) => (Outcome::ImplicitDeny, Certainty::Certain),
            (_, Truth::Unknown, Undetermined::Deny) => (Outcome::ImplicitDeny, Certainty::Undetermined),
            (Truth::False, Truth::True, _) => (Outcome::Allow, Certainty::Certain),
            (_, _, Undetermined::Defer) => (Outcome::Allow, Certainty::Undetermined),
            (Truth::Unknown | Truth::True, Truth::True, Undetermined::Deny) => {
                (Outcome::ExplicitDeny, Certainty::Undetermined)
            }
        }
    }

    /// Whether a Deny applies to one of the targets.
    fn denied(&self, request: &Request<'_>, action: &str, targets: &Targets<'_>) -> Truth {
        let mut denied = Truth::False;
        let mut asked = Bits::new(self.statements.len());
        self.index.any(Effect::Deny, action, &self.statements, |number, statement| {
            if asked.insert(number) {
                denied = denied.or(statement.applies(request, targets, denied));
            }
            denied == Truth::True || steps::are_used_up()
        });
        denied
    }

    /// Whether every target is allowed.
    fn allowed(&self, request: &Request<'_>, action: &str, targets: &Targets<'_>) -> Truth {
        let mut each = Truths::new(targets);
        let mut asked = Bits::new(self.statements.len());
        self.index.any(Effect::Allow, action, &self.statements, |number, statement| {
            if asked.insert(number) {
                statement.allow(request, targets, &mut each);
            }
            each.all() == Truth::True || steps::are_used_up()
        });
        each.all()
    }
}

impl Statement {
    /// Whether the statement, whose action matches, matches the request for at least one of the targets.
    ///
    /// Only a truth above `floor` matters; otherwise the result may be lower than the actual truth.
    fn applies(&self, request: &Request<'_>, targets: &Targets<'_>, floor: Truth) -> Truth {
        let principal = self.principals.include(request.principal);
        if principal <= floor {
            return Truth::False;
        }
        let (mut applies, mut ceiling) = (Truth::False, None);
        for target in targets.iter() {
            if steps::are_used_up() {
                return Truth::Unknown;
            }
            let floor_of_target = floor.max(applies);
            let reaches = self.reaches(target, request.context, floor_of_target);
            if reaches <= floor_of_target {
                continue;
            }
            // These conditions are the same for all targets: evaluated once, and only if the statement reaches a
            // target.
            let ceiling = *ceiling.get_or_insert_with(|| principal.and(self.conditions_hold(request.context)));
            applies = applies.or(reaches.and(ceiling));
            if ceiling <= floor || applies >= ceiling {
                break;
            }
        }
        applies
    }

    /// Raises the truth of each target that the statement, whose action matches, covers.
    fn allow(&self, request: &Request<'_>, targets: &Targets<'_>, each: &mut Truths) {
        let principal = self.principals.include(request.principal);
        if principal == Truth::False {
            return;
        }
        let mut ceiling = None;
        for (truth, target) in each.iter_mut().zip(targets.iter()) {
            if *truth == Truth::True {
                continue;
            }
            if steps::are_used_up() {
                return;
            }
            let reaches = self.reaches(target, request.context, *truth);
            if reaches <= *truth {
                continue;
            }
            let ceiling = *ceiling.get_or_insert_with(|| principal.and(self.conditions_hold(request.context)));
            if ceiling == Truth::False {
                return;
            }
            *truth = truth.or(reaches.and(ceiling));
        }
    }

    /// Whether the statement applies to a resource: its `Resource` element and its conditions on the resource.
    ///
    /// Results that are not above `floor` are not distinguished.
    pub(crate) fn reaches(&self, target: &Target<'_>, context: &dyn Context, floor: Truth) -> Truth {
        steps::spend(8);
        let of_resource = OfResource::new(context, target);
        let included = self.resources.include(target, &of_resource, floor);
        if included <= floor {
            return included;
        }
        let own = self.conditions.iter().filter(|condition| condition.depends_on_resource);
        included.and(Truth::all(own.map(|condition| condition.truth(&of_resource))))
    }

    /// Whether the conditions hold that are the same for every resource of the request.
    pub(crate) fn conditions_hold(&self, context: &dyn Context) -> Truth {
        let of_request = self.conditions.iter().filter(|condition| !condition.depends_on_resource);
        Truth::all(of_request.map(|condition| condition.truth(context)))
    }

    /// Whether the statement applies to every action on every resource by everyone, unconditionally.
    pub(crate) fn is_about_everything(&self) -> bool {
        let actions = self.actions.form == super::Form::Listed
            && self.actions.entries.iter().any(|entry| entry.pattern.is_universal());
        let resources = self.resources.form == super::Form::Listed
            && self.resources.entries.iter().any(|entry| entry.pattern.is_universal());
        self.principals.is_everyone() && actions && resources && self.conditions.is_empty()
    }
}

/// The resources of a request, prepared for matching. A request without resources has one unknown target.
pub(crate) struct Targets<'a> {
    few: [Option<Target<'a>>; FEW],
    more: Vec<Target<'a>>,
}

impl<'a> Targets<'a> {
    pub(crate) fn new(resources: &'a [RequestResource]) -> Self {
        let mut each = resources.iter();
        let mut few: [_; FEW] = std::array::from_fn(|_| each.next().map(Target::new));
        if let ([], Some(first)) = (resources, few.first_mut()) {
            *first = Some(Target::Anything);
        }
        Self { few, more: each.map(Target::new).collect() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Target<'a>> {
        self.few.iter().flatten().chain(&self.more)
    }
}

/// A truth for each target, initially false.
struct Truths {
    few: [Truth; FEW],
    more: Vec<Truth>,
    count: usize,
}

impl Truths {
    fn new(targets: &Targets<'_>) -> Self {
        let more = vec![Truth::False; targets.more.len()];
        let count = targets.few.iter().flatten().count() + more.len();
        Self { few: [Truth::False; FEW], more, count }
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Truth> {
        self.few.iter_mut().chain(&mut self.more).take(self.count)
    }

    /// Whether all are true.
    fn all(&self) -> Truth {
        Truth::all(self.few.iter().chain(&self.more).take(self.count).copied())
    }
}

/// Calls `then` with an action in lower case, as in the index.
pub(crate) fn with_lower_case<T>(action: &str, then: impl FnOnce(&str) -> T) -> T {
    let mut buffer = [0; 192];
    let lower = buffer.get_mut(..action.len()).and_then(|place| {
        place.copy_from_slice(action.as_bytes());
        place.make_ascii_lowercase();
        std::str::from_utf8(place).ok()
    });
    match lower {
        Some(lower) => then(lower),
        None => then(&action.to_ascii_lowercase()),
    }
}

/// Decides on a request that several policies must all allow, and returns the index of the policy that decided.
///
/// An explicit deny takes precedence over an implicit one, and a certain denial over an undetermined one; among
/// equals the first policy decides. `None` if there are no policies: AWS's default is full access, and the caller
/// must say whether that is intended.
#[must_use]
pub fn evaluate_all<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    request: &Request<'a>,
    undetermined: Undetermined,
) -> Option<(usize, Decision<'a>)> {
    steps::limited(|| {
        let mut strongest: Option<(usize, Decision<'a>)> = None;
        for (index, policy) in policies.into_iter().enumerate() {
            let decision = policy.evaluate_with(request, undetermined);
            let stronger = strongest.as_ref().is_none_or(|(_, so_far)| decision.strength() > so_far.strength());
            if stronger {
                strongest = Some((index, decision));
            }
            if decision.is_certain_denial() {
                break;
            }
        }
        strongest
    })
}
