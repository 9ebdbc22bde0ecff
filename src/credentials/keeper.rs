//! Keeps the credentials fresh, in the background: renewed before they end, their owner asked for once for each key.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::time::sleep;

use super::{Chain, Credentials, Error, Owner, Store};
use crate::aws::PrincipalArn;

/// How long before their end credentials are renewed, if they live long enough for it. AWS gives new ones from five
/// minutes before on at the latest.
const BEFORE_END: Duration = Duration::from_secs(300);

/// How often long-lived credentials are read again: somebody may have written others.
const RE_READ: Duration = Duration::from_secs(60);

/// How long after a failure the source is asked again: at first, and at most.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// How long after none of the sources was there they are looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// Whose the proxy's credentials are, told whenever that changes.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The principal by `sts:GetCallerIdentity`, and its own id.
    pub owner: Owner,
    /// The role with its path, where the source tells it.
    pub role: Option<PrincipalArn>,
    /// The credentials in use: the newest, and those before them, which callers may still sign with.
    pub in_use: Vec<Arc<Credentials>>,
}

/// Renews credentials as long as it runs.
pub struct Keeper<T> {
    chain: Chain,
    store: Arc<Store>,
    tell: T,
    /// The newest first.
    in_use: Vec<Arc<Credentials>>,
    owner: Option<Owner>,
    /// Who was told of last.
    told: Option<Owner>,
    failures: u32,
    /// What was last said of a failure: it is said once, however often it comes again.
    said: Option<Error>,
}

impl<T: Fn(Identity)> Keeper<T> {
    /// A keeper that puts what the chain gives into the store, and tells whose it is.
    #[must_use]
    pub fn new(chain: Chain, store: Arc<Store>, tell: T) -> Self {
        Self { chain, store, tell, in_use: Vec::new(), owner: None, told: None, failures: 0, said: None }
    }

    /// Runs for ever.
    pub async fn run(mut self) {
        loop {
            let pause = self.renew(OffsetDateTime::now_utc()).await;
            sleep(pause).await;
        }
    }

    /// Asks the source, and then STS where the owner of the newest key is not known. Gives the time to the next look.
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

    /// Puts credentials into use; gives the time until they are to be renewed.
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

    /// Asks whose the newest credentials are, once.
    async fn identify(&mut self) -> Result<(), Error> {
        let (None, Some(newest)) = (&self.owner, self.in_use.first()) else { return Ok(()) };
        let owner = self.chain.identity(newest).await?;
        if self.told.as_ref().is_some_and(|told| *told != owner) {
            // The key before was somebody else's.
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
