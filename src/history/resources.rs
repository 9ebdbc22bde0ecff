//! Determines the kind of the ARNs in a record. A record contains only their texts; a `*` in one may be a literal
//! character or a part that the request did not contain.

use super::{Demand, DemandKind, RecordedCall};
use crate::{
    aws::{
        Region, RequestResource, ResourceKind, UNTOLD,
        rds::{self, Absent, Form, Operation, ResourceRule, RuleType},
    },
    decode::{Dependent, RememberedCall, Resolution, ResourceIds, Scope},
};

/// Fills in what a call acts on, and what else a policy is evaluated for because of it. `unknown` means that the
/// action or one of the parameters is not in the table.
pub(super) fn fill(call: &mut RecordedCall, arns: &[&str], unknown: bool) {
    let ids = ResourceIds::default();
    let remembered =
        call.parameters.as_ref().and_then(|parameters| RememberedCall::new(call.action.name(), parameters));
    let scope = call.region.as_ref().map(|region| Scope { region, account: call.caller.account(), resource_ids: &ids });
    let resolution = remembered.as_ref().zip(scope).map(|(remembered, scope)| remembered.resolve(&scope));
    let operation = operation(call.action.name());
    let resource =
        |arn: &&str| RequestResource { arn: (*arn).into(), kind: kind(arn, operation, resolution.as_ref(), unknown) };
    let resources: Vec<RequestResource> = arns.iter().map(resource).collect();
    let mut further = Vec::new();
    if let Some(resolution) = &resolution {
        further.extend(resolution.dependents.iter().map(|dependent| told(dependent, resolution, &resources)));
        let resources: Vec<_> = resolution.deny_only().iter().map(without_untold).collect();
        if !resources.is_empty() {
            further.push(Demand { action: call.action.to_string(), resources, kind: DemandKind::DenyOnly });
        }
    }
    let presigned = call.parameters.iter().flatten().any(|(name, _)| name == "PreSignedUrl");
    if presigned && let Some(elsewhere) = call.region.as_ref().and_then(|region| source_side(&resources, region)) {
        further.push(Demand { action: call.action.to_string(), resources: elsewhere, kind: DemandKind::Presigned });
    }
    (call.resources, call.further) = (resources, further);
}

fn operation(name: &str) -> Option<&'static Operation> {
    rds::operation(name).or_else(|| Some(&rds::LOG_FILE_DOWNLOAD).filter(|download| download.name == name))
}

/// The part between the fifth colon of an ARN and the name: the token of the resource type.
fn prefix(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.split_once(':').map(|(prefix, _)| prefix)
}

fn kind(arn: &str, operation: Option<&Operation>, resolution: Option<&Resolution<'_>>, unknown: bool) -> ResourceKind {
    if arn == "*" {
        // An unknown parameter may have been judged as one more resource, of which nothing was known.
        return if operation.is_some() && !unknown { ResourceKind::Star } else { ResourceKind::Unknown };
    }
    if !arn.contains('*') {
        return ResourceKind::Exact;
    }
    let Some(resolution) = resolution else {
        return operation.map_or(ResourceKind::UnknownId, |operation| of_rules(arn, operation));
    };
    let required = resolution.required();
    let same: Vec<ResourceKind> =
        required.iter().filter(|resource| *resource.arn == *arn).map(|resource| resource.kind).collect();
    if let Some(kind) = strictest(&same) {
        return kind;
    }
    let alike = required.iter().filter(|resource| prefix(&resource.arn) == prefix(arn));
    let kinds: Vec<ResourceKind> = alike.map(|resource| resource.kind).collect();
    strictest(&kinds).unwrap_or(ResourceKind::UnknownId)
}

/// The kind under which an Allow must cover the most.
fn strictest(kinds: &[ResourceKind]) -> Option<ResourceKind> {
    [ResourceKind::UnknownId, ResourceKind::Default, ResourceKind::All, ResourceKind::Exact]
        .into_iter()
        .find(|kind| kinds.contains(kind))
}

