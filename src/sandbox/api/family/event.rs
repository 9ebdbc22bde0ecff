//! Records what happened to resources, for DescribeEvents.

use crate::sandbox::{
    answer::Refusal,
    api::{
        Answered, Ask, World, describe,
        record::{Item, Record},
    },
    xml::Element,
};

/// The usual categories by the type of source. <RDS User Guide, "Amazon RDS event categories and event messages">
const CATEGORIES: [(&str, &[&str]); 5] = [
    ("db-cluster", &["creation", "deletion", "failover", "failure", "maintenance", "notification"]),
    ("db-cluster-snapshot", &["backup", "notification"]),
    (
        "db-instance",
        &["availability", "backup", "creation", "deletion", "failover", "failure", "maintenance", "recovery"],
    ),
    ("db-parameter-group", &["configuration change"]),
    ("db-snapshot", &["creation", "deletion", "notification", "restoration"]),
];

/// Records an event of a resource.
pub(super) fn note(
    world: &mut World<'_>,
    ask: &Ask<'_>,
    (kind, record): (&str, &Record),
    (category, message): (&str, &str),
) {
    // The table has this kind. Without it no event could be shown, so none is recorded.
    let Ok(family) = world.model.family("Event") else { return };
    let serial = world.store.serial();
    let mut event = ask.asker.new_record(family, &format!("{serial:08}"), serial);
    for (path, value) in [
        ("SourceIdentifier", record.id.as_str()),
        ("SourceArn", &record.arn),
        ("SourceType", kind),
        ("Message", message),
    ] {
        event.set(path, value);
    }
    event.set_items("EventCategories.EventCategory", &[Item::text(category)]);
    world.store.put(&ask.asker.shelf("Event"), event);
}

/// DescribeEvents.
pub(in crate::sandbox::api) fn describe(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    if ask.value("SourceIdentifier").is_some() && ask.value("SourceType").is_none() {
        return Err(Refusal::invalid_combination("Cannot specify source identifier without source type"));
    }
    describe::page(world, ask)
}

/// DescribeEventCategories.
pub(in crate::sandbox::api) fn categories(_: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let wanted = ask.value("SourceType").unwrap_or_default();
    let map = |(kind, categories): &(&str, &[&str])| {
        let categories = categories.iter().map(|category| Element::text("EventCategory", *category)).collect();
        Element::parent(
            "EventCategoriesMap",
            vec![Element::text("SourceType", *kind), Element::parent("EventCategories", categories)],
        )
    };
    let shown = CATEGORIES.iter().filter(|(kind, _)| wanted.is_empty() || *kind == wanted);
    Ok(Some(vec![Element::parent("EventCategoriesMapList", shown.map(map).collect())]))
}
