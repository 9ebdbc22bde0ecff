//! What a call acts on and which condition values it carries, by the authorization table.

mod dependents;
mod keys;
mod resource_ids;
mod resources;

use std::borrow::Cow;

pub use dependents::Dependent;
pub use keys::ConditionValue;
pub use resource_ids::{ResourceIds, ResourceIdsError};
pub use resources::ResourceDetail;

use crate::aws::{
    AccountId, Region, RequestResource, ResourceKind,
    rds::{CONDITION_KEYS, Operation},
};

use super::form::Form;

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
    /// The condition keys that have a value.
    pub keys: Vec<ConditionValue<'c>>,
    /// The condition keys that the action has and this request doesn't answer, by name; `${TagKey}` stands for any tag.
    pub unknown_keys: Vec<&'static str>,
    /// Actions of the service that the parameters call for as well.
    pub dependents: Vec<Dependent>,
}

impl Resolution<'_> {
    /// Resolves a call to a known operation.
    pub(super) fn of<'c>(operation: &'static Operation, form: &'c Form, scope: &Scope<'_>) -> Resolution<'c> {
        let found = resources::resources(operation, form, scope);
        let (keys, unknown_keys) = keys::keys(operation, form);
        let dependents = dependents::dependents(operation, form, scope, &found);
        let (resources, details) = found.into_iter().unzip();
        Resolution { resources, details, keys, unknown_keys, dependents }
    }

    /// Nothing is known of a call to an operation that the table lacks, not even which condition keys it has.
    pub(super) fn unknown<'c>() -> Resolution<'c> {
        let mut resolution = Resolution {
            resources: Vec::new(),
            details: Vec::new(),
            keys: Vec::new(),
            unknown_keys: CONDITION_KEYS.iter().map(|key| key.name).collect(),
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

/// A value in lower case, borrowed where it is already.
fn lower(value: &str) -> Cow<'_, str> {
    if value.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(value.to_ascii_lowercase())
    } else {
        Cow::Borrowed(value)
    }
}
