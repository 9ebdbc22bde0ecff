//! Blue/green deployments: a copy of a database in a newer state, and the switchover between the two.

use super::member;
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        draft::{self, inherit},
        record::{Item, Record},
    },
};

const DETAILS: &str = "SwitchoverDetails.member";

/// CreateBlueGreenDeployment: the green copy exists immediately.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let name = ask.parameters.required("BlueGreenDeploymentName")?;
    let shelf = ask.asker.shelf("BlueGreenDeployment");
    if world.store.all(&shelf).any(|known| known.get("BlueGreenDeploymentName") == name) {
        return Err(world.model.family("BlueGreenDeployment")?.taken.of("BlueGreenDeployment", name));
    }
    let source = ask.parameters.required("Source")?;
    let kind = kind_of(source);
    let blue = draft::existing(world, ask, (kind, source))?;
    supported(kind, &blue.record)?;
    if !blue.is_in("available") {
        let code = if kind == "DBCluster" { "InvalidDBClusterStateFault" } else { "InvalidDBInstanceState" };
        return Err(Refusal::bad_request(code, format!("The source database {source} is not available.")));
    }
    let mut draft = draft::begin(world, ask)?;
    let suffix: String = draft.record.id.chars().rev().take(6).collect();
    let green = copy(world, ask, (kind, &blue.record), &format!("-green-{suffix}"))?;
    let mut pairs = vec![(blue.record.arn.clone(), green.arn.clone())];
    if kind == "DBCluster" {
        let shelf = ask.asker.shelf("DBInstance");
        let of_cluster = |one: &&Record| one.get("DBClusterIdentifier") == blue.record.id;
        let members: Vec<Record> = world.store.all(&shelf).filter(of_cluster).cloned().collect();
        let mut names = Vec::new();
        for member in members {
            let mut copied = copy(world, ask, ("DBInstance", &member), &format!("-green-{suffix}"))?;
            copied.set("DBClusterIdentifier", &green.id);
            pairs.push((member.arn.clone(), copied.arn.clone()));
            names.push((member.id.clone(), copied.id.clone()));
            world.store.put(&shelf, copied);
        }
        let mut green = green.clone();
        green.set_items(member::MEMBERS, &blue.record.items(member::MEMBERS));
        member::rename_all(&mut green, &names);
        world.store.put(&blue.shelf, green);
    }
    draft.record.set("Target", &green.arn);
    let details: Vec<Item> = pairs
        .iter()
        .map(|(blue, green)| {
            Item::with([("SourceMember", blue.as_str()), ("TargetMember", green), ("Status", "AVAILABLE")])
        })
        .collect();
    draft.record.set_items(DETAILS, &details);
    draft.record.set_items(
        "Tasks.member",
        &[
            Item::with([("Name", "CREATING_READ_REPLICA_OF_SOURCE"), ("Status", "COMPLETED")]),
            Item::with([("Name", "CONFIGURE_BACKUPS"), ("Status", "COMPLETED")]),
        ],
    );
    draft.put_new(world, ask)
}

/// SwitchoverBlueGreenDeployment: green takes over blue's names, and blue is kept as `-old1`.
pub(in crate::sandbox::api) fn switch_over(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    if !draft.is_in("AVAILABLE") {
        return Err(bad_state(&draft.record));
    }
    let mut details = draft.record.items(DETAILS);
    let mut names = Vec::new();
    for pair in &mut details {
        let (blue_arn, green_arn) = (pair.get("SourceMember").to_owned(), pair.get("TargetMember").to_owned());
        let kind = kind_of(&blue_arn);
        let mut blue = draft::existing(world, ask, (kind, &blue_arn))?;
        let mut green = draft::existing(world, ask, (kind, &green_arn))?;
        let name = blue.record.id.clone();
        names.push((green.record.id.clone(), name.clone()));
        names.push((name.clone(), format!("{name}-old1")));
        ask.asker.name(&mut blue.record, blue.family, &format!("{name}-old1"));
        ask.asker.name(&mut green.record, green.family, &name);
        pair.set("SourceMember", &blue.record.arn);
        pair.set("TargetMember", &green.record.arn);
        pair.set("Status", "SWITCHOVER_COMPLETED");
        blue.keep(world);
        green.keep(world);
    }
    for pair in &details {
        follow_names(world, ask, (pair.get("SourceMember"), &names))?;
        follow_names(world, ask, (pair.get("TargetMember"), &names))?;
    }
    if let Some(first) = details.first() {
        draft.record.set("Source", first.get("SourceMember"));
        draft.record.set("Target", first.get("TargetMember"));
    }
    draft.record.set_items(DETAILS, &details);
    draft.put_back(world, ask)
}

