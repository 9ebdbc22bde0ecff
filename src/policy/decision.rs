//! The result of an evaluation, and its grounds.
//!
//! A decision borrows the policy and the request that it was made from: its reasons are recomputed on request, so
//! that a decision whose reasons are not needed has no additional cost.

use crate::aws::RequestResource;

use super::evidence::{Evidence, Reasons};
use super::{Policy, Request, Statement, Truth, steps};

/// How to treat a statement that depends on something that cannot be known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Undetermined {
    /// An Allow does not match and a Deny applies: nothing passes that AWS might deny.
    #[default]
    Deny,
    /// The statement is left to AWS: an Allow counts as matching and a Deny does not apply.
    Defer,
}

/// The decision of a policy on a request.
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

/// The grounds of a decision.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    policy: &'a Policy,
    request: Request<'a>,
    outcome: Outcome,
    certainty: Certainty,
    undetermined: Undetermined,
}

/// The result without its grounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
}

/// Whether a decision is independent of the unknown facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    Certain,
    Undetermined,
    /// A denial, because the evaluation took too many steps.
    Unfinished,
}

/// A statement that decided.
#[derive(Clone, Copy, Debug)]
pub struct Decisive<'a> {
    /// Its index in the policy, from 0.
    pub index: usize,
    /// The statement at that index.
    pub statement: &'a Statement,
}

impl Decisive<'_> {
    /// The statement's id, or `#N` with its index from 0.
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

    /// The grounds of any decision.
    #[must_use]
    pub fn grounds(&self) -> &Grounds<'a> {
        match self {
            Self::Allow(grounds) | Self::ExplicitDeny(grounds) | Self::ImplicitDeny(grounds) => grounds,
        }
    }

    /// Whether the decision depends on something that cannot be known here; for an allow: whether something was left
    /// to AWS.
    #[must_use]
    pub fn is_undetermined(&self) -> bool {
        self.grounds().certainty != Certainty::Certain
    }

    /// Whether this is a denial that no other policy's decision can outweigh.
    pub(crate) fn is_certain_denial(&self) -> bool {
        match self {
            Self::ExplicitDeny(grounds) => grounds.certainty == Certainty::Certain,
            Self::Allow(_) | Self::ImplicitDeny(_) => false,
        }
    }

    /// The precedence of a decision among those of several policies.
    pub(crate) fn strength(&self) -> u8 {
        match (self, self.grounds().certainty) {
            (Self::ExplicitDeny(_), Certainty::Certain) => 5,
            (Self::ExplicitDeny(_), Certainty::Undetermined | Certainty::Unfinished) => 4,
            (Self::ImplicitDeny(_), Certainty::Certain) => 3,
            (Self::ImplicitDeny(_), Certainty::Undetermined | Certainty::Unfinished) => 2,
            (Self::Allow(_), Certainty::Undetermined | Certainty::Unfinished) => 1,
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

    /// The policy that was evaluated.
    #[must_use]
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// The statements that decided: all that deny, or all that allow one of the resources; none for an implicit deny.
    /// Those that decided on the first resource come first, in the policy's order, then additional ones of the
    /// second, and so on.
    ///
    /// If a Deny certainly applies, Denies that only may apply are not included. For a decision that was not
    /// finished, or if finding the statements takes too many steps, some or all are missing.
    #[must_use]
    pub fn statements(&self) -> Vec<Decisive<'a>> {
        steps::within(steps::MOST_FOR_REASONS, || Evidence::new(self).statements())
    }

    /// The first of the statements that decided.
    #[must_use]
    pub fn statement(&self) -> Option<Decisive<'a>> {
        steps::within(steps::MOST_FOR_REASONS, || Evidence::new(self).statement())
    }

    /// The first resource, in the request's order, that a Deny matched or that no Allow covers. `None` for an allow,
    /// or if the request names no resource.
    #[must_use]
    pub fn resource(&self) -> Option<&'a RequestResource> {
        steps::within(steps::MOST_FOR_REASONS, || Evidence::new(self).resource())
    }

    /// The keys that are not known here and on which the decision depends, as the policy writes them, without
    /// duplicates.
    ///
    /// If the caller or the resource is not known, `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:ResourceAccount`
    /// or `guard:ResourceArn` is listed for it. `guard:DecisionSteps` means that comparing the policy with the
    /// request takes more steps than a decision may take, or that for this reason not all keys were found.
    #[must_use]
    pub fn undetermined(&self) -> Vec<String> {
        steps::within(steps::MOST_FOR_REASONS, || Evidence::new(self).undetermined())
    }

    /// The first of the statements, the first resource and the keys, computed in one pass over the policy.
    #[must_use]
    pub fn reasons(&self) -> Reasons<'a> {
        steps::within(steps::MOST_FOR_REASONS, || {
            let evidence = Evidence::new(self);
            Reasons {
                statement: evidence.statement(),
                resource: evidence.resource(),
                undetermined: evidence.undetermined(),
            }
        })
    }

    pub(crate) fn request(&self) -> &Request<'a> {
        &self.request
    }

    pub(crate) fn outcome(&self) -> (Outcome, Certainty) {
        (self.outcome, self.certainty)
    }

    /// Whether a resource counts as allowed, given the truth of some Allow covering it.
    pub(crate) fn is_allowed(&self, allowed: Truth) -> bool {
        match self.undetermined {
            Undetermined::Deny => allowed == Truth::True,
            Undetermined::Defer => allowed != Truth::False,
        }
    }

    /// The minimum truth with which a statement counts as one that decided.
    pub(crate) fn least(&self) -> Truth {
        match (self.outcome, self.certainty, self.undetermined) {
            (Outcome::Allow, _, Undetermined::Deny) | (_, Certainty::Certain, _) => Truth::True,
            (
                Outcome::Allow | Outcome::ExplicitDeny | Outcome::ImplicitDeny,
                Certainty::Undetermined | Certainty::Unfinished,
                _,
            ) => Truth::Unknown,
        }
    }
}
