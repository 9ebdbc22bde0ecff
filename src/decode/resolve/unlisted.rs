//! What the parameters that the table lacks name: resources and tags, as far as their names and values say.

use crate::{
    aws::{
        Arn, RequestResource, ResourceKind,
        rds::{Named, ResourceType, Role, is_of_tags, named},
    },
    decode::{check::MAX_RESOURCES, form::Form, names},
};

use super::{
    ResourceDetail,
    resources::{self, Found},
};

/// The parameters of a call that the table lacks, with their values.
pub(super) fn parameters(form: &Form) -> impl Iterator<Item = (&str, &str)> {
    let own = |(known, name, _): &(Option<_>, &str, &str)| known.is_none() && !super::is_common(name);
    form.looked_up().filter(own).map(|(_, name, value)| (name, value))
}

/// Whether one of them holds tags: then the tags of the call are not known.
pub(super) fn has_tags(form: &Form) -> bool {
    parameters(form).any(|(name, value)| {
        let is_switch = matches!(value, "" | "true" | "false") && !name.contains('.');
        !is_switch && words(name).any(is_of_tags)
    })
}

/// Adds what they name: where that is more than a list of the table's may name, something of which nothing is known.
pub(super) fn add(form: &Form, found: &mut Found<'_>) {
    let before = found.list.len();
    for (name, value) in parameters(form) {
        if found.list.len() > before + MAX_RESOURCES {
            found.push_unknown();
            return;
        }
        let kinds = words(name).filter_map(named).last();
        match (rds_arn(value), kinds) {
            (Value::OfRds, _) => found.push_arn(value),
            (Value::OfAnother, _) | (Value::Name, None) => {}
            (Value::Malformed, None) | (_, Some(Named::Any)) => found.push_unknown(),
            (Value::Name | Value::Malformed, Some(Named::Types(_))) if says_nothing(name, value) => {}
            (Value::Name | Value::Malformed, Some(Named::Types(types))) => {
                types.into_iter().for_each(|kind| push_any(kind, found));
            }
        }
    }
}

/// Empty, or a switch whose name does not end as the names of identifiers do (`CopyOptionGroup`).
fn says_nothing(name: &str, value: &str) -> bool {
    let last = words(name).last().unwrap_or_default().to_ascii_lowercase();
    let names = ["identifier", "identifiers", "name", "names", "arn", "arns", "id", "ids"];
    value.is_empty() || (matches!(value, "true" | "false") && !names.iter().any(|ending| last.ends_with(ending)))
}

fn push_any(kind: &'static ResourceType, found: &mut Found<'_>) {
    let resource = resources::any_of(kind, found.scope);
    found.push(resource, kind, Role::Reference);
}

/// The labels of a name that are words of its own: not the indexes and not the labels of lists.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let labels = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|label| !label.is_empty());
    labels.filter(|label| names::index(label).is_none() && !matches!(*label, "member" | "item" | "entry"))
}

enum Value {
    /// An ARN of RDS.
    OfRds,
    /// An ARN of another service.
    OfAnother,
    /// It begins as an ARN and is none.
    Malformed,
    /// Anything else.
    Name,
}

fn rds_arn(value: &str) -> Value {
    if !value.trim_start().get(..4).is_some_and(|start| start.eq_ignore_ascii_case("arn:")) {
        return Value::Name;
    }
    match value.parse::<Arn>() {
        Ok(arn) if arn.service() == "rds" && value.bytes().all(|byte| byte.is_ascii_graphic()) => Value::OfRds,
        Ok(arn) if !arn.service().trim().eq_ignore_ascii_case("rds") => Value::OfAnother,
        Ok(_) | Err(_) => Value::Malformed,
    }
}

/// A resource of which nothing is known.
pub(super) fn unknown() -> (RequestResource, ResourceDetail) {
    (RequestResource { arn: "*".into(), kind: ResourceKind::Unknown }, ResourceDetail::UNKNOWN)
}
