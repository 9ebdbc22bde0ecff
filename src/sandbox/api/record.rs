//! A resource as RDS shows it: text values by path.

use std::collections::BTreeMap;

use super::model::Family;
use crate::sandbox::xml::Element;

/// A resource: plain values by path, and tags.
///
/// A path leads through the elements of the response: `Endpoint.Port`. The members of a list are distinguished by
/// a number: `DBClusterMembers.DBClusterMember#0001.IsClusterWriter`. A path that begins with `~` is internal to
/// the sandbox and never shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// The identifier as shown.
    pub(super) id: String,
    /// The ARN, if the kind has one.
    pub(super) arn: String,
    /// The values of the response's elements, by path.
    pub(super) values: BTreeMap<String, String>,
    /// Tags in the order in which they were set.
    pub(super) tags: Vec<(String, String)>,
}

/// A member of a list: one text, or values by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item(BTreeMap<String, String>);

impl Item {
    /// A member with only a text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(String::new(), text.into())]))
    }

    /// A member with values by name.
    pub(super) fn with<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The text of a plain member, or the value with this name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Sets the value with this name.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// The member as an element with this name.
    pub(super) fn element(&self, name: &str) -> Element {
        match self.0.get("") {
            Some(text) => Element::text(name, text),
            None => Element::from_paths(name, self.0.iter().map(|(path, value)| (path.as_str(), value.as_str()))),
        }
    }
}

impl Record {
    /// An entry of a list that belongs to no account.
    pub(super) fn listed<'a>(id: &str, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let values = values.into_iter().map(|(path, value)| (path.to_owned(), value.to_owned())).collect();
        Self { id: id.to_owned(), values, ..Self::default() }
    }

    /// The value at a path; empty if there is none.
    pub(super) fn get(&self, path: &str) -> &str {
        self.values.get(path).map_or("", String::as_str)
    }

    /// Whether the value at a path is true.
    pub(super) fn is(&self, path: &str) -> bool {
        self.get(path).eq_ignore_ascii_case("true")
    }

    /// Sets the value at a path.
    pub(super) fn set(&mut self, path: &str, value: impl Into<String>) {
        self.values.insert(path.into(), value.into());
    }

    /// Removes the value at a path and everything below it.
    pub(super) fn clear(&mut self, path: &str) {
        self.values.retain(|known, _| {
            let rest = known.strip_prefix(path);
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '#']))
        });
    }

    /// The members of a list, in order. The list's name includes that of its members:
    /// `AssociatedRoles.DBInstanceRole`.
    pub(super) fn items(&self, list: &str) -> Vec<Item> {
        let mut items: BTreeMap<&str, Item> = BTreeMap::new();
        for (path, value) in &self.values {
            let Some(rest) = path.strip_prefix(list).and_then(|rest| rest.strip_prefix('#')) else { continue };
            let (number, name) = rest.split_once('.').unwrap_or((rest, ""));
            items.entry(number).or_default().set(name, value);
        }
        items.into_values().collect()
    }

    /// Replaces the members of a list.
    pub(super) fn set_items(&mut self, list: &str, items: &[Item]) {
        self.clear(list);
        for (number, item) in (1..).zip(items) {
            for (name, value) in &item.0 {
                let dot = if name.is_empty() { "" } else { "." };
                self.set(&format!("{list}#{number:04}{dot}{name}"), value);
            }
        }
    }

    /// Appends a member to a list.
    pub(super) fn add_item(&mut self, list: &str, item: Item) {
        let mut items = self.items(list);
        items.push(item);
        self.set_items(list, &items);
    }

    /// Keeps only the members of a list for which `wanted` is true.
    pub(super) fn keep_items(&mut self, list: &str, wanted: impl FnMut(&Item) -> bool) {
        let mut items = self.items(list);
        items.retain(wanted);
        self.set_items(list, &items);
    }

    /// The record as an element with this name. Lists that RDS shows even if empty are always included.
    pub(super) fn element(&self, name: &str, family: &Family) -> Element {
        let shown = self.values.iter().filter(|(path, _)| !path.starts_with('~'));
        let mut element = Element::from_paths(name, shown.map(|(path, value)| (path.as_str(), value.as_str())));
        for list in &family.lists {
            if !self.values.keys().any(|path| path.strip_prefix(list).is_some_and(|rest| rest.starts_with('.'))) {
                element.push(Element::parent(list, Vec::new()));
            }
        }
        if let Some(tags) = &family.tags {
            element.push(self.tag_list(tags));
        }
        element
    }

    /// Only the values, as an element with this name, for records that are not resources.
    pub(super) fn plain_element(&self, name: &str) -> Element {
        Element::from_paths(name, self.values.iter().map(|(path, value)| (path.as_str(), value.as_str())))
    }

    /// The tags as a list with this name.
    pub(super) fn tag_list(&self, name: &str) -> Element {
        let tag = |(key, value): &(String, String)| {
            Element::parent("Tag", vec![Element::text("Key", key), Element::text("Value", value)])
        };
        Element::parent(name, self.tags.iter().map(tag).collect())
    }
}
