//! Which condition keys some request may bring a value for, and which none ever will with what is configured.

use super::ConfiguredContext;
use crate::aws::rds::{CONDITION_KEYS, KeySource};

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

/// Keys of the request's surroundings that nothing here tells, in lower case without `aws:`; a trailing slash stands for
/// a family.
const NEVER: [&str; 11] = [
    "sourcevpcarn",
    "vpceaccount",
    "vpceorgid",
    "vpceorgpaths",
    "vpcsourceip",
    "principalorgid",
    "principalorgpaths",
    "userid",
    "resourceorgid",
    "resourceorgpaths",
    "resourcetag/",
];

/// Whether a key, in lower case, can have a known value or be known to be absent in any request.
#[must_use]
pub fn is_knowable(key: &str, configured: &ConfiguredContext, knowledge: Knowledge) -> bool {
    if configured.has(key) {
        return true;
    }
    if let Some(name) = key.strip_prefix("aws:") {
        return match name {
            "sourcevpce" => knowledge.endpoint_ids,
            "sourcevpc" => knowledge.endpoint_vpcs,
            "principalarn" | "principaltype" | "username" => knowledge.principals,
            _ if name.starts_with("principaltag/") => knowledge.principals,
            _ => !NEVER.iter().any(|never| name == *never || (never.ends_with('/') && name.starts_with(never))),
        };
    }
    let listed = CONDITION_KEYS.iter().find(|listed| match listed.name.split_once("${") {
        Some((family, _)) => key.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)),
        None => listed.name.eq_ignore_ascii_case(key),
    });
    // Keys of other services are never sent to this one: known to be absent.
    listed.is_none_or(|listed| match listed.source {
        KeySource::Request | KeySource::RequestTags => true,
        KeySource::StoredResource | KeySource::NotInRequest => false,
    })
}

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
