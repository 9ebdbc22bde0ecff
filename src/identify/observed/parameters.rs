//! The parameters of the calls whose answers hold credentials: each must be a name in the service's model,
//! otherwise the answer is not read.
//!
//! Source: AWS Security Token Service API Reference, version 2011-06-15.

use std::collections::{BTreeMap, BTreeSet};

use crate::decode::{NameReading, QueryParameters, read_name};

/// A call whose answer holds credentials.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// Its parameters; `#` is the index of a list's member.
    parameters: &'static [&'static str],
    /// Whether session tags are among its parameters. If not, STS takes them from the identity provider's token or
    /// there are none.
    pub(super) takes_tags: bool,
    /// Whether STS accepts it only as a signed request.
    pub(super) is_signed: bool,
    /// The principal of the credentials.
    pub(super) gives: Gives,
}

/// The principal that the credentials of an answer are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// A session of a role, which the answer names.
    Session,
    /// A federated user, which the answer names.
    FederatedUser,
    /// The caller, which the answer does not name.
    Asker,
}

const VERSION: &str = "2011-06-15";

pub(super) const OPERATIONS: [Operation; 5] = [
    Operation {
        name: "AssumeRole",
        parameters: &[
            "RoleArn",
            "RoleSessionName",
            "PolicyArns.member.#.arn",
            "Policy",
            "DurationSeconds",
            "Tags.member.#.Key",
            "Tags.member.#.Value",
            "TransitiveTagKeys.member.#",
            "ExternalId",
            "SerialNumber",
            "TokenCode",
            "SourceIdentity",
            "ProvidedContexts.member.#.ProviderArn",
            "ProvidedContexts.member.#.ContextAssertion",
        ],
        takes_tags: true,
        is_signed: true,
        gives: Gives::Session,
    },
    Operation {
        name: "AssumeRoleWithWebIdentity",
        parameters: &[
            "RoleArn",
            "RoleSessionName",
            "WebIdentityToken",
            "ProviderId",
            "PolicyArns.member.#.arn",
            "Policy",
            "DurationSeconds",
        ],
        takes_tags: false,
        is_signed: false,
        gives: Gives::Session,
    },
    Operation {
        name: "AssumeRoleWithSAML",
        parameters: &[
            "RoleArn",
            "PrincipalArn",
            "SAMLAssertion",
            "PolicyArns.member.#.arn",
            "Policy",
            "DurationSeconds",
        ],
        takes_tags: false,
        is_signed: false,
        gives: Gives::Session,
    },
    Operation {
        name: "GetSessionToken",
        parameters: &["DurationSeconds", "SerialNumber", "TokenCode"],
        takes_tags: false,
        is_signed: true,
        gives: Gives::Asker,
    },
    Operation {
        name: "GetFederationToken",
        parameters: &[
            "Name",
            "Policy",
            "PolicyArns.member.#.arn",
            "DurationSeconds",
            "Tags.member.#.Key",
            "Tags.member.#.Value",
        ],
        takes_tags: true,
        is_signed: true,
        gives: Gives::FederatedUser,
    },
];

/// The requested values that the answer must match.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) operation: &'static Operation,
    /// The session tags.
    pub(super) tags: BTreeMap<String, String>,
}

/// Reads action, version and the names of all parameters; `None` if STS might read one of them differently.
pub(super) fn read(parameters: &QueryParameters) -> Option<Asked> {
    let action = parameters.get("Action")?;
    let operation = OPERATIONS.iter().find(|operation| operation.name == action)?;
    (parameters.get("Version")? == VERSION).then_some(())?;
    let mut members: BTreeMap<&str, BTreeSet<(u32, &str)>> = BTreeMap::new();
    let mut is_new = false;
    for (name, value) in parameters.iter().filter(|(name, _)| !matches!(*name, "Action" | "Version")) {
        // SDKs send an empty list as its bare name.
        if value.is_empty() && is_list(operation, name) && !has_members(parameters, name) {
            continue;
        }
        let known = operation.parameters.iter().chain(&["Action", "Version"]).copied();
        match read_name(known, name) {
            NameReading::Known { index, .. } => {
                if let (Some(index), Some((list, rest))) = (index, name.split_once('.')) {
                    let member = rest.splitn(3, '.').nth(2).unwrap_or_default();
                    members.entry(list).or_default().insert((index, member));
                }
            }
            NameReading::Resembles => return None,
            // A parameter that STS has added since. The answer is still valid; the list of tags may be incomplete.
            NameReading::Unknown => is_new = true,
        }
    }
    members.iter().all(|(list, members)| is_whole(operation, list, members)).then_some(())?;
    let tags = if operation.takes_tags && !is_new { tags(parameters, members.get("Tags"))? } else { BTreeMap::new() };
    Some(Asked { operation, tags })
}

/// The session tags. Keys are compared case-insensitively, and which of two equal ones counts is not documented.
fn tags(parameters: &QueryParameters, members: Option<&BTreeSet<(u32, &str)>>) -> Option<BTreeMap<String, String>> {
    let indexes: BTreeSet<u32> = members.into_iter().flatten().map(|(index, _)| *index).collect();
    let mut tags = BTreeMap::new();
    for index in &indexes {
        let key = parameters.get(&format!("Tags.member.{index}.Key"))?;
        let value = parameters.get(&format!("Tags.member.{index}.Value"))?;
        tags.insert(key.to_owned(), value.to_owned());
    }
    let keys: BTreeSet<String> = tags.keys().map(|key| key.to_lowercase()).collect();
    (keys.len() == indexes.len()).then_some(tags)
}

fn is_list(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().any(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with(".member.#")))
}

fn has_members(parameters: &QueryParameters, list: &str) -> bool {
    parameters.iter().any(|(name, _)| name.strip_prefix(list).is_some_and(|rest| rest.starts_with('.')))
}

/// Returns whether a list has the members from 1 on, without a gap, and each of them all its parts.
fn is_whole(operation: &Operation, list: &str, members: &BTreeSet<(u32, &str)>) -> bool {
    let parts =
        operation.parameters.iter().filter(|known| known.strip_prefix(list).is_some_and(|rest| rest.starts_with('.')));
    let parts = parts.count();
    let last = members.last().map_or(0, |(index, _)| *index as usize);
    last * parts == members.len()
}
