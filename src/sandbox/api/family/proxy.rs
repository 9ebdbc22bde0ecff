//! RDS proxies and their endpoints.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World, draft,
        record::{Item, Record},
    },
};

const AUTH: &str = "Auth.member";

/// CreateDBProxy: has a default target group, which is stored with it.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::begin(world, ask)?;
    if !matches!(draft.record.get("EngineFamily"), "MYSQL" | "POSTGRESQL" | "SQLSERVER") {
        return Err(Refusal::invalid_value(format!("Invalid engine family: {}", draft.record.get("EngineFamily"))));
    }
    authentication(&draft.record)?;
    draft.put_new(world, ask)
}

/// ModifyDBProxy.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::change(world, ask)?;
    let groups = ask.parameters.list("SecurityGroups.member");
    if !groups.is_empty() {
        let groups: Vec<Item> = groups.into_iter().map(Item::text).collect();
        draft.record.set_items("VpcSecurityGroupIds.member", &groups);
    }
    authentication(&draft.record)?;
    draft.put_back(world, ask)
}

/// DeleteDBProxy: also deletes its endpoints.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let shelf = ask.asker.shelf("DBProxyEndpoint");
    let of_proxy = |record: &&Record| record.get("DBProxyName") == draft.record.id;
    let ids: Vec<String> = world.store.all(&shelf).filter(of_proxy).map(|record| record.id.clone()).collect();
    for id in ids {
        world.store.take(&shelf, &id);
    }
    draft.take_away(world, ask)
}

/// CreateDBProxyEndpoint.
pub(in crate::sandbox::api) fn create_endpoint(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let proxy = draft::named(world, ask, ("DBProxy", "DBProxyName"))?.record;
    let mut draft = draft::begin(world, ask)?;
    draft.record.set("DBProxyName", &proxy.id);
    draft.record.set("VpcId", proxy.get("VpcId"));
    draft.put_new(world, ask)
}

fn authentication(proxy: &Record) -> Outcome<()> {
    let schemes = proxy.items(AUTH);
    match schemes.iter().find(|auth| !matches!(auth.get("AuthScheme"), "" | "SECRETS")) {
        Some(bad) => Err(Refusal::invalid_value(format!("Invalid authentication scheme: {}", bad.get("AuthScheme")))),
        None => Ok(()),
    }
}
