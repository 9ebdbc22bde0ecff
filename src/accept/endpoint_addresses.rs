//! The addresses of the RDS API that are known, which no tunnel may reach.
//!
//! Kept by name, so that one name's answers say nothing about the addresses of another.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::canonical_address;

/// The addresses that at this moment belong to a configured endpoint or to a name of the RDS API that was resolved.
///
/// Written by the resolvers of `forward`, read by every tunnel: a tunnel to one of them would carry RDS API calls past the
/// policy.
#[derive(Clone, Debug, Default)]
pub struct EndpointAddresses(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    names: RwLock<HashMap<String, Seen>>,
    /// True until the names that are known from the start have been asked for.
    learning: watch::Sender<bool>,
}

/// What a name has resolved to.
#[derive(Debug)]
struct Seen {
    /// When each address was last in an answer.
    addresses: HashMap<IpAddr, Instant>,
    /// When the name was last asked for, with or without an answer.
    asked: Instant,
}

impl EndpointAddresses {
    /// How long an address counts after the last answer that had it, and a name after the last question for it. A name
    /// that is asked for and gives no answer keeps its addresses.
    const KEPT: Duration = Duration::from_secs(3600);

    /// None so far, and no tunnel should be made before [`learned`](Self::learned) is called.
    #[must_use]
    pub fn learning() -> Self {
        let known = Self::default();
        known.0.learning.send_replace(true);
        known
    }

    /// Adds what a name resolved to.
    pub fn add(&self, name: &str, addresses: impl IntoIterator<Item = IpAddr>) {
        self.add_at(Instant::now(), name, addresses);
    }

    /// A name was asked for, and no server answered.
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

    /// The names that are known from the start have been asked for, or have been waited for long enough.
    pub fn learned(&self) {
        self.0.learning.send_replace(false);
    }

    /// Waits until [`learned`](Self::learned) is called.
    pub async fn settled(&self) {
        // The sender lives as long as this does, so there is always an answer.
        let _ = self.0.learning.subscribe().wait_for(|learning| !learning).await;
    }

    /// Whether an address is one of them.
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
