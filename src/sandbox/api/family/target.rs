//! The target group of a proxy and its databases. Each proxy has one group, `default`, stored as internal values.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        draft::{self, Draft},
        record::{Item, Record},
    },
    xml::Element,
};

const TARGETS: &str = "~target";
const POOL: &str = "~pool";
const GROUP: &str = "default";

/// The settings of a connection pool, with their defaults. <RDS API Reference, ConnectionPoolConfiguration>
const POOL_FIELDS: [(&str, &str); 4] = [
    ("MaxConnectionsPercent", "100"),
    ("MaxIdleConnectionsPercent", "50"),
    ("ConnectionBorrowTimeout", "120"),
    ("InitQuery", ""),
];

/// DescribeDBProxyTargetGroups.
pub(in crate::sandbox::api) fn describe_groups(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let proxy = proxy(world, ask)?.record;
    Ok(Some(vec![Element::parent("TargetGroups", vec![group(&proxy).plain_element("member")])]))
}

/// ModifyDBProxyTargetGroup.
pub(in crate::sandbox::api) fn modify_group(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = proxy(world, ask)?;
    if ask.value("NewName").is_some() {
        return Err(Refusal::invalid_value("The default target group can't be renamed."));
    }
    for (field, _) in POOL_FIELDS {
        if let Some(value) = ask.value(&format!("ConnectionPoolConfig.{field}")) {
            draft.record.set(&format!("{POOL}.{field}"), value);
        }
    }
    let answer = group(&draft.record).plain_element("DBProxyTargetGroup");
    draft.keep(world);
    Ok(Some(vec![answer]))
}

/// DescribeDBProxyTargets.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let targets = proxy(world, ask)?.record.items(TARGETS);
    Ok(Some(vec![Element::parent("Targets", targets.iter().map(|target| target.element("member")).collect())]))
}

/// RegisterDBProxyTargets.
pub(in crate::sandbox::api) fn register(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = proxy(world, ask)?;
    let mut added = Vec::new();
    for (kind, id) in named(ask)? {
        let database = draft::existing(world, ask, (kind, id))?.record;
        let target = target(kind, &database);
        if draft.record.items(TARGETS).iter().any(|known| known.get("RdsResourceId") == target.get("RdsResourceId")) {
            return Err(Refusal::bad_request(
                "DBProxyTargetAlreadyRegisteredFault",
                format!("{id} is already a target of this proxy."),
            ));
        }
        draft.record.add_item(TARGETS, target.clone());
        added.push(target.element("member"));
    }
    draft.keep(world);
    Ok(Some(vec![Element::parent("DBProxyTargets", added)]))
}

/// DeregisterDBProxyTargets.
pub(in crate::sandbox::api) fn deregister(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = proxy(world, ask)?;
    for (_, id) in named(ask)? {
        if !draft.record.items(TARGETS).iter().any(|target| target.get("RdsResourceId") == id) {
            return Err(Refusal::not_found("DBProxyTargetNotFoundFault", format!("{id} is no target of this proxy.")));
        }
        draft.record.keep_items(TARGETS, |target| target.get("RdsResourceId") != id);
    }
    draft.keep(world);
    Ok(ask.plain_result(None).or(Some(Vec::new())))
}

/// The proxy that the request names. Only its default target group exists.
fn proxy<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<Draft<'m>> {
    let draft = draft::named(world, ask, ("DBProxy", "DBProxyName"))?;
    match ask.value("TargetGroupName") {
        Some(name) if name != GROUP => Err(Refusal::not_found(
            "DBProxyTargetGroupNotFoundFault",
            format!("The target group {name} of the proxy {} can't be found.", draft.record.id),
        )),
        Some(_) | None => Ok(draft),
    }
}

/// The instances or clusters that a request names: one kind at a time.
fn named<'a>(ask: &Ask<'a>) -> Outcome<Vec<(&'static str, &'a str)>> {
    let instances = ask.parameters.list("DBInstanceIdentifiers.member");
    let clusters = ask.parameters.list("DBClusterIdentifiers.member");
    if instances.is_empty() == clusters.is_empty() {
        return Err(Refusal::invalid_combination("Either instances or a cluster must be named."));
    }
    let instances = instances.into_iter().map(|id| ("DBInstance", id));
    Ok(instances.chain(clusters.into_iter().map(|id| ("DBCluster", id))).collect())
}

fn target(kind: &str, database: &Record) -> Item {
    let (of, endpoint, port) = match kind {
        "DBInstance" => ("RDS_INSTANCE", database.get("Endpoint.Address"), database.get("Endpoint.Port")),
        _ => ("TRACKED_CLUSTER", database.get("Endpoint"), database.get("Port")),
    };
    let mut target = Item::with([
        ("RdsResourceId", database.id.as_str()),
        ("TargetArn", &database.arn),
        ("Endpoint", endpoint),
        ("Port", port),
        ("Type", of),
        ("Role", "READ_WRITE"),
        ("TargetHealth.State", "AVAILABLE"),
    ]);
    if of == "TRACKED_CLUSTER" {
        target.set("TrackedClusterId", &database.id);
    }
    target
}

fn group(proxy: &Record) -> Record {
    let mut group = Record::default();
    let arn = proxy.arn.replacen(":db-proxy:prx-", ":target-group:prx-tg-", 1);
    for (path, value) in [
        ("DBProxyName", proxy.id.as_str()),
        ("TargetGroupName", GROUP),
        ("TargetGroupArn", &arn),
        ("IsDefault", "true"),
        ("Status", "available"),
        ("CreatedDate", proxy.get("CreatedDate")),
        ("UpdatedDate", proxy.get("CreatedDate")),
    ] {
        group.set(path, value);
    }
    for (field, default) in POOL_FIELDS {
        let set = proxy.get(&format!("{POOL}.{field}"));
        let value = if set.is_empty() { default } else { set };
        if !value.is_empty() {
            group.set(&format!("ConnectionPoolConfig.{field}"), value);
        }
    }
    group
}
