//! Resources that a call acts on without naming them as the table's rules read names: by a generated id, by the ARN of a
//! backup, in a parameter that the table lacks, or in a spelling that the service may read otherwise.
//!
//! They are judged besides those of the table. A Deny that could match one of them applies.

use crate::{
    aws::{
        Arn, ResourceKind,
        rds::{
            Folding, Form as Spelling, Implied, ImpliedForm, NamedBy, Obligation, Operation, RESOURCE_TYPES,
            ResourceType, Role, RuleType, resource_type_of_prefix,
        },
    },
    decode::{
        check::{is_of_unknown, occurrences},
        form::Form,
    },
};

use super::{
    ResourceDetail, Scope,
    resources::{self, Found, Judged},
    unlisted,
};

/// What a call acts on besides what the table's rules `found`.
pub(super) fn resources(
    operation: &'static Operation,
    form: &Form,
    scope: &Scope<'_>,
    found: &[Judged],
) -> Vec<Judged> {
    let mut further = Found::new(operation, scope);
    for implied in operation.implied {
        for (_, value) in form.known_as(implied.parameter).filter(|(_, value)| !value.is_empty()) {
            by_value(implied, value, &mut further);
        }
    }
    for rule in operation.resources {
        let RuleType::One(own) = &rule.resource_type else { continue };
        rule.named_by.iter().for_each(|named| other_readings(named, own, form, &mut further));
    }
    unknown_kinds(operation, form, &mut further);
    unlisted::add(form, &mut further);
    unnamed_sources(operation, form, found, &mut further);
    in_lower_case(found, &mut further);
    further.list
}

/// ARNs of a partition or a resource type that is not known here.
fn unknown_kinds(operation: &'static Operation, form: &Form, further: &mut Found<'_>) {
    let named = operation.resources.iter().flat_map(|rule| rule.named_by);
    if named.flat_map(|named| occurrences(form, named.parameter)).any(|(_, value)| is_of_unknown(value)) {
        further.push_unknown();
    }
}

/// A source that the call must have and that no parameter names: it is one of unknown name.
fn unnamed_sources(operation: &'static Operation, form: &Form, found: &[Judged], further: &mut Found<'_>) {
    let scope = further.scope;
    let is_named = |kind: &ResourceType, further: &Found<'_>| {
        let mut all = found.iter().chain(&further.list);
        all.any(|(_, detail)| detail.role == Role::Source && detail.resource_type == kind.name)
    };
    if !operation.source_required.iter().any(|kind| is_named(kind, further)) {
        for kind in operation.source_required {
            further.push(resources::any_of(kind, scope), kind, Role::Source);
        }
    }
    for rule in operation.resources {
        let RuleType::One(own) = &rule.resource_type else { continue };
        let mut sources = rule.named_by.iter().filter(|named| named.role == Role::Source && named.by_arn.is_none());
        if sources.any(|named| named.required && form.value(named.parameter).is_none()) && !is_named(own, further) {
            further.push(resources::any_of(own, scope), own, Role::Source);
        }
    }
}

fn by_value(implied: &Implied, value: &str, further: &mut Found<'_>) {
    let scope = further.scope;
    match implied.form {
        ImpliedForm::Id => {
            for kind in implied.types {
                let resource = match scope.resource_ids.get(kind, value) {
                    Some(name) => resources::one(kind, name, scope),
                    None => resources::any_of(kind, scope),
                };
                further.push(resource, kind, implied.role);
            }
        }
        ImpliedForm::ArnOfBackup => {
            for kind in implied.types {
                further.push(beside(kind, value, scope), kind, implied.role);
            }
        }
        ImpliedForm::ArnOrId => match own_type(value).filter(|kind| implied.types.contains(kind)) {
            Some(kind) => further.push(resources::one(kind, value, scope), kind, implied.role),
            None if value.contains(':') => further.push_unknown(),
            None => {
                implied.types.iter().for_each(|kind| further.push(resources::any_of(kind, scope), kind, implied.role));
            }
        },
    }
}

