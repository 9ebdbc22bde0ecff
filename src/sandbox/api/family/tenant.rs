//! Tenant databases of instances in the multi-tenant configuration.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{Answered, Ask, World, describe, draft, record::Record},
};

/// CreateTenantDatabase.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let instance = draft::named(world, ask, ("DBInstance", "DBInstanceIdentifier"))?.record;
    if !instance.is("MultiTenant") {
        return Err(Refusal::bad_request(
            "InvalidDBInstanceState",
            format!("The DB instance {} is not in the multi-tenant configuration.", instance.id),
        ));
    }
    let name = ask.parameters.required("TenantDBName")?;
    if id_of(world, ask, (&instance.id, name)).is_some() {
        return Err(Refusal::bad_request(
            "TenantDatabaseAlreadyExists",
            format!("Tenant database {name} already exists."),
        ));
    }
    let mut draft = draft::begin(world, ask)?;
    draft.record.set("DBInstanceIdentifier", &instance.id);
    draft.record.set("DbiResourceId", instance.get("DbiResourceId"));
    draft.put_new(world, ask)
}

/// ModifyTenantDatabase.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut tenant = find(world, ask)?;
    if let Some(name) = ask.value("NewTenantDBName") {
        tenant.record.set("TenantDBName", name);
    }
    tenant.put_back(world, ask)
}

/// DeleteTenantDatabase: requires a final snapshot, or that it is skipped.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let tenant = find(world, ask)?;
    if !ask.flag("SkipFinalSnapshot")? && ask.value("FinalDBSnapshotIdentifier").is_none() {
        return Err(Refusal::invalid_combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        ));
    }
    tenant.take_away(world, ask)
}

/// DescribeTenantDatabases: checks that the instance exists, if one is named.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    if ask.value("DBInstanceIdentifier").is_some() {
        draft::named(world, ask, ("DBInstance", "DBInstanceIdentifier"))?;
    }
    describe::page(world, ask)
}

fn find<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<draft::Draft<'m>> {
    let instance = draft::named(world, ask, ("DBInstance", "DBInstanceIdentifier"))?.record;
    let name = ask.parameters.required("TenantDBName")?;
    let id = id_of(world, ask, (&instance.id, name)).ok_or_else(|| {
        Refusal::not_found("TenantDatabaseNotFound", format!("Tenant database {name} of {} not found.", instance.id))
    })?;
    draft::existing(world, ask, ("TenantDatabase", &id))
}

fn id_of(world: &World<'_>, ask: &Ask<'_>, (instance, name): (&str, &str)) -> Option<String> {
    let shelf = ask.asker.shelf("TenantDatabase");
    let meant = |one: &&Record| one.get("DBInstanceIdentifier") == instance && one.get("TenantDBName") == name;
    world.store.all(&shelf).find(meant).map(|one| one.id.clone())
}
