//! What a call acts on and which condition values it carries, by the authorization table.

mod dependents;
mod implied;
mod keys;
mod resource_ids;
mod resources;
mod tag_keys;
mod unlisted;

use std::borrow::Cow;

pub use dependents::Dependent;
pub use keys::ConditionValue;
pub use resource_ids::{ResourceIds, ResourceIdsError};
pub use resources::ResourceDetail;

use crate::aws::{
    AccountId, Region, RequestResource, ResourceKind,
    rds::{CONDITION_KEYS, Obligation, Operation},
};

use super::form::Form;
use tag_keys::RequestTags;

/// What a call does not say itself and its ARNs need.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// The region of the host, which the signature's has to equal.
    pub region: &'s Region,
    /// The caller's account. Where it is unknown, ARNs have the word `unknown` in its place.
    pub account: Option<AccountId>,
    /// Ids that the service generated, by the names that were given.
    pub resource_ids: &'s ResourceIds,
}

/// The resources and condition values of a call.
#[derive(Clone, Debug)]
pub struct Resolution<'c> {
    /// What the call acts on, in the table's order, none of them twice. Each must be allowed; one denied denies.
    pub resources: Vec<RequestResource>,
    /// Type and role of each of the resources, in the same order.
    pub details: Vec<ResourceDetail>,
    /// What the call acts on besides, though no parameter names it as the table's rules read names: what an id or an
    /// unknown parameter may stand for, and other spellings that the service may read.
    pub implied: Vec<(RequestResource, ResourceDetail)>,
    /// The condition keys that have a value.
    pub keys: Vec<ConditionValue<'c>>,
    /// The condition keys that the action has and this request doesn't answer, by name; `${TagKey}` stands for any tag.
    pub unknown_keys: Vec<Cow<'static, str>>,
    /// Actions of the service that the parameters call for as well.
    pub dependents: Vec<Dependent<'c>>,
}

impl Resolution<'_> {
    /// Resolves a call to a known operation.
    pub(super) fn of<'c>(operation: &'static Operation, form: &'c Form, scope: &Scope<'_>) -> Resolution<'c> {
        let found = resources::resources(operation, form, scope);
        let implied = implied::resources(operation, form, scope, &found);
        let tags = RequestTags::new(operation, form);
        let own = keys::keys(operation, form, &tags);
        let dependents = dependents::dependents(operation, form, scope, &found, (&own, &tags));
        let ((resources, details), (keys, unknown_keys)) = (found.into_iter().unzip(), own);
        Resolution { resources, details, implied, keys, unknown_keys, dependents }
    }

    /// All that the call acts on, as far as is known.
    pub fn all(&self) -> impl Iterator<Item = &RequestResource> {
        self.resources.iter().chain(self.implied.iter().map(|(resource, _)| resource))
    }

    /// The resources that must be allowed, and must not be denied.
    #[must_use]
    pub fn required(&self) -> Cow<'_, [RequestResource]> {
        let all = self.details.iter().all(|detail| detail.obligation == Obligation::Required);
        if all && self.implied.is_empty() {
            return Cow::Borrowed(&self.resources);
        }
        Cow::Owned(self.with(Obligation::Required))
    }

    /// The resources that must not be denied; that none allows them changes nothing.
    #[must_use]
    pub fn deny_only(&self) -> Vec<RequestResource> {
        self.with(Obligation::DenyOnly)
    }

    fn with(&self, obligation: Obligation) -> Vec<RequestResource> {
        let own = self.resources.iter().zip(&self.details);
        let all = own.chain(self.implied.iter().map(|(resource, detail)| (resource, detail)));
        all.filter(|(_, detail)| detail.obligation == obligation).map(|(resource, _)| resource.clone()).collect()
    }

    /// Nothing is known of a call to an operation that the table lacks, not even which condition keys it has.
    pub(super) fn unknown<'c>() -> Resolution<'c> {
        let mut resolution = Resolution {
            resources: Vec::new(),
            details: Vec::new(),
            implied: Vec::new(),
            keys: Vec::new(),
            unknown_keys: all_keys(),
            dependents: Vec::new(),
        };
        resolution.add_unknown_resource();
        resolution
    }

    /// One resource more, of which nothing is known.
    pub(super) fn add_unknown_resource(&mut self) {
        self.resources.push(RequestResource { arn: "*".into(), kind: ResourceKind::Unknown });
        self.details.push(ResourceDetail::UNKNOWN);
    }
}

/// The names of all condition keys of the service.
fn all_keys() -> Vec<Cow<'static, str>> {
    CONDITION_KEYS.iter().map(|key| Cow::Borrowed(key.name)).collect()
}

/// The parameters that every request of the Query protocol may have: `Timestamp` is of signature version 2 and ignored
/// since, and the SDK for Ruby 1 still sends it.
pub(super) fn is_common(name: &str) -> bool {
    matches!(name, "Action" | "Version" | "Timestamp")
}

/// A value in lower case, borrowed where it is already.
fn lower(value: &str) -> Cow<'_, str> {
    if value.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(value.to_ascii_lowercase())
    } else {
        Cow::Borrowed(value)
    }
}
