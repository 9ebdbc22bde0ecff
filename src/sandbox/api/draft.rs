//! Creating, changing and deleting resources: a resource is looked up first and stored last; in between, the rules
//! apply.

use super::{Answered, Ask, World, model::Family, place, record::Record, rules, store::Shelf, tags};
use crate::sandbox::answer::{Outcome, Refusal};

/// A resource while an operation works on it. Changes are discarded unless it is stored again.
pub(super) struct Draft<'m> {
    pub(super) family: &'m Family,
    pub(super) shelf: Shelf,
    /// The name under which it is stored; empty for a new one.
    kept_as: String,
    pub(super) record: Record,
}

/// Creates a resource by the generic rules, possibly from another one.
pub(super) fn create(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = begin(world, ask)?;
    draft.put_new(world, ask)
}

/// Changes a resource as the parameters say, by the generic rules.
pub(super) fn modify(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = change(world, ask)?;
    draft.put_back(world, ask)
}

/// Deletes a resource by the generic rules.
pub(super) fn delete(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let draft = find(world, ask)?;
    draft.take_away(world, ask)
}

/// A new resource with the given parameters, and with the values of its source if the operation has one.
pub(super) fn begin<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<Draft<'m>> {
    let source = match &ask.operation.from {
        Some((kind, parameter)) if ask.value(parameter).is_some() => Some(named(world, ask, (kind, parameter))?.record),
        Some(_) | None => None,
    };
    begin_from(world, ask, source.as_ref())
}

/// A new resource with the given parameters and the values of this source.
pub(super) fn begin_from<'m>(world: &mut World<'m>, ask: &Ask<'_>, source: Option<&Record>) -> Outcome<Draft<'m>> {
    let (name, family) = world.model.subject(ask.operation)?;
    let shelf = ask.asker.shelf(name);
    let serial = world.store.serial();
    let given = ask.operation.id.as_deref().filter(|id| ask.value(id).is_some() || ask.operation.generated.is_none());
    let id = match (given, &ask.operation.generated) {
        (Some(parameter), _) => new_name(world, &shelf, family, (parameter, ask.parameters.required(parameter)?))?,
        (None, Some(template)) => template.replace("{serial}", &format!("{serial:08}")),
        (None, None) => return Err(Refusal::missing_parameter(&family.id)),
    };
    let mut record = ask.asker.new_record(family, &id, serial);
    if let Some(source) = source {
        inherit(&mut record, source, family);
    }
    place::set(&mut record, family, ask.parameters);
    record.tags = tags::given(ask.parameters);
    Ok(Draft { family, shelf, kept_as: String::new(), record })
}

/// The resource that the operation names, unchanged.
pub(super) fn find<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<Draft<'m>> {
    let (name, family) = world.model.subject(ask.operation)?;
    let parameter = ask.operation.id.as_deref().unwrap_or(&family.id);
    let draft = named(world, ask, (name, parameter))?;
    if let Some((wanted, code)) = &ask.operation.needs
        && let Some((path, _)) = &family.status
        && draft.record.get(path) != wanted
    {
        let (id, is) = (&draft.record.id, draft.record.get(path));
        return Err(Refusal::bad_request(
            code.clone(),
            format!("{name} {id} is in {is} state but expected it to be one of {wanted}."),
        ));
    }
    Ok(draft)
}

/// The resource that the operation names, changed as the parameters say.
pub(super) fn change<'m>(world: &mut World<'m>, ask: &Ask<'_>) -> Outcome<Draft<'m>> {
    let mut draft = find(world, ask)?;
    if let Some(refusal) = ask.refusal() {
        return Err(refusal);
    }
    place::set(&mut draft.record, draft.family, ask.parameters);
    let rename = ask.operation.rename.as_deref();
    if let Some((parameter, new)) = rename.and_then(|parameter| Some((parameter, ask.parameters.value(parameter)?))) {
        let new = new_name(world, &draft.shelf, draft.family, (parameter, new))?;
        ask.asker.name(&mut draft.record, draft.family, &new);
    }
    Ok(draft)
}

/// The resource of a kind that a parameter names, by its name or its ARN. An ARN may be in another region.
pub(super) fn named<'m>(world: &mut World<'m>, ask: &Ask<'_>, (kind, parameter): (&str, &str)) -> Outcome<Draft<'m>> {
    existing(world, ask, (kind, ask.parameters.required(parameter)?))
}

/// The resource of a kind with this name or ARN.
pub(super) fn existing<'m>(world: &mut World<'m>, ask: &Ask<'_>, (kind, id): (&str, &str)) -> Outcome<Draft<'m>> {
    let family = world.model.family(kind)?;
    let shelf = ask.asker.shelf(kind);
    let found = match world.store.find(&shelf, id) {
        Some(record) => Some((shelf, record.clone())),
        None => world
            .store
            .find_arn(ask.asker.account, id)
            .filter(|(shelf, _)| shelf.family == kind)
            .map(|(shelf, record)| (shelf.clone(), record.clone())),
    };
    let (shelf, record) = found.ok_or_else(|| family.missing.of(kind, id))?;
    Ok(Draft { family, shelf, kept_as: record.id.clone(), record })
}

