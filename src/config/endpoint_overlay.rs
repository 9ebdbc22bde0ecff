//! `--endpoint REGION=DNS` and `RDS_GUARD_ENDPOINT__REGION`: endpoints from outside the file, merged into those of
//! the file.

use super::{
    Origin,
    written::{Node, Table, Value},
};

/// DNS names for a region's endpoint, from a variable or a flag.
pub(super) struct Addition {
    region: Node,
    dns: Node,
}

/// The names `dns`, separated by commas, for the endpoint of `region`.
pub(super) fn addition(region: &str, dns: &str, origin: Origin) -> Addition {
    Addition { region: Node::untyped(region.trim(), origin.clone()), dns: Node::untyped(dns, origin) }
}

/// Merges the endpoints of one layer into those of the lower-priority layers. The DNS names of a region that
/// already has an endpoint are replaced, and its policy is kept; other regions are added. FIPS endpoints can be
/// set only in the file.
pub(super) fn overlay(table: &mut Table, additions: Vec<Addition>) {
    let mut regions: Vec<(Node, Vec<Node>)> = Vec::new();
    for Addition { region, dns } in additions {
        match regions.iter_mut().find(|(other, _)| other.text() == region.text()) {
            Some((_, names)) => names.push(dns),
            None => regions.push((region, vec![dns])),
        }
    }
    for (region, names) in regions {
        let origin = region.origin.clone();
        let Some(endpoints) = table.list_mut("endpoint", &origin) else { return };
        let dns = Node { value: Value::List(names), origin: origin.clone() };
        match endpoints.iter_mut().find_map(|endpoint| of_region(endpoint, &region)) {
            Some(endpoint) => endpoint.set("dns", dns),
            None => {
                let mut endpoint = Table::default();
                endpoint.set("region", region);
                endpoint.set("dns", dns);
                endpoints.push(Node { value: Value::Table(endpoint), origin });
            }
        }
    }
}

fn of_region<'a>(endpoint: &'a mut Node, region: &Node) -> Option<&'a mut Table> {
    let Value::Table(table) = &mut endpoint.value else { return None };
    let same = table.get("region").and_then(Node::text) == region.text();
    let fips = matches!(table.get("fips"), Some(Node { value: Value::Boolean(true), .. }));
    (same && !fips).then_some(table)
}
