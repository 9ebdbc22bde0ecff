//! DB instances.

use super::{
    backup,
    engine::{self, Home},
    event, member, option_group, parameter_group, replica, secret, snapshot, subnet_group, window,
};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World, draft,
        record::{Item, Record},
        rules,
    },
};

/// CreateDBInstance and the restore operations: a standalone instance or a member of a cluster.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::begin(world, ask)?;
    rules::at_most(&draft.record.id, 63, "DBInstanceIdentifier")?;
    let class = ask.value("DBInstanceClass").unwrap_or("db.");
    if !class.starts_with("db.") {
        return Err(Refusal::invalid_value(format!("Invalid DB Instance class: {class}")));
    }
    from_engine(&mut draft.record, ask)?;
    storage(&draft.record, ask)?;
    no_less_than_source(world, ask)?;
    monitoring(&draft.record)?;
    logs(&mut draft.record, ask);
    window::check(&mut draft.record, ask)?;
    groups(world, ask, &mut draft.record)?;
    domain(&mut draft.record, ask);
    let passing = secret::manage(&mut draft.record, ask, "db")?;
    if draft.record.get("DBClusterIdentifier").is_empty() {
        snapshot::automatic(world, ask, &draft.record)?;
    } else {
        member::join(world, ask, &mut draft.record)?;
    }
    backup::begin(world, ask, &draft.record)?;
    event::note(world, ask, ("db-instance", &draft.record), ("creation", "DB instance created"));
    draft.put_new_showing(world, ask, |shown| passing.show(shown))
}

/// ModifyDBInstance.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let before = draft::find(world, ask)?.record;
    let mut draft = draft::change(world, ask)?;
    storage(&draft.record, ask)?;
    if number(&draft.record, "AllocatedStorage") < number(&before, "AllocatedStorage") {
        return Err(Refusal::invalid_combination("Invalid storage size: the allocated storage can't be reduced."));
    }
    // A maximum equal to AllocatedStorage turns storage autoscaling off.
    if draft.record.get("MaxAllocatedStorage") == draft.record.get("AllocatedStorage") {
        draft.record.clear("MaxAllocatedStorage");
    }
    monitoring(&draft.record)?;
    logs(&mut draft.record, ask);
    window::check(&mut draft.record, ask)?;
    groups(world, ask, &mut draft.record)?;
    let passing = secret::manage(&mut draft.record, ask, "db")?;
    if before.id != draft.record.id {
        let id = draft.record.id.clone();
        draft.record.set("Endpoint.Address", before.get("Endpoint.Address").replacen(&before.id, &id, 1));
        member::rename(world, ask, &draft.record, &before.id);
        replica::rename(world, ask, &draft.record, &before);
    }
    draft.put_back_showing(world, ask, |shown| passing.show(shown))
}

/// DeleteDBInstance.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let instance = draft.record.clone();
    rules::unprotected("DB Instance", &instance)?;
    // A cluster member's data belongs to the cluster, and a replica's data to its source.
    let has_data = instance.get("DBClusterIdentifier").is_empty()
        && instance.get("ReadReplicaSourceDBInstanceIdentifier").is_empty();
    if has_data && let Some(name) = rules::final_snapshot(ask, "FinalDBSnapshotIdentifier")? {
        snapshot::take(world, ask, ("DBSnapshot", name), &instance)?;
    }
    member::leave(world, ask, &instance);
    replica::part(world, ask, &instance);
    backup::end(world, ask, &instance)?;
    event::note(world, ask, ("db-instance", &instance), ("deletion", "DB instance deleted"));
    draft.take_away(world, ask)
}

/// StopDBInstance. <RDS User Guide, "Stopping an Amazon RDS DB instance temporarily", "Limitations">
pub(in crate::sandbox::api) fn stop(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let instance = &draft.record;
    let bad = |words: &str| Err(Refusal::bad_request("InvalidDBInstanceState", format!("{}: {words}", instance.id)));
    if !instance.get("DBClusterIdentifier").is_empty() {
        return bad("instances of a cluster are stopped with their cluster");
    }
    if replica::concerns(instance) {
        return bad("an instance that is or has a read replica can't be stopped");
    }
    if instance.is("MultiAZ") && instance.get("Engine").starts_with("sqlserver") {
        return bad("a SQL Server instance in several zones can't be stopped");
    }
    if let Some(name) = ask.value("DBSnapshotIdentifier") {
        let instance = instance.clone();
        snapshot::take(world, ask, ("DBSnapshot", name), &instance)?;
    }
    draft.put_back(world, ask)
}

/// RebootDBInstance.
pub(in crate::sandbox::api) fn reboot(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    if ask.flag("ForceFailover")? && !draft.record.is("MultiAZ") {
        return Err(Refusal::invalid_combination(
            "ForceFailover cannot be specified since the instance is not MultiAZ",
        ));
    }
    event::note(world, ask, ("db-instance", &draft.record), ("availability", "DB instance restarted"));
    draft.put_back(world, ask)
}

