//! Values that decide something, held to one reading.
//!
//! An identifier becomes part of an ARN, a switch becomes a condition value. Where the service might read such a value
//! otherwise than we do (trimmed blanks, `TRUE`, `+20`, an ARN of another type) the request is refused.

use std::str::FromStr;

use crate::aws::{
    Arn, Partition, Region,
    rds::{
        Absent, Compose, KeyRule, NamedBy, Operation, Parameter, ParameterType, ResourceRule, ResourceType, RuleType,
        TagParameter, resource_type_of_prefix,
    },
};

use super::{
    ArnFault, Error,
    error::shown,
    form::Form,
    names,
    tags::{self, Tag},
};

/// The most resources that one list of a request may name.
///
/// OURS, since no page states one. A region has 25 DB security groups (RDS User Guide, "Quotas and constraints for Amazon
/// RDS"), and an Aurora cluster 16 instances (Aurora User Guide, "Amazon Aurora DB clusters": the primary one and up to 15
/// replicas); no list of an action names more. Each is judged by every policy.
pub const MAX_RESOURCES: usize = 100;

/// The most tags that a parameter may list.
///
/// OURS: a resource has 50 at most (RDS User Guide, "Quotas and constraints for Amazon RDS"), and `TagSpecifications` lists
/// those of a few resources.
pub const MAX_TAGS: usize = 500;

/// OURS: the most bytes of a name or ARN that becomes a resource. Names have 255 characters at most (RDS API Reference, the
/// constraints of each identifier), and ARNs some 80 more.
pub const MAX_IDENTIFIER_BYTES: usize = 512;

/// Checks the values of a call to a known operation.
pub(super) fn values(operation: &'static Operation, form: &Form, partition: Partition) -> Result<(), Error> {
    for (parameter, name, value) in form.looked_up() {
        if let Some(parameter) = parameter {
            typed(parameter, name, value)?;
        }
    }
    for named in operation.resources.iter().flat_map(|rule| rule.named_by) {
        few(form, named.parameter)?;
    }
    for list in tag_lists(operation) {
        if form.known_as(list.key).take(MAX_TAGS + 1).count() > MAX_TAGS {
            return Err(Error::TooManyTags { name: list.key, limit: MAX_TAGS });
        }
    }
    for rule in operation.resources {
        for named in rule.named_by {
            for (name, value) in occurrences(form, named.parameter) {
                identifier(operation, named, &rule.resource_type, partition, name, value)?;
            }
        }
        missing(rule, form)?;
    }
    for name in composed(operation) {
        short(name, form.get(name).unwrap_or_default())?;
    }
    let named = composed(operation).filter(|name| form.get(name).is_some_and(|value| !is_name(value)));
    let compared = plain_keys(operation).filter(|name| form.get(name).is_some_and(|value| !is_plain(value)));
    if let Some(name) = named.chain(compared).next() {
        return Err(Error::ValueCharacter { name: name.to_owned() });
    }
    duplicate_tags(operation, form)
}

/// Holds a list that names resources to the most that a call may name.
fn few(form: &Form, parameter: &'static str) -> Result<(), Error> {
    let listed = if parameter.ends_with('#') { form.known_as(parameter).take(MAX_RESOURCES + 1).count() } else { 0 };
    if listed > MAX_RESOURCES { Err(Error::TooManyResources { name: parameter, limit: MAX_RESOURCES }) } else { Ok(()) }
}

/// The values of a parameter that names resources, with the names they were sent under: one, or those of a list in the
/// order of their indexes. Empty values are no values.
pub(super) fn occurrences<'f>(
    form: &'f Form,
    parameter: &'static str,
) -> impl Iterator<Item = (&'f str, &'f str)> + use<'f> {
    let (mut listed, mut single) = (Vec::new(), None);
    if parameter.ends_with('#') {
        listed = form.known_as(parameter).filter(|(_, value)| !value.is_empty()).collect();
        listed.sort_by_cached_key(|(name, _)| names::indexes(name).last());
    } else {
        single = form.value(parameter).map(|value| (parameter, value));
    }
    single.into_iter().chain(listed)
}

