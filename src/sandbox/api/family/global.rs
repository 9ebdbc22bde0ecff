//! Global clusters: clusters in several regions, of which the first one is the writer.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        draft::{self, Draft},
        record::{Item, Record},
        rules,
    },
};

const MEMBERS: &str = "GlobalClusterMembers.GlobalClusterMember";
const ARN: &str = "DBClusterArn";

/// CreateGlobalCluster: empty, or with an existing cluster as its first member.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let source = ask.value("SourceDBClusterIdentifier").filter(|value| !value.is_empty());
    if source.is_some() && ask.value("Engine").is_some() {
        return Err(Refusal::invalid_combination(
            "When creating global cluster from existing db cluster, value for engineName should not be specified since \
             it will be inherited from source cluster",
        ));
    }
    if source.is_none() && ask.value("Engine").is_none() {
        return Err(Refusal::invalid_value(
            "When creating standalone global cluster, value for engineName should be specified",
        ));
    }
    let mut draft = draft::begin(world, ask)?;
    if source.is_some() {
        let arn = ask.parameters.required("SourceDBClusterIdentifier")?;
        if !arn.starts_with("arn:") {
            return Err(Refusal::invalid_value(format!("Malformed db cluster arn {arn}")));
        }
        let cluster = draft::existing(world, ask, ("DBCluster", arn))?.record;
        for path in ["Engine", "EngineVersion", "StorageEncrypted", "DatabaseName"] {
            if !cluster.get(path).is_empty() {
                draft.record.set(path, cluster.get(path));
            }
        }
        add(&mut draft.record, &cluster.arn);
    }
    draft.put_new(world, ask)
}

/// DeleteGlobalCluster: it must be empty.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    rules::unprotected("Global Cluster", &draft.record)?;
    if !draft.record.items(MEMBERS).is_empty() {
        return Err(bad_state(format!("Global Cluster {} is not empty", draft.record.arn)));
    }
    draft.take_away(world, ask)
}

/// RemoveFromGlobalCluster: the writer can only be removed last.
pub(in crate::sandbox::api) fn remove(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let arn = member(&draft, ask, "DbClusterIdentifier")?;
    let members = draft.record.items(MEMBERS);
    let writes = members.iter().any(|member| member.get(ARN) == arn && member.get("IsWriter") == "true");
    if writes && members.len() > 1 {
        return Err(bad_state("The writer can be removed from a global cluster only as its last member."));
    }
    take(&mut draft.record, &arn);
    draft.put_back(world, ask)
}

/// FailoverGlobalCluster, SwitchoverGlobalCluster: makes another member the writer.
pub(in crate::sandbox::api) fn fail_over(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let arn = member(&draft, ask, "TargetDbClusterIdentifier")?;
    let mut members = draft.record.items(MEMBERS);
    for member in &mut members {
        let writes = member.get(ARN) == arn;
        member.set("IsWriter", writes.to_string());
    }
    draft.record.set_items(MEMBERS, &members);
    readers(&mut draft.record);
    draft.put_back(world, ask)
}

/// Adds a new cluster to the global cluster that it names. The first member is the writer.
pub(super) fn join(world: &mut World<'_>, ask: &Ask<'_>, cluster: &Record) -> Outcome<()> {
    let Some(name) = ask.value("GlobalClusterIdentifier") else { return Ok(()) };
    let mut draft = draft::existing(world, ask, ("GlobalCluster", name))?;
    if draft.record.get("Engine") != cluster.get("Engine") {
        return Err(Refusal::invalid_value("The engine of the cluster and that of the global cluster differ."));
    }
    add(&mut draft.record, &cluster.arn);
    draft.keep(world);
    Ok(())
}

/// Checks that a cluster is not a member of a global cluster, which it must leave before it is deleted.
pub(super) fn may_leave(world: &World<'_>, ask: &Ask<'_>, cluster: &Record) -> Outcome<()> {
    let shelf = ask.asker.shelf("GlobalCluster");
    let is_member = |global: &Record| global.items(MEMBERS).iter().any(|member| member.get(ARN) == cluster.arn);
    if !world.store.all(&shelf).any(is_member) {
        return Ok(());
    }
    let words = "This cluster is a part of a global cluster, please remove it from globalcluster first";
    Err(Refusal::bad_request("InvalidDBClusterStateFault", words))
}

fn add(global: &mut Record, arn: &str) {
    let writes = if global.items(MEMBERS).is_empty() { "true" } else { "false" };
    global.add_item(MEMBERS, Item::with([(ARN, arn), ("IsWriter", writes)]));
    readers(global);
}

fn take(global: &mut Record, arn: &str) {
    global.keep_items(MEMBERS, |member| member.get(ARN) != arn);
    readers(global);
}

/// Updates the list of readers, which the writer has.
fn readers(global: &mut Record) {
    let mut members: Vec<Item> = global
        .items(MEMBERS)
        .iter()
        .map(|member| Item::with([(ARN, member.get(ARN)), ("IsWriter", member.get("IsWriter"))]))
        .collect();
    let readers: Vec<String> =
        members.iter().filter(|member| member.get("IsWriter") != "true").map(|member| member.get(ARN).into()).collect();
    for member in members.iter_mut().filter(|member| member.get("IsWriter") == "true") {
        if readers.is_empty() {
            member.set("Readers", "");
        }
        for (number, reader) in (1..).zip(&readers) {
            member.set(&format!("Readers.member#{number:04}"), reader);
        }
    }
    for member in members.iter_mut().filter(|member| member.get("IsWriter") != "true") {
        member.set("Readers", "");
    }
    global.set_items(MEMBERS, &members);
}

/// The ARN of the member that a parameter names by ARN or name.
fn member(draft: &Draft<'_>, ask: &Ask<'_>, parameter: &str) -> Outcome<String> {
    let wanted = ask.parameters.required(parameter)?;
    let members = draft.record.items(MEMBERS);
    let found = members
        .iter()
        .map(|member| member.get(ARN))
        .find(|arn| *arn == wanted || arn.rsplit(':').next().is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
    found
        .map(str::to_owned)
        .ok_or_else(|| Refusal::not_found("DBClusterNotFoundFault", format!("DBCluster {wanted} not found.")))
}

fn bad_state(words: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidGlobalClusterStateFault", words)
}
