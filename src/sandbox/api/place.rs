//! Maps the parameters of a request to elements of the resource.

use std::collections::BTreeSet;

use super::{model::Family, record::Record};
use crate::sandbox::parameters::Parameters;

/// Sets the elements that the request's parameters correspond to: those with the same name, or at the path in the
/// table. A list in the request replaces the previous one.
pub(super) fn set(record: &mut Record, family: &Family, parameters: &Parameters) {
    let fixed = |name: &str| name == family.id || family.arn.as_deref() == Some(name);
    let mut begun = BTreeSet::new();
    for (name, value) in parameters.iter() {
        if family.fields.iter().any(|field| field == name) && !fixed(name) {
            record.set(name, value);
        }
        if let Some(path) = family.places.get(name) {
            record.set(path, value);
        }
        let Some((list, number, rest)) = member(family, name) else { continue };
        if begun.insert(list) {
            record.clear(list);
        }
        let item = format!("{list}#{number:04}");
        record.set(&format!("{item}{rest}"), value);
        for (beside, text) in family.beside.get(list).into_iter().flatten() {
            record.set(&format!("{item}.{beside}"), text);
        }
    }
}

/// The list, the index and the path below it, if a parameter is a member of a list or a part of one:
/// `VpcSecurityGroupIds.VpcSecurityGroupId.1` with the place
/// `VpcSecurityGroups.VpcSecurityGroupMembership#*.VpcSecurityGroupId`.
fn member<'f>(family: &'f Family, name: &str) -> Option<(&'f str, u32, String)> {
    family.places.iter().find_map(|(pattern, place)| {
        let rest = name.strip_prefix(pattern.strip_suffix('*')?)?;
        let (number, rest) = rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot));
        let (list, below) = place.split_once("#*")?;
        Some((list, number.parse().ok()?, format!("{below}{rest}")))
    })
}
