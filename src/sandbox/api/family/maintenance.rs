//! Pending maintenance: what a user opted in to. RDS's own maintenance is not simulated.

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        record::{Item, Record},
    },
    xml::Element,
};

const PENDING: &str = "~maintenance";
const SHOWN: &str = "PendingMaintenanceActionDetails.PendingMaintenanceAction";

/// ApplyPendingMaintenanceAction.
pub(in crate::sandbox::api) fn apply(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (action, choice) = (ask.parameters.required("ApplyAction")?, ask.parameters.required("OptInType")?);
    if !matches!(choice, "immediate" | "next-maintenance" | "undo-opt-in") {
        return Err(Refusal::invalid_value(format!("Invalid OptInType: {choice}")));
    }
    let record = resource(world, ask)?;
    record.keep_items(PENDING, |known| known.get("Action") != action);
    if choice == "next-maintenance" {
        record.add_item(PENDING, Item::with([("Action", action), ("OptInStatus", choice)]));
    }
    Ok(Some(vec![shown(record)]))
}

/// DescribePendingMaintenanceActions.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut waiting = Vec::new();
    if ask.value("ResourceIdentifier").is_some() {
        waiting.push(resource(world, ask)?.clone());
    } else {
        for kind in ["DBInstance", "DBCluster"] {
            waiting.extend(world.store.all(&ask.asker.shelf(kind)).cloned());
        }
    }
    let shown = waiting.iter().filter(|record| !record.items(PENDING).is_empty()).map(shown).collect();
    Ok(Some(vec![Element::parent("PendingMaintenanceActions", shown)]))
}

fn resource<'s>(world: &'s mut World<'_>, ask: &Ask<'_>) -> Outcome<&'s mut Record> {
    let arn = ask.parameters.required("ResourceIdentifier")?;
    let found = world.store.find_arn(ask.asker.account, arn).map(|(_, record)| record);
    found.ok_or_else(|| {
        Refusal::not_found("ResourceNotFoundFault", format!("The specified resource {arn} can't be found."))
    })
}

fn shown(record: &Record) -> Element {
    let mut shown = Record::default();
    shown.set("ResourceIdentifier", &record.arn);
    shown.set_items(SHOWN, &record.items(PENDING));
    shown.plain_element("ResourcePendingMaintenanceActions")
}
