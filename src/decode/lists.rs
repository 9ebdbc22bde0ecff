//! Lists among an operation's parameters, by the names that their elements have on the wire.
//!
//! The Query protocol names an element `Tags.Tag.1`: the list, the model's label for its elements, an index. Two
//! other spellings are equivalent. Clients write an empty list as `Tags=`, which means that the list is absent; and
//! many use the protocol's own label, `Tags.member.1`, where the model has another one. This module converts both to
//! the model's names, so that later steps see only one spelling. The forwarded bytes are not changed.
//!
//! Sources: Smithy, "AWS Query protocol", "List and set serialization" and its protocol test `EmptyQueryLists`; Amazon
//! RDS API Reference, CreateDBSubnetGroup and ModifyDBSubnetGroup, whose sample requests have `SubnetIds.member.1`.

use std::collections::HashSet;

use crate::aws::rds::{Operation, Parameter};

use super::{Error, error::shown, form::Form, names};

/// The Query protocol's label for the elements of a list whose model has no label of its own.
const MEMBER: &str = "member";

/// The label of the entries of a map. A map is not a list: its entries have no other label.
const ENTRY: &str = "entry";

/// A list of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct List {
    /// The name of the list, `Filters.Filter.#.Values`; `#` is a placeholder for an index.
    path: &'static str,
    /// The model's label for its elements, `Value`.
    label: &'static str,
}

/// Renames every element of a list to the model's name, and removes empty lists.
///
/// # Errors
/// [`Error::ListLabels`] for a list whose elements have both labels, [`Error::EmptyList`] for one that is sent as
/// empty but has elements.
pub(super) fn normalise(operation: &Operation, form: &mut Form) -> Result<(), Error> {
    let unread = |name: &str| names::find(operation, name).is_none();
    // Nearly every request uses only the model's names.
    let relabelled = form.iter().any(|(name, _)| has_member_label(name) && unread(name));
    let empty = form.iter().any(|(name, value)| value.is_empty() && unread(name));
    if !relabelled && !empty {
        return Ok(());
    }
    let lists = lists(operation.parameters);
    if relabelled {
        one_label_for_each(&lists, form)?;
        form.rename(|name| if unread(name) { canonical(&lists, name) } else { None })?;
    }
    take_out_empty(&lists, form)
}

/// The lists of an operation, outer ones first.
fn lists(parameters: &'static [Parameter]) -> Vec<List> {
    let mut lists = Vec::new();
    for parameter in parameters {
        for (at, _) in parameter.name.match_indices(".#") {
            let element = parameter.name.get(..at).and_then(|element| element.rsplit_once('.'));
            let Some((path, label)) = element else { continue };
            let list = List { path, label };
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
    }
    lists.sort_unstable_by_key(|list| list.path.len());
    lists
}

impl List {
    /// The rest of a name after this list's name, `.Value.1` or nothing; `None` if the name is not below the list.
    /// The enclosing lists may have either label.
    fn rest<'n>(&self, name: &'n str) -> Option<&'n str> {
        let mut rest = name;
        let mut labels = self.path.split('.').peekable();
        while let Some(label) = labels.next() {
            let end = memchr::memchr(b'.', rest.as_bytes()).unwrap_or(rest.len());
            let (sent, after) = rest.split_at_checked(end)?;
            let labels_elements = labels.peek() == Some(&"#");
            let same = match label {
                "#" => names::index(sent).is_some(),
                _ => sent == label || (labels_elements && sent == MEMBER),
            };
            if !same {
                return None;
            }
            rest = match labels.peek() {
                Some(_) => after.strip_prefix('.')?,
                None => after,
            };
        }
        Some(rest)
    }

    /// The label that a name has in the position of this list's element label.
    fn sent_label<'n>(&self, name: &'n str) -> Option<&'n str> {
        self.rest(name)?.strip_prefix('.')?.split('.').next()
    }

    /// Whether `member` is another spelling of the model's label.
    fn takes_member(&self) -> bool {
        !matches!(self.label, MEMBER | ENTRY)
    }
}

