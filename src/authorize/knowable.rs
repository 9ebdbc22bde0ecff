//! Which condition keys some request may bring a value for, and which none ever will with what is configured.

use crate::{
    aws::{
        condition_keys::{Source, global_key},
        rds::{KeySource, condition_key, named_parameter},
    },
    policy::ConfiguredContext,
};

/// What the configuration knows besides `[context]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// The ids of the endpoints.
    pub endpoint_ids: bool,
    /// The VPCs of the endpoints.
    pub endpoint_vpcs: bool,
    /// Principals: given by access key id, by default, or by workload.
    pub principals: bool,
    /// Some calls may go to the service's public addresses.
    pub public: bool,
}

/// Whether a key, in lower case, can have a known value or be known to be absent in any request.
#[must_use]
pub fn is_knowable(key: &str, configured: &ConfiguredContext, knowledge: Knowledge) -> bool {
    if configured.has(key) {
        return true;
    }
    if let Some(name) = key.strip_prefix("guard:param/") {
        return named_parameter(name).is_none_or(|named| !named.is_secret);
    }
    if key.starts_with("guard:unlistedparam/") {
        return true;
    }
    if let Some(listed) = condition_key(key) {
        return match listed.source {
            KeySource::Request | KeySource::RequestTags => true,
            KeySource::StoredResource | KeySource::NotInRequest => false,
        };
    }
    let Some(known) = global_key(key) else { return false };
    match known.source {
        Source::Request | Source::Constant(_) | Source::Direct(_) | Source::Absent | Source::Session => true,
        Source::AbsentThroughEndpoint => !knowledge.public,
        Source::Endpoint if known.name == "aws:SourceVpce" => knowledge.endpoint_ids,
        Source::Endpoint => knowledge.endpoint_vpcs,
        // The account can be in the access key id.
        Source::Caller => knowledge.principals || known.name == "aws:PrincipalAccount",
        Source::Resource => known.name == "aws:ResourceAccount",
        Source::NotKnown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_knowable_if_any_request_or_the_configuration_can_tell_it() {
        let none = ConfiguredContext::default();
        let knows = |key: &str| is_knowable(key, &none, Knowledge::default());
        for key in ["aws:currenttime", "rds:databaseclass", "aws:requesttag/env", "guard:param/engine", "aws:sourceip"]
        {
            assert!(knows(key), "{key}");
        }
        for key in [
            "aws:resourcetag/env",
            "rds:db-tag/env",
            "rds:vpc",
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:principalarn",
            "s3:x",
            "lambda:sourcefunctionarn",
            "saml:sub",
            "aws:new",
        ] {
            assert!(!knows(key), "{key}");
        }
        let configured = ConfiguredContext::new([("aws:SourceVpc".to_owned(), vec!["vpc-1".to_owned()])]);
        assert!(is_knowable("aws:sourcevpc", &configured, Knowledge::default()));
        assert!(is_knowable("aws:sourcevpce", &none, Knowledge { endpoint_ids: true, ..Knowledge::default() }));
    }
}
