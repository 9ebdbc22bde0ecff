//! The condition values of a call.

use std::{borrow::Cow, slice};

use crate::{
    aws::rds::{AbsentValue, KeyRule, Operation, ValueType},
    decode::{
        form::Form,
        tags::{self, Tag},
    },
};

use super::lower;

/// A condition key with the values that the request gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionValue<'c> {
    name: Cow<'static, str>,
    values: Values<'c>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Values<'c> {
    One(Cow<'c, str>),
    Many(Vec<Cow<'c, str>>),
}

impl<'c> ConditionValue<'c> {
    /// The key, `rds:DatabaseClass` or `aws:RequestTag/stage`. Keys compare without regard to letter case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its values; of one, or, for `aws:TagKeys`, of several.
    #[must_use]
    pub fn values(&self) -> &[Cow<'c, str>] {
        match &self.values {
            Values::One(value) => slice::from_ref(value),
            Values::Many(values) => values,
        }
    }

    fn one(name: impl Into<Cow<'static, str>>, value: Cow<'c, str>) -> Self {
        Self { name: name.into(), values: Values::One(value) }
    }
}

/// The keys with a value, and the names of those that only the stored resource could answer.
pub(super) fn keys<'c>(operation: &'static Operation, form: &'c Form) -> (Vec<ConditionValue<'c>>, Vec<&'static str>) {
    let mut known = Vec::with_capacity(operation.keys.len());
    let mut unknown = operation.unknown_keys.to_vec();
    let mut tagged: Option<Vec<Tag<'c>>> = None;
    for rule in operation.keys {
        match rule {
            KeyRule::Constant { key, value } => known.push(ConditionValue::one(*key, Cow::Borrowed(*value))),
            // The rules for tags of one operation all read the same parameters.
            KeyRule::Tags { key, tags: lists } => {
                let own = || distinct(lists.iter().flat_map(|list| tags::tags(list, form)).collect());
                tag_keys(key, tagged.get_or_insert_with(own), &mut known);
            }
            KeyRule::Parameter { key, parameter, value_type, absent } => {
                match form.value(parameter).map(|value| typed(value, *value_type)).or_else(|| default(*absent, form)) {
                    Some(value) => known.push(ConditionValue::one(*key, value)),
                    None if *absent == AbsentValue::Missing => {}
                    None => unknown.push(key),
                }
            }
        }
    }
    unknown.sort_unstable();
    unknown.dedup();
    (known, unknown)
}

fn typed(value: &str, value_type: ValueType) -> Cow<'_, str> {
    match value_type {
        ValueType::Bool => lower(value),
        ValueType::String | ValueType::Numeric | ValueType::ArrayOfString => Cow::Borrowed(value),
    }
}

/// The documented default, unless another parameter makes the value an inherited one.
fn default(absent: AbsentValue, form: &Form) -> Option<Cow<'static, str>> {
    match absent {
        AbsentValue::Default { unless, .. } if unless.iter().any(|name| form.value(name).is_some()) => None,
        AbsentValue::Default { value, .. } => Some(Cow::Borrowed(value)),
        AbsentValue::Missing | AbsentValue::Unknown => None,
    }
}

fn tag_keys<'c>(name: &'static str, tags: &[Tag<'c>], known: &mut Vec<ConditionValue<'c>>) {
    match name.strip_suffix("${TagKey}") {
        Some(prefix) => known.extend(
            tags.iter().map(|tag| ConditionValue::one(format!("{prefix}{}", tag.key), Cow::Borrowed(tag.value))),
        ),
        None if tags.is_empty() => {}
        None => {
            let values = Values::Many(tags.iter().map(|tag| Cow::Borrowed(tag.key)).collect());
            known.push(ConditionValue { name: name.into(), values });
        }
    }
}

/// The first tag of each key. The same key may stand in `Tags` and in `TagSpecifications`, which tag different things.
fn distinct(tags: Vec<Tag<'_>>) -> Vec<Tag<'_>> {
    let mut order: Vec<usize> = (0..tags.len()).collect();
    let key = |at: &usize| tags.get(*at).map(|tag| tag.key);
    order.sort_by_key(key);
    order.dedup_by_key(|at| key(at));
    order.sort_unstable();
    let mut kept = order.into_iter().peekable();
    let first = tags.into_iter().enumerate().filter(|(at, _)| kept.next_if_eq(at).is_some());
    first.map(|(_, tag)| tag).collect()
}
