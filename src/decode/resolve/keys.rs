//! The condition values of a call.

use std::{borrow::Cow, slice};

use crate::{
    aws::rds::{AbsentValue, KeyRule, Operation, TagParameter, ValueType},
    decode::{form::Form, names},
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
    for rule in operation.keys {
        match rule {
            KeyRule::Constant { key, value } => known.push(ConditionValue::one(*key, Cow::Borrowed(*value))),
            KeyRule::Tags { key, tags } => tag_keys(key, &distinct(tags_of(tags, form)), &mut known),
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

/// A tag of the request.
struct Tag<'c> {
    key: &'c str,
    value: &'c str,
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

/// The tags in the order of their indexes, parameter by parameter.
fn tags_of<'c>(parameters: &'static [TagParameter], form: &'c Form) -> Vec<Tag<'c>> {
    let mut tags = Vec::new();
    for parameter in parameters {
        let values = parameter.value.map_or_else(Vec::new, |value| indexed(value, form));
        for (index, key) in indexed(parameter.key, form) {
            let at = values.binary_search_by(|(other, _)| other.cmp(&index)).ok();
            let value = at.and_then(|at| values.get(at)).map_or("", |(_, value)| *value);
            tags.push(Tag { key, value });
        }
    }
    tags
}

/// The values of a parameter with up to two indexes, ordered by them.
fn indexed<'c>(template: &'static str, form: &'c Form) -> Vec<([u32; 2], &'c str)> {
    let prefix = template.split_once('#').map_or(template, |(prefix, _)| prefix);
    let mut found: Vec<_> = form
        .with_prefix(prefix)
        .filter(|(name, _)| names::matches(template, name))
        .map(|(name, value)| {
            let mut indexes = names::indexes(name);
            ([indexes.next().unwrap_or(0), indexes.next().unwrap_or(0)], value)
        })
        .collect();
    found.sort_unstable_by_key(|(index, _)| *index);
    found
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
