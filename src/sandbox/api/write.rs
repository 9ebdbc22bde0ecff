//! Operations that make, change or take away a resource.

use std::collections::BTreeMap;

use super::{
    Ask, Asker,
    model::{Family, Model},
    rules,
    store::{Record, Shelf, Store},
    tags,
};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    parameters::Parameters,
    xml::Element,
};

/// Makes a resource, perhaps from another one.
pub(super) fn create(model: &Model, store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let (name, family) = model.subject(ask.operation)?;
    let shelf = ask.asker.shelf(name);
    let serial = store.serial();
    let id = match (&ask.operation.id, &ask.operation.generated) {
        (Some(parameter), _) => rules::identifier(parameter, ask.parameters.required(parameter)?)?.to_ascii_lowercase(),
        (None, Some(template)) => template.replace("{serial}", &format!("{serial:08}")),
        (None, None) => return Err(Refusal::missing_parameter(&family.id)),
    };
    if store.find(&shelf, &id).is_some() {
        return Err(family.taken.says(format!("{name} already exists: {id}")));
    }
    let mut record = ask.asker.new_record(family, &id, serial);
    if let Some((kind, parameter)) = &ask.operation.from
        && let Some(source) = ask.parameters.value(parameter)
    {
        let source = existing(model, store, ask.asker, (kind, source))?;
        inherit(&mut record, source, family);
    }
    set(&mut record, family, ask.parameters);
    record.tags = tags::given(ask.parameters);
    let shown = with_status(&record, family, "creating");
    store.put(&shelf, record);
    Ok(ask.result(&shown, family))
}

/// Finds a resource and sets what the parameters say.
pub(super) fn modify(model: &Model, store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let (name, family) = model.subject(ask.operation)?;
    let shelf = ask.asker.shelf(name);
    let parameter = ask.operation.id.as_deref().unwrap_or(&family.id);
    let id = ask.parameters.required(parameter)?;
    let record = existing(model, store, ask.asker, (name, id))?;
    if let (Some((wanted, code)), Some((path, _))) = (&ask.operation.needs, &family.status)
        && record.values.get(path) != Some(wanted)
    {
        return Err(Refusal::bad_request(code.clone(), format!("{name} {id} is not in {wanted} state.")));
    }
    if let Some(refusal) = ask.refusal() {
        return Err(refusal);
    }
    set(record, family, ask.parameters);
    let mut shown = record.clone();
    if let (Some((shows, then)), Some((path, _))) = (&ask.operation.becomes, &family.status) {
        shown.values.insert(path.clone(), shows.clone());
        record.values.insert(path.clone(), then.clone());
    }
    let new_name =
        ask.operation.rename.as_deref().and_then(|parameter| Some((parameter, ask.parameters.value(parameter)?)));
    if let Some((parameter, new)) = new_name {
        rename(store, ask, (&shelf, family), (&shown.id, rules::identifier(parameter, new)?))?;
    }
    Ok(ask.result(&shown, family))
}

/// Takes a resource away, after a final snapshot where one is wanted.
pub(super) fn delete(model: &Model, store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let (name, family) = model.subject(ask.operation)?;
    let parameter = ask.operation.id.as_deref().unwrap_or(&family.id);
    let id = ask.parameters.required(parameter)?;
    let record = existing(model, store, ask.asker, (name, id))?.clone();
    if let Some(snapshot) = rules::may_go(ask, name, &record)? {
        let kind = if name == "DBCluster" { "DBClusterSnapshot" } else { "DBSnapshot" };
        let (family, shelf) = (model.family(kind)?, ask.asker.shelf(kind));
        if store.find(&shelf, snapshot).is_some() {
            return Err(family.taken.says(format!("{kind} already exists: {snapshot}")));
        }
        let mut taken = ask.asker.new_record(family, &snapshot.to_ascii_lowercase(), store.serial());
        inherit(&mut taken, &record, family);
        store.put(&shelf, taken);
    }
    store.take(&ask.asker.shelf(name), &record.id);
    Ok(ask.result(&with_status(&record, family, "deleting"), family))
}

/// Finds a resource of any kind by its ARN; the sandbox changes nothing about it.
pub(super) fn by_arn(store: &mut Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let arn = ask.parameters.required(ask.operation.id.as_deref().unwrap_or_default())?;
    match store.find_arn(ask.asker.account, arn) {
        Some(_) => Ok(ask.plain_result(None)),
        None => Err(Refusal {
            code: "ResourceNotFoundFault".into(),
            status: 404,
            message: format!("The specified resource {arn} can't be found."),
        }),
    }
}

/// The resource of a kind by its name or its ARN, which may be of another region.
fn existing<'s>(
    model: &Model,
    store: &'s mut Store,
    asker: Asker<'_>,
    (kind, id): (&str, &str),
) -> Outcome<&'s mut Record> {
    let missing = || Ok(model.family(kind)?.missing.says(format!("{kind} {id} not found.")));
    let found =
        if id.starts_with("arn:") { store.find_arn(asker.account, id) } else { store.find(&asker.shelf(kind), id) };
    match found {
        Some(record) => Ok(record),
        None => Err(missing().unwrap_or_else(|mistake: Refusal| mistake)),
    }
}

/// Sets the elements that parameters of this request name.
fn set(record: &mut Record, family: &Family, parameters: &Parameters) {
    let fixed = |name: &str| name == family.id || family.arn.as_deref() == Some(name);
    for (name, value) in parameters.iter() {
        if family.fields.iter().any(|field| field == name) && !fixed(name) {
            record.values.insert(name.to_owned(), value.to_owned());
        }
        if let Some(path) = place(&family.places, name) {
            record.values.insert(path, value.to_owned());
        }
    }
}

/// Where a parameter's value stands, if elsewhere: by its whole name, or as a member of a list, by its index.
fn place(places: &BTreeMap<String, String>, name: &str) -> Option<String> {
    if let Some(path) = places.get(name) {
        return Some(path.clone());
    }
    let (list, index) = name.rsplit_once('.')?;
    let index: u32 = index.parse().ok()?;
    places.get(&format!("{list}.*")).map(|path| path.replace('*', &format!("{index:04}")))
}

/// Takes over the values that the source and the new kind have in common, but for name, ARN, status and times.
fn inherit(record: &mut Record, source: &Record, family: &Family) {
    let own = |path: &str| {
        path == family.id
            || path.is_empty()
            || family.arn.as_deref() == Some(path)
            || family.status.as_ref().is_some_and(|(status, _)| status == path)
            || path.ends_with("Time")
            || path.ends_with("Endpoint")
            || path.ends_with("ResourceId")
            || path == "SnapshotType"
    };
    let shared = source.values.iter().filter(|(path, _)| family.fields.contains(path) && !own(path));
    record.values.extend(shared.map(|(path, value)| (path.clone(), value.clone())));
}

fn with_status(record: &Record, family: &Family, status: &str) -> Record {
    let mut shown = record.clone();
    if let Some((path, _)) = &family.status {
        shown.values.insert(path.clone(), status.to_owned());
    }
    shown
}

fn rename(
    store: &mut Store,
    ask: &Ask<'_>,
    (shelf, family): (&Shelf, &Family),
    (old, new): (&str, &str),
) -> Outcome<()> {
    let new = new.to_ascii_lowercase();
    if store.find(shelf, &new).is_some() {
        return Err(family.taken.says(format!("{} already exists: {new}", shelf.family)));
    }
    if let Some(mut record) = store.take(shelf, old) {
        ask.asker.name(&mut record, family, &new);
        store.put(shelf, record);
    }
    Ok(())
}
