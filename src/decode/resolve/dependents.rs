//! Actions that a call needs besides its own, as far as its parameters call for them.
//!
//! IAM asks for them inside RDS: tags on a create call need `rds:AddTagsToResource` on the new resource. Whether it asks
//! an endpoint policy too is not documented. Dependents of other services (`iam:PassRole`, `kms:…`) are not subject to
//! an RDS endpoint's policy; those that no parameter determines cannot be judged from the request.

use std::borrow::Cow;

use crate::{
    aws::{
        RequestResource, ResourceKind,
        rds::{self, KeyRule, Obligation, Operation, RESOURCE_TYPES, ResourceType, Role, types},
    },
    decode::form::Form,
};

use super::{
    Resolution, ResourceDetail, Scope,
    keys::{self, Keys},
    resources::{self, Judged},
    tag_keys::RequestTags,
};

/// An action that a call needs besides its own.
#[derive(Clone, Debug)]
pub struct Dependent<'c> {
    /// The action, `rds:AddTagsToResource`.
    pub action: &'static str,
    /// What it acts on, and the condition keys that it has itself.
    pub resolution: Resolution<'c>,
}

/// The action that tags in a request call for.
const TAGGING: &str = "rds:AddTagsToResource";

/// The dependents that the parameters of a call ask for.
pub(super) fn dependents<'c>(
    operation: &'static Operation,
    form: &'c Form,
    scope: &Scope<'_>,
    found: &[Judged],
    (own, tags): (&Keys<'c>, &RequestTags<'c>),
) -> Vec<Dependent<'c>> {
    let ours = operation.dependents.iter().filter(|dependent| dependent.action.starts_with("rds:"));
    let asked = ours.filter(|dependent| dependent.when.iter().any(|parameter| asks(form, parameter)));
    let mut actions: Vec<&'static str> = asked.map(|dependent| dependent.action).collect();
    let is_tagging = matches!(operation.name, "AddTagsToResource" | "RemoveTagsFromResource");
    let tags_unseen = !operation.read_only && !is_tagging && !actions.contains(&TAGGING) && tags.has_unlisted();
    actions.extend(tags_unseen.then_some(TAGGING));
    let dependent = |action| {
        let resources = resources_of(action, operation, form, scope, found);
        let (keys, unknown_keys) = keys_of(action, operation, form, (own, tags));
        let details = vec![ResourceDetail::UNKNOWN; resources.len()];
        let (implied, dependents) = (Vec::new(), Vec::new());
        Dependent { action, resolution: Resolution { resources, details, implied, keys, unknown_keys, dependents } }
    };
    actions.into_iter().map(dependent).collect()
}

/// The condition keys of a dependent action: its own, not those of the call. Values that the call contains are known;
/// values that the service fills in are not.
fn keys_of<'c>(
    action: &str,
    operation: &'static Operation,
    form: &'c Form,
    (own, tags): (&Keys<'c>, &RequestTags<'c>),
) -> Keys<'c> {
    let name = action.strip_prefix("rds:").unwrap_or(action);
    let Some(dependent) = rds::operation(name) else { return (Vec::new(), super::all_keys()) };
    let of_call = |key: &str| own.0.iter().find(|value| value.name() == key).cloned();
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for rule in dependent.keys {
        match rule {
            KeyRule::Constant { key, value } => {
                known.push(keys::ConditionValue::one(*key, Cow::Borrowed(*value), true));
            }
            // The tags are those of the request, whatever the service copies from elsewhere.
            KeyRule::Tags { key, is_listed, .. } => {
                tags.get().fill(key, *is_listed, &mut known, &mut unknown);
            }
            KeyRule::Parameter { key, parameter, value_type, .. } => {
                match of_call(key).or_else(|| keys::given(operation, key, parameter, *value_type, form)) {
                    Some(value) => known.push(value),
                    None => unknown.push(Cow::Borrowed(*key)),
                }
            }
        }
    }
    // What the call makes has the values that the call gives it.
    let makes = ["Create", "Restore"].iter().any(|verb| operation.name.starts_with(verb));
    for key in dependent.unknown_keys {
        match of_call(key).filter(|_| makes) {
            Some(value) => known.push(value),
            None => unknown.push(Cow::Borrowed(*key)),
        }
    }
    unknown.sort_unstable();
    unknown.dedup();
    (known, unknown)
}

/// Whether a parameter, or one of its list or structure, is present and not switched off.
fn asks(form: &Form, parameter: &str) -> bool {
    let own = form.value(parameter).is_some_and(|value| value != "false");
    own || form.has_member(parameter)
}

fn resources_of(
    action: &str,
    operation: &'static Operation,
    form: &Form,
    scope: &Scope<'_>,
    found: &[Judged],
) -> Vec<RequestResource> {
    let of_type = |kind: &'static ResourceType| {
        let own = move |detail: &ResourceDetail| detail.resource_type == kind.name && detail.role != Role::Source;
        found.iter().filter(move |(_, detail)| own(detail)).map(|(resource, _)| resource.clone())
    };
    let named = |kind: &'static ResourceType| {
        let parameters = ["FinalDBSnapshotIdentifier", "DBSnapshotIdentifier"];
        parameters.into_iter().find_map(|name| form.value(name)).map(|name| resources::one(kind, name, scope))
    };
    match action {
        "rds:CreateDBSnapshot" => of_type(&types::DB).chain(named(&types::SNAPSHOT)).collect(),
        "rds:CreateDBClusterSnapshot" => of_type(&types::CLUSTER).chain(named(&types::CLUSTER_SNAPSHOT)).collect(),
        "rds:CreateTenantDatabase" => {
            of_type(&types::DB).chain([resources::any_of(&types::TENANT_DATABASE, scope)]).collect()
        }
        // The members of a Multi-AZ cluster have names that the service makes.
        "rds:CreateDBInstance" | "rds:ModifyDBInstance" => vec![resources::any_of(&types::DB, scope)],
        TAGGING => tagged(operation, form, scope, found),
        _ => vec![RequestResource { arn: "*".into(), kind: ResourceKind::Unknown }],
    }
}

/// The resources that the tags of a call are put on: of the type that the table says, and not one that is copied from;
/// and one of each further type that `TagSpecifications` names, such as the instance's automated backup.
fn tagged(operation: &'static Operation, form: &Form, scope: &Scope<'_>, found: &[Judged]) -> Vec<RequestResource> {
    let unknown = || RequestResource { arn: "*".into(), kind: ResourceKind::Unknown };
    let Some(kind) = operation.tags_on else { return vec![unknown()] };
    let own = found.iter().find(|(_, detail)| {
        detail.resource_type == kind.name && detail.role != Role::Source && detail.obligation == Obligation::Required
    });
    let mut resources = vec![own.map_or_else(|| resources::any_of(kind, scope), |(resource, _)| resource.clone())];
    for (_, named) in form.known_as("TagSpecifications.item.#.ResourceType") {
        let is_named =
            |kind: &&&ResourceType| [kind.name, kind.prefix].iter().any(|own| own.eq_ignore_ascii_case(named));
        let further = match RESOURCE_TYPES.iter().find(is_named) {
            Some(further) if **further == *kind => continue,
            Some(further) => resources::any_of(further, scope),
            None if named.is_empty() => continue,
            None => unknown(),
        };
        if !resources.contains(&further) {
            resources.push(further);
        }
    }
    resources
}
