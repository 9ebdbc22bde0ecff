//! Parameter groups of instances and clusters, and their parameters.

use super::engine;
use crate::sandbox::{
    answer::{Outcome, Refusal},
    api::{
        Answered, Ask, World, draft,
        record::{Item, Record},
    },
    xml::Element,
};

/// The parameters that a user has set: an internal value, since describe calls for groups do not show it.
const SET: &str = "~parameter";

/// Maximum number of parameters changed in one request. <RDS API Reference, ModifyDBParameterGroup>
const MOST: usize = 20;

/// The parameters of every group in the sandbox: name, value, type, whether changes apply immediately.
const DEFAULTS: [(&str, &str, &str, bool); 6] = [
    ("autovacuum", "1", "boolean", true),
    ("log_min_duration_statement", "-1", "integer", true),
    ("max_connections", "100", "integer", false),
    ("shared_buffers", "{DBInstanceClassMemory/32768}", "integer", false),
    ("time_zone", "UTC", "string", true),
    ("work_mem", "4096", "integer", true),
];

/// The list with an instance's parameter group.
const OF_INSTANCE: &str = "DBParameterGroups.DBParameterGroup";

/// CopyDBParameterGroup, CopyDBClusterParameterGroup: includes the parameters that are set.
pub(in crate::sandbox::api) fn copy(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let Some((kind, parameter)) = &ask.operation.from else { return draft::create(world, ask) };
    let source = draft::named(world, ask, (kind, parameter))?.record;
    let mut draft = draft::begin_from(world, ask, Some(&source))?;
    draft.record.set_items(SET, &source.items(SET));
    draft.put_new(world, ask)
}

/// ModifyDBParameterGroup, ModifyDBClusterParameterGroup.
pub(in crate::sandbox::api) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = changeable(world, ask)?;
    let given = given(ask)?;
    if given.is_empty() {
        return Err(Refusal::missing_parameter("Parameters"));
    }
    for item in given {
        draft.record.keep_items(SET, |known| known.get(NAME) != item.get(NAME));
        draft.record.add_item(SET, item);
    }
    Ok(answer(draft, world))
}

/// ResetDBParameterGroup, ResetDBClusterParameterGroup: all parameters or the listed ones.
pub(in crate::sandbox::api) fn reset(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let mut draft = changeable(world, ask)?;
    let given = given(ask)?;
    match (ask.flag("ResetAllParameters")?, given.is_empty()) {
        (true, false) => return Err(Refusal::invalid_combination("Either all parameters are reset, or those given.")),
        (false, true) if ask.value("ResetAllParameters").is_some() => {
            return Err(Refusal::invalid_combination("The request must name the parameters to reset."));
        }
        (true, true) | (false, true) => draft.record.clear(SET),
        (false, false) => {
            draft.record.keep_items(SET, |known| !given.iter().any(|item| item.get(NAME) == known.get(NAME)));
        }
    }
    Ok(answer(draft, world))
}

/// DeleteDBParameterGroup, DeleteDBClusterParameterGroup: it must be unused.
pub(in crate::sandbox::api) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = changeable(world, ask)?;
    let name = draft.record.id.clone();
    let instances = ask.asker.shelf("DBInstance");
    let clusters = ask.asker.shelf("DBCluster");
    let used = match draft.shelf.family.as_str() {
        "DBParameterGroup" => world
            .store
            .all(&instances)
            .any(|one| one.items(OF_INSTANCE).iter().any(|group| group.get("DBParameterGroupName") == name)),
        _ => world.store.all(&clusters).any(|one| one.get("DBClusterParameterGroup") == name),
    };
    if used {
        return Err(Refusal::bad_request(
            "InvalidDBParameterGroupState",
            "One or more database instances are still members of this parameter group, so the group cannot be deleted",
        ));
    }
    draft.take_away(world, ask)
}

/// DescribeDBParameters, DescribeDBClusterParameters.
pub(in crate::sandbox::api) fn parameters(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let group = draft::find(world, ask)?.record;
    let source = ask.value("Source").unwrap_or_default();
    let set = group.items(SET);
    let own = set.iter().map(|item| parameter(item.get(NAME), Some(item)));
    let rest = DEFAULTS
        .iter()
        .filter(|(name, ..)| !set.iter().any(|item| item.get(NAME) == *name))
        .map(|(name, ..)| parameter(name, None));
    let mut shown: Vec<Item> =
        own.chain(rest).filter(|item| source.is_empty() || item.get("Source") == source).collect();
    shown.sort_by(|one, other| one.get(NAME).cmp(other.get(NAME)));
    Ok(Some(vec![Element::parent("Parameters", shown.iter().map(|item| item.element("Parameter")).collect())]))
}

