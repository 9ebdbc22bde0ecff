//! The access keys that STS was observed to issue, until they expire.
//!
//! Their number is limited. When the limit is exceeded, the source with the most keys loses the one that expires
//! first, so that no workload can displace another's keys by requesting many.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use time::OffsetDateTime;

use crate::{aws::AccessKeyId, identify::Entry};

/// The maximum number of keys that are remembered.
const MOST: usize = 4096;

/// The source of a key that STS issued.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    /// The workload whose connection carried the answer.
    Workload(Arc<str>),
    /// The key that signed the request for it. If that key was itself observed, the new key has the same source
    /// instead.
    /// chain.
    Key(AccessKeyId),
    /// The role, if it was assumed without a key: STS identifies the caller by a token.
    Role(String),
}

#[derive(Debug)]
struct Known {
    entry: Entry,
    expires: OffsetDateTime,
    source: Source,
}

/// The keys.
#[derive(Debug, Default)]
pub(in crate::identify) struct ObservedKeys(RwLock<Table>);

#[derive(Debug, Default)]
struct Table {
    keys: HashMap<AccessKeyId, Known>,
    of_source: HashMap<Source, usize>,
}

/// How a key was observed.
pub(in crate::identify) struct Sight<'s> {
    pub(in crate::identify) workload: Option<&'s str>,
    pub(in crate::identify) asker: Option<&'s AccessKeyId>,
}

impl ObservedKeys {
    /// Remembers a key until it expires.
    pub(in crate::identify) fn insert(
        &self,
        key: AccessKeyId,
        entry: Entry,
        expires: OffsetDateTime,
        sight: &Sight<'_>,
    ) {
        let mut table = self.write();
        let source = source(&table.keys, &entry, sight);
        table.remove(&key);
        *table.of_source.entry(source.clone()).or_default() += 1;
        table.keys.insert(key, Known { entry, expires, source });
        if table.keys.len() > MOST {
            table.make_room();
        }
    }

    /// The entry of a key, if it is known.
    pub(in crate::identify) fn find(&self, key: &AccessKeyId, now: OffsetDateTime) -> Option<Entry> {
        self.read().keys.get(key).filter(|known| now < known.expires).map(|known| known.entry.clone())
    }

    /// Drops the secrets of expired keys.
    pub(in crate::identify) fn forget_ended(&self, now: OffsetDateTime) {
        let mut table = self.write();
        let ended = table.keys.iter().filter(|(_, known)| known.expires <= now).map(|(key, _)| key.clone());
        for key in ended.collect::<Vec<_>>() {
            table.remove(&key);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Removes the key that expires first among those of the source that has the most.
    fn make_room(&mut self) {
        let most = self.of_source.iter().max_by_key(|(_, count)| **count).map(|(source, _)| source);
        let theirs = self.keys.iter().filter(|(_, known)| Some(&known.source) == most);
        let first = theirs.min_by_key(|(_, known)| known.expires).map(|(key, _)| key.clone());
        if let Some(key) = first {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &AccessKeyId) {
        let Some(known) = self.keys.remove(key) else { return };
        if let Some(count) = self.of_source.get_mut(&known.source) {
            *count -= 1;
            if *count == 0 {
                self.of_source.remove(&known.source);
            }
        }
    }
}

fn source(keys: &HashMap<AccessKeyId, Known>, entry: &Entry, sight: &Sight<'_>) -> Source {
    match (sight.workload, sight.asker) {
        (Some(workload), _) => Source::Workload(workload.into()),
        (None, Some(asker)) => match keys.get(asker) {
            Some(known) => known.source.clone(),
            None => Source::Key(asker.clone()),
        },
        (None, None) => Source::Role(entry.principal().without_session()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-12-01 12:00 UTC);

    fn key(number: usize) -> AccessKeyId {
        format!("ASIAIOSF{number:012}").parse().unwrap()
    }

    fn entry(role: &str) -> Entry {
        let arn = format!("arn:aws:sts::123456789012:assumed-role/{role}/one");
        Entry::new(arn.parse().unwrap(), BTreeMap::new(), None)
    }

    /// The number of known keys among those with these numbers.
    fn count(keys: &ObservedKeys, numbers: std::ops::Range<usize>) -> usize {
        numbers.filter(|number| keys.find(&key(*number), NOW).is_some()).count()
    }

    #[test]
    fn a_flood_of_keys_with_long_lives_pushes_out_none_of_another_source() {
        let (soon, late) = (NOW + time::Duration::minutes(15), NOW + time::Duration::hours(12));
        let asker = key(999_999);
        let floods = [("a workload", Some("hog"), false), ("a key", None, true), ("a role", None, false)];
        for (what, workload, signed) in floods {
            let keys = ObservedKeys::default();
            for number in 0..10 {
                let sight = Sight { workload: Some("orders"), asker: None };
                keys.insert(key(number), entry("orders"), soon, &sight);
            }
            for number in 10..20 {
                keys.insert(key(number), entry("billing"), soon, &Sight { workload: None, asker: None });
            }
            for number in 1000..1000 + MOST + 300 {
                let sight = Sight { workload, asker: signed.then_some(&asker) };
                keys.insert(key(number), entry("hog"), late, &sight);
            }
            assert_eq!(count(&keys, 0..20), 20, "{what}");
            assert_eq!(count(&keys, 1000..1000 + MOST + 300), MOST - 20, "{what}");
        }
    }

    #[test]
    fn keys_that_ask_for_keys_are_of_the_source_of_the_first() {
        let keys = ObservedKeys::default();
        let late = NOW + time::Duration::hours(12);
        keys.insert(
            key(0),
            entry("orders"),
            NOW + time::Duration::minutes(15),
            &Sight { workload: None, asker: Some(&key(900_000)) },
        );
        // Each is requested with the previous one.
        for number in 1000..1000 + MOST + 10 {
            keys.insert(key(number), entry("hog"), late, &Sight { workload: None, asker: Some(&key(number - 1)) });
        }
        assert_eq!(count(&keys, 0..1), 1);
    }

    #[test]
    fn a_key_is_known_until_it_ends_and_its_secret_goes_then() {
        let keys = ObservedKeys::default();
        let end = NOW + time::Duration::minutes(15);
        keys.insert(key(1), entry("app"), end, &Sight { workload: None, asker: None });
        assert!(keys.find(&key(1), NOW).is_some() && keys.find(&key(1), end).is_none());
        keys.forget_ended(end);
        assert!(keys.find(&key(1), NOW).is_none());
    }
}
