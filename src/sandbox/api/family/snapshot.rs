//! Snapshots of instances and clusters: creation, copies, deletion, and access to shared ones.

use super::share;
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World, describe,
        draft::{self, inherit},
        record::Record,
        rules,
    },
};

/// Maximum number of manual snapshots of an account in a region. <RDS User Guide, "Quotas in Amazon RDS">
const QUOTA: usize = 100;

/// CreateDBSnapshot, CreateDBClusterSnapshot.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let Some((kind, parameter)) = &ask.operation.from else { return draft::create(world, ask) };
    let source = draft::named(world, ask, (kind, parameter))?.record;
    let mut draft = draft::begin_from(world, ask, Some(&source))?;
    within_quota(world, ask, &draft.shelf.family)?;
    describe_source(&mut draft.record, &source);
    if draft.record.tags.is_empty() && source.is("CopyTagsToSnapshot") {
        draft.record.tags.clone_from(&source.tags);
    }
    draft.put_new(world, ask)
}

/// CopyDBSnapshot, CopyDBClusterSnapshot: copies a snapshot of the caller, or one shared with the caller.
pub(in crate::sandbox::api) fn copy(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let Some((kind, parameter)) = &ask.operation.from else { return draft::create(world, ask) };
    let name = ask.parameters.required(parameter)?;
    rules::reference(name, kind, parameter)?;
    let source = source(world, ask, (kind, name))?;
    let mut draft = draft::begin_from(world, ask, Some(&source))?;
    within_quota(world, ask, kind)?;
    for own in ["OriginalSnapshotCreateTime", "DbiResourceId"] {
        if !source.get(own).is_empty() {
            draft.record.set(own, source.get(own));
        }
    }
    let path = if kind == "DBSnapshot" { "SourceDBSnapshotIdentifier" } else { "SourceDBClusterSnapshotArn" };
    draft.record.set(path, &source.arn);
    for (path, value) in source.values.iter().filter(|(path, _)| path.starts_with('~') && !share::is_about(path)) {
        draft.record.set(path, value);
    }
    if let Some(key) = ask.value("KmsKeyId") {
        draft.record.set("KmsKeyId", key);
        draft.record.set(if kind == "DBSnapshot" { "Encrypted" } else { "StorageEncrypted" }, "true");
    }
    if draft.record.tags.is_empty() && ask.flag("CopyTags")? {
        draft.record.tags.clone_from(&source.tags);
    }
    draft.put_new(world, ask)
}

/// DeleteDBSnapshot, DeleteDBClusterSnapshot: only manual ones can be deleted.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    if draft.record.get("SnapshotType") == "automated" {
        let code = if draft.shelf.family == "DBSnapshot" {
            "InvalidDBSnapshotState"
        } else {
            "InvalidDBClusterSnapshotStateFault"
        };
        return Err(Refusal::bad_request(code, "Automated snapshots are deleted with their backups."));
    }
    draft.take_away(world, ask)
}

/// DescribeDBSnapshots, DescribeDBClusterSnapshots: those of a type, and optionally those that others share.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let shelf = ask.asker.shelf(name);
    let kind = ask.value("SnapshotType").unwrap_or_default();
    if !matches!(kind, "" | "automated" | "manual" | "shared" | "public" | "awsbackup") {
        return Err(Refusal::invalid_value(format!("Invalid snapshot type: {kind}")));
    }
    let shared = kind == "shared" || (kind.is_empty() && ask.flag("IncludeShared")?);
    let public = kind == "public" || (kind.is_empty() && ask.flag("IncludePublic")?);
    let account = ask.asker.account.to_string();
    let own = world.store.all(&shelf).filter(|record| match kind {
        "" => true,
        "public" => share::is_shared_with(record, "all"),
        kind => record.get("SnapshotType") == kind,
    });
    let others = world.store.of_others(&shelf).filter(|record| {
        (shared && share::is_shared_with(record, &account)) || (public && share::is_shared_with(record, "all"))
    });
    let mut records: Vec<&Record> = own.chain(others).collect();
    records.sort_by_key(|record| record.id.to_ascii_lowercase());
    // The type was already checked. As an element, the type of a shared snapshot is `manual`.
    let parameters = ask.parameters.without("SnapshotType");
    describe::page_of(&Ask { parameters: &parameters, ..*ask }, (name, family), records)
}