/// DescribeEngineDefaultParameters, DescribeEngineDefaultClusterParameters.
pub(in crate::sandbox::api) fn defaults(_: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let family = ask.parameters.required("DBParameterGroupFamily")?;
    if !engine::ENGINES.iter().any(|engine| engine.family == family) {
        return Err(Refusal::invalid_value(format!("Invalid parameter group family: {family}")));
    }
    let parameters = DEFAULTS.iter().map(|(name, ..)| parameter(name, None).element("Parameter")).collect();
    Ok(Some(vec![Element::parent(
        "EngineDefaults",
        vec![Element::text("DBParameterGroupFamily", family), Element::parent("Parameters", parameters)],
    )]))
}

/// Sets an instance's group: the one that it names, or its engine's default group, which is created if needed.
pub(super) fn of_instance(world: &mut World<'_>, ask: &Ask<'_>, instance: &mut Record) -> Outcome<()> {
    let groups = instance.items(OF_INSTANCE);
    let named = groups.first().map(|group| group.get("DBParameterGroupName").to_owned());
    let name = existing(world, ask, "DBParameterGroup", (named, instance.get("Engine")))?;
    instance.set_items(
        OF_INSTANCE,
        &[Item::with([("DBParameterGroupName", name.as_str()), ("ParameterApplyStatus", "in-sync")])],
    );
    Ok(())
}

/// Sets a cluster's group, in the same way.
pub(super) fn of_cluster(world: &mut World<'_>, ask: &Ask<'_>, cluster: &mut Record) -> Outcome<()> {
    let named = Some(cluster.get("DBClusterParameterGroup").to_owned()).filter(|name| !name.is_empty());
    let name = existing(world, ask, "DBClusterParameterGroup", (named, cluster.get("Engine")))?;
    cluster.set("DBClusterParameterGroup", name);
    Ok(())
}

fn existing(
    world: &mut World<'_>,
    ask: &Ask<'_>,
    kind: &str,
    (named, engine): (Option<String>, &str),
) -> Outcome<String> {
    let family = engine::named(engine).map_or("postgres16", |engine| engine.family);
    let name = named.unwrap_or_else(|| format!("default.{family}"));
    let shelf = ask.asker.shelf(kind);
    if let Some(group) = world.store.find(&shelf, &name) {
        return Ok(group.id.clone());
    }
    let Some(family) = name.strip_prefix("default.") else {
        return Err(world.model.family(kind)?.missing.of(kind, &name));
    };
    let mut group = ask.asker.new_record(world.model.family(kind)?, &name, world.store.serial());
    group.set("DBParameterGroupFamily", family);
    group.set("Description", format!("Default parameter group for {family}"));
    world.store.put(&shelf, group);
    Ok(name)
}

const NAME: &str = "ParameterName";

fn changeable<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<draft::Draft<'m>> {
    let draft = draft::find(world, ask)?;
    if draft.record.id.starts_with("default.") {
        return Err(Refusal::bad_request(
            "InvalidDBParameterGroupState",
            format!("The parameter group {} is a default one, which can't be changed.", draft.record.id),
        ));
    }
    Ok(draft)
}

fn given(ask: &Ask<'_>) -> Outcome<Vec<Item>> {
    let fields = [NAME, "ParameterValue", "ApplyMethod"];
    let given = ask.parameters.structures("Parameters.Parameter", fields);
    if given.len() > MOST {
        return Err(Refusal::invalid_value(format!("At most {MOST} parameters can be changed in one request.")));
    }
    let item = |values: [Option<&str>; 3]| {
        Item::with(fields.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?))))
    };
    Ok(given.into_iter().map(item).collect())
}

/// A parameter as shown: with the engine's default or a user's value.
fn parameter(name: &str, set: Option<&Item>) -> Item {
    let (_, value, kind, dynamic) =
        DEFAULTS.iter().find(|(known, ..)| *known == name).copied().unwrap_or((name, "", "string", true));
    let mut item = Item::with([
        (NAME, name),
        ("ParameterValue", value),
        ("Description", "A parameter of the sandbox"),
        ("Source", "engine-default"),
        ("ApplyType", if dynamic { "dynamic" } else { "static" }),
        ("DataType", kind),
        ("IsModifiable", "true"),
        ("ApplyMethod", "pending-reboot"),
    ]);
    if let Some(set) = set {
        item.set("Source", "user");
        for field in ["ParameterValue", "ApplyMethod"] {
            item.set(field, set.get(field));
        }
    }
    item
}

/// The response to a change: only the group's name.
fn answer(draft: draft::Draft<'_>, world: &mut World<'_>) -> Option<Vec<Element>> {
    let name = Element::text(&draft.family.id, &draft.record.id);
    draft.keep(world);
    Some(vec![name])
}
