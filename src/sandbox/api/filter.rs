//! Filters of a list: the requested name, parameters named like an element, and named filters.

use super::{Ask, model::Family, record::Record};
use crate::sandbox::answer::{Outcome, Refusal};

/// The conditions that a record must meet to be listed.
pub(super) struct Filters<'a> {
    /// An element by its path, with the accepted values.
    wanted: Vec<(&'a str, Vec<String>)>,
    /// The requested name. If nothing is found, it is reported as missing.
    must_exist: Option<&'a str>,
}

impl<'a> Filters<'a> {
    /// Reads the filters of a request.
    ///
    /// The requested name counts as an additional value of a filter by name: resources with either are listed.
    pub(super) fn of(ask: &Ask<'a>, family: &'a Family) -> Outcome<Self> {
        let mut wanted = named(ask, family)?;
        let own = ask.operation.id.as_deref();
        let asked = own.and_then(|parameter| ask.parameters.value(parameter)).filter(|value| !value.is_empty());
        if let Some(asked) = asked {
            let name = name_in(asked);
            match wanted.iter_mut().find(|(path, _)| *path == family.id) {
                Some((_, values)) => values.push(name),
                None => wanted.push((&family.id, vec![name])),
            }
        }
        let mut narrowed = false;
        for field in family.fields.iter().map(String::as_str) {
            if Some(field) != own
                && field != family.id
                && let Some(value) = ask.parameters.value(field)
            {
                narrowed |= field.ends_with("Identifier");
                wanted.push((field, vec![name_in(value)]));
            }
        }
        // A name requested within another resource's list may not be in that list, which is not an error.
        Ok(Self { wanted, must_exist: asked.filter(|_| !narrowed) })
    }

    /// The name that must be found.
    pub(super) fn must_exist(&self) -> Option<&'a str> {
        self.must_exist
    }

    /// Whether a record meets all filters.
    pub(super) fn are_met_by(&self, record: &Record) -> bool {
        self.wanted.iter().all(|(path, values)| {
            let found = name_in(record.get(path));
            values.iter().any(|value| found.eq_ignore_ascii_case(value))
        })
    }
}

/// The named filters. Each kind of resource has its own.
fn named<'a>(ask: &Ask<'a>, family: &'a Family) -> Outcome<Vec<(&'a str, Vec<String>)>> {
    let mut filters = Vec::new();
    for (index, [name]) in (1..).zip(ask.parameters.structures("Filters.Filter", ["Name"])) {
        let name = name.unwrap_or_default();
        let path = family
            .filters
            .get(name)
            .ok_or_else(|| Refusal::invalid_value(format!("Unrecognized filter name: {name}")))?;
        let values = ask.parameters.list(&format!("Filters.Filter.{index}.Values.Value"));
        if values.is_empty() {
            return Err(Refusal::invalid_combination(format!("The filter {name} must not be empty.")));
        }
        filters.push((path.as_str(), values.into_iter().map(name_in).collect()));
    }
    Ok(filters)
}

/// The name in an RDS ARN, or the text itself if it is not an ARN. Names of automated snapshots contain a colon.
fn name_in(text: &str) -> String {
    let name = if text.starts_with("arn:") { text.splitn(7, ':').nth(6).unwrap_or(text) } else { text };
    name.to_owned()
}
