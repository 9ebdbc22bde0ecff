//! The members of a cluster, and which of them is the writer.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Ask, World, draft,
        record::{Item, Record},
        store::Shelf,
    },
};

/// The list of a cluster's members.
pub(super) const MEMBERS: &str = "DBClusterMembers.DBClusterMember";

/// The element with a member's name.
pub(super) const NAME: &str = "DBInstanceIdentifier";

/// Adds a new instance to the cluster that it names. The first member is the writer.
pub(super) fn join(world: &mut World<'_>, ask: &Ask<'_>, instance: &mut Record) -> Outcome<()> {
    let mut cluster = draft::existing(world, ask, ("DBCluster", instance.get("DBClusterIdentifier")))?;
    instance.set("DBClusterIdentifier", &cluster.record.id);
    if cluster.record.get("EngineMode") == "serverless" {
        return Err(Refusal::invalid_value("Instances cannot be added to Aurora Serverless clusters."));
    }
    let (asked, engine) = (instance.get("Engine").to_owned(), cluster.record.get("Engine").to_owned());
    if asked != engine {
        return Err(Refusal::invalid_combination(format!(
            "The engine name requested for your DB instance ({asked}) doesn't match the engine name of your DB cluster \
             ({engine})."
        )));
    }
    take_over(instance, &cluster.record);
    let writes = if cluster.record.items(MEMBERS).is_empty() { "true" } else { "false" };
    let tier = ask.value("PromotionTier").unwrap_or("1");
    cluster.record.add_item(
        MEMBERS,
        Item::with([
            (NAME, instance.id.as_str()),
            ("IsClusterWriter", writes),
            ("DBClusterParameterGroupStatus", "in-sync"),
            ("PromotionTier", tier),
        ]),
    );
    in_several_zones(&mut cluster.record);
    cluster.keep(world);
    Ok(())
}

/// Copies the values that members share with their cluster.
fn take_over(instance: &mut Record, cluster: &Record) {
    const SHARED: [&str; 6] = [
        "AllocatedStorage",
        "BackupRetentionPeriod",
        "EngineVersion",
        "KmsKeyId",
        "MasterUsername",
        "StorageEncrypted",
    ];
    const SECURITY_GROUPS: &str = "VpcSecurityGroups.VpcSecurityGroupMembership";
    for path in SHARED.into_iter().filter(|path| !cluster.get(path).is_empty()) {
        instance.set(path, cluster.get(path));
    }
    instance.set("Endpoint.Port", cluster.get("Port"));
    instance.set_items(SECURITY_GROUPS, &cluster.items(SECURITY_GROUPS));
}

/// Updates the members after a change of their cluster.
pub(super) fn follow(world: &mut World<'_>, ask: &Ask<'_>, cluster: &Record) {
    let shelf = ask.asker.shelf("DBInstance");
    for instance in world.store.all_mut(&shelf).filter(|one| one.get("DBClusterIdentifier") == cluster.id) {
        take_over(instance, cluster);
    }
}

/// Renames members of a cluster: pairs of old and new names.
pub(super) fn rename_all(cluster: &mut Record, names: &[(String, String)]) {
    let mut members = cluster.items(MEMBERS);
    for member in &mut members {
        if let Some((_, new)) = names.iter().find(|(old, _)| old == member.get(NAME)) {
            member.set(NAME, new);
        }
    }
    cluster.set_items(MEMBERS, &members);
}

/// Removes an instance from its cluster. If it was the writer, another member takes over.
pub(super) fn leave(world: &mut World<'_>, ask: &Ask<'_>, instance: &Record) {
    with_cluster(world, ask, instance, |cluster| {
        cluster.keep_items(MEMBERS, |member| member.get(NAME) != instance.id);
        let members = cluster.items(MEMBERS);
        let orphaned = members.iter().all(|member| member.get("IsClusterWriter") != "true");
        // Aurora User Guide, "Fault tolerance": the reader with the lowest promotion tier takes over.
        let tier = |member: &&Item| member.get("PromotionTier").parse::<u8>().unwrap_or(u8::MAX);
        if let (true, Some(next)) = (orphaned, members.iter().min_by_key(tier)) {
            write_by(cluster, next.get(NAME));
        }
        in_several_zones(cluster);
    });
}

/// Updates an instance's name in its cluster.
pub(super) fn rename(world: &mut World<'_>, ask: &Ask<'_>, instance: &Record, old: &str) {
    let names = [(old.to_owned(), instance.id.clone())];
    with_cluster(world, ask, instance, |cluster| rename_all(cluster, &names));
}

/// Makes one member the writer of a cluster.
pub(super) fn write_by(cluster: &mut Record, writer: &str) {
    let mut members = cluster.items(MEMBERS);
    for member in &mut members {
        let writes = member.get(NAME) == writer;
        member.set("IsClusterWriter", writes.to_string());
    }
    cluster.set_items(MEMBERS, &members);
}

/// Sets the status of a cluster's members.
pub(super) fn bring(world: &mut World<'_>, ask: &Ask<'_>, cluster: &Record, status: &str) {
    let shelf = ask.asker.shelf("DBInstance");
    for instance in world.store.all_mut(&shelf).filter(|one| one.get("DBClusterIdentifier") == cluster.id) {
        instance.set("DBInstanceStatus", status);
    }
}

/// A cluster with several members has them in several zones.
fn in_several_zones(cluster: &mut Record) {
    let several = cluster.items(MEMBERS).len() > 1;
    cluster.set("MultiAZ", several.to_string());
}

fn with_cluster(world: &mut World<'_>, ask: &Ask<'_>, instance: &Record, change: impl FnOnce(&mut Record)) {
    let shelf: Shelf = ask.asker.shelf("DBCluster");
    if let Some(cluster) = world.store.find(&shelf, instance.get("DBClusterIdentifier")) {
        change(cluster);
    }
}
