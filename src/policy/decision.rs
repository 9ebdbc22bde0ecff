//! What was decided, and on what grounds.
//!
//! A decision borrows the policy and the request it was made from: its reasons are worked out again when somebody asks,
//! so that a decision nobody asks about costs nothing more.

use std::collections::BTreeSet;

use crate::aws::RequestResource;

use super::context::OfResource;
use super::evaluate::{groups, with_lower_case};
use super::pattern::Target;
use super::{Effect, Policy, Request, ResourceOwner, Statement, Truth};

/// What becomes of a statement that depends on what cannot be known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Undetermined {
    /// An Allow is not met and a Deny applies: nothing passes that AWS might deny.
    #[default]
    Deny,
    /// The statement is left to AWS: an Allow counts as met and a Deny does not apply.
    Defer,
}

/// What a policy says of a request.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Decision<'a> {
    /// Every resource is allowed and none is denied.
    Allow(Grounds<'a>),
    /// A Deny applies.
    ExplicitDeny(Grounds<'a>),
    /// No Allow covers one of the resources.
    ImplicitDeny(Grounds<'a>),
}

/// Why a decision is as it is.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    policy: &'a Policy,
    request: Request<'a>,
    outcome: Outcome,
    certainty: Certainty,
    undetermined: Undetermined,
}

/// What was decided, without its grounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

/// Whether a decision stands whatever the unknown facts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    Certain,
    Undetermined,
}

/// A statement that decided.
#[derive(Clone, Copy, Debug)]
pub struct Decisive<'a> {
    /// Its number in the policy, from 0.
    pub index: usize,
    /// The statement.
    pub statement: &'a Statement,
}

impl Decisive<'_> {
    /// The statement's id, or `#N` with its number from 0.
    #[must_use]
    pub fn name(&self) -> String {
        self.statement.sid().map_or_else(|| format!("#{}", self.index), str::to_owned)
    }
}

impl<'a> Decision<'a> {
    /// Whether the request is allowed.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        match self {
            Self::Allow(_) => true,
            Self::ExplicitDeny(_) | Self::ImplicitDeny(_) => false,
        }
    }

    /// `allow`, `explicit_deny` or `implicit_deny`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::ExplicitDeny(_) => "explicit_deny",
            Self::ImplicitDeny(_) => "implicit_deny",
        }
    }

    /// The grounds, whatever was decided.
    #[must_use]
    pub fn grounds(&self) -> &Grounds<'a> {
        match self {
            Self::Allow(grounds) | Self::ExplicitDeny(grounds) | Self::ImplicitDeny(grounds) => grounds,
        }
    }

    /// Whether the decision depends on what cannot be known here; for an allow: whether something was left to AWS.
    #[must_use]
    pub fn is_undetermined(&self) -> bool {
        self.grounds().certainty == Certainty::Undetermined
    }

    /// How strongly a decision speaks among those of several policies.
    pub(crate) fn strength(&self) -> u8 {
        match (self, self.grounds().certainty) {
            (Self::ExplicitDeny(_), Certainty::Certain) => 5,
            (Self::ExplicitDeny(_), Certainty::Undetermined) => 4,
            (Self::ImplicitDeny(_), Certainty::Certain) => 3,
            (Self::ImplicitDeny(_), Certainty::Undetermined) => 2,
            (Self::Allow(_), Certainty::Undetermined) => 1,
            (Self::Allow(_), Certainty::Certain) => 0,
        }
    }
}

