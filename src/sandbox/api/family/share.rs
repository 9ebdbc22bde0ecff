//! The accounts that a manual snapshot is shared with. <RDS API Reference, ModifyDBSnapshotAttribute>

use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World,
        draft::{self, Draft},
        record::{Item, Record},
    },
    xml::Element,
};

/// The accounts that may restore a snapshot, or `all`: an internal value, since describe calls for snapshots do
/// not show it.
const RESTORE: &str = "~restore";

/// Maximum number of accounts that a snapshot can be shared with. <RDS User Guide, "Sharing a DB snapshot">
const MOST: usize = 20;

/// DescribeDBSnapshotAttributes, DescribeDBClusterSnapshotAttributes.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    Ok(attributes(&draft::find(world, ask)?))
}

/// ModifyDBSnapshotAttribute, ModifyDBClusterSnapshotAttribute.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let (add, remove) =
        (ask.parameters.list("ValuesToAdd.AttributeValue"), ask.parameters.list("ValuesToRemove.AttributeValue"));
    if ask.parameters.required("AttributeName")? != "restore" {
        return Err(Refusal::invalid_value("The attribute name must be restore."));
    }
    if add.iter().any(|value| remove.contains(value)) {
        return Err(Refusal::invalid_combination("A value can't be added and removed at once."));
    }
    may_be_shared(&draft, &add)?;
    draft.record.keep_items(RESTORE, |item| !remove.contains(&item.get("")) && !add.contains(&item.get("")));
    for value in add {
        draft.record.add_item(RESTORE, Item::text(value));
    }
    if draft.record.items(RESTORE).len() > MOST {
        return Err(Refusal::bad_request(
            "SharedSnapshotQuotaExceeded",
            "The request cannot be processed because it would exceed the maximum number of accounts.",
        ));
    }
    let answer = attributes(&draft);
    draft.keep(world);
    Ok(answer)
}

/// Whether a snapshot is shared with an account, or with `all`.
pub(super) fn is_shared_with(record: &Record, whom: &str) -> bool {
    record.items(RESTORE).iter().any(|item| item.get("") == whom)
}

/// Whether a path belongs to the list of accounts that a snapshot is shared with.
pub(super) fn is_about(path: &str) -> bool {
    path.starts_with(RESTORE)
}

/// The snapshot with this ARN that another account shares with the caller.
pub(super) fn find(world: &World<'_>, ask: &Ask<'_>, (kind, arn): (&str, &str)) -> Option<Record> {
    let (shelf, account) = (ask.asker.shelf(kind), ask.asker.account.to_string());
    let mut others = world.store.of_others(&shelf).filter(|record| record.arn == arn);
    others.find(|record| is_shared_with(record, &account) || is_shared_with(record, "all")).cloned()
}

fn may_be_shared(draft: &Draft<'_>, add: &[&str]) -> Outcome<()> {
    let code = if draft.shelf.family == "DBSnapshot" {
        "InvalidDBSnapshotState"
    } else {
        "InvalidDBClusterSnapshotStateFault"
    };
    let snapshot = &draft.record;
    if snapshot.get("SnapshotType") == "automated" {
        return Err(Refusal::bad_request(code, "Automated snapshots can't be shared: copy it and share the copy."));
    }
    let encrypted = snapshot.is("Encrypted") || snapshot.is("StorageEncrypted");
    if encrypted && add.contains(&"all") {
        return Err(Refusal::bad_request(code, "Encrypted snapshots can't be made public."));
    }
    let good = |value: &&str| *value == "all" || (value.len() == 12 && value.chars().all(|c| c.is_ascii_digit()));
    match add.iter().find(|value| !good(value)) {
        Some(bad) => Err(Refusal::invalid_value(format!("Invalid account: {bad}"))),
        None => Ok(()),
    }
}

fn attributes(draft: &Draft<'_>) -> Option<Vec<Element>> {
    let kind = &draft.shelf.family;
    let values = draft.record.items(RESTORE).iter().map(|value| value.element("AttributeValue")).collect();
    let restore = Element::parent(
        format!("{kind}Attribute"),
        vec![Element::text("AttributeName", "restore"), Element::parent("AttributeValues", values)],
    );
    Some(vec![Element::parent(
        format!("{kind}AttributesResult"),
        vec![
            Element::text(&draft.family.id, &draft.record.id),
            Element::parent(format!("{kind}Attributes"), vec![restore]),
        ],
    )])
}