/// Holds a value to its type, in the one spelling that the SDKs send.
fn typed(parameter: &Parameter, name: &str, value: &str) -> Result<(), Error> {
    match parameter.value_type {
        _ if value.is_empty() => Ok(()),
        ParameterType::String | ParameterType::Timestamp => Ok(()),
        ParameterType::Boolean if matches!(value, "true" | "false") => Ok(()),
        ParameterType::Boolean => Err(Error::Boolean { name: shown(name) }),
        ParameterType::Integer => whole::<i32>(name, value),
        ParameterType::Long => whole::<i64>(name, value),
        ParameterType::Double if is_decimal(value) => Ok(()),
        ParameterType::Double => Err(Error::Number { name: shown(name), bits: None }),
    }
}

/// A whole number that the type of the SDK model can hold: 32 bits of an `integer`, 64 of a `long`.
fn whole<N: FromStr>(name: &str, value: &str) -> Result<(), Error> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Number { name: shown(name), bits: None });
    }
    let bits = Some(size_of::<N>() * 8);
    value.parse::<N>().map(drop).map_err(|_| Error::Number { name: shown(name), bits })
}

/// A decimal number as floating-point values are written: `0.5`, `-2`, `1e+06`.
fn is_decimal(value: &str) -> bool {
    let first = value.strip_prefix('-').unwrap_or(value);
    first.starts_with(|c: char| c.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
        && value.parse::<f64>().is_ok_and(f64::is_finite)
}

fn identifier(
    operation: &Operation,
    named: &NamedBy,
    rule: &RuleType,
    partition: Partition,
    name: &str,
    value: &str,
) -> Result<(), Error> {
    short(name, value)?;
    if !is_name(value) {
        return Err(Error::ValueCharacter { name: shown(name) });
    }
    let prefix = value.as_bytes().get(..4).unwrap_or_default();
    if prefix.eq_ignore_ascii_case(b"arn:") {
        if is_of_unknown(value) {
            return Ok(());
        }
        let shared = named.by_arn.as_ref().map(|shared| shared.types);
        let takes = |found: &ResourceType| match (shared, rule) {
            (Some(types), _) => types.contains(&found),
            (None, RuleType::AnyOf(types)) => types.contains(&found),
            (None, RuleType::One(_) | RuleType::Star | RuleType::StarIfNone) => lists(operation, found),
        };
        return arn(value, partition, takes).map_err(|why| Error::Arn { name: shown(name), why });
    }
    match rule {
        // Tagging takes nothing but ARNs: a bare name would be of no type.
        RuleType::AnyOf(_) => Err(Error::Arn { name: shown(name), why: ArnFault::Form }),
        RuleType::One(_) | RuleType::Star | RuleType::StarIfNone => Ok(()),
    }
}

/// Whether a value is an ARN of a partition that is not known here, or one of RDS of a resource type that is not known:
/// what AWS may have by now, or nothing, which the service knows. The call is judged on a resource of which nothing is
/// known. Partitions and types with capitals may be known ones in another spelling, and are refused.
pub(super) fn is_of_unknown(value: &str) -> bool {
    let Ok(arn) = value.parse::<Arn>() else { return false };
    let is_new = |word: &str| {
        let ends = word.starts_with(|c: char| c.is_ascii_lowercase()) && !word.ends_with('-');
        ends && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if Partition::from_name(arn.partition()).is_none() {
        return is_new(arn.partition());
    }
    let prefix = arn.resource().split_once(':').map(|(prefix, _)| prefix);
    let new = prefix.is_some_and(|prefix| is_new(prefix) && resource_type_of_prefix(prefix).is_none());
    new && arn.service() == "rds" && arn.account_id().is_some()
}

/// Holds a value that becomes a part of an ARN to the most bytes that it can have.
fn short(name: &str, value: &str) -> Result<(), Error> {
    if value.len() > MAX_IDENTIFIER_BYTES {
        Err(Error::ValueTooLong { name: shown(name), limit: MAX_IDENTIFIER_BYTES })
    } else {
        Ok(())
    }
}

/// Whether an operation lists a resource type.
fn lists(operation: &Operation, found: &ResourceType) -> bool {
    operation.resources.iter().any(|rule| match &rule.resource_type {
        RuleType::One(one) => *one == found,
        RuleType::AnyOf(types) => types.contains(&found),
        RuleType::Star | RuleType::StarIfNone => false,
    })
}

fn arn(value: &str, partition: Partition, takes: impl Fn(&ResourceType) -> bool) -> Result<(), ArnFault> {
    let arn: Arn = value.parse().map_err(|_| ArnFault::Form)?;
    if arn.partition() != partition.as_str() {
        return Err(ArnFault::Partition);
    }
    if arn.service() != "rds" {
        return Err(ArnFault::Service);
    }
    if arn.account_id().is_none() {
        return Err(ArnFault::Account);
    }
    let (prefix, name) = arn.resource().split_once(':').ok_or(ArnFault::ResourceType)?;
    let found = resource_type_of_prefix(prefix).filter(|found| takes(found));
    let found = found.ok_or(ArnFault::ResourceType)?;
    let region = arn.region().parse::<Region>().ok();
    let regional = region.is_some_and(|region| region.partition() == partition);
    if found.global != arn.region().is_empty() || regional == found.global {
        return Err(ArnFault::Region);
    }
    if name.is_empty() { Err(ArnFault::Name) } else { Ok(()) }
}

/// A plain value without wildcards, which would widen what is judged, and percent signs, which must not be decoded again.
fn is_name(value: &str) -> bool {
    is_plain(value) && !value.contains(['*', '?', '%'])
}

/// Printable ASCII without blanks at its ends: nothing that a server could trim, fold or normalise away.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && !value.starts_with(' ') && !value.ends_with(' ')
}

/// A required parameter without which there is nothing to judge. The service has two answers: one where it is not there,
/// another where its value is empty.
fn missing(rule: &'static ResourceRule, form: &Form) -> Result<(), Error> {
    let mut required = rule.named_by.iter().filter(|named| named.required);
    let blank = |named: &&NamedBy| {
        form.known_as(named.parameter).next().is_some() && occurrences(form, named.parameter).next().is_none()
    };
    if let Some(blank) = required.clone().find(blank) {
        return Err(Error::ParameterMissing { name: blank.parameter, blank: true });
    }
    let present = rule.named_by.iter().any(|named| occurrences(form, named.parameter).next().is_some());
    match required.next() {
        Some(required) if rule.absent == Absent::Error && !present => {
            Err(Error::ParameterMissing { name: required.parameter, blank: false })
        }
        Some(_) | None => Ok(()),
    }
}

/// The parameters that become a part of an ARN without naming a resource by themselves.
fn composed(operation: &'static Operation) -> impl Iterator<Item = &'static str> {
    operation.resources.iter().flat_map(|rule| {
        let parts = rule.compose.map_or(&[][..], Compose::parameters);
        let engine = matches!(rule.absent, Absent::Default { name, .. } if name.contains("{Engine}"));
        parts.iter().copied().chain(engine.then_some("Engine"))
    })
}

/// The parameters of text that condition keys take their values from.
fn plain_keys(operation: &'static Operation) -> impl Iterator<Item = &'static str> {
    operation.keys.iter().filter_map(|rule| match rule {
        KeyRule::Parameter { parameter, .. } => Some(*parameter),
        KeyRule::Constant { .. } | KeyRule::Tags { .. } => None,
    })
}

/// The parameters that hold an operation's tags; empty where it takes none.
pub(super) fn tag_lists(operation: &'static Operation) -> &'static [TagParameter] {
    let lists = operation.keys.iter().find_map(|rule| match rule {
        KeyRule::Tags { tags, .. } => Some(*tags),
        KeyRule::Constant { .. } | KeyRule::Parameter { .. } => None,
    });
    lists.unwrap_or_default()
}

/// Which of two values of one tag key counts is not documented.
fn duplicate_tags(operation: &'static Operation, form: &Form) -> Result<(), Error> {
    for list in tag_lists(operation) {
        let mut tags = tags::tags(list, form);
        let of = |tag: &Tag<'_>| tag.index.first().copied();
        tags.sort_unstable_by(|a, b| (of(a), a.key).cmp(&(of(b), b.key)));
        let mut pairs = tags.iter().zip(tags.iter().skip(1));
        if let Some((_, second)) = pairs.find(|(a, b)| a.key == b.key && of(a) == of(b)) {
            return Err(Error::DuplicateTagKey { name: shown(second.parameter) });
        }
    }
    Ok(())
}
