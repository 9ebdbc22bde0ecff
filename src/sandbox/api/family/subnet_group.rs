//! Subnet groups. Subnets belong to EC2, so the sandbox accepts any.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{Answered, Ask, World, draft, record::Record},
};

/// CreateDBSubnetGroup: each subnet is placed in a zone of its own.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    if ask.value("DBSubnetGroupName").is_some_and(|name| name.eq_ignore_ascii_case("default")) {
        return Err(Refusal::invalid_value("The DB subnet group name must not be default."));
    }
    let mut draft = draft::begin(world, ask)?;
    place(&mut draft.record, ask)?;
    draft.put_new(world, ask)
}

/// ModifyDBSubnetGroup.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::change(world, ask)?;
    place(&mut draft.record, ask)?;
    draft.put_back(world, ask)
}

/// DeleteDBSubnetGroup: it must be unused.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let name = &draft.record.id;
    let instances = ask.asker.shelf("DBInstance");
    let clusters = ask.asker.shelf("DBCluster");
    let used = world.store.all(&instances).any(|one| one.get("DBSubnetGroup.DBSubnetGroupName") == name)
        || world.store.all(&clusters).any(|one| one.get("DBSubnetGroup") == name);
    if used {
        return Err(Refusal::bad_request(
            "InvalidDBSubnetGroupStateFault",
            format!("Cannot delete the subnet group '{name}' because at least one database still uses it."),
        ));
    }
    draft.take_away(world, ask)
}

/// Sets an instance's group: the one that it names, otherwise that of its cluster or the default one, shown with
/// its parts.
pub(super) fn of_instance(world: &mut World<'_>, ask: &Ask<'_>, instance: &mut Record) -> Outcome<()> {
    let clusters = ask.asker.shelf("DBCluster");
    let of_cluster = world.store.find(&clusters, instance.get("DBClusterIdentifier"));
    let of_cluster = of_cluster.map(|cluster| cluster.get("DBSubnetGroup").to_owned());
    let named = Some(instance.get("DBSubnetGroup.DBSubnetGroupName").to_owned()).filter(|name| !name.is_empty());
    let name = named.or(of_cluster.filter(|name| !name.is_empty())).unwrap_or_else(|| "default".to_owned());
    let shelf = ask.asker.shelf("DBSubnetGroup");
    let group = match world.store.find(&shelf, &name) {
        Some(group) => group.clone(),
        None if name == "default" => Record::default(),
        None => return Err(world.model.family("DBSubnetGroup")?.missing.of("DBSubnetGroup", &name)),
    };
    instance.clear("DBSubnetGroup");
    instance.set("DBSubnetGroup.DBSubnetGroupName", &name);
    instance.set("DBSubnetGroup.SubnetGroupStatus", "Complete");
    for (path, value) in &group.values {
        instance.set(&format!("DBSubnetGroup.{path}"), value);
    }
    Ok(())
}

/// Checks a cluster's group: the one that it names, otherwise the default one.
pub(super) fn of_cluster(world: &mut World<'_>, ask: &Ask<'_>, cluster: &Record) -> Outcome<()> {
    let name = cluster.get("DBSubnetGroup");
    if matches!(name, "" | "default") || world.store.has(&ask.asker.shelf("DBSubnetGroup"), name) {
        return Ok(());
    }
    Err(world.model.family("DBSubnetGroup")?.missing.of("DBSubnetGroup", name))
}

fn place(group: &mut Record, ask: &Ask<'_>) -> Outcome<()> {
    const SUBNETS: &str = "Subnets.Subnet";
    let mut subnets = group.items(SUBNETS);
    if subnets.is_empty() {
        return Err(Refusal::missing_parameter("SubnetIds"));
    }
    for (zone, subnet) in ('a'..='f').cycle().zip(&mut subnets) {
        subnet.set("SubnetAvailabilityZone.Name", format!("{}{zone}", ask.asker.region));
    }
    group.set_items(SUBNETS, &subnets);
    Ok(())
}
