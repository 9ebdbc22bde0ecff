//! IAM roles of instances and clusters.

use crate::sandbox::{
    answer::Refusal,
    api::{
        Answered, Ask, World,
        draft::{self, Draft},
        record::Item,
    },
};

/// AddRoleToDBInstance, AddRoleToDBCluster.
pub(in crate::sandbox::api) fn add(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let kind = Kind::of(&draft);
    if !draft.is_in("available") {
        return Err(Refusal::bad_request(
            kind.bad_state,
            format!("{} {} should be in a valid state to add role.", kind.word, draft.record.id),
        ));
    }
    let (role, feature) = (ask.parameters.required("RoleArn")?, ask.value("FeatureName").unwrap_or_default());
    let id = draft.record.id.clone();
    let taken =
        |what: String| Refusal::bad_request(kind.taken, format!("{what} already assigned to {} {id}", kind.word));
    for known in draft.record.items(kind.list) {
        if known.get("RoleArn") == role {
            return Err(taken(format!("Role {role}")));
        }
        if !feature.is_empty() && known.get("FeatureName") == feature {
            return Err(taken(format!("Feature {feature}")));
        }
    }
    let mut item = Item::with([("RoleArn", role), ("Status", "ACTIVE")]);
    if !feature.is_empty() {
        item.set("FeatureName", feature);
    }
    draft.record.add_item(kind.list, item);
    draft.put_back(world, ask)
}

/// RemoveRoleFromDBInstance, RemoveRoleFromDBCluster.
pub(in crate::sandbox::api) fn remove(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let kind = Kind::of(&draft);
    let (role, feature) = (ask.parameters.required("RoleArn")?, ask.value("FeatureName").unwrap_or_default());
    let meant = |item: &Item| item.get("RoleArn") == role && item.get("FeatureName") == feature;
    if !draft.record.items(kind.list).iter().any(meant) {
        return Err(Refusal::not_found(kind.missing, format!("Role {role} is not assigned to {}", draft.record.id)));
    }
    draft.record.keep_items(kind.list, |item| !meant(item));
    draft.put_back(world, ask)
}

/// The names that differ between the two kinds.
struct Kind {
    word: &'static str,
    list: &'static str,
    taken: &'static str,
    missing: &'static str,
    bad_state: &'static str,
}

impl Kind {
    fn of(draft: &Draft<'_>) -> Self {
        if draft.shelf.family == "DBInstance" { Self::INSTANCE } else { Self::CLUSTER }
    }

    const INSTANCE: Self = Self {
        word: "Instance",
        list: "AssociatedRoles.DBInstanceRole",
        taken: "DBInstanceRoleAlreadyExists",
        missing: "DBInstanceRoleNotFound",
        bad_state: "InvalidDBInstanceState",
    };

    const CLUSTER: Self = Self {
        word: "Cluster",
        list: "AssociatedRoles.DBClusterRole",
        taken: "DBClusterRoleAlreadyExists",
        missing: "DBClusterRoleNotFound",
        bad_state: "InvalidDBClusterStateFault",
    };
}