/// Any resource of a type in the account and region of a backup's ARN; of the call's own, where it is no ARN.
fn beside(kind: &'static ResourceType, backup: &str, scope: &Scope<'_>) -> crate::aws::RequestResource {
    let any = resources::any_of(kind, scope);
    let Some(arn) = backup.parse::<Arn>().ok().filter(|arn| arn.service() == "rds") else { return any };
    let text = format!("arn:{}:rds:{}:{}:{}:*", arn.partition(), arn.region(), arn.account(), kind.prefix);
    crate::aws::RequestResource { arn: text.into(), kind: ResourceKind::UnknownId }
}

/// The type of an ARN that can be taken as it is.
fn own_type(value: &str) -> Option<&'static ResourceType> {
    let arn: Arn = value.parse().ok()?;
    let plain = value.bytes().all(|byte| byte.is_ascii_graphic()) && !value.contains(['*', '?', '%']);
    let whole = arn.service() == "rds" && arn.account_id().is_some() && !arn.region().is_empty();
    let (prefix, _) = arn.resource().split_once(':').filter(|_| plain && whole)?;
    resource_type_of_prefix(prefix)
}

/// A parameter of one type that was given the ARN of another, which the service may take for the name in it; a name where
/// the ARN of one of several types is expected, which the service may take for a name of any of them.
fn other_readings(named: &'static NamedBy, own: &'static ResourceType, form: &Form, further: &mut Found<'_>) {
    let scope = further.scope;
    for (_, value) in form.known_as(named.parameter).filter(|(_, value)| !value.is_empty()) {
        if is_resource_id(own, value) {
            let detail = ResourceDetail { resource_type: own.name, role: named.role, obligation: Obligation::DenyOnly };
            further.add(resources::any_of(own, scope), detail);
        }
        match (&named.by_arn, value.starts_with("arn:")) {
            (None, true) => {
                let Some(arn) = value.parse::<Arn>().ok() else { continue };
                let Some((prefix, name)) = arn.resource().split_once(':') else { continue };
                if prefix != own.prefix {
                    let (partition, region) = (arn.partition(), arn.region());
                    let text = format!("arn:{partition}:rds:{region}:{}:{}:{name}", arn.account(), own.prefix);
                    further.push(resources::one(own, &text, scope), own, named.role);
                }
            }
            (Some(shared), false) if named.form == Spelling::Arn && shared.bare != own => {
                further.push(resources::one(own, value, scope), own, named.role);
            }
            (None, false) | (Some(_), _) => {}
        }
    }
}

/// Whether a name, or the one in an ARN, has the form of the id that the service gives instances and clusters: it may take
/// one in place of the name.
fn is_resource_id(own: &ResourceType, value: &str) -> bool {
    let name = value.rsplit(':').next().unwrap_or_default();
    let (prefix, rest) = name.split_at_checked(own.prefix.len()).unwrap_or_default();
    let id = rest.strip_prefix('-').unwrap_or_default();
    matches!(own.prefix, "db" | "cluster")
        && prefix.eq_ignore_ascii_case(own.prefix)
        && id.len() == 26
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Names of types of which AWS does not say whether letter case counts: a Deny on the name in lower case applies, too.
fn in_lower_case(found: &[Judged], further: &mut Found<'_>) {
    for (resource, detail) in found {
        let kept =
            RESOURCE_TYPES.iter().find(|kind| kind.name == detail.resource_type && kind.folding == Folding::Kept);
        let Some(kind) = kept else { continue };
        let head: usize = resource.arn.split_inclusive(':').take(6).map(str::len).sum();
        let Some((head, name)) = resource.arn.split_at_checked(head) else { continue };
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let arn = format!("{head}{}", name.to_ascii_lowercase()).into();
            let resource = crate::aws::RequestResource { arn, kind: resource.kind };
            further.add(
                resource,
                ResourceDetail { resource_type: kind.name, role: detail.role, obligation: Obligation::DenyOnly },
            );
        }
    }
}