/// Updates the names of a database's cluster or members after a switchover.
fn follow_names(world: &mut World<'_>, ask: &Ask<'_>, (arn, names): (&str, &[(String, String)])) -> Outcome<()> {
    let kind = kind_of(arn);
    let mut database = draft::existing(world, ask, (kind, arn))?;
    if kind == "DBCluster" {
        member::rename_all(&mut database.record, names);
    } else if let Some((_, new)) = names.iter().find(|(old, _)| old == database.record.get("DBClusterIdentifier")) {
        database.record.set("DBClusterIdentifier", new);
    }
    database.keep(world);
    Ok(())
}

/// The kind of database that an ARN identifies.
fn kind_of(arn: &str) -> &'static str {
    if arn.contains(":cluster:") { "DBCluster" } else { "DBInstance" }
}

/// DeleteBlueGreenDeployment: also deletes the green copy, if requested and not yet switched over.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let switched = draft.is_in("SWITCHOVER_COMPLETED");
    if ask.flag("DeleteTarget")? {
        if switched {
            return Err(bad_state(&draft.record));
        }
        for pair in draft.record.items(DETAILS) {
            let arn = pair.get("TargetMember");
            if let Ok(green) = draft::existing(world, ask, (kind_of(arn), arn)) {
                world.store.take(&green.shelf, &green.record.id);
            }
        }
    }
    draft.take_away(world, ask)
}

/// Checks that the engine supports them. <RDS User Guide, "Overview of Amazon RDS Blue/Green Deployments">
fn supported(kind: &str, source: &Record) -> Outcome<()> {
    if matches!(source.get("Engine"), "aurora-mysql" | "aurora-postgresql" | "mariadb" | "mysql" | "postgres") {
        return Ok(());
    }
    let (code, word) = match kind {
        "DBCluster" => ("SourceClusterNotSupportedFault", "cluster"),
        _ => ("SourceDatabaseNotSupportedFault", "instance"),
    };
    Err(Refusal::bad_request(
        code,
        format!("The source DB {word} {} isn't supported for a blue/green deployment.", source.arn),
    ))
}

fn copy(world: &mut World<'_>, ask: &Ask<'_>, (kind, blue): (&str, &Record), suffix: &str) -> Outcome<Record> {
    let family = world.model.family(kind)?;
    let serial = world.store.serial();
    let mut green = ask.asker.new_record(family, &format!("{}{suffix}", blue.id), serial);
    inherit(&mut green, blue, family);
    let targets = [
        ("TargetEngineVersion", "EngineVersion"),
        ("TargetDBInstanceClass", "DBInstanceClass"),
        ("TargetAllocatedStorage", "AllocatedStorage"),
        ("TargetStorageType", "StorageType"),
        ("TargetIops", "Iops"),
    ];
    for (parameter, path) in targets {
        let known = family.fields.iter().any(|field| field == path);
        if let (true, Some(value)) = (known, ask.value(parameter)) {
            green.set(path, value);
        }
    }
    let (path, group) = match kind {
        "DBCluster" => ("DBClusterParameterGroup", ask.value("TargetDBClusterParameterGroupName")),
        _ => ("DBParameterGroups.DBParameterGroup#0001.DBParameterGroupName", ask.value("TargetDBParameterGroupName")),
    };
    if let Some(group) = group {
        green.set(path, group);
    }
    green.tags.clone_from(&blue.tags);
    world.store.put(&ask.asker.shelf(kind), green.clone());
    Ok(green)
}

fn bad_state(deployment: &Record) -> Refusal {
    Refusal::bad_request(
        "InvalidBlueGreenDeploymentStateFault",
        format!(
            "The blue/green deployment {} can't be switched over or deleted because it has been switched over.",
            deployment.id
        ),
    )
}
