//! Custom engine versions of RDS Custom.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        draft::{self, Draft},
    },
};

const KIND: &str = "CustomDBEngineVersion";

/// CreateCustomDBEngineVersion.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let engine = ask.parameters.required("Engine")?;
    if !engine.starts_with("custom-") {
        return Err(Refusal::invalid_value(format!("Invalid custom engine: {engine}")));
    }
    let (id, family) = (id(ask)?, world.model.family(KIND)?);
    if world.store.has(&ask.asker.shelf(KIND), &id) {
        return Err(family.taken.of(KIND, &id));
    }
    let mut draft = draft::begin(world, ask)?;
    let serial = draft.record.id.clone();
    ask.asker.name(&mut draft.record, family, &id);
    ask.asker.name_arn(&mut draft.record, family, &format!("cev:{id}/{serial}"));
    let major: String = draft.record.get("EngineVersion").split('.').take(1).collect();
    draft.record.set("MajorEngineVersion", major);
    draft.put_new(world, ask)
}

/// ModifyCustomDBEngineVersion.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = find(world, ask)?;
    for (parameter, path) in [("Description", "DBEngineVersionDescription"), ("Status", "Status")] {
        if let Some(value) = ask.value(parameter) {
            draft.record.set(path, value);
        }
    }
    draft.put_back(world, ask)
}

/// DeleteCustomDBEngineVersion.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    find(world, ask)?.take_away(world, ask)
}

fn find<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<Draft<'m>> {
    draft::existing(world, ask, (KIND, &id(ask)?))
}

fn id(ask: &Ask<'_>) -> Outcome<String> {
    Ok(format!("{}/{}", ask.parameters.required("Engine")?, ask.parameters.required("EngineVersion")?))
}
