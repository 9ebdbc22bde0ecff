//! Exports of snapshots and clusters to S3.

use crate::sandbox::{
    answer::Refusal,
    api::{Answered, Ask, World, draft},
};

/// StartExportTask.
pub(in crate::sandbox::api) fn start(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let arn = ask.parameters.required("SourceArn")?;
    let (kind, shown) = match arn.split(':').nth(5) {
        Some("snapshot") => ("DBSnapshot", "SNAPSHOT"),
        Some("cluster-snapshot") => ("DBClusterSnapshot", "SNAPSHOT"),
        Some("cluster") => ("DBCluster", "CLUSTER"),
        Some(_) | None => return Err(Refusal::invalid_value(format!("Invalid source: {arn}"))),
    };
    let source = draft::existing(world, ask, (kind, arn))?;
    if !source.is_in("available") {
        return Err(Refusal::bad_request("InvalidExportSourceState", format!("{arn} is not available.")));
    }
    let mut draft = draft::begin(world, ask)?;
    draft.record.set("S3Bucket", ask.parameters.required("S3BucketName")?);
    draft.record.set("SourceType", shown);
    let taken = source.record.get("SnapshotCreateTime");
    if !taken.is_empty() {
        draft.record.set("SnapshotTime", taken);
    }
    draft.put_new(world, ask)
}

/// CancelExportTask: a task runs until it is cancelled.
pub(in crate::sandbox::api) fn cancel(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    if draft.is_in("CANCELED") {
        return Err(Refusal::bad_request(
            "InvalidExportTaskStateFault",
            format!("The export task {} is already canceled.", draft.record.id),
        ));
    }
    draft.put_back(world, ask)
}