impl<'a> Grounds<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        request: Request<'a>,
        (outcome, certainty): (Outcome, Certainty),
        undetermined: Undetermined,
    ) -> Self {
        Self { policy, request, outcome, certainty, undetermined }
    }

    /// The policy that was asked.
    #[must_use]
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// The statements that decided: all that deny, or all that allow one of the resources; none of an implicit deny.
    /// Those that decided on the first resource come first, in the policy's order, then further ones of the second, …
    ///
    /// Where a Deny applies for certain, those that only may apply are not among them.
    #[must_use]
    pub fn statements(&self) -> Vec<Decisive<'a>> {
        let mut found: Vec<usize> = Vec::new();
        for targets in groups(self.request.resources) {
            for target in targets.iter() {
                let mut of_target = BTreeSet::new();
                self.visit_decisive(target, |index| {
                    of_target.insert(index);
                });
                let fresh = of_target.into_iter().filter(|index| !found.contains(index));
                found.extend(fresh.collect::<Vec<_>>());
            }
        }
        found.into_iter().filter_map(|index| self.decisive(index)).collect()
    }

    /// The first of the statements that decided.
    #[must_use]
    pub fn statement(&self) -> Option<Decisive<'a>> {
        for targets in groups(self.request.resources) {
            for target in targets.iter() {
                let mut first: Option<usize> = None;
                self.visit_decisive(target, |index| first = Some(first.map_or(index, |first| first.min(index))));
                if first.is_some() {
                    return self.decisive(first?);
                }
            }
        }
        None
    }

    /// The first resource, in the request's order, that a Deny matched or that no Allow covers. None of an allow, or
    /// where the request names no resource.
    #[must_use]
    pub fn resource(&self) -> Option<&'a RequestResource> {
        let resources = self.request.resources;
        match self.outcome {
            Outcome::Allow => None,
            Outcome::ExplicitDeny => resources.iter().find(|resource| {
                let target = Target::new(resource);
                self.with_statements(Effect::Deny, |_, statement| {
                    statement.applies(&self.request, std::iter::once(&target)) >= self.least()
                })
            }),
            Outcome::ImplicitDeny => resources.iter().find(|resource| {
                let allowed = self.allowed(&Target::new(resource));
                match self.undetermined {
                    Undetermined::Deny => allowed != Truth::True,
                    Undetermined::Defer => allowed == Truth::False,
                }
            }),
        }
    }

    /// The keys that are not known here and on which the decision depends, as the policy writes them, each once.
    ///
    /// Where it is the caller or the resource that is not known, `aws:PrincipalArn`, `aws:PrincipalAccount`,
    /// `aws:ResourceAccount` or `guard:ResourceArn` stands for it.
    #[must_use]
    pub fn undetermined(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        if self.certainty == Certainty::Certain {
            return names;
        }
        let mut name = |key: &str| {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                names.push(key.to_owned());
            }
        };
        if self.outcome != Outcome::ImplicitDeny {
            self.name_undetermined(Effect::Deny, &|_| true, &mut name);
        }
        if self.outcome != Outcome::ExplicitDeny {
            self.name_undetermined(Effect::Allow, &|target| self.allowed(target) == Truth::Unknown, &mut name);
        }
        names
    }

    fn decisive(&self, index: usize) -> Option<Decisive<'a>> {
        self.policy.statements.get(index).map(|statement| Decisive { index, statement })
    }

    /// The least truth with which a statement counts as one that decided.
    fn least(&self) -> Truth {
        match (self.outcome, self.certainty, self.undetermined) {
            (Outcome::Allow, _, Undetermined::Deny) | (_, Certainty::Certain, _) => Truth::True,
            (Outcome::Allow | Outcome::ExplicitDeny | Outcome::ImplicitDeny, Certainty::Undetermined, _) => {
                Truth::Unknown
            }
        }
    }

    /// Calls `found` for each statement that decided on the target, in no order and perhaps more than once.
    fn visit_decisive(&self, target: &Target<'_>, mut found: impl FnMut(usize)) {
        let effect = match self.outcome {
            Outcome::Allow => Effect::Allow,
            Outcome::ExplicitDeny => Effect::Deny,
            Outcome::ImplicitDeny => return,
        };
        self.with_statements(effect, |index, statement| {
            if statement.applies(&self.request, std::iter::once(target)) >= self.least() {
                found(index);
            }
            false
        });
    }

    fn with_statements(&self, effect: Effect, visit: impl FnMut(usize, &Statement) -> bool) -> bool {
        with_lower_case(self.request.action, |action| {
            self.policy.index.any(effect, action, &self.policy.statements, visit)
        })
    }

    /// Whether some Allow covers the target.
    fn allowed(&self, target: &Target<'_>) -> Truth {
        let mut allowed = Truth::False;
        self.with_statements(Effect::Allow, |_, statement| {
            allowed = allowed.or(statement.applies(&self.request, std::iter::once(target)));
            allowed == Truth::True
        });
        allowed
    }

    /// Names what keeps statements of `effect` undecided, for the targets of interest.
    fn name_undetermined(&self, effect: Effect, of_interest: &dyn Fn(&Target<'_>) -> bool, name: &mut dyn FnMut(&str)) {
        for targets in groups(self.request.resources) {
            for target in targets.iter().filter(|target| of_interest(target)) {
                self.with_statements(effect, |_, statement| {
                    if statement.applies(&self.request, std::iter::once(target)) == Truth::Unknown {
                        statement.undetermined_keys(&self.request, target, name);
                    }
                    false
                });
            }
        }
    }
}

impl Statement {
    /// Names what keeps the statement from being decided for the target.
    fn undetermined_keys(&self, request: &Request<'_>, target: &Target<'_>, name: &mut dyn FnMut(&str)) {
        if self.principals.include(request.principal) == Truth::Unknown {
            self.principals.undetermined_keys(request.principal, name);
        }
        let of_resource = OfResource::new(request.context, ResourceOwner::of(target));
        if self.resources.include(target, &of_resource) == Truth::Unknown {
            self.resources.undetermined_keys(target, &of_resource, name);
        }
        for condition in &self.conditions {
            condition.undetermined_keys(&of_resource, name);
        }
    }
}
