//! `[context]`: what the configuration says of condition keys that no request shows.

use std::collections::HashMap;

use crate::policy::Lookup;

/// Values of condition keys that only the configuration knows, by key in lower case.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredContext(HashMap<String, ConfiguredKey>);

/// What the configuration says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfiguredKey {
    /// Every call has it, with these values.
    Values(Vec<String>),
    /// No call has it.
    Absent,
}

impl ConfiguredContext {
    /// The given keys, whatever their letter case.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        Self::of(entries.into_iter().map(|(key, values)| (key, ConfiguredKey::Values(values))))
    }

    /// The given keys, whatever their letter case; some of them said to be absent.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = (String, ConfiguredKey)>) -> Self {
        Self(entries.into_iter().map(|(key, said)| (key.to_ascii_lowercase(), said)).collect())
    }

    /// Whether something is said of a key, in lower case.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// What is said of a key, in lower case.
    pub(super) fn lookup(&self, key: &str) -> Option<Lookup<'_>> {
        self.0.get(key).map(|said| match said {
            ConfiguredKey::Absent => Lookup::Absent,
            ConfiguredKey::Values(values) => match values.as_slice() {
                [one] => Lookup::One(one),
                many => Lookup::Many(many),
            },
        })
    }

    /// What a call has for a key: what is known of it, or else what the configuration says.
    pub(super) fn or<'a>(&'a self, known: Lookup<'a>, key: &str) -> Lookup<'a> {
        if known == Lookup::Unknown { self.lookup(key).unwrap_or(Lookup::Unknown) } else { known }
    }
}
