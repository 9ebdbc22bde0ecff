//! What exists in the sandbox, by owner, region and kind.

use std::{collections::BTreeMap, ops::Bound};

use super::model::Family;
use crate::{aws::AccountId, sandbox::xml::Element};

/// A resource: plain values by path, and tags.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// The identifier as it is shown.
    pub(super) id: String,
    /// The values of the answer's elements, by dotted path.
    pub(super) values: BTreeMap<String, String>,
    /// Tags in the order they were set.
    pub(super) tags: Vec<(String, String)>,
}

/// Where resources of one kind lie: an account's, in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shelf {
    pub(super) account: AccountId,
    pub(super) region: String,
    pub(super) family: String,
}

/// Everything there is.
#[derive(Debug, Default)]
pub(super) struct Store {
    shelves: BTreeMap<Shelf, BTreeMap<String, Record>>,
    made: u64,
}

impl Store {
    /// The resource of this name, in any letter case.
    pub(super) fn find(&mut self, shelf: &Shelf, id: &str) -> Option<&mut Record> {
        self.shelves.get_mut(shelf)?.get_mut(&id.to_ascii_lowercase())
    }

    /// Puts a resource on its shelf, in place of one of the same name.
    pub(super) fn put(&mut self, shelf: &Shelf, record: Record) {
        self.shelves.entry(shelf.clone()).or_default().insert(record.id.to_ascii_lowercase(), record);
    }

    /// Takes a resource away.
    pub(super) fn take(&mut self, shelf: &Shelf, id: &str) -> Option<Record> {
        self.shelves.get_mut(shelf)?.remove(&id.to_ascii_lowercase())
    }

    /// All resources on a shelf in the order of their names, from behind this name on.
    pub(super) fn after(&self, shelf: &Shelf, id: &str) -> impl Iterator<Item = &Record> {
        let behind = (Bound::Excluded(id), Bound::Unbounded);
        self.shelves.get(shelf).map(|records| records.range::<str, _>(behind)).into_iter().flatten().map(|(_, r)| r)
    }

    /// The resource of any kind with this ARN, of this account.
    pub(super) fn find_arn(&mut self, account: AccountId, arn: &str) -> Option<&mut Record> {
        let shelves = self.shelves.iter_mut().filter(|(shelf, _)| shelf.account == account);
        let mut records = shelves.flat_map(|(_, records)| records.values_mut());
        records.find(|record| record.values.get(ARN).is_some_and(|found| found == arn))
    }

    /// A number that no resource had before.
    pub(super) fn serial(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

/// The path under which every record keeps its ARN, whatever its family calls it; not shown.
pub(super) const ARN: &str = "";

impl Record {
    /// The record as an element of this name.
    pub(super) fn element(&self, name: &str, family: &Family) -> Element {
        let shown = self.values.iter().filter(|(path, _)| path.as_str() != ARN);
        let mut element = Element::from_paths(name, shown.map(|(path, value)| (path.as_str(), value.as_str())));
        if let Some(tags) = &family.tags {
            element.push(self.tag_list(tags));
        }
        element
    }

    /// The tags as a list of this name.
    pub(super) fn tag_list(&self, name: &str) -> Element {
        let tag = |(key, value): &(String, String)| {
            Element::parent("Tag", vec![Element::text("Key", key), Element::text("Value", value)])
        };
        Element::parent(name, self.tags.iter().map(tag).collect())
    }
}
