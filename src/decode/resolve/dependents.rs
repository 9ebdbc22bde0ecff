//! Actions that a call needs besides its own, as far as its parameters call for them.
//!
//! IAM asks for them inside RDS: tags on a create call need `rds:AddTagsToResource` on the new resource. Whether it asks
//! an endpoint policy too is not documented. Dependents of other services (`iam:PassRole`, `kms:…`) are no business of an
//! RDS endpoint's policy; those that no parameter tells are not in the request to judge.

use crate::{
    aws::{
        RequestResource, ResourceKind,
        rds::{Operation, ResourceType, Role, types},
    },
    decode::form::Form,
};

use super::{ResourceDetail, Scope, resources};

/// An action that a call needs besides its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependent {
    /// The action, `rds:AddTagsToResource`.
    pub action: &'static str,
    /// What it acts on.
    pub resources: Vec<RequestResource>,
}

/// The dependents that the parameters of a call ask for.
pub(super) fn dependents(
    operation: &'static Operation,
    form: &Form,
    scope: &Scope<'_>,
    found: &[(RequestResource, ResourceDetail)],
) -> Vec<Dependent> {
    let ours = operation.dependents.iter().filter(|dependent| dependent.action.starts_with("rds:"));
    ours.filter(|dependent| dependent.when.iter().any(|parameter| asks(form, parameter)))
        .map(|dependent| Dependent {
            action: dependent.action,
            resources: resources_of(dependent.action, operation, form, scope, found),
        })
        .collect()
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
    found: &[(RequestResource, ResourceDetail)],
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
        "rds:AddTagsToResource" => vec![tagged(operation, scope, found)],
        _ => vec![RequestResource { arn: "*".into(), kind: ResourceKind::Unknown }],
    }
}

/// The resource that the tags of a call are put on: of the type that the table says, and not one that is copied from.
fn tagged(
    operation: &'static Operation,
    scope: &Scope<'_>,
    found: &[(RequestResource, ResourceDetail)],
) -> RequestResource {
    let Some(kind) = operation.tags_on else {
        return RequestResource { arn: "*".into(), kind: ResourceKind::Unknown };
    };
    let own = found.iter().find(|(_, detail)| detail.resource_type == kind.name && detail.role != Role::Source);
    own.map_or_else(|| resources::any_of(kind, scope), |(resource, _)| resource.clone())
}
