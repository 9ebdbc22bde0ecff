//! Database activity streams of instances and clusters.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{Answered, Ask, World, record::Record, store::Shelf},
};

/// StartActivityStream.
pub(in crate::sandbox::api) fn start(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (key, mode) = (ask.parameters.required("KmsKeyId")?, ask.parameters.required("Mode")?);
    if !matches!(mode, "sync" | "async") {
        return Err(Refusal::invalid_value(format!("Invalid mode: {mode}")));
    }
    let (shelf, database) = database(world, ask)?;
    if database.get("ActivityStreamStatus") == "started" {
        return Err(bad_state(&shelf, "The activity stream is started already."));
    }
    let id = [database.get("DbiResourceId"), database.get("DbClusterResourceId")].concat();
    let stream = format!("aws-rds-das-{}", id.to_ascii_lowercase());
    for (path, value) in [("Status", "started"), ("Mode", mode), ("KmsKeyId", key), ("KinesisStreamName", &stream)] {
        database.set(&format!("ActivityStream{path}"), value);
    }
    let native = ask.flag("EngineNativeAuditFieldsIncluded")?.to_string();
    Ok(answer(&[
        ("Status", "starting"),
        ("Mode", mode),
        ("KmsKeyId", key),
        ("KinesisStreamName", &stream),
        ("EngineNativeAuditFieldsIncluded", &native),
        ("ApplyImmediately", ask.value("ApplyImmediately").unwrap_or("false")),
    ]))
}

/// StopActivityStream.
pub(in crate::sandbox::api) fn stop(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (shelf, database) = database(world, ask)?;
    if database.get("ActivityStreamStatus") != "started" {
        return Err(bad_state(&shelf, "The activity stream is not started."));
    }
    let [key, stream] =
        ["KmsKeyId", "KinesisStreamName"].map(|path| database.get(&format!("ActivityStream{path}")).to_owned());
    for path in ["Mode", "KmsKeyId", "KinesisStreamName"] {
        database.clear(&format!("ActivityStream{path}"));
    }
    database.set("ActivityStreamStatus", "stopped");
    Ok(answer(&[("Status", "stopping"), ("KmsKeyId", &key), ("KinesisStreamName", &stream)]))
}

/// ModifyActivityStream: locks or unlocks the audit policy of an instance's stream.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let state = ask.value("AuditPolicyState").unwrap_or_default().to_owned();
    let (shelf, database) = database(world, ask)?;
    if database.get("ActivityStreamStatus") != "started" || shelf.family != "DBInstance" {
        return Err(Refusal::bad_request("InvalidDBInstanceState", "The activity stream is not started."));
    }
    database.set("ActivityStreamPolicyStatus", if state.is_empty() { "unlocked" } else { &state });
    let shown = |path: &str| database.get(&format!("ActivityStream{path}")).to_owned();
    Ok(answer(&[
        ("Status", &shown("Status")),
        ("Mode", &shown("Mode")),
        ("KmsKeyId", &shown("KmsKeyId")),
        ("KinesisStreamName", &shown("KinesisStreamName")),
        ("PolicyStatus", &shown("PolicyStatus")),
    ]))
}

fn database<'s>(world: &'s mut World<'_>, ask: &Ask<'_>) -> Outcome<(Shelf, &'s mut Record)> {
    let arn = ask.parameters.required("ResourceArn")?;
    let found = world.store.find_arn(ask.asker.account, arn);
    let found = found.filter(|(shelf, _)| matches!(shelf.family.as_str(), "DBInstance" | "DBCluster"));
    let (shelf, record) = found.ok_or_else(|| {
        Refusal::not_found("ResourceNotFoundFault", format!("The specified resource {arn} can't be found."))
    })?;
    Ok((shelf.clone(), record))
}

fn bad_state(shelf: &Shelf, words: &str) -> Refusal {
    let code = if shelf.family == "DBCluster" { "InvalidDBClusterStateFault" } else { "InvalidDBInstanceState" };
    Refusal::bad_request(code, words)
}

fn answer(values: &[(&str, &str)]) -> Option<Vec<crate::sandbox::xml::Element>> {
    let mut answer = Record::default();
    for (path, value) in values {
        answer.set(path, *value);
    }
    Some(answer.plain_element("").into_children())
}
