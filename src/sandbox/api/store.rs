//! The existing resources, by owner, region and kind.

use std::{collections::BTreeMap, ops::Bound};

use super::record::Record;
use crate::aws::AccountId;

/// Identifies the resources of one kind, account and region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shelf {
    pub(super) account: AccountId,
    pub(super) region: String,
    pub(super) family: String,
}

/// All existing resources.
#[derive(Debug, Default)]
pub(super) struct Store {
    shelves: BTreeMap<Shelf, BTreeMap<String, Record>>,
    made: u64,
}

impl Store {
    /// The resource with this name, in any letter case.
    pub(super) fn find(&mut self, shelf: &Shelf, id: &str) -> Option<&mut Record> {
        self.shelves.get_mut(shelf)?.get_mut(&id.to_ascii_lowercase())
    }

    /// Whether a resource with this name exists.
    pub(super) fn has(&self, shelf: &Shelf, id: &str) -> bool {
        self.shelves.get(shelf).is_some_and(|records| records.contains_key(&id.to_ascii_lowercase()))
    }

    /// Stores a resource, replacing one with the same name.
    pub(super) fn put(&mut self, shelf: &Shelf, record: Record) {
        self.shelves.entry(shelf.clone()).or_default().insert(record.id.to_ascii_lowercase(), record);
    }

    /// Removes a resource and returns it.
    pub(super) fn take(&mut self, shelf: &Shelf, id: &str) -> Option<Record> {
        self.shelves.get_mut(shelf)?.remove(&id.to_ascii_lowercase())
    }

    /// All resources of a shelf, sorted by name.
    pub(super) fn all(&self, shelf: &Shelf) -> impl Iterator<Item = &Record> {
        self.after(shelf, "")
    }

    /// The resources of a shelf after this name, sorted by name.
    pub(super) fn after(&self, shelf: &Shelf, id: &str) -> impl Iterator<Item = &Record> {
        let behind = (Bound::Excluded(id), Bound::Unbounded);
        self.shelves.get(shelf).map(|records| records.range::<str, _>(behind)).into_iter().flatten().map(|(_, r)| r)
    }

    /// All resources of a shelf, mutable.
    pub(super) fn all_mut(&mut self, shelf: &Shelf) -> impl Iterator<Item = &mut Record> {
        self.shelves.get_mut(shelf).into_iter().flat_map(BTreeMap::values_mut)
    }

    /// The account's resource of any kind with this ARN.
    pub(super) fn find_arn(&mut self, account: AccountId, arn: &str) -> Option<(&Shelf, &mut Record)> {
        let shelves = self.shelves.iter_mut().filter(|(shelf, _)| shelf.account == account);
        let mut records = shelves.flat_map(|(shelf, records)| records.values_mut().map(move |record| (shelf, record)));
        records.find(|(_, record)| !arn.is_empty() && record.arn == arn)
    }

    /// The resources of the same kind and region that other accounts own.
    pub(super) fn of_others<'s>(&'s self, shelf: &'s Shelf) -> impl Iterator<Item = &'s Record> {
        let others = self.shelves.iter().filter(|(other, _)| {
            other.account != shelf.account && other.region == shelf.region && other.family == shelf.family
        });
        others.flat_map(|(_, records)| records.values())
    }

    /// A number that no resource has had yet.
    pub(super) fn serial(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}
