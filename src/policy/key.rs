//! The name of a condition key.

use std::fmt;

use crate::aws::condition_keys::global_key;

use super::guard_key;

/// A condition key as written in the policy. Its name, including a tag key, is compared case-insensitively ("IAM JSON
/// policy elements: Condition").
#[derive(Clone, Eq)]
pub struct Key {
    written: Box<str>,
    lower: Box<str>,
}

impl Key {
    pub(crate) fn new(written: &str) -> Self {
        Self { written: written.into(), lower: written.to_ascii_lowercase().into() }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The name in lower case, as it is passed to a [`Context`](super::Context).
    #[must_use]
    pub fn lower(&self) -> &str {
        &self.lower
    }

    /// Whether the key describes the resource, so that it can differ between the resources of one request.
    #[must_use]
    pub fn is_of_resource(&self) -> bool {
        is_of_resource(&self.lower)
    }

    /// The same for a name in lower case.
    #[must_use]
    pub fn is_name_of_resource(lower: &str) -> bool {
        is_of_resource(lower)
    }

    /// Whether requests have a list of values for this key. None of the RDS keys has one (Service Authorization
    /// Reference).
    #[must_use]
    pub fn is_multivalued(&self) -> bool {
        global_key(self.lower()).is_some_and(|known| known.multivalued) || guard_key::is_list(self.lower())
    }
}

/// Whether a key, in lower case, describes the resource, so that it can differ between the resources of one request.
///
/// Source: "AWS global condition context keys", "Properties of the resource"; Service Authorization Reference,
/// "Amazon RDS", whose `rds:TYPE-tag/` keys, except `rds:req-tag/`, are the tags of a resource.
pub(crate) fn is_of_resource(key: &str) -> bool {
    match key.split_once(':') {
        Some(("aws", name)) => {
            matches!(name, "resourceaccount" | "resourceorgid" | "resourceorgpaths") || name.starts_with("resourcetag/")
        }
        Some(("rds", name)) => {
            let kind = name.split_once('/').map_or("", |(kind, _)| kind);
            kind != "req-tag" && kind.ends_with("-tag")
        }
        Some(_) | None => false,
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.written)
    }
}
