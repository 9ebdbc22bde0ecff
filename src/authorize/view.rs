//! A call as a policy sees it, for those who explain decisions instead of making them.

use super::{
    Circumstances, Settings,
    judge::{context, request},
};
use crate::{
    decode::{Resolution, Scope},
    identify::IdentifiedCall,
    policy,
};

/// What a policy is asked about a call, and where its resources come from.
pub struct View<'v> {
    /// The question: action, caller, resources, condition keys.
    pub request: policy::Request<'v>,
    /// The resources and condition keys of the call itself.
    pub resolution: &'v Resolution<'v>,
}

/// Lets `look` see a call as [`permit`](super::permit) shows it to the policies: its own action, not what depends on it.
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
