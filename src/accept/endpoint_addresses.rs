//! The known addresses of the RDS API, which no tunnel may reach.
//!
//! They are kept per name, so that the answers for one name do not affect the addresses of another.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::canonical_address;

/// The addresses that currently belong to a configured endpoint or to a resolved name of the RDS API.
///
/// Written by the resolvers of `forward`, read by every tunnel: a tunnel to one of these addresses would carry RDS
/// API calls past the policy.
#[derive(Clone, Debug, Default)]
pub struct EndpointAddresses(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    names: RwLock<HashMap<String, Seen>>,
    /// True until the names that are known at the start have been looked up.
    learning: watch::Sender<bool>,
}

/// The addresses that a name has resolved to.
#[derive(Debug)]
struct Seen {
    /// When each address last appeared in an answer.
    addresses: HashMap<IpAddr, Instant>,
    /// When the name was last looked up, with or without an answer.
    asked: Instant,
}

impl EndpointAddresses {
    /// How long an address is kept after the last answer that contained it, and a name after its last lookup. A
    /// name whose lookups get no answer keeps its addresses.
    const KEPT: Duration = Duration::from_secs(3600);

    /// Creates an empty set. No tunnel should be made before [`learned`](Self::learned) is called.
    #[must_use]
    pub fn learning() -> Self {
        let known = Self::default();
        known.0.learning.send_replace(true);
        known
    }

    /// Adds the addresses that a name resolved to.
    pub fn add(&self, name: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        self.add_at(Instant::now(), name, addresses);
    }

    /// Records that a name was looked up and no server answered.
    pub fn unanswered(&self, name: &str) {
        self.unanswered_at(Instant::now(), name);
    }

    fn add_at(&self, now: Instant, name: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        let mut names = self.0.names.write().unwrap_or_else(PoisonError::into_inner);
        let seen = names.entry(name.to_owned()).or_insert_with(|| Seen { addresses: HashMap::default(), asked: now });
        seen.asked = now;
        seen.addresses.extend(addresses.into_iter().map(|address| (canonical_address(address), now)));
        seen.addresses.retain(|_, last| now.duration_since(*last) < Self::KEPT);
        names.retain(|_, seen| !seen.addresses.is_empty() && now.duration_since(seen.asked) < Self::KEPT);
    }

    fn unanswered_at(&self, now: Instant, name: &str) {
        let mut names = self.0.names.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = names.get_mut(name) {
            seen.asked = now;
        }
    }

    /// Marks the initial lookup as done: the names that are known at the start were looked up, or the wait for them
    /// timed out.
    pub fn learned(&self) {
        self.0.learning.send_replace(false);
    }

    /// Waits until [`learned`](Self::learned) is called.
    pub async fn settled(&self) {
        // The sender lives as long as this does, so there is always an answer.
        let _ = self.0.learning.subscribe().wait_for(|learning| !learning).await;
    }

    /// Returns whether an address is in the set.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = canonical_address(address);
        let names = self.0.names.read().unwrap_or_else(PoisonError::into_inner);
        names.values().any(|seen| seen.addresses.contains_key(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_endpoint_whose_name_fails_for_hours_was_forgotten_when_other_names_resolved() {
        let known = EndpointAddresses::default();
        let start = Instant::now();
        known.add_at(start, "vpce.example", [ip("10.0.0.1")]);
        for minute in 1..=600 {
            let now = start + Duration::from_secs(60 * minute);
            known.unanswered_at(now, "vpce.example");
            known.add_at(now, "rds.example", [ip("10.0.0.2")]);
        }
        assert!(known.contains(ip("10.0.0.1")) && known.contains(ip("10.0.0.2")));
    }

    #[test]
    fn an_address_that_answers_no_longer_have_counts_for_an_hour() {
        let known = EndpointAddresses::default();
        let start = Instant::now();
        known.add_at(start, "rds.example", [ip("10.0.0.1"), ip("10.0.0.2")]);
        known.add_at(start + Duration::from_secs(3599), "rds.example", [ip("10.0.0.2")]);
        assert!(known.contains(ip("10.0.0.1")));
        known.add_at(start + Duration::from_secs(3600), "rds.example", [ip("10.0.0.2")]);
        assert!(!known.contains(ip("10.0.0.1")) && known.contains(ip("::ffff:10.0.0.2")));
        known.add_at(start + Duration::from_secs(7200), "rds.example", []);
        assert!(!known.contains(ip("10.0.0.2")), "an answer without addresses is an answer");
    }

    #[test]
    fn names_that_nobody_asks_for_any_more_are_forgotten() {
        let known = EndpointAddresses::default();
        let start = Instant::now();
        known.add_at(start, "rds.eu-west-9.example", [ip("10.0.0.1")]);
        known.add_at(start + EndpointAddresses::KEPT, "rds.example", [ip("10.0.0.2")]);
        assert!(!known.contains(ip("10.0.0.1")));
    }
}
