//! Describe operations: one resource by name, or a list in pages.

use super::{
    Ask,
    model::{Family, Model},
    store::{Record, Store},
};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    xml::Element,
};

/// Filter names and the elements they compare with.
const FILTERS: [(&str, &str); 6] = [
    ("db-instance-id", "DBInstanceIdentifier"),
    ("db-cluster-id", "DBClusterIdentifier"),
    ("db-snapshot-id", "DBSnapshotIdentifier"),
    ("db-cluster-snapshot-id", "DBClusterSnapshotIdentifier"),
    ("dbi-resource-id", "DbiResourceId"),
    ("engine", "Engine"),
];

/// A filter that every record of a page meets: an element, and the values it may have.
type Filter<'a> = (&'a str, Vec<&'a str>);

/// A page of a list, with the marker of the next one where there is more.
pub(super) fn page(model: &Model, store: &Store, ask: &Ask<'_>) -> Outcome<Option<Vec<Element>>> {
    let (name, family) = model.subject(ask.operation)?;
    let shelf = ask.asker.shelf(name);
    let size = page_size(ask)?;
    let mut filters = equal_parameters(ask, family);
    filters.extend(named_filters(ask)?);
    let wanted = ask.operation.id.as_deref().and_then(|parameter| ask.parameters.value(parameter));
    if let Some(wanted) = wanted {
        filters.push((&family.id, vec![wanted.rsplit(':').next().unwrap_or(wanted)]));
    }
    let marker = ask.parameters.value("Marker").map_or(Ok(""), unmark)?;
    let meets = |record: &&Record| filters.iter().all(|filter| meets(record, filter));
    let mut records = store.after(&shelf, marker).filter(meets);
    let shown: Vec<&Record> = records.by_ref().take(size).collect();
    let more = records.next().is_some();
    if let (Some(wanted), true) = (wanted, shown.is_empty()) {
        return Err(family.missing.says(format!("{name} {wanted} not found.")));
    }

    let items = shown.iter().map(|record| record.element(&family.item, family)).collect();
    let mut result = vec![Element::parent(&family.list, items)];
    if let (true, Some(last)) = (more, shown.last()) {
        result.push(Element::text("Marker", format!("{MARK}{}", last.id.to_ascii_lowercase())));
    }
    Ok(Some(result))
}

/// Markers are opaque to clients; this sign says that one is ours.
const MARK: &str = "sandbox:";

fn unmark(marker: &str) -> Outcome<&str> {
    marker.strip_prefix(MARK).ok_or_else(|| Refusal::invalid_value("The parameter Marker is not valid."))
}

/// The API reference: "Default: 100. Constraints: Minimum 20, maximum 100."
fn page_size(ask: &Ask<'_>) -> Outcome<usize> {
    let Some(text) = ask.parameters.value("MaxRecords") else { return Ok(100) };
    let size = text.parse().ok().filter(|size| (20..=100).contains(size));
    size.ok_or_else(|| {
        Refusal::invalid_value(format!("Invalid value {text} for MaxRecords. Must be between 20 and 100"))
    })
}

/// Parameters that bear the name of an element narrow the list to the records that have that value.
fn equal_parameters<'a>(ask: &Ask<'a>, family: &'a Family) -> Vec<Filter<'a>> {
    let own = ask.operation.id.as_deref();
    let fields = family.fields.iter().map(String::as_str).filter(|field| Some(*field) != own && *field != family.id);
    fields.filter_map(|field| Some((field, vec![ask.parameters.value(field)?]))).collect()
}

fn named_filters<'a>(ask: &Ask<'a>) -> Outcome<Vec<Filter<'a>>> {
    let given = ask.parameters.structures("Filters.Filter", ["Name"]);
    let mut filters = Vec::new();
    for (index, [name]) in (1..).zip(given) {
        let name = name.unwrap_or_default();
        let (_, element) = FILTERS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| Refusal::invalid_value(format!("Unrecognized filter name: {name}")))?;
        let values = ask.parameters.list(&format!("Filters.Filter.{index}.Values.Value"));
        filters.push((*element, values.iter().map(|value| value.rsplit(':').next().unwrap_or(value)).collect()));
    }
    Ok(filters)
}

fn meets(record: &Record, (element, values): &Filter<'_>) -> bool {
    let found = record.values.get(*element);
    found.is_some_and(|found| values.iter().any(|value| found.eq_ignore_ascii_case(value)))
}
