//! Names of the RDS API whose addresses tunnels must not reach, in addition to those that calls go to.
//!
//! An endpoint answers at more addresses than its configured names have, and every region has several public names.
//! Each of them serves any call that is signed for the region, so each is resolved at the start and regularly
//! afterwards.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::Notify;

use super::Destinations;
use crate::aws::{
    Region,
    endpoint::{names_of_region, names_of_vpc_endpoint},
};

/// The maximum number of watched regions. A caller can name any region that is well-formed.
const MOST_REGIONS: usize = 64;

/// The regions and additional names whose addresses are resolved. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Watched(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Additional names, such as those of `[[host]]`, with their regions.
    names: Vec<(String, Region)>,
    regions: RwLock<BTreeSet<Region>>,
    added: Notify,
}

impl Watched {
    /// Watches additional names, and all names that AWS gives the API in their regions.
    #[must_use]
    pub fn new(names: impl IntoIterator<Item = (String, Region)>) -> Self {
        let names: Vec<_> = names.into_iter().filter(|(name, _)| name.parse::<IpAddr>().is_err()).collect();
        let regions = RwLock::new(names.iter().map(|(_, region)| region.clone()).collect());
        Self(Arc::new(Inner { names, regions, added: Notify::new() }))
    }

    /// Adds a region that is in use: its names are watched from now on.
    pub fn add_region(&self, region: &Region) {
        if self.0.regions.read().unwrap_or_else(PoisonError::into_inner).contains(region) {
            return;
        }
        let mut regions = self.0.regions.write().unwrap_or_else(PoisonError::into_inner);
        if regions.len() < MOST_REGIONS && regions.insert(region.clone()) {
            self.0.added.notify_one();
        }
    }

    /// Waits until a new region is added.
    pub(super) async fn added(&self) {
        self.0.added.notified().await;
    }

    /// All names to resolve, with their regions.
    pub(super) fn names(&self, destinations: &Destinations) -> BTreeSet<(String, Region)> {
        let mut names: BTreeSet<(String, Region)> = self.0.names.iter().cloned().collect();
        let mut regions = self.0.regions.read().unwrap_or_else(PoisonError::into_inner).clone();
        for endpoint in &destinations.endpoints {
            regions.insert(endpoint.region.clone());
            let further = endpoint.dns.iter().flat_map(|name| names_of_vpc_endpoint(name));
            names.extend(further.map(|name| (name, endpoint.region.clone())));
        }
        for region in &regions {
            names.extend(names_of_region(region).into_iter().map(|name| (name, region.clone())));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::{Endpoint, FipsRouting, Unmapped};

    fn region(name: &str) -> Region {
        name.parse().unwrap()
    }

    fn names(watched: &Watched, endpoints: Vec<Endpoint>) -> Vec<String> {
        let destinations =
            Destinations { endpoints, hosts: Vec::new(), unmapped: Unmapped::Deny, fips: FipsRouting::Deny };
        watched.names(&destinations).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_other_zones_fips_and_dual_stack_names_of_a_zonal_endpoint_were_tunnelled() {
        let zonal = "vpce-0123456789abcdef0-abcd1234-us-east-1a.rds.us-east-1.vpce.amazonaws.com";
        let endpoint =
            Endpoint { region: region("us-east-1"), dns: vec![zonal.into()], fips: false, id: None, vpc: None };
        let names = names(&Watched::default(), vec![endpoint]);
        for name in [
            "vpce-0123456789abcdef0-abcd1234.rds.us-east-1.vpce.amazonaws.com",
            "vpce-0123456789abcdef0-abcd1234-us-east-1b.rds.us-east-1.vpce.amazonaws.com",
            "vpce-0123456789abcdef0-abcd1234-us-east-1f.rds.us-east-1.vpce.amazonaws.com",
            "rds.us-east-1.amazonaws.com",
            "rds-fips.us-east-1.amazonaws.com",
            "rds.us-east-1.api.aws",
            "rds-fips.us-east-1.api.aws",
            "rds.amazonaws.com",
        ] {
            assert!(names.iter().any(|found| found == name), "{name}");
        }
        assert!(!names.iter().any(|name| name == zonal), "it is asked for as the endpoint's own name");
    }

    #[test]
    fn a_region_in_use_has_all_its_names_watched_without_any_endpoint() {
        let watched = Watched::new([("rds.corp.example".to_owned(), region("us-east-2"))]);
        watched.add_region(&region("cn-north-1"));
        let found = names(&watched, Vec::new());
        for name in [
            "rds.corp.example",
            "rds-preview.us-east-2.amazonaws.com",
            "rds.us-east-2.api.aws",
            "rds-api.cn-north-1.amazonaws.com.cn",
            "rds-fips.cn-north-1.api.amazonwebservices.com.cn",
        ] {
            assert!(found.iter().any(|found| found == name), "{name}");
        }
    }

    #[test]
    fn regions_that_callers_invent_are_bounded() {
        let watched = Watched::default();
        for number in 1..=99 {
            watched.add_region(&region(&format!("ap-south-{number}")));
            watched.add_region(&region(&format!("ap-north-{number}")));
        }
        assert_eq!(watched.0.regions.read().unwrap().len(), MOST_REGIONS);
    }
}
