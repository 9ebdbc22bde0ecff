//! Option groups and their options.

use super::engine;
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World, draft,
        record::{Item, Record},
    },
    xml::Element,
};

const OPTIONS: &str = "Options.Option";

/// The list with an instance's option group.
const OF_INSTANCE: &str = "OptionGroupMemberships.OptionGroupMembership";

/// The available options: engine, name, port, description.
const KNOWN: [(&str, &str, &str, &str); 6] = [
    ("mariadb", "MARIADB_AUDIT_PLUGIN", "", "MariaDB Audit Plugin"),
    ("mysql", "MARIADB_AUDIT_PLUGIN", "", "MariaDB Audit Plugin"),
    ("mysql", "MEMCACHED", "11211", "Innodb Memcached for MySQL"),
    ("oracle-ee", "S3_INTEGRATION", "", "Integration with Amazon S3"),
    ("sqlserver-ee", "SQLSERVER_BACKUP_RESTORE", "", "Native backup and restore"),
    ("sqlserver-se", "SQLSERVER_BACKUP_RESTORE", "", "Native backup and restore"),
];

/// CreateOptionGroup.
pub(in crate::sandbox::api) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let engine = ask.parameters.required("EngineName")?;
    if engine::named(engine).is_none() {
        return Err(Refusal::invalid_value(format!("Invalid DB engine: {engine}")));
    }
    let version = ask.parameters.required("MajorEngineVersion")?;
    if version.chars().any(|c| !c.is_ascii_digit() && c != '.') {
        return Err(Refusal::invalid_combination(format!("Cannot find major version {version} for {engine}")));
    }
    if ask.parameters.required("OptionGroupDescription")?.trim().is_empty() {
        return Err(Refusal::invalid_value(
            "The parameter OptionGroupDescription must be provided and must not be blank.",
        ));
    }
    draft::create(world, ask)
}

/// CopyOptionGroup: includes the options.
pub(in crate::sandbox::api) fn copy(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let source = draft::named(world, ask, ("OptionGroup", "SourceOptionGroupIdentifier"))?.record;
    let mut draft = draft::begin_from(world, ask, Some(&source))?;
    draft.record.set_items(OPTIONS, &source.items(OPTIONS));
    draft.put_new(world, ask)
}

/// ModifyOptionGroup: adds and removes options.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = draft::find(world, ask)?;
    let mentions = |name| ask.parameters.mentions(name);
    if !mentions("OptionsToInclude") && !mentions("OptionsToRemove") {
        return Err(Refusal::invalid_value("At least one option must be added, modified, or removed."));
    }
    for name in ask.parameters.list("OptionsToRemove.member") {
        draft.record.keep_items(OPTIONS, |option| option.get("OptionName") != name);
    }
    let included =
        ask.parameters.structures("OptionsToInclude.OptionConfiguration", ["OptionName", "Port", "OptionVersion"]);
    for (number, [name, port, version]) in (1..).zip(included) {
        let name = name.unwrap_or_default();
        let mut option = Item::with([("OptionName", name), ("Persistent", "false"), ("Permanent", "false")]);
        for (field, value) in [("Port", port), ("OptionVersion", version)] {
            if let Some(value) = value {
                option.set(field, value);
            }
        }
        if let Some((.., words)) = KNOWN.iter().find(|(_, known, ..)| *known == name) {
            option.set("OptionDescription", *words);
        }
        let settings = format!("OptionsToInclude.OptionConfiguration.{number}.OptionSettings.OptionSetting");
        for (number, [name, value]) in (1..).zip(ask.parameters.structures(&settings, ["Name", "Value"])) {
            let item = format!("OptionSettings.OptionSetting#{number:04}");
            option.set(&format!("{item}.Name"), name.unwrap_or_default());
            option.set(&format!("{item}.Value"), value.unwrap_or_default());
        }
        draft.record.keep_items(OPTIONS, |option| option.get("OptionName") != name);
        draft.record.add_item(OPTIONS, option);
    }
    draft.put_back(world, ask)
}

/// DeleteOptionGroup: it must be unused and not a default one.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = draft::find(world, ask)?;
    let name = &draft.record.id;
    let shelf = ask.asker.shelf("DBInstance");
    let used = world
        .store
        .all(&shelf)
        .any(|one| one.items(OF_INSTANCE).iter().any(|group| group.get("OptionGroupName") == name));
    if used || name.starts_with("default:") {
        return Err(Refusal::bad_request(
            "InvalidOptionGroupStateFault",
            format!("The option group {name} can't be deleted: it is in use or a default one."),
        ));
    }
    draft.take_away(world, ask)
}

/// DescribeOptionGroupOptions.
pub(in crate::sandbox::api) fn options(_: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let engine = ask.parameters.required("EngineName")?;
    if engine::named(engine).is_none() {
        return Err(Refusal::invalid_value(format!("Invalid DB engine: {engine}")));
    }
    let version = engine::named(engine).map_or("", |engine| engine.version);
    let option = |(engine, name, port, words): &(&str, &str, &str, &str)| {
        let mut item = Item::with([
            ("Name", *name),
            ("Description", *words),
            ("EngineName", *engine),
            ("MajorEngineVersion", version.split('.').next().unwrap_or(version)),
            ("PortRequired", if port.is_empty() { "false" } else { "true" }),
            ("Persistent", "false"),
            ("Permanent", "false"),
        ]);
        if !port.is_empty() {
            item.set("DefaultPort", *port);
        }
        item.element("OptionGroupOption")
    };
    let options = KNOWN.iter().filter(|(of, ..)| *of == engine).map(option).collect();
    Ok(Some(vec![Element::parent("OptionGroupOptions", options)]))
}

/// Sets an instance's group: the one that it names, or its engine's default group, which is created if needed.
pub(super) fn of_instance(world: &mut World<'_>, ask: &Ask<'_>, instance: &mut Record) -> Outcome<()> {
    let Some(engine) = engine::named(instance.get("Engine")) else { return Ok(()) };
    let major = engine.family.strip_prefix(engine.name).unwrap_or_default().trim_start_matches('-').replace('.', "-");
    let groups = instance.items(OF_INSTANCE);
    let name = match groups.first() {
        Some(group) => group.get("OptionGroupName").to_owned(),
        None => format!("default:{}-{major}", engine.name),
    };
    let (family, shelf) = (world.model.family("OptionGroup")?, ask.asker.shelf("OptionGroup"));
    if !world.store.has(&shelf, &name) {
        if !name.starts_with("default:") {
            return Err(family.missing.of("OptionGroup", &name));
        }
        let mut group = ask.asker.new_record(family, &name, world.store.serial());
        group.set("EngineName", engine.name);
        group.set("MajorEngineVersion", major.replace('-', "."));
        group.set("OptionGroupDescription", format!("Default option group for {} {major}", engine.name));
        world.store.put(&shelf, group);
    }
    instance.set_items(OF_INSTANCE, &[Item::with([("OptionGroupName", name.as_str()), ("Status", "in-sync")])]);
    Ok(())
}
