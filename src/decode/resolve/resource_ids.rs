//! Ids that the service generated, as configured: `"db-proxy/orders" = "prx-0123…"`.

use std::collections::BTreeMap;

use crate::aws::rds::{Folding, RESOURCE_TYPES, ResourceType};

/// The ids of resources whose ARNs hold an id where requests have a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceIds {
    ids: BTreeMap<String, String>,
}

/// Why an entry cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResourceIdsError {
    /// Not `TYPE/NAME` with a type whose ARNs hold a generated id.
    #[error("`{key}` is not TYPE/NAME with one of the types {types}")]
    Key {
        /// The key.
        key: String,
        /// The types that it could have, in words.
        types: String,
    },
    /// An id that no ARN can hold.
    #[error("the id of `{key}` is empty or has a blank, a wildcard or a character outside ASCII")]
    Id {
        /// The key.
        key: String,
    },
}

impl ResourceIds {
    /// Reads names and ids as they are configured. The type is the token in the ARN, `db-proxy`; for custom engine
    /// versions the name is `ENGINE/VERSION`. Instances and clusters are the other way round: a request may have their
    /// generated id (`db/db-ABC`) where the ARN has the name.
    ///
    /// # Errors
    /// The first entry whose key has no such type or whose id can't stand in an ARN.
    pub fn new<'e>(entries: impl IntoIterator<Item = (&'e str, &'e str)>) -> Result<Self, ResourceIdsError> {
        let mut ids = BTreeMap::new();
        for (key, id) in entries {
            let known = key.split_once('/').is_some_and(|(prefix, name)| {
                let takes = |kind: &ResourceType| kind.prefix == prefix && (is_generated(kind) || is_id(kind, name));
                !name.is_empty() && RESOURCE_TYPES.iter().any(|kind| takes(kind))
            });
            if !known {
                return Err(ResourceIdsError::Key { key: key.to_owned(), types: generated_types() });
            }
            let odd = |c: char| !c.is_ascii_graphic() || matches!(c, '*' | '?');
            if id.is_empty() || id.contains(odd) {
                return Err(ResourceIdsError::Id { key: key.to_owned() });
            }
            ids.insert(key.to_ascii_lowercase(), id.to_owned());
        }
        Ok(Self { ids })
    }

    /// The id of the resource of this type with this name, in any letter case.
    pub(super) fn get(&self, resource_type: &ResourceType, name: &str) -> Option<&str> {
        if self.ids.is_empty() {
            return None;
        }
        let key = format!("{}/{}", resource_type.prefix, name).to_ascii_lowercase();
        self.ids.get(&key).map(String::as_str)
    }
}

/// Whether requests name such a resource otherwise than its ARN does. Custom engine versions have a generated id after
/// the name, and integrations have one that is not documented as such.
fn is_generated(kind: &ResourceType) -> bool {
    kind.folding == Folding::Generated || matches!(kind.prefix, "cev" | "integration" | "deployment" | "ri")
}

/// Whether a name is an id by which requests name an instance or cluster that has another name in its ARN.
fn is_id(kind: &ResourceType, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    (kind.prefix == "db" && lower.starts_with("db-")) || (kind.prefix == "cluster" && lower.starts_with("cluster-"))
}

fn generated_types() -> String {
    let prefixes: Vec<_> =
        RESOURCE_TYPES.iter().filter(|kind| is_generated(kind)).map(|kind| format!("`{}`", kind.prefix)).collect();
    format!("{}, or `db/db-ID`, or `cluster/cluster-ID`", prefixes.join(", "))
}