/// Takes a snapshot as a part of another operation, such as the deletion of its source.
pub(super) fn take(world: &mut World<'_>, ask: &Ask<'_>, (kind, id): (&str, &str), source: &Record) -> Outcome<()> {
    let (family, shelf) = (world.model.family(kind)?, ask.asker.shelf(kind));
    if world.store.has(&shelf, id) {
        return Err(family.taken.of(kind, id));
    }
    let mut record = ask.asker.new_record(family, &id.to_ascii_lowercase(), world.store.serial());
    inherit(&mut record, source, family);
    describe_source(&mut record, source);
    if source.is("CopyTagsToSnapshot") {
        record.tags.clone_from(&source.tags);
    }
    world.store.put(&shelf, record);
    Ok(())
}

/// Takes the first automated snapshot of a new instance or cluster with backups.
pub(super) fn automatic(world: &mut World<'_>, ask: &Ask<'_>, source: &Record) -> Outcome<()> {
    if source.get("BackupRetentionPeriod") == "0" {
        return Ok(());
    }
    let kind = if source.get("DBInstanceIdentifier").is_empty() { "DBClusterSnapshot" } else { "DBSnapshot" };
    let made = [source.get("InstanceCreateTime"), source.get("ClusterCreateTime")].concat();
    let minute: String = made.replace([':', 'T'], "-").chars().take(16).collect();
    let id = format!("rds:{}-{minute}", source.id);
    take(world, ask, (kind, &id), source)?;
    if let Some(record) = world.store.find(&ask.asker.shelf(kind), &id) {
        record.set("SnapshotType", "automated");
    }
    Ok(())
}

/// Deletes the automated snapshots of a source that is being deleted.
pub(super) fn forget_automatic(world: &mut World<'_>, ask: &Ask<'_>, source: &Record) {
    for (kind, path) in [("DBSnapshot", "DBInstanceIdentifier"), ("DBClusterSnapshot", "DBClusterIdentifier")] {
        let shelf = ask.asker.shelf(kind);
        let of_source = |record: &&Record| {
            record.get("SnapshotType") == "automated" && !source.get(path).is_empty() && record.get(path) == source.id
        };
        let ids: Vec<String> = world.store.all(&shelf).filter(of_source).map(|record| record.id.clone()).collect();
        for id in ids {
            world.store.take(&shelf, &id);
        }
    }
}

/// A snapshot by its name or ARN: the caller's own, or one shared with the caller.
pub(super) fn source(world: &mut World<'_>, ask: &Ask<'_>, (kind, name): (&str, &str)) -> Outcome<Record> {
    match draft::existing(world, ask, (kind, name)) {
        Ok(draft) => Ok(draft.record),
        Err(refusal) => share::find(world, ask, (kind, name)).ok_or(refusal),
    }
}

/// Sets the values that a snapshot shows of its source, and stores the others for a restore.
fn describe_source(record: &mut Record, source: &Record) {
    for (path, value) in source.values.iter().filter(|(path, _)| !path.starts_with('~')) {
        record.set(&format!("~{path}"), value);
    }
    let now = record.get("SnapshotCreateTime").to_owned();
    record.set("OriginalSnapshotCreateTime", now);
    for path in [
        "DBInstanceIdentifier",
        "DBClusterIdentifier",
        "DbiResourceId",
        "DbClusterResourceId",
        "ClusterCreateTime",
        "InstanceCreateTime",
    ] {
        if !source.get(path).is_empty() {
            record.set(path, source.get(path));
        }
    }
    if source.is("StorageEncrypted") && !source.get("DBInstanceIdentifier").is_empty() {
        record.set("Encrypted", "true");
    }
}

fn within_quota(world: &World<'_>, ask: &Ask<'_>, kind: &str) -> Outcome<()> {
    let shelf = ask.asker.shelf(kind);
    let manual = world.store.all(&shelf).filter(|record| record.get("SnapshotType") == "manual").count();
    if manual < QUOTA {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "SnapshotQuotaExceeded",
        "The request cannot be processed because it would exceed the maximum number of snapshots.",
    ))
}
