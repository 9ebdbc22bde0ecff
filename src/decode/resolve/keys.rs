//! The condition values of a call.

use std::{borrow::Cow, slice};

use crate::{
    aws::rds::{AbsentValue, KeyRule, Operation, ParameterType, ValueType, canonical, fold},
    decode::form::Form,
};

use super::{lower, tag_keys::RequestTags};

/// A condition key with the values that the request gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionValue<'c> {
    name: Cow<'static, str>,
    values: Values<'c>,
    folded: Option<Cow<'c, str>>,
    is_listed: bool,
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

    /// The value as RDS reads it, where that is another spelling than the one that was sent. Which of the two a policy is
    /// compared with is not documented.
    #[must_use]
    pub fn folded(&self) -> Option<&str> {
        self.folded.as_deref()
    }

    /// Whether the Service Authorization Reference lists the key for the action. It does not list all that a request can
    /// carry (`TagSpecifications` of ModifyDBInstance).
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    pub(super) fn one(name: impl Into<Cow<'static, str>>, value: Cow<'c, str>, is_listed: bool) -> Self {
        Self { name: name.into(), values: Values::One(value), folded: None, is_listed }
    }

    pub(super) fn many(name: &'static str, values: Vec<Cow<'c, str>>, is_listed: bool) -> Self {
        Self { name: name.into(), values: Values::Many(values), folded: None, is_listed }
    }
}

/// The keys with a value, and the names of those that the request does not answer.
pub(super) type Keys<'c> = (Vec<ConditionValue<'c>>, Vec<Cow<'static, str>>);

/// The keys of an action as its request answers them.
pub(super) fn keys<'c>(operation: &'static Operation, form: &'c Form, tags: &RequestTags<'c>) -> Keys<'c> {
    let mut known = Vec::with_capacity(operation.keys.len());
    let mut unknown: Vec<Cow<'static, str>> = operation.unknown_keys.iter().map(|key| Cow::Borrowed(*key)).collect();
    let mut is_tagged = false;
    for rule in operation.keys {
        match rule {
            KeyRule::Constant { key, value } => known.push(ConditionValue::one(*key, Cow::Borrowed(*value), true)),
            // The rules for tags of one operation all read the same parameters.
            KeyRule::Tags { key, is_listed, .. } => {
                is_tagged = true;
                tags.get().fill(key, *is_listed, &mut known, &mut unknown);
            }
            KeyRule::Parameter { key, parameter, value_type, absent } => {
                match given(operation, key, parameter, *value_type, form).or_else(|| default(key, *absent, form)) {
                    Some(value) => known.push(value),
                    None if *absent == AbsentValue::Missing => {}
                    None => unknown.push(Cow::Borrowed(key)),
                }
            }
        }
    }
    // Tags in a parameter that the table lacks may be tags of the request, whatever the action.
    if !is_tagged && tags.has_unlisted() {
        unknown.extend(TAG_KEYS.map(Cow::Borrowed));
    }
    unknown.sort_unstable();
    unknown.dedup();
    (known, unknown)
}

/// The condition keys that tags in a request answer.
const TAG_KEYS: [&str; 3] = ["aws:RequestTag/${TagKey}", "aws:TagKeys", "rds:req-tag/${TagKey}"];

/// What a parameter that was sent gives a key.
pub(super) fn given<'c>(
    operation: &'static Operation,
    key: &'static str,
    parameter: &'static str,
    value_type: ValueType,
    form: &'c Form,
) -> Option<ConditionValue<'c>> {
    let value = form.value(parameter)?;
    let folded = match value_type {
        ValueType::String | ValueType::ArrayOfString => fold(operation, parameter).folded(value, form.value("Engine")),
        ValueType::Bool | ValueType::Numeric => None,
    };
    Some(ConditionValue { folded, ..ConditionValue::one(key, typed(value, value_type), true) })
}

fn typed(value: &str, value_type: ValueType) -> Cow<'_, str> {
    match value_type {
        ValueType::Bool => lower(value),
        ValueType::Numeric => match canonical(ParameterType::Integer, value) {
            Some(number) if number != value => Cow::Owned(number),
            Some(_) | None => Cow::Borrowed(value),
        },
        ValueType::String | ValueType::ArrayOfString => Cow::Borrowed(value),
    }
}

/// The documented default, unless another parameter makes the value an inherited one.
fn default<'c>(key: &'static str, absent: AbsentValue, form: &Form) -> Option<ConditionValue<'c>> {
    match absent {
        AbsentValue::Default { unless, .. } if unless.iter().any(|name| form.value(name).is_some()) => None,
        AbsentValue::Default { value, .. } => Some(ConditionValue::one(key, Cow::Borrowed(value), true)),
        AbsentValue::Missing | AbsentValue::Unknown => None,
    }
}
