//! Read replicas: an instance or cluster that replicates another one.

use super::{backup, event, instance};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World, draft,
        record::{Item, Record},
    },
};

/// The list of a source instance's replicas; that of a source cluster follows.
const REPLICAS: &str = "ReadReplicaDBInstanceIdentifiers.ReadReplicaDBInstanceIdentifier";
const CLUSTER_REPLICAS: &str = "ReadReplicaIdentifiers.ReadReplicaIdentifier";

/// The element with a replica's source.
const SOURCE: &str = "ReadReplicaSourceDBInstanceIdentifier";

/// CreateDBInstanceReadReplica.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    if ask.value("SourceDBInstanceIdentifier").is_none() {
        return Err(Refusal::missing_parameter("SourceDBInstanceIdentifier"));
    }
    let mut source = draft::named(world, ask, ("DBInstance", "SourceDBInstanceIdentifier"))?;
    if !source.is_in("available") {
        return Err(Refusal::bad_request(
            "InvalidDBInstanceState",
            format!("The source instance {} is not available.", source.record.id),
        ));
    }
    if source.record.get("BackupRetentionPeriod") == "0" {
        return Err(Refusal::bad_request(
            "InvalidDBInstanceState",
            "Automated backups are not enabled for this database instance. To enable automated backups, use \
             ModifyDBInstance to set the backup retention period to a non-zero value.",
        ));
    }
    let mut draft = draft::begin(world, ask)?;
    instance::from_engine(&mut draft.record, ask)?;
    // A replica or source in another region is named by its ARN, on both sides.
    let near = draft.shelf == source.shelf;
    let name = |record: &Record| if near { record.id.clone() } else { record.arn.clone() };
    draft.record.set(SOURCE, name(&source.record));
    let item = Item::text(name(&draft.record));
    source.record.add_item(REPLICAS, item);
    source.keep(world);
    backup::begin(world, ask, &draft.record)?;
    event::note(world, ask, ("db-instance", &draft.record), ("creation", "DB instance created"));
    draft.put_new(world, ask)
}

/// PromoteReadReplica.
pub(in crate::sandbox::api) fn promote(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::change(world, ask)?;
    if draft.record.get(SOURCE).is_empty() {
        return Err(Refusal::bad_request(
            "InvalidDBInstanceState",
            format!("DB Instance {} is not a read replica.", draft.record.id),
        ));
    }
    let replica = draft.record.clone();
    forget(world, ask, &replica);
    draft.record.clear(SOURCE);
    draft.put_back(world, ask)
}

/// SwitchoverReadReplica: source and replica exchange roles.
pub(in crate::sandbox::api) fn switch_over(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut replica = draft::find(world, ask)?;
    if replica.record.get(SOURCE).is_empty() {
        return Err(Refusal::bad_request(
            "InvalidDBInstanceState",
            format!("DB Instance {} is not a read replica.", replica.record.id),
        ));
    }
    let mut source = draft::existing(world, ask, ("DBInstance", replica.record.get(SOURCE)))?;
    source.record.keep_items(REPLICAS, |name| !is_name_of(&replica.record, name));
    replica.record.clear(SOURCE);
    replica.record.add_item(REPLICAS, Item::text(&source.record.id));
    source.record.set(SOURCE, &replica.record.id);
    source.keep(world);
    replica.put_back(world, ask)
}

/// PromoteReadReplicaDBCluster.
pub(in crate::sandbox::api) fn promote_cluster(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let source = draft.record.get("ReplicationSourceIdentifier").to_owned();
    if source.is_empty() {
        return Err(Refusal::bad_request(
            "InvalidDBClusterStateFault",
            format!("The DB cluster {} is not a read replica.", draft.record.id),
        ));
    }
    if let Ok(mut source) = draft::existing(world, ask, ("DBCluster", &source)) {
        source.record.keep_items(CLUSTER_REPLICAS, |name| name.get("") != draft.record.arn);
        source.keep(world);
    }
    draft.record.clear("ReplicationSourceIdentifier");
    draft.put_back(world, ask)
}

/// Adds a new replica cluster to its source's list.
pub(super) fn follow_cluster(world: &mut World<'_>, ask: &Ask<'_>, cluster: &Record) -> Outcome<()> {
    let source = cluster.get("ReplicationSourceIdentifier");
    if source.is_empty() {
        return Ok(());
    }
    let mut source = draft::existing(world, ask, ("DBCluster", source))?;
    source.record.add_item(CLUSTER_REPLICAS, Item::text(&cluster.arn));
    source.keep(world);
    Ok(())
}

/// Whether an instance is or has a replica.
pub(super) fn concerns(instance: &Record) -> bool {
    !instance.get(SOURCE).is_empty() || !instance.items(REPLICAS).is_empty()
}

/// Removes an instance that is being deleted from its source's list, and makes its replicas standalone.
pub(super) fn part(world: &mut World<'_>, ask: &Ask<'_>, instance: &Record) {
    forget(world, ask, instance);
    for replica in instance.items(REPLICAS) {
        if let Ok(mut replica) = draft::existing(world, ask, ("DBInstance", replica.get(""))) {
            replica.record.clear(SOURCE);
            replica.keep(world);
        }
    }
}

/// Updates an instance's name in its source and its replicas.
pub(super) fn rename(world: &mut World<'_>, ask: &Ask<'_>, instance: &Record, before: &Record) {
    if let Ok(mut source) = draft::existing(world, ask, ("DBInstance", instance.get(SOURCE))) {
        source.record.keep_items(REPLICAS, |name| !is_name_of(before, name));
        source.record.add_item(REPLICAS, Item::text(&instance.id));
        source.keep(world);
    }
    for replica in instance.items(REPLICAS) {
        if let Ok(mut replica) = draft::existing(world, ask, ("DBInstance", replica.get(""))) {
            replica.record.set(SOURCE, &instance.id);
            replica.keep(world);
        }
    }
}

fn forget(world: &mut World<'_>, ask: &Ask<'_>, replica: &Record) {
    if let Ok(mut source) = draft::existing(world, ask, ("DBInstance", replica.get(SOURCE))) {
        source.record.keep_items(REPLICAS, |name| !is_name_of(replica, name));
        source.keep(world);
    }
}

fn is_name_of(record: &Record, name: &Item) -> bool {
    name.get("") == record.id || name.get("") == record.arn
}
