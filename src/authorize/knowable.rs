//! Which condition keys some request may bring a value for, and which none ever will with what is configured.

use super::ConfiguredContext;
use crate::aws::rds::{CONDITION_KEYS, KeySource, OPERATIONS, Sensitivity};

/// What the configuration knows beside `[context]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// The ids of the endpoints.
    pub endpoint_ids: bool,
    /// The VPCs of the endpoints.
    pub endpoint_vpcs: bool,
    /// Principals: given by access key id, by default, or by workload.
    pub principals: bool,
}

/// Whether a key, in lower case, can have a known value or be known to be absent in any request.
#[must_use]
pub fn is_knowable(key: &str, configured: &ConfiguredContext, knowledge: Knowledge) -> bool {
    if configured.has(key) {
        return true;
    }
    if let Some(name) = key.strip_prefix("guard:param/") {
        return !is_secret(name);
    }
    if let Some(listed) = CONDITION_KEYS.iter().find(|listed| is_of(key, listed.name)) {
        return match listed.source {
            KeySource::Request | KeySource::RequestTags => true,
            KeySource::StoredResource | KeySource::NotInRequest => false,
        };
    }
    match key.strip_prefix("aws:") {
        Some("sourcevpce") => knowledge.endpoint_ids,
        Some("sourcevpc") => knowledge.endpoint_vpcs,
        Some("principalarn" | "principaltype" | "userid" | "username") => knowledge.principals,
        Some(name) if name.starts_with("principaltag/") => knowledge.principals,
        Some(name) => ANSWERED.contains(&name),
        // Keys of other services are never sent to this one: known to be absent.
        None => true,
    }
}

/// Whether a parameter of that name, in any letter case, is one that no condition may show.
fn is_secret(name: &str) -> bool {
    let mut parameters = OPERATIONS.iter().flat_map(|operation| operation.parameters);
    parameters
        .any(|parameter| parameter.sensitivity == Sensitivity::Secret && parameter.name.eq_ignore_ascii_case(name))
}

/// Whether a key is the one named, or of its family (`rds:db-tag/${TagKey}`).
fn is_of(key: &str, name: &str) -> bool {
    match name.split_once("${") {
        Some((family, _)) => key.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)),
        None => key.eq_ignore_ascii_case(name),
    }
}

/// The global keys that a request answers whatever is configured, by a value or by their absence; in lower case without
/// `aws:`. A key that AWS adds is not among them until the context of a call knows it too.
const ANSWERED: [&str; 25] = [
    "calledvia",
    "calledviafirst",
    "calledvialast",
    "currenttime",
    "epochtime",
    "federatedprovider",
    "multifactorauthage",
    "multifactorauthpresent",
    "principalaccount",
    "principalisawsservice",
    "principalservicename",
    "principalservicenameslist",
    "referer",
    "requestedregion",
    "resourceaccount",
    "securetransport",
    "sourceaccount",
    "sourcearn",
    "sourceip",
    "sourceorgid",
    "sourceorgpaths",
    "tagkeys",
    "tokenissuetime",
    "useragent",
    "viaawsservice",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_knowable_if_any_request_or_the_configuration_can_tell_it() {
        let none = ConfiguredContext::default();
        let knows = |key: &str| is_knowable(key, &none, Knowledge::default());
        for key in
            ["aws:currenttime", "rds:databaseclass", "aws:requesttag/env", "guard:param/x", "aws:sourceip", "s3:x"]
        {
            assert!(knows(key), "{key}");
        }
        for key in
            ["aws:resourcetag/env", "rds:db-tag/env", "rds:vpc", "aws:sourcevpc", "aws:sourcevpce", "aws:principalarn"]
        {
            assert!(!knows(key), "{key}");
        }
        let configured = ConfiguredContext::new([("aws:SourceVpc".to_owned(), vec!["vpc-1".to_owned()])]);
        assert!(is_knowable("aws:sourcevpc", &configured, Knowledge::default()));
        assert!(is_knowable("aws:sourcevpce", &none, Knowledge { endpoint_ids: true, ..Knowledge::default() }));
    }
}
