//! Keeps the credentials fresh in the background: renews them before they expire, and looks up their owner once
//! per key.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::time::sleep;

use super::{Chain, Credentials, Error, Owner, Store};
use crate::aws::PrincipalArn;

/// How long before their expiry credentials are renewed, if they live long enough. AWS provides new ones at least
/// five minutes before the old ones expire.
const BEFORE_END: Duration = Duration::from_secs(300);

/// How often long-lived credentials are read again, in case they were replaced.
const RE_READ: Duration = Duration::from_secs(60);

/// Delay before the source is tried again after a failure: initial and maximum.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Delay before the sources are looked for again if none was configured.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// The principal of the proxy's own credentials. It is reported whenever it changes.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The principal and its unique id, by `sts:GetCallerIdentity`.
    pub owner: Owner,
    /// The role with its path, if the source provides it.
    pub role: Option<PrincipalArn>,
    /// The credentials in use: the newest, and the previous ones, which callers may still sign with.
    pub in_use: Vec<Arc<Credentials>>,
}

/// Renews the credentials for as long as it runs.
pub struct Keeper<T> {
    chain: Chain,
    store: Arc<Store>,
    tell: T,
    /// Newest first.
    in_use: Vec<Arc<Credentials>>,
    owner: Option<Owner>,
    /// The owner that was last reported.
    told: Option<Owner>,
    failures: u32,
    /// The failure that was last logged. A repeated failure is logged once.
    said: Option<Error>,
}

impl<T: Fn(Identity)> Keeper<T> {
    /// A keeper that puts the chain's credentials into the store and reports their owner to `tell`.
    #[must_use]
    pub fn new(chain: Chain, store: Arc<Store>, tell: T) -> Self {
        Self { chain, store, tell, in_use: Vec::new(), owner: None, told: None, failures: 0, said: None }
    }

    /// Runs forever.
    pub async fn run(mut self) {
        loop {
            let pause = self.renew(OffsetDateTime::now_utc()).await;
            sleep(pause).await;
        }
    }

    /// Obtains credentials from the source, and their owner from STS if it is not known yet. Returns the delay
    /// until the next run.
    async fn renew(&mut self, now: OffsetDateTime) -> Duration {
        match self.chain.credentials().await {
            Ok(found) if !found.is_good(now) => self.failed(Error::Malformed {
                asked: found.source,
                what: "gives credentials that have ended; this machine's clock may be wrong".into(),
            }),
            Ok(found) => {
                let next = self.take(found, now);
                match self.identify().await {
                    Ok(()) => {
                        (self.failures, self.said) = (0, None);
                        next
                    }
                    Err(error) => {
                        if self.said.as_ref() != Some(&error) {
                            tracing::warn!(%error, "whose the proxy's own credentials are is not known");
                            self.said = Some(error);
                        }
                        self.back_off().min(next)
                    }
                }
            }
            Err(error) => self.failed(error),
        }
    }

    fn failed(&mut self, error: Error) -> Duration {
        self.store.note(&error.to_string());
        let none = matches!(error, Error::NoSource { .. });
        if self.said.as_ref() != Some(&error) {
            if none {
                tracing::info!("{error}");
            } else {
                tracing::warn!(%error, "the proxy's own credentials are not renewed");
            }
            self.said = Some(error);
        }
        if none { LOOK_AGAIN } else { self.back_off() }
    }

    fn back_off(&mut self) -> Duration {
        let (first, most) = RETRY;
        let pause = first.saturating_mul(2u32.saturating_pow(self.failures)).min(most);
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// Puts credentials into use. Returns the delay until they should be renewed.
    fn take(&mut self, found: Credentials, now: OffsetDateTime) -> Duration {
        let next = match found.expires {
            None => RE_READ,
            Some(expires) => {
                let left = Duration::try_from(expires - now).unwrap_or_default();
                if left > BEFORE_END * 2 { left - BEFORE_END } else { (left / 2).max(RETRY.0) }
            }
        };
        let found = Arc::new(found);
        if self.in_use.first().is_none_or(|newest| newest.access_key_id != found.access_key_id) {
            tracing::info!(source = found.source, access_key_id = %found.access_key_id, "credentials of the proxy's own");
            self.in_use.insert(0, Arc::clone(&found));
            self.in_use.truncate(2);
            self.owner = None;
        } else if let Some(newest) = self.in_use.first_mut() {
            *newest = Arc::clone(&found);
        }
        self.store.put(found);
        next
    }

    /// Looks up the owner of the newest credentials, once.
    async fn identify(&mut self) -> Result<(), Error> {
        let (None, Some(newest)) = (&self.owner, self.in_use.first()) else { return Ok(()) };
        let owner = self.chain.identity(newest).await?;
        if self.told.as_ref().is_some_and(|told| *told != owner) {
            // The previous key belonged to another principal.
            self.in_use.truncate(1);
        }
        let Some(newest) = self.in_use.first() else { return Ok(()) };
        (self.tell)(Identity { owner: owner.clone(), role: newest.role.clone(), in_use: self.in_use.clone() });
        tracing::info!(principal = %owner.principal, "the proxy's own principal");
        self.told = Some(owner.clone());
        self.owner = Some(owner);
        Ok(())
    }
}

impl<T> std::fmt::Debug for Keeper<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").field("in_use", &self.in_use).field("owner", &self.owner).finish_non_exhaustive()
    }
}
