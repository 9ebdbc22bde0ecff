//! Automated backups: each instance and cluster with a retention period has one. They can be retained after its
//! deletion.

use super::snapshot;
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        draft::{self, inherit},
        record::Record,
    },
};

/// Creates the backup of a new instance or cluster.
pub(super) fn begin(world: &mut World<'_>, ask: &Ask<'_>, database: &Record) -> Outcome<()> {
    let member = !database.get("DBInstanceIdentifier").is_empty() && !database.get("DBClusterIdentifier").is_empty();
    if member || database.get("BackupRetentionPeriod") == "0" {
        return Ok(());
    }
    keep(world, ask, database, "active")?;
    Ok(())
}

/// Deletes or retains the backup of an instance or cluster that is being deleted.
pub(super) fn end(world: &mut World<'_>, ask: &Ask<'_>, database: &Record) -> Outcome<()> {
    let (kind, id) = of(database);
    let retained = ask.value("DeleteAutomatedBackups").is_some() && !ask.flag("DeleteAutomatedBackups")?;
    let shelf = ask.asker.shelf(kind);
    if !retained {
        world.store.take(&shelf, id);
        snapshot::forget_automatic(world, ask, database);
        return Ok(());
    }
    if let Some(backup) = world.store.find(&shelf, id) {
        backup.set("Status", "retained");
    }
    Ok(())
}

/// DeleteDBInstanceAutomatedBackup, DeleteDBClusterAutomatedBackup: only retained backups can be deleted.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    if let (None, Some(arn)) = (ask.value("DbiResourceId"), ask.value("DBInstanceAutomatedBackupsArn")) {
        let backup = draft::existing(world, ask, ("DBInstanceAutomatedBackup", arn))?;
        return backup.take_away(world, ask);
    }
    let draft = draft::find(world, ask)?;
    if draft.is_in("active") {
        let code = match draft.shelf.family.as_str() {
            "DBClusterAutomatedBackup" => "InvalidDBClusterAutomatedBackupStateFault",
            _ => "InvalidDBInstanceAutomatedBackupState",
        };
        return Err(Refusal::bad_request(code, "Only backups that are retained can be deleted."));
    }
    draft.take_away(world, ask)
}

/// StartDBInstanceAutomatedBackupsReplication: replicates into the region of the request.
pub(in crate::sandbox::api) fn start_replication(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let source = draft::named(world, ask, ("DBInstance", "SourceDBInstanceArn"))?;
    if source.shelf.region == ask.asker.region {
        return Err(Refusal::invalid_value("The source must be in another region."));
    }
    let mut backup = keep(world, ask, &source.record, "replicating")?;
    if let Some(days) = ask.value("BackupRetentionPeriod") {
        backup.set("BackupRetentionPeriod", days);
        world.store.put(&ask.asker.shelf("DBInstanceAutomatedBackup"), backup.clone());
    }
    Ok(ask.result(&backup, world.model.family("DBInstanceAutomatedBackup")?))
}

/// StopDBInstanceAutomatedBackupsReplication.
pub(in crate::sandbox::api) fn stop_replication(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let source = draft::named(world, ask, ("DBInstance", "SourceDBInstanceArn"))?.record;
    let (kind, id) = of(&source);
    let mut backup = draft::existing(world, ask, (kind, id)).map_err(|_| {
        Refusal::bad_request("InvalidDBInstanceState", format!("The backups of {} are not replicated.", source.id))
    })?;
    backup.record.set("Status", "retained");
    backup.put_back(world, ask)
}

/// Stores the backup of a database: its own, or a copy in another region.
fn keep(world: &mut World<'_>, ask: &Ask<'_>, database: &Record, status: &str) -> Outcome<Record> {
    let (kind, id) = of(database);
    let family = world.model.family(kind)?;
    let serial = world.store.serial();
    let mut backup = ask.asker.new_record(family, id, serial);
    inherit(&mut backup, database, family);
    for path in ["DBInstanceIdentifier", "DBClusterIdentifier", "InstanceCreateTime", "ClusterCreateTime"] {
        if !database.get(path).is_empty() {
            backup.set(path, database.get(path));
        }
    }
    let (arn, arn_path) = match kind {
        "DBClusterAutomatedBackup" => (format!("cluster-auto-backup:ab-{serial:026}"), "DBClusterArn"),
        _ => (format!("auto-backup:ab-{serial:026}"), "DBInstanceArn"),
    };
    ask.asker.name_arn(&mut backup, family, &arn);
    backup.set(arn_path, &database.arn);
    backup.set("Region", ask.asker.region);
    backup.set("Status", status);
    world.store.put(&ask.asker.shelf(kind), backup.clone());
    Ok(backup)
}

/// The kind of backup for a database, and the id of the backup.
fn of(database: &Record) -> (&'static str, &str) {
    match database.get("DBInstanceIdentifier") {
        "" => ("DBClusterAutomatedBackup", database.get("DbClusterResourceId")),
        _ => ("DBInstanceAutomatedBackup", database.get("DbiResourceId")),
    }
}
