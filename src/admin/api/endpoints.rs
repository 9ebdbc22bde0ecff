//! `/api/endpoints`: where calls go, and which addresses fail. It reports what the workers already know, without
//! probing.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::Serialize;

use super::{line, nothing};
use crate::{
    admin::{Panel, answer::Refusal},
    forward::{AddressOutlook, Outlook, Unmapped},
};

#[derive(Serialize)]
struct EndpointList {
    workers: usize,
    unmapped: &'static str,
    endpoints: Vec<Endpoint>,
    hosts: Vec<HostDocument>,
}

/// A configured VPC endpoint.
#[derive(Serialize)]
pub(in crate::admin) struct Endpoint {
    pub(in crate::admin) region: String,
    pub(in crate::admin) id: Option<String>,
    vpc: Option<String>,
    pub(in crate::admin) fips: bool,
    pub(in crate::admin) names: Vec<Name>,
}

/// A DNS name of an endpoint.
#[derive(Serialize)]
pub(in crate::admin) struct Name {
    pub(in crate::admin) name: String,
    pub(in crate::admin) by_upstream_proxy: bool,
    pub(in crate::admin) unresolved: Option<String>,
    pub(in crate::admin) addresses: Vec<Address>,
}

/// An address of a name.
#[derive(Serialize)]
pub(in crate::admin) struct Address {
    pub(in crate::admin) address: SocketAddr,
    /// Number of workers that try it last, after the addresses without failures.
    pub(in crate::admin) failing_workers: usize,
    /// The highest number of consecutive failures that any worker has seen.
    pub(in crate::admin) failures: u32,
    /// Seconds since its most recent failure.
    pub(in crate::admin) failed_seconds_ago: Option<u64>,
}

#[derive(Serialize)]
struct HostDocument {
    name: String,
    endpoint: String,
}

/// The endpoints, with the combined knowledge of all workers.
pub(in crate::admin) fn known_endpoints(panel: &Panel) -> Vec<Endpoint> {
    let outlooks: Vec<Outlook> = panel.sources.forwards.iter().flat_map(|forward| forward.outlook()).collect();
    let name = |name: &String| {
        let mut known = Name { name: name.clone(), by_upstream_proxy: false, unresolved: None, addresses: Vec::new() };
        for outlook in outlooks.iter().filter(|outlook| outlook.name == *name) {
            known.by_upstream_proxy |= outlook.is_proxied;
            known.unresolved = known.unresolved.or_else(|| outlook.unresolved.clone());
            outlook.addresses.iter().for_each(|address| note(&mut known.addresses, address));
        }
        known
    };
    let endpoint = |endpoint: &crate::forward::Endpoint| Endpoint {
        region: endpoint.region.to_string(),
        id: endpoint.id.as_ref().map(|id| id.as_str().to_owned()),
        vpc: endpoint.vpc.clone(),
        fips: endpoint.fips,
        names: endpoint.dns.iter().map(name).collect(),
    };
    panel.sources.destinations.endpoints.iter().map(endpoint).collect()
}

/// Merges what one worker knows of an address into what is known already.
fn note(known: &mut Vec<Address>, seen: &AddressOutlook) {
    let found = known.iter().position(|known| known.address == seen.address).unwrap_or_else(|| {
        known.push(Address { address: seen.address, failing_workers: 0, failures: 0, failed_seconds_ago: None });
        known.len() - 1
    });
    if let (Some(known), Some(failing)) = (known.get_mut(found), seen.failing) {
        let ago = failing.ago.as_secs();
        known.failing_workers += 1;
        known.failures = known.failures.max(failing.failures);
        known.failed_seconds_ago = Some(known.failed_seconds_ago.map_or(ago, |other| other.min(ago)));
    }
}

/// The endpoints, the mapped hosts, and what happens to other hosts.
pub(in crate::admin) fn endpoints(panel: &Panel, query: Option<&str>) -> Result<Bytes, Refusal> {
    nothing(query)?;
    let destinations = &panel.sources.destinations;
    let hosts = destinations.hosts.iter();
    Ok(line(&EndpointList {
        workers: panel.sources.forwards.len(),
        unmapped: match destinations.unmapped {
            Unmapped::PrivateDns => "private-dns",
            Unmapped::Deny => "deny",
            Unmapped::Public => "public",
        },
        endpoints: known_endpoints(panel),
        hosts: hosts.map(|(name, to)| HostDocument { name: name.clone(), endpoint: to.clone() }).collect(),
    }))
}
