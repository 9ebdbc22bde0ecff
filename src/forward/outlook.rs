//! The current state of the endpoints, without sending any query: for the admin page.

use std::{net::SocketAddr, time::Duration};

use super::Forward;
use crate::aws::Region;

/// The state of a name in one runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The name.
    pub name: String,
    /// The region that it serves.
    pub region: Region,
    /// Whether it is reached by an upstream proxy; its addresses are not known here then.
    pub is_proxied: bool,
    /// Its addresses according to the last DNS answer.
    pub addresses: Vec<AddressOutlook>,
    /// Why there is no newer answer; `None` if the last lookup succeeded.
    pub unresolved: Option<String>,
}

/// The state of an address in one runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressOutlook {
    /// The address.
    pub address: SocketAddr,
    /// Its failures; `None` unless it is tried last because of them.
    pub failing: Option<Failing>,
}

/// The recent failures of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The number of consecutive failures.
    pub failures: u32,
    /// The time since the last one.
    pub ago: Duration,
}

impl Forward {
    /// Returns the state of every name of every endpoint, in the order of the configuration.
    #[must_use]
    pub fn outlook(&self) -> Vec<Outlook> {
        let of_regions = self.0.destinations.endpoints.iter();
        let names = of_regions.flat_map(|endpoint| endpoint.dns.iter().map(|name| (name, &endpoint.region)));
        names.map(|(name, region)| self.0.connector.outlook(name, region)).collect()
    }
}