/// The kind that the table's rules give, if nothing is known about the parameters.
fn of_rules(arn: &str, operation: &Operation) -> ResourceKind {
    let own = |rule: &&ResourceRule| match rule.resource_type {
        RuleType::One(one) => Some(one.prefix) == prefix(arn),
        RuleType::AnyOf(_) | RuleType::Star | RuleType::StarIfNone => false,
    };
    // The resource may come from an id or an unknown parameter, and so be one that no rule names.
    let Some(rule) = operation.resources.iter().find(own) else { return ResourceKind::UnknownId };
    let opaque = rule.named_by.iter().any(|named| named.form == Form::Opaque) || rule.compose.is_some();
    let implied =
        operation.implied.iter().flat_map(|implied| implied.types).any(|kind| Some(kind.prefix) == prefix(arn));
    match rule.absent {
        _ if opaque || implied => ResourceKind::UnknownId,
        Absent::All => ResourceKind::All,
        Absent::Default { .. } => ResourceKind::Default,
        // No name contains a `*`.
        Absent::UnknownId | Absent::Composed | Absent::Omit | Absent::Star | Absent::Unknown | Absent::Error => {
            ResourceKind::UnknownId
        }
    }
}

/// A dependent action on the recorded resources; a name that the record does not show may be any name.
fn told(dependent: &Dependent<'_>, resolution: &Resolution<'_>, recorded: &[RequestResource]) -> Demand {
    let resource = |resource: &RequestResource| {
        if !resource.arn.contains(UNTOLD) {
            return resource.clone();
        }
        let same = nth_of_its_type(&resource.arn, &resolution.resources)
            .and_then(|at| recorded.iter().filter(|other| prefix(&other.arn) == prefix(&resource.arn)).nth(at));
        same.cloned().unwrap_or_else(|| any_name(&resource.arn))
    };
    let resources = dependent.resolution.required().iter().map(resource).collect();
    Demand { action: dependent.action.to_owned(), resources, kind: DemandKind::Dependent }
}

/// The index of an ARN among those of its type.
fn nth_of_its_type(arn: &str, among: &[RequestResource]) -> Option<usize> {
    among.iter().filter(|other| prefix(&other.arn) == prefix(arn)).position(|other| *other.arn == *arn)
}

/// A resource in which the part that a record does not show is replaced by a wildcard.
fn without_untold(resource: &RequestResource) -> RequestResource {
    let Some((before, after)) = resource.arn.split_once(UNTOLD) else { return resource.clone() };
    // The engine of a default group: the text after it is not known either.
    if resource.kind == ResourceKind::Default && after.ends_with('*') {
        return RequestResource { arn: format!("{before}*").into(), kind: resource.kind };
    }
    any_name(&resource.arn)
}

fn any_name(arn: &str) -> RequestResource {
    let head = arn.splitn(7, ':').take(6).collect::<Vec<_>>().join(":");
    RequestResource { arn: format!("{head}:*").into(), kind: ResourceKind::UnknownId }
}

/// The resources as seen by the source region of a copy; `None` if no ARN names that region.
fn source_side(resources: &[RequestResource], own: &Region) -> Option<Vec<RequestResource>> {
    let region_of = |resource: &RequestResource| resource.arn.split(':').nth(3).map(str::to_owned);
    let is_other = |region: &String| !region.is_empty() && region.parse::<Region>().is_ok_and(|found| found != *own);
    let source = resources.iter().filter_map(region_of).find(is_other)?;
    let moved = resources.iter().map(|resource| {
        let mut fields: Vec<&str> = resource.arn.splitn(6, ':').collect();
        match fields.get_mut(3) {
            Some(region) if *region == own.as_str() => *region = &source,
            Some(_) | None => {}
        }
        RequestResource { arn: fields.join(":").into(), kind: resource.kind }
    });
    Some(moved.collect())
}
