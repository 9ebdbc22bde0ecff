//! Describe operations: list one resource by name, or all in pages.

use super::{Answered, Ask, World, filter::Filters, model::Family, record::Record};
use crate::sandbox::{
    answer::{Outcome, Refusal},
    xml::Element,
};

/// A page of the caller's resources of a kind, with the marker of the next page if there are more.
pub(super) fn page(world: &mut World<'_>, ask: &Ask<'_>) -> Answered {
    let (name, family) = world.model.subject(ask.operation)?;
    let records: Vec<&Record> = world.store.all(&ask.asker.shelf(name)).collect();
    page_of(ask, (name, family), records)
}

/// A page of these resources, which must be sorted by name.
pub(super) fn page_of(ask: &Ask<'_>, (name, family): (&str, &Family), records: Vec<&Record>) -> Answered {
    let size = page_size(ask)?;
    let filters = Filters::of(ask, family)?;
    let marker = ask.parameters.value("Marker").map_or(Ok(""), unmark)?;
    let mut records = records
        .into_iter()
        .filter(|record| record.id.to_ascii_lowercase().as_str() > marker && filters.are_met_by(record));
    let shown: Vec<&Record> = records.by_ref().take(size).collect();
    let more = records.next().is_some();
    if let (Some(wanted), true) = (filters.must_exist(), shown.is_empty()) {
        return Err(family.missing.of(name, wanted));
    }
    let items = shown.iter().map(|record| record.element(&family.item, family)).collect();
    let mut result = vec![Element::parent(&family.list, items)];
    if let (true, Some(last)) = (more, shown.last()) {
        result.push(Element::text("Marker", format!("{MARK}{}", last.id.to_ascii_lowercase())));
    }
    Ok(Some(result))
}

/// Prefix of the sandbox's markers. They are opaque to clients.
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
