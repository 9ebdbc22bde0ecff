//! The condition keys of the tags in a request.
//!
//! A request can give one key two values: in two lists, in two items of one, or in two letter cases, which are one
//! condition key. Which of them AWS compares is not documented, so such a key is not known. Neither is one with a blank at
//! an end of it or of its value, which RDS may trim.

use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeMap, HashSet},
};

use crate::{
    aws::rds::Operation,
    decode::{
        check::tag_lists,
        form::Form,
        tags::{self, Tag},
    },
};

use super::{keys::ConditionValue, unlisted};

/// The tags of a request, read once for the call's own action and those that it calls for.
pub(super) struct RequestTags<'c> {
    operation: &'static Operation,
    form: &'c Form,
    has_unlisted: bool,
    read: OnceCell<Tags<'c>>,
}

impl<'c> RequestTags<'c> {
    pub(super) fn new(operation: &'static Operation, form: &'c Form) -> Self {
        Self { operation, form, has_unlisted: unlisted::has_tags(form), read: OnceCell::new() }
    }

    /// Whether a parameter that the table lacks holds tags.
    pub(super) fn has_unlisted(&self) -> bool {
        self.has_unlisted
    }

    /// The tags in all lists that the operation has for them.
    pub(super) fn get(&self) -> &Tags<'c> {
        self.read.get_or_init(|| {
            let lists = tag_lists(self.operation).iter();
            Tags::new(&lists.flat_map(|list| tags::tags(list, self.form)).collect::<Vec<_>>(), self.has_unlisted)
        })
    }
}

/// The tags of a request, each key once.
pub(super) struct Tags<'c> {
    /// The keys as they were sent, in order.
    keys: Vec<&'c str>,
    /// The value of each; `None` where there are two.
    values: Vec<Option<&'c str>>,
    /// There are tags that cannot be read.
    unreadable: bool,
}

impl<'c> Tags<'c> {
    pub(super) fn new(tags: &[Tag<'c>], unreadable: bool) -> Self {
        let mut of_key: BTreeMap<String, Option<&'c str>> = BTreeMap::new();
        for tag in tags {
            let value = of_key.entry(folded(tag.key)).or_insert(Some(tag.value));
            if *value != Some(tag.value) || [tag.key, tag.value].iter().any(|text| text.trim() != *text) {
                *value = None;
            }
        }
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for tag in tags.iter().filter(|tag| seen.insert(tag.key)) {
            keys.push(tag.key);
            values.push(of_key.get(&folded(tag.key)).copied().flatten());
        }
        Self { keys, values, unreadable }
    }

    /// Adds what a condition key of tags has, or that it is not known.
    pub(super) fn fill(
        &self,
        key: &'static str,
        is_listed: bool,
        known: &mut Vec<ConditionValue<'c>>,
        unknown: &mut Vec<Cow<'static, str>>,
    ) {
        if self.unreadable {
            unknown.push(Cow::Borrowed(key));
            return;
        }
        let Some(prefix) = key.strip_suffix("${TagKey}") else {
            if self.keys.iter().any(|key| key.trim() != *key) {
                unknown.push(Cow::Borrowed(key));
            } else if !self.keys.is_empty() {
                let values = self.keys.iter().map(|key| Cow::Borrowed(*key)).collect();
                known.push(ConditionValue::many(key, values, is_listed));
            }
            return;
        };
        for (tag, value) in self.keys.iter().zip(&self.values) {
            let name = format!("{prefix}{tag}");
            match value {
                Some(value) => known.push(ConditionValue::one(name, Cow::Borrowed(value), is_listed)),
                None => unknown.extend([name, format!("{prefix}{}", tag.trim())].map(Cow::Owned)),
            }
        }
    }
}

/// A tag key in the form in which keys are compared.
fn folded(key: &str) -> String {
    key.trim().to_lowercase()
}