/// Checks that a new name is valid and unused, and returns it in the letter case in which it is stored.
fn new_name(world: &World<'_>, shelf: &Shelf, family: &Family, (parameter, name): (&str, &str)) -> Outcome<String> {
    let id = rules::identifier(parameter, name)?.to_ascii_lowercase();
    if world.store.has(shelf, &id) { Err(family.taken.of(&shelf.family, &id)) } else { Ok(id) }
}

impl Draft<'_> {
    /// Stores a new resource. The response shows it as being created.
    pub(super) fn put_new(self, world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
        self.put_new_showing(world, ask, |_| {})
    }

    /// The same, with further temporary values in the response.
    pub(super) fn put_new_showing(
        self,
        world: &mut World<'_>,
        ask: &Ask<'_>,
        passing: impl FnOnce(&mut Record),
    ) -> Answered {
        let mut shown = self.in_status(self.family.creating.as_deref().unwrap_or("creating"));
        passing(&mut shown);
        world.store.put(&self.shelf, self.record);
        Ok(ask.result(&shown, self.family))
    }

    /// Stores a changed resource. The response shows a transitional status if the operation has one.
    pub(super) fn put_back(self, world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
        self.put_back_showing(world, ask, |_| {})
    }

    /// The same, with further temporary values in the response.
    pub(super) fn put_back_showing(
        mut self,
        world: &mut World<'_>,
        ask: &Ask<'_>,
        passing: impl FnOnce(&mut Record),
    ) -> Answered {
        let mut shown = self.record.clone();
        if let (Some((shows, then)), Some((path, _))) = (&ask.operation.becomes, &self.family.status) {
            shown.set(path, shows);
            self.record.set(path, then);
        }
        passing(&mut shown);
        let family = self.family;
        self.keep(world);
        Ok(ask.result(&shown, family))
    }

    /// Stores a changed resource, for a response that does not show it.
    pub(super) fn keep(self, world: &mut World<'_>) {
        if !self.kept_as.is_empty() && self.kept_as != self.record.id {
            world.store.take(&self.shelf, &self.kept_as);
        }
        world.store.put(&self.shelf, self.record);
    }

    /// Removes the resource. The response shows it as being deleted.
    pub(super) fn take_away(self, world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
        world.store.take(&self.shelf, &self.kept_as);
        let shown = self.in_status(self.family.deleting.as_deref().unwrap_or("deleting"));
        Ok(ask.result(&shown, self.family))
    }

    /// Whether the resource is in this status.
    pub(super) fn is_in(&self, status: &str) -> bool {
        self.family.status.as_ref().is_some_and(|(path, _)| self.record.get(path) == status)
    }

    fn in_status(&self, status: &str) -> Record {
        let mut shown = self.record.clone();
        if let Some((path, _)) = &self.family.status {
            shown.set(path, status);
        }
        shown
    }
}

/// Copies the values that the source and the new kind have in common, except those specific to each resource.
pub(super) fn inherit(record: &mut Record, source: &Record, family: &Family) {
    let own = |path: &str| {
        path == family.id
            || family.arn.as_deref() == Some(path)
            || family.status.as_ref().is_some_and(|(status, _)| status == path)
            || path.ends_with("CreateTime")
            || path.contains("Endpoint")
            || path.contains("Replica")
            || path.ends_with("ResourceId")
            || path.starts_with("AssociatedRoles")
            || path.starts_with("DBClusterMembers")
            || path.starts_with("MasterUserSecret")
            || path == "SnapshotType"
            || path == "DeletionProtection"
    };
    let known = |path: &str| {
        let root = path.split(['.', '#']).next().unwrap_or(path);
        family.fields.iter().any(|field| field == path || field == root)
            || family.lists.iter().any(|list| list == root)
            || family.places.values().any(|place| place.split('.').next() == Some(root))
    };
    // A snapshot's copies of its source's values come first, so that its own values take precedence.
    let remembered = source.values.iter().filter_map(|(path, value)| Some((path.strip_prefix('~')?, value)));
    let said = source.values.iter().map(|(path, value)| (path.as_str(), value));
    for (path, value) in remembered.chain(said) {
        if known(path) && !own(path) {
            record.set(path, value);
        }
    }
    let port = if family.fields.iter().any(|field| field == "Port") { "Port" } else { "Endpoint.Port" };
    let source_port =
        [source.get("Port"), source.get("Endpoint.Port"), source.get("~Endpoint.Port"), source.get("~Port")]
            .into_iter()
            .find(|port| !port.is_empty());
    if let Some(source_port) = source_port {
        record.set(port, source_port);
    }
}
