//! DB clusters.

use super::{
    backup,
    engine::{self, Home},
    event, global, instance, member, parameter_group, replica, secret, snapshot, subnet_group, window,
};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{Answered, Ask, World, draft, record::Record, rules},
};

/// CreateDBCluster and the restore operations.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::begin(world, ask)?;
    rules::at_most(&draft.record.id, 63, "DBClusterIdentifier")?;
    from_engine(&mut draft.record, ask)?;
    backtrack_window(&draft.record, ask)?;
    instance::domain(&mut draft.record, ask);
    let passing = secret::manage(&mut draft.record, ask, "cluster")?;
    if ask.action == "CreateDBCluster" {
        master_user(ask)?;
    }
    instance::logs(&mut draft.record, ask);
    window::check(&mut draft.record, ask)?;
    parameter_group::of_cluster(world, ask, &mut draft.record)?;
    subnet_group::of_cluster(world, ask, &draft.record)?;
    replica::follow_cluster(world, ask, &draft.record)?;
    global::join(world, ask, &draft.record)?;
    snapshot::automatic(world, ask, &draft.record)?;
    backup::begin(world, ask, &draft.record)?;
    event::note(world, ask, ("db-cluster", &draft.record), ("creation", "DB cluster created"));
    draft.put_new_showing(world, ask, |shown| passing.show(shown))
}

/// ModifyDBCluster.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let before = draft::find(world, ask)?.record;
    let mut draft = draft::change(world, ask)?;
    if let Some(password) = ask.value("MasterUserPassword") {
        long_enough(password)?;
    }
    http_endpoint(&mut draft.record, ask)?;
    instance::logs(&mut draft.record, ask);
    window::check(&mut draft.record, ask)?;
    parameter_group::of_cluster(world, ask, &mut draft.record)?;
    let passing = secret::manage(&mut draft.record, ask, "cluster")?;
    if before.id != draft.record.id {
        for path in ["Endpoint", "ReaderEndpoint"] {
            let address = before.get(path).replacen(&before.id, &draft.record.id, 1);
            draft.record.set(path, address);
        }
        let shelf = ask.asker.shelf("DBInstance");
        for instance in world.store.all_mut(&shelf).filter(|one| one.get("DBClusterIdentifier") == before.id) {
            instance.set("DBClusterIdentifier", &draft.record.id);
        }
    }
    member::follow(world, ask, &draft.record);
    draft.put_back_showing(world, ask, |shown| passing.show(shown))
}

/// DeleteDBCluster.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let cluster = draft.record.clone();
    rules::unprotected("Cluster", &cluster)?;
    if !cluster.items(member::MEMBERS).is_empty() {
        return Err(bad_state("Cluster cannot be deleted, it still contains DB instances in non-deleting state."));
    }
    global::may_leave(world, ask, &cluster)?;
    if let Some(name) = rules::final_snapshot(ask, "FinalDBSnapshotIdentifier")? {
        snapshot::take(world, ask, ("DBClusterSnapshot", name), &cluster)?;
    }
    backup::end(world, ask, &cluster)?;
    event::note(world, ask, ("db-cluster", &cluster), ("deletion", "DB cluster deleted"));
    draft.take_away(world, ask)
}

/// StopDBCluster, StartDBCluster: the members follow.
pub(in crate::sandbox::api) fn stop_or_start(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    if let Some((_, then)) = &ask.operation.becomes {
        member::bring(world, ask, &draft.record, then);
    }
    draft.put_back(world, ask)
}

/// FailoverDBCluster: makes another member the writer.
pub(in crate::sandbox::api) fn fail_over(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let target = target(world, ask)?;
    let mut draft = draft::find(world, ask)?;
    let members = draft.record.items(member::MEMBERS);
    let readers: Vec<&str> = members
        .iter()
        .filter(|member| member.get("IsClusterWriter") != "true")
        .map(|member| member.get(member::NAME))
        .collect();
    let next = match target {
        Some(target) => readers.iter().find(|reader| **reader == target.id).map(|reader| (*reader).to_owned()),
        None => readers.first().map(|reader| (*reader).to_owned()),
    };
    let next = next.ok_or_else(|| bad_state("The cluster has no reader that could become its writer."))?;
    member::write_by(&mut draft.record, &next);
    event::note(world, ask, ("db-cluster", &draft.record), ("failover", "Completed failover to DB instance"));
    draft.put_back(world, ask)
}

/// The instance that becomes the writer, if one is named. RDS checks it before it checks the cluster.
fn target(world: &mut World<'_>, ask: &Ask<'_>) -> Outcome<Option<Record>> {
    let Some(name) = ask.value("TargetDBInstanceIdentifier") else { return Ok(None) };
    let target = draft::existing(world, ask, ("DBInstance", name))
        .map_err(|_| Refusal::invalid_value(format!("Cannot find target instance: {name}")))?;
    if !target.is_in("available") {
        return Err(Refusal::bad_request("InvalidDBInstanceState", format!("{} is not available.", target.record.id)));
    }
    Ok(Some(target.record))
}

/// BacktrackDBCluster: for Aurora MySQL with a backtrack window.
pub(in crate::sandbox::api) fn backtrack(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let cluster = draft::find(world, ask)?.record;
    if matches!(cluster.get("BacktrackWindow"), "" | "0") {
        return Err(bad_state("Backtrack is not enabled for the DB cluster."));
    }
    Ok(ask.plain_result(None))
}

