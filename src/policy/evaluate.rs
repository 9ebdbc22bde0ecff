//! The decision: an explicit deny beats every allow, and what no statement allows is denied.
//!
//! Source: "Policy evaluation logic". Several resources: each must be allowed, by whichever statement. Nothing here
//! allocates on the way to an allow; reasons are worked out only when somebody asks for them (`decision.rs`).

use crate::aws::RequestResource;

use super::context::OfResource;
use super::decision::{Certainty, Decision, Grounds, Outcome, Undetermined};
use super::pattern::Target;
use super::{Context, Effect, Policy, Request, ResourceOwner, Statement, Truth};

/// How many resources are judged at a time. Few requests name more.
const GROUP: usize = 8;

impl Policy {
    /// Decides on a request; what cannot be known here denies.
    pub fn evaluate<'a>(&'a self, request: &Request<'a>) -> Decision<'a> {
        self.evaluate_with(request, Undetermined::Deny)
    }

    /// Decides on a request. `undetermined` says what becomes of statements that depend on what cannot be known here.
    pub fn evaluate_with<'a>(&'a self, request: &Request<'a>, undetermined: Undetermined) -> Decision<'a> {
        let verdict = with_lower_case(request.action, |action| self.verdict(request, action, undetermined));
        let grounds = Grounds::new(self, *request, verdict, undetermined);
        match verdict.0 {
            Outcome::Allow => Decision::Allow(grounds),
            Outcome::ExplicitDeny => Decision::ExplicitDeny(grounds),
            Outcome::ImplicitDeny => Decision::ImplicitDeny(grounds),
        }
    }

    fn verdict(&self, request: &Request<'_>, action: &str, undetermined: Undetermined) -> (Outcome, Certainty) {
        let (mut denied, mut allowed) = (Truth::False, Truth::True);
        for targets in groups(request.resources) {
            denied = denied.or(self.denied(request, action, &targets));
            if denied == Truth::True {
                return (Outcome::ExplicitDeny, Certainty::Certain);
            }
            if allowed != Truth::False {
                allowed = allowed.and(self.allowed(request, action, &targets));
            }
        }
        match (denied, allowed, undetermined) {
            (Truth::True, _, _) => (Outcome::ExplicitDeny, Certainty::Certain),
            (Truth::Unknown, _, Undetermined::Deny) => (Outcome::ExplicitDeny, Certainty::Undetermined),
            (_, Truth::False, _) => (Outcome::ImplicitDeny, Certainty::Certain),
            (_, Truth::Unknown, Undetermined::Deny) => (Outcome::ImplicitDeny, Certainty::Undetermined),
            (Truth::False, Truth::True, _) => (Outcome::Allow, Certainty::Certain),
            (_, _, Undetermined::Defer) => (Outcome::Allow, Certainty::Undetermined),
        }
    }

    /// Whether a Deny applies to one of the targets.
    fn denied(&self, request: &Request<'_>, action: &str, targets: &Targets<'_>) -> Truth {
        let mut denied = Truth::False;
        self.index.any(Effect::Deny, action, &self.statements, |_, statement| {
            denied = denied.or(statement.applies(request, targets.iter()));
            denied == Truth::True
        });
        denied
    }

    /// Whether every target is allowed.
    fn allowed(&self, request: &Request<'_>, action: &str, targets: &Targets<'_>) -> Truth {
        let mut each = [Truth::False; GROUP];
        let all = |each: &[Truth; GROUP]| Truth::all(each.iter().zip(targets.iter()).map(|(truth, _)| *truth));
        self.index.any(Effect::Allow, action, &self.statements, |_, statement| {
            statement.allow(request, targets, &mut each);
            all(&each) == Truth::True
        });
        all(&each)
    }
}

impl Statement {
    /// Whether the statement, being about the action, matches the request for at least one of the targets.
    pub(crate) fn applies<'t>(&self, request: &Request<'_>, targets: impl Iterator<Item = &'t Target<'t>>) -> Truth {
        let principal = self.principals.include(request.principal);
        if principal == Truth::False {
            return Truth::False;
        }
        let resource = Truth::any(targets.map(|target| self.reaches(target, request.context)));
        if resource == Truth::False {
            return Truth::False;
        }
        principal.and(resource).and(self.conditions_hold(request.context))
    }

    /// Raises the truth of each target that the statement, being about the action, covers.
    fn allow(&self, request: &Request<'_>, targets: &Targets<'_>, each: &mut [Truth; GROUP]) {
        let principal = self.principals.include(request.principal);
        if principal == Truth::False {
            return;
        }
        // Conditions cost most and are the same for all targets: asked for only when one is in reach.
        let mut circumstances = None;
        for (truth, target) in each.iter_mut().zip(targets.iter()) {
            let resource = if *truth == Truth::True { continue } else { self.reaches(target, request.context) };
            if resource == Truth::False {
                continue;
            }
            let hold = *circumstances.get_or_insert_with(|| principal.and(self.conditions_hold(request.context)));
            *truth = truth.or(resource.and(hold));
        }
    }

    /// Whether the statement is about a resource: its `Resource` element and its conditions on what the resource is.
    pub(crate) fn reaches(&self, target: &Target<'_>, context: &dyn Context) -> Truth {
        let of_resource = OfResource::new(context, ResourceOwner::of(target));
        let included = self.resources.include(target, &of_resource);
        if included == Truth::False {
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

    /// Whether the statement is about every action on every resource by everybody, always.
    pub(crate) fn is_about_everything(&self) -> bool {
        let actions = self.actions.form == super::Form::Listed
            && self.actions.entries.iter().any(|entry| entry.pattern.is_universal());
        let resources = self.resources.form == super::Form::Listed
            && self.resources.entries.iter().any(|entry| entry.pattern.is_universal());
        self.principals.is_everyone() && actions && resources && self.conditions.is_empty()
    }
}

/// A few resources, prepared for matching.
pub(crate) struct Targets<'a>([Option<Target<'a>>; GROUP]);

impl<'a> Targets<'a> {
    fn new(resources: &'a [RequestResource]) -> Self {
        let mut resources = resources.iter();
        Self(std::array::from_fn(|_| resources.next().map(Target::new)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Target<'a>> {
        self.0.iter().flatten()
    }
}

/// The resources of a request, some at a time; one of which nothing is known, if it names none.
pub(crate) fn groups(resources: &[RequestResource]) -> impl Iterator<Item = Targets<'_>> {
    let nothing_known = |at| if at == 0 { Some(Target::Anything) } else { None };
    let none = resources.is_empty().then(|| Targets(std::array::from_fn(nothing_known)));
    none.into_iter().chain(resources.chunks(GROUP).map(Targets::new))
}

/// Calls `then` with an action in lower case, as the index holds it.
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

/// Decides on a request that several policies must all allow, and says by its index which policy decided.
///
/// An explicit deny is preferred to an implicit one, and a certain denial to an undetermined one; among equals the first
/// policy speaks. `None` where there are no policies: AWS's default is full access, and whether that is meant is for the
/// caller to say.
#[must_use]
pub fn evaluate_all<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    request: &Request<'a>,
    undetermined: Undetermined,
) -> Option<(usize, Decision<'a>)> {
    let mut strongest: Option<(usize, Decision<'a>)> = None;
    for (index, policy) in policies.into_iter().enumerate() {
        let decision = policy.evaluate_with(request, undetermined);
        let stronger = strongest.as_ref().is_none_or(|(_, so_far)| decision.strength() > so_far.strength());
        if stronger {
            strongest = Some((index, decision));
        }
    }
    strongest
}
