//! A cache of signed leaves, each kept until two thirds of its validity are over.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use super::{Error, issuer::Issuer, issuer::Leaf, permitted::canonical_host};

/// The leaves of one issuer, by canonical host name.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    by_host: RwLock<HashMap<String, Leaf>>,
}

impl Leaves {
    /// The maximum number of hosts. A client can name any number of VPC endpoints, and each such name gets a leaf
    /// before the request inside is refused.
    const MOST: usize = 1024;

    /// The leaf of a host, signed now if the cache has no fresh one.
    pub(super) fn get(&self, host: &str, issuer: &Issuer, now: OffsetDateTime) -> Result<Arc<CertifiedKey>, Error> {
        if let Some(key) = self.fresh(host, now) {
            return Ok(key);
        }
        let name = canonical_host(host)?;
        if let Some(key) = self.fresh(&name, now) {
            return Ok(key);
        }
        let leaf = issuer.issue(&name, now)?;
        let key = Arc::clone(&leaf.key);
        let mut by_host = self.by_host.write().unwrap_or_else(PoisonError::into_inner);
        if by_host.len() >= Self::MOST {
            by_host.clear();
        }
        by_host.insert(name, leaf);
        Ok(key)
    }

    fn fresh(&self, host: &str, now: OffsetDateTime) -> Option<Arc<CertifiedKey>> {
        let by_host = self.by_host.read().unwrap_or_else(PoisonError::into_inner);
        // With a clock that was set back, a leaf appears not to be valid yet.
        by_host.get(host).filter(|leaf| leaf.not_before <= now && now < leaf.renew_at).map(|leaf| Arc::clone(&leaf.key))
    }
}
