//! An index of condition key names: a decision looks up as many as its policies have conditions and variables.

use std::{borrow::Cow, collections::HashMap};

/// The placeholder for a tag key in the name of a family.
const TAG_KEY: &str = "${TagKey}";

/// The names of keys and of families of keys, each with its position in the input.
#[derive(Clone, Debug, Default)]
pub struct KeyNames {
    /// The positions of keys, by their names in lower case.
    keys: HashMap<Box<str>, usize>,
    /// The positions of families, by the prefix of their keys, in lower case.
    families: HashMap<Box<str>, usize>,
}

impl KeyNames {
    /// Indexes names of keys and of families (`aws:RequestTag/${TagKey}`).
    #[must_use]
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut index = Self::default();
        for (at, name) in names.into_iter().enumerate() {
            let (places, name) = match family(name) {
                Some(beginning) => (&mut index.families, beginning),
                None => (&mut index.keys, name),
            };
            places.entry(name.to_ascii_lowercase().into()).or_insert(at);
        }
        index
    }

    /// The position of the first name that is equal to `key`, in any letter case, or names its family.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<usize> {
        let lower = if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(key.to_ascii_lowercase())
        } else {
            Cow::Borrowed(key)
        };
        let own = self.keys.get(&*lower).copied();
        let family = beginning(&lower).and_then(|beginning| self.families.get(beginning).copied());
        match (own, family) {
            (Some(own), Some(family)) => Some(own.min(family)),
            (own, family) => own.or(family),
        }
    }
}

/// Whether a key, in any letter case, has this name or belongs to the family with this name, which ends in
/// `${TagKey}`.
#[must_use]
pub fn is_of(key: &str, name: &str) -> bool {
    match family(name) {
        None => name.eq_ignore_ascii_case(key),
        Some(family) => beginning(key).is_some_and(|beginning| beginning.eq_ignore_ascii_case(family)),
    }
}

/// The prefix of a family's keys, including the slash; `None` for the name of a single key.
fn family(name: &str) -> Option<&str> {
    let family = name.strip_suffix(TAG_KEY)?;
    (beginning(name) == Some(family)).then_some(family)
}

/// The prefix of a key with a tag key, up to its first slash.
fn beginning(key: &str) -> Option<&str> {
    let (beginning, tag) = key.split_at_checked(key.find('/')? + 1)?;
    (!tag.is_empty()).then_some(beginning)
}

#[cfg(test)]
mod tests {
    use super::{KeyNames, TAG_KEY, family, is_of};
    use crate::aws::{condition_keys::GLOBAL, rds::CONDITION_KEYS};

    #[test]
    fn every_family_of_the_tables_is_one_of_tags() {
        let service = CONDITION_KEYS.iter().map(|known| known.name);
        for name in GLOBAL.iter().map(|known| known.name).chain(service) {
            assert_eq!(family(name).is_some(), name.contains("${"), "{name}");
        }
        // A request's tag key that resembles the placeholder does not make a family.
        assert_eq!(family(&format!("aws:RequestTag/a/{TAG_KEY}")), None);
        assert_eq!(family(&format!("aws:RequestTag/a{TAG_KEY}")), None);
    }

    #[test]
    fn an_index_finds_what_a_search_finds() {
        let names: Vec<&str> = GLOBAL.iter().map(|known| known.name).chain(["aws:PrincipalTag/team"]).collect();
        let index = KeyNames::new(names.iter().copied());
        let others = ["aws:PrincipalTag/", "aws:PrincipalTag/team", "aws:principaltag/TEAM", "aws:", "", "rds:x"];
        for key in names.iter().copied().chain(others) {
            for key in [key.to_owned(), key.to_ascii_lowercase(), key.replace("${TagKey}", "x")] {
                assert_eq!(index.find(&key), names.iter().position(|name| is_of(&key, name)), "{key}");
            }
        }
    }
}
