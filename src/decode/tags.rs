//! The tags of a request, from any of its lists.

use crate::aws::rds::TagParameter;

use super::{form::Form, names};

/// A tag, or the key of a tag to be removed.
pub(super) struct Tag<'c> {
    /// The parameter that contains the key.
    pub(super) parameter: &'c str,
    /// The index of the enclosing list's element, if there is one (`TagSpecifications.item.1.Tags.Tag.2`), and the
    /// tag's own.
    pub(super) index: [u32; 2],
    pub(super) key: &'c str,
    /// Empty if the request gives none.
    pub(super) value: &'c str,
}

/// The tags in a parameter, by their indexes.
pub(super) fn tags<'c>(parameter: &'static TagParameter, form: &'c Form) -> Vec<Tag<'c>> {
    let values = parameter.value.map_or_else(Vec::new, |value| indexed(value, form));
    let value_of = |index: [u32; 2]| {
        let at = values.binary_search_by(|(other, _, _)| other.cmp(&index)).ok()?;
        values.get(at).map(|(_, _, value)| *value)
    };
    let keys = indexed(parameter.key, form).into_iter();
    keys.map(|(index, parameter, key)| Tag { parameter, index, key, value: value_of(index).unwrap_or_default() })
        .collect()
}

/// The values of a parameter with one or two indexes, in the order of the indexes.
fn indexed<'c>(template: &'static str, form: &'c Form) -> Vec<([u32; 2], &'c str, &'c str)> {
    let at = |name: &str| {
        let mut indexes = names::indexes(name);
        let (first, second) = (indexes.next().unwrap_or(0), indexes.next());
        second.map_or([0, first], |second| [first, second])
    };
    let mut found: Vec<_> = form.known_as(template).map(|(name, value)| (at(name), name, value)).collect();
    found.sort_unstable_by_key(|(index, _, _)| *index);
    found
}
