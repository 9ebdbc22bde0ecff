//! Determines which account owns a resource of a request.

use crate::aws::{AccountId, RequestResource, ResourceKind};

use super::pattern::Target;

/// The account that owns a resource, as far as the request shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceOwner<'a> {
    /// The account in the resource's ARN.
    Account(&'a str),
    /// The caller's account, whichever it is: the action is judged on `*`, because it does not act on a particular
    /// resource.
    Caller,
    /// The owner is not known.
    Unknown,
}

impl<'a> ResourceOwner<'a> {
    pub(crate) fn of(target: &Target<'a>) -> Self {
        match target {
            Target::Star => Self::Caller,
            Target::Anything => Self::Unknown,
            Target::Literal(literal) => Self::of_arn(literal.arn),
            Target::Family(family) => Self::of_arn(family.before_account()),
        }
    }

    /// The owner of a resource.
    #[must_use]
    pub fn of_resource(resource: &'a RequestResource) -> Self {
        match resource.kind {
            ResourceKind::Star => Self::Caller,
            ResourceKind::Unknown => Self::Unknown,
            ResourceKind::Exact | ResourceKind::All | ResourceKind::Default | ResourceKind::UnknownId => {
                Self::of_arn(&resource.arn)
            }
        }
    }

    /// The owner of all these resources, if they have the same owner.
    pub(crate) fn common(mut resources: impl Iterator<Item = &'a RequestResource>) -> Self {
        let Some(first) = resources.next().map(Self::of_resource) else { return Self::Unknown };
        if resources.all(|resource| Self::of_resource(resource) == first) { first } else { Self::Unknown }
    }

    /// The owner according to an ARN.
    pub(crate) fn of_arn(arn: &'a str) -> Self {
        match arn.split(':').nth(4) {
            Some(account) if account.parse::<AccountId>().is_ok() => Self::Account(account),
            Some(_) | None => Self::Unknown,
        }
    }
}