/// Checks that a list with elements under `member` has none under another label. A service that reads only the
/// model's label would see different elements than one that reads both.
fn one_label_for_each(lists: &[List], form: &Form) -> Result<(), Error> {
    let spelled_so =
        |list: &&List| list.takes_member() && form.iter().any(|(name, _)| list.sent_label(name) == Some(MEMBER));
    for list in lists.iter().filter(spelled_so) {
        let other = |(name, _): &(&str, &str)| list.sent_label(name).is_some_and(|label| label != MEMBER);
        if let Some((name, _)) = form.iter().find(other) {
            return Err(Error::ListLabels { name: shown(name), list: list.path, label: list.label });
        }
    }
    Ok(())
}

/// The name with the model's labels in place of `member`; `None` if it already has them.
fn canonical(lists: &[List], name: &str) -> Option<String> {
    let mut canonical: Option<String> = None;
    for list in lists.iter().filter(|list| list.takes_member()) {
        let name = canonical.as_deref().unwrap_or(name);
        let Some(element) = list.rest(name).and_then(|rest| rest.strip_prefix(".member.")) else { continue };
        let index = element.split('.').next().and_then(names::index);
        if index.is_none() {
            continue;
        }
        let path = name.get(..name.len() - element.len() - ".member.".len()).unwrap_or_default();
        canonical = Some(format!("{path}.{}.{element}", list.label));
    }
    canonical
}

/// Removes lists that are present without an element, which the protocol writes as the name of the list without a
/// value.
fn take_out_empty(lists: &[List], form: &mut Form) -> Result<(), Error> {
    let is_list = |name: &str| lists.iter().any(|list| list.rest(name) == Some(""));
    let empty: HashSet<String> = form
        .iter()
        .filter(|(name, value)| value.is_empty() && is_list(name))
        .map(|(name, _)| name.to_owned())
        .collect();
    if empty.is_empty() {
        return Ok(());
    }
    for (name, _) in form.iter() {
        let above = name.match_indices('.').filter_map(|(at, _)| name.get(..at));
        if let Some(list) = above.into_iter().find(|above| empty.contains(*above)) {
            return Err(Error::EmptyList { list: shown(list), name: shown(name) });
        }
    }
    form.split_off(|name| empty.contains(name)).map(drop)
}

fn has_member_label(name: &str) -> bool {
    memchr::memchr(b'.', name.as_bytes()).is_some() && name.split('.').any(|label| label == MEMBER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::rds;

    #[test]
    fn the_lists_of_an_operation_are_known_by_path_and_label_outer_ones_first() {
        let of = |name| lists(rds::operation(name).unwrap().parameters);
        let found: Vec<_> = of("DescribeDBInstances").iter().map(|list| (list.path, list.label)).collect();
        assert_eq!(found, [("Filters", "Filter"), ("Filters.Filter.#.Values", "Value")]);
        let found = of("CreateDBProxy");
        assert!(found.contains(&List { path: "VpcSubnetIds", label: "member" }), "{found:?}");
        assert!(of("DeleteDBInstance").is_empty());
    }

    #[test]
    fn a_name_gets_the_labels_of_the_model_at_the_places_of_lists_only() {
        let canonical = |name: &str| canonical(&lists(rds::operation("DescribeDBInstances").unwrap().parameters), name);
        for (sent, expected) in [
            ("Filters.member.1.Name", Some("Filters.Filter.1.Name")),
            ("Filters.member.2.Values.member.3", Some("Filters.Filter.2.Values.Value.3")),
            ("Filters.Filter.2.Values.member.3", Some("Filters.Filter.2.Values.Value.3")),
            ("Filters.member.2.Values.Value.3", Some("Filters.Filter.2.Values.Value.3")),
            ("Filters.member.1.New.member.1", Some("Filters.Filter.1.New.member.1")),
            ("Filters.Filter.1.Name", None),
            ("Filters.member.01.Name", None),
            ("Filters.member", None),
            ("Filters.Member.1.Name", None),
            ("Filters.Filter.member.Name", None),
            ("Marker.member.1", None),
            ("member.1", None),
        ] {
            assert_eq!(canonical(sent).as_deref(), expected, "{sent}");
        }
    }
}
