//! A call as a policy sees it, for tools that explain decisions instead of making them.

use super::{
    Circumstances, Settings,
    judge::{context, request},
};
use crate::{
    decode::{Resolution, Scope},
    identify::IdentifiedCall,
    policy,
};

/// The policy request for a call, and the origin of its resources.
pub struct View<'v> {
    /// The policy request: action, caller, resources, condition keys.
    pub request: policy::Request<'v>,
    /// The resources and condition keys of the call itself.
    pub resolution: &'v Resolution<'v>,
}

/// Calls `look` with a call as [`permit`](super::permit) presents it to the policies: its own action, not dependent
/// actions.
pub fn viewed<T>(
    identified: &IdentifiedCall,
    settings: &Settings,
    circumstances: &Circumstances<'_>,
    look: impl FnOnce(&View<'_>) -> T,
) -> T {
    let (call, caller) = (identified.call(), identified.caller());
    let region = call.host().region();
    let resolution = call.resolve(&Scope { region, account: caller.account, resource_ids: &settings.resource_ids });
    let required = resolution.required();
    let context = context(identified, &resolution, region, settings, circumstances);
    look(&View { request: request(call.action().as_str(), caller, &required, &context), resolution: &resolution })
}
