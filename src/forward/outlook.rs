//! What is known of the endpoints at the moment, without asking anybody: for the page that shows it.

use std::{net::SocketAddr, time::Duration};

use super::Forward;
use crate::aws::Region;

/// What one runtime knows of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The name.
    pub name: String,
    /// The region that it serves.
    pub region: Region,
    /// Whether an upstream proxy is asked for it: then its addresses are not known here.
    pub is_proxied: bool,
    /// Its addresses by the last answer of DNS.
    pub addresses: Vec<AddressOutlook>,
    /// Why there is no newer answer.
    pub unresolved: Option<String>,
}

/// What one runtime knows of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressOutlook {
    /// The address.
    pub address: SocketAddr,
    /// Its failures, where it is tried last because of them.
    pub failing: Option<Failing>,
}

/// How an address fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// How often one after the other.
    pub failures: u32,
    /// How long ago the last one was.
    pub ago: Duration,
}

impl Forward {
    /// Every name of every endpoint, in the order of the configuration.
    #[must_use]
    pub fn outlook(&self) -> Vec<Outlook> {
        let of_regions = self.0.destinations.endpoints.iter();
        let names = of_regions.flat_map(|endpoint| endpoint.dns.iter().map(|name| (name, &endpoint.region)));
        names.map(|(name, region)| self.0.connector.outlook(name, region)).collect()
    }
}