/// EnableHttpEndpoint, DisableHttpEndpoint.
pub(in crate::sandbox::api) fn data_api(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let arn = ask.parameters.required("ResourceArn")?;
    let on = (ask.action == "EnableHttpEndpoint").to_string();
    let missing =
        || Refusal::not_found("ResourceNotFoundFault", format!("The specified resource {arn} can't be found."));
    let (_, cluster) = world
        .store
        .find_arn(ask.asker.account, arn)
        .filter(|(shelf, _)| shelf.family == "DBCluster")
        .ok_or_else(missing)?;
    cluster.set("HttpEndpointEnabled", &on);
    let mut answer = Record::default();
    answer.set("ResourceArn", arn);
    answer.set("HttpEndpointEnabled", on);
    Ok(Some(answer.plain_element("").into_children()))
}

/// ModifyCurrentDBClusterCapacity: for Aurora Serverless v1, which the sandbox recognises by the engine mode.
pub(in crate::sandbox::api) fn capacity(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    if draft.record.get("EngineMode") != "serverless" {
        return Err(bad_state("The capacity can be set of clusters in the serverless engine mode only."));
    }
    let mut answer = Record::default();
    answer.set("DBClusterIdentifier", &draft.record.id);
    answer.set("SecondsBeforeTimeout", ask.value("SecondsBeforeTimeout").unwrap_or("300"));
    answer.set("TimeoutAction", ask.value("TimeoutAction").unwrap_or("ForceApplyCapacityChange"));
    if let Some(capacity) = ask.value("Capacity") {
        answer.set("PendingCapacity", capacity);
        answer.set("CurrentCapacity", draft.record.get("Capacity").parse::<i64>().unwrap_or(2).to_string());
        draft.record.set("Capacity", capacity);
    }
    draft.keep(world);
    Ok(Some(answer.plain_element("").into_children()))
}

fn from_engine(record: &mut Record, ask: &Ask<'_>) -> Outcome<()> {
    let engine = engine::known(record.get("Engine"))?;
    if engine.home == Home::Instance {
        return Err(Refusal::invalid_value(format!("The engine {} has no DB clusters.", engine.name)));
    }
    for (path, value) in [("EngineVersion", engine.version), ("Port", engine.port)] {
        let copied = ask.operation.from.is_some() && !record.get(path).is_empty();
        if ask.value(path).is_none() && !copied {
            record.set(path, value);
        }
    }
    // Clusters of engines other than Aurora have the storage settings of an instance.
    if engine.home == Home::Both && record.get("DBClusterInstanceClass").is_empty() {
        record.set("DBClusterInstanceClass", "db.m6gd.large");
    }
    http_endpoint(record, ask)
}

/// Checks the backtrack window of Aurora MySQL, in seconds. <RDS API Reference, CreateDBCluster>
fn backtrack_window(cluster: &Record, ask: &Ask<'_>) -> Outcome<()> {
    let Some(window) = ask.value("BacktrackWindow") else { return Ok(()) };
    if cluster.get("Engine") != "aurora-mysql" {
        return Err(Refusal::invalid_value(format!(
            "Backtrack is not enabled for the {} engine.",
            cluster.get("Engine")
        )));
    }
    match window.parse::<u32>() {
        Ok(0..=259_200) => Ok(()),
        Ok(_) | Err(_) => Err(Refusal::invalid_value(format!(
            "The specified value ({window}) is not a valid Backtrack Window. Allowed values are within the range of 0 to \
             259200"
        ))),
    }
}

/// Sets the Data API, if the engine supports it. <Aurora User Guide, "Data API">
fn http_endpoint(record: &mut Record, ask: &Ask<'_>) -> Outcome<()> {
    if ask.value("EnableHttpEndpoint").is_some() {
        let on = ask.flag("EnableHttpEndpoint")? && record.get("Engine").starts_with("aurora");
        record.set("HttpEndpointEnabled", on.to_string());
    }
    Ok(())
}

/// Checks that a new cluster has a master user, unless it replicates another one.
fn master_user(ask: &Ask<'_>) -> Outcome<()> {
    let follows = ["ReplicationSourceIdentifier", "GlobalClusterIdentifier"];
    if follows.iter().any(|name| ask.value(name).is_some()) || matches!(ask.value("Engine"), Some("neptune")) {
        return Ok(());
    }
    let mut needed = vec!["MasterUsername"];
    if !ask.flag("ManageMasterUserPassword")? {
        needed.push("MasterUserPassword");
    }
    for name in needed {
        if ask.value(name).is_none_or(str::is_empty) {
            return Err(Refusal::invalid_value(format!(
                "The parameter {name} must be provided and must not be blank."
            )));
        }
    }
    ask.value("MasterUserPassword").map_or(Ok(()), long_enough)
}

fn long_enough(password: &str) -> Outcome<()> {
    if password.chars().count() >= 8 {
        return Ok(());
    }
    Err(Refusal::invalid_value(
        "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
    ))
}

fn bad_state(words: &str) -> Refusal {
    Refusal::bad_request("InvalidDBClusterStateFault", words)
}