/// DescribeValidDBInstanceModifications.
pub(in crate::sandbox::api) fn valid_modifications(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    draft::find(world, ask)?;
    let mut message = Record::default();
    message.set_items(
        "Storage.ValidStorageOptions",
        &[
            Item::with([("StorageType", "gp3"), ("SupportsStorageAutoscaling", "true")]),
            Item::with([("StorageType", "io2"), ("SupportsStorageAutoscaling", "true")]),
        ],
    );
    Ok(Some(vec![message.plain_element("ValidDBInstanceModificationsMessage")]))
}

/// Sets values that depend on the engine, unless the request or a source sets them.
pub(super) fn from_engine(record: &mut Record, ask: &Ask<'_>) -> Outcome<()> {
    let engine = engine::known(record.get("Engine"))?;
    let clustered = !record.get("DBClusterIdentifier").is_empty();
    if engine.home == Home::Cluster && !clustered {
        return Err(Refusal::invalid_combination(format!(
            "The engine {} needs a DB cluster: specify DBClusterIdentifier.",
            engine.name
        )));
    }
    let copied = ask.operation.from.is_some();
    let follows = [
        ("EngineVersion", "EngineVersion", engine.version),
        ("LicenseModel", "LicenseModel", engine.license),
        ("Endpoint.Port", "Port", engine.port),
    ];
    for (path, parameter, value) in follows {
        if ask.value(parameter).is_none() && (!copied || record.get(path).is_empty()) {
            record.set(path, value);
        }
    }
    Ok(())
}

fn storage(record: &Record, ask: &Ask<'_>) -> Outcome<()> {
    let most = number(record, "MaxAllocatedStorage");
    if ask.value("MaxAllocatedStorage").is_some() && most < number(record, "AllocatedStorage") {
        return Err(Refusal::invalid_combination("Max storage size must be greater than storage size"));
    }
    Ok(())
}

/// Checks that a restore does not request less storage than the source had.
fn no_less_than_source(world: &mut World<'_>, ask: &Ask<'_>) -> Outcome<()> {
    let Some((kind, parameter)) = &ask.operation.from else { return Ok(()) };
    let (Some(wanted), Some(name)) = (ask.value("AllocatedStorage"), ask.value(parameter)) else { return Ok(()) };
    let source = draft::existing(world, ask, (kind, name))?.record;
    if wanted.parse::<i64>().unwrap_or_default() >= number(&source, "AllocatedStorage") {
        return Ok(());
    }
    Err(Refusal::invalid_value(format!("Allocated storage {wanted} is less than the allocated storage of the source.")))
}

fn number(record: &Record, path: &str) -> i64 {
    record.get(path).parse().unwrap_or_default()
}

fn monitoring(record: &Record) -> Outcome<()> {
    match (record.get("MonitoringRoleArn").is_empty(), number(record, "MonitoringInterval")) {
        (false, 0) => Err(Refusal::invalid_combination(
            "You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN value.",
        )),
        (true, interval) if interval != 0 => Err(Refusal::invalid_combination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.",
        )),
        (_, _) => Ok(()),
    }
}

/// Sets the logs that are exported to CloudWatch: a new list, or changes to the previous one.
pub(super) fn logs(record: &mut Record, ask: &Ask<'_>) {
    const LOGS: &str = "EnabledCloudwatchLogsExports.member";
    let turned = |how: &str| ask.parameters.list(&format!("CloudwatchLogsExportConfiguration.{how}.member"));
    let (on, off) = (turned("EnableLogTypes"), turned("DisableLogTypes"));
    record.keep_items(LOGS, |log| !off.contains(&log.get("")) && !on.contains(&log.get("")));
    for log in on {
        record.add_item(LOGS, Item::text(log));
    }
}

/// Checks that the groups of the instance exist. Default groups are created if needed.
fn groups(world: &mut World<'_>, ask: &Ask<'_>, record: &mut Record) -> Outcome<()> {
    parameter_group::of_instance(world, ask, record)?;
    option_group::of_instance(world, ask, record)?;
    subnet_group::of_instance(world, ask, record)
}

/// Sets the directory that it is joined to.
pub(super) fn domain(record: &mut Record, ask: &Ask<'_>) {
    const PARTS: [(&str, &str); 4] = [
        ("DomainFqdn", "FQDN"),
        ("DomainIAMRoleName", "IAMRoleName"),
        ("DomainOu", "OU"),
        ("DomainAuthSecretArn", "AuthSecretArn"),
    ];
    let Some(domain) = ask.value("Domain").or(ask.value("DomainFqdn")) else { return };
    let mut membership =
        Item::with([("Domain", domain), ("Status", "active"), ("IAMRoleName", "rds-directory-service-access-role")]);
    for (parameter, part) in PARTS {
        if let Some(value) = ask.value(parameter) {
            membership.set(part, value);
        }
    }
    let servers = ask.parameters.list("DomainDnsIps.member");
    for (number, server) in (1..).zip(&servers) {
        membership.set(&format!("DnsIps.member#{number:04}"), *server);
    }
    if servers.is_empty() {
        membership.set("DnsIps", "");
    }
    record.set_items("DomainMemberships.DomainMembership", &[membership]);
}
