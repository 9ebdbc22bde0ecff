//! Shard groups of Aurora Limitless clusters.

use crate::sandbox::{
    answer::Refusal,
    api::{Answered, Ask, World, draft},
};

/// CreateDBShardGroup: one for each cluster of Aurora PostgreSQL.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let cluster = draft::named(world, ask, ("DBCluster", "DBClusterIdentifier"))?.record;
    let mut draft = draft::begin(world, ask)?;
    if cluster.get("Engine") != "aurora-postgresql" {
        return Err(Refusal::bad_request(
            "InvalidDBClusterStateFault",
            format!("The cluster {} can't have a shard group.", cluster.id),
        ));
    }
    let shelf = ask.asker.shelf("DBShardGroup");
    if world.store.all(&shelf).any(|known| known.get("DBClusterIdentifier") == cluster.id) {
        return Err(Refusal::bad_request("MaxDBShardGroupLimitReached", "The cluster has a shard group already."));
    }
    let acu: f64 = ask.parameters.required("MaxACU")?.parse().unwrap_or_default();
    let least: f64 = ask.value("MinACU").and_then(|least| least.parse().ok()).unwrap_or_default();
    if acu <= 0.0 || least > acu {
        return Err(Refusal::invalid_value("MaxACU must be greater than 0 and no less than MinACU."));
    }
    if !matches!(ask.value("ComputeRedundancy"), None | Some("0" | "1" | "2")) {
        return Err(Refusal::invalid_value("ComputeRedundancy must be 0, 1 or 2."));
    }
    draft.record.set("DBClusterIdentifier", &cluster.id);
    draft.put_new(world, ask)
}
