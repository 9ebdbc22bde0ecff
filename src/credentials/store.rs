//! The current credentials, for signing.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::watch, time::timeout};

use super::Credentials;

/// The current credentials, shared by the whole program: requests read them, the keeper writes them.
#[derive(Debug)]
pub struct Store {
    state: watch::Sender<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    credentials: Option<Arc<Credentials>>,
    /// Why there are none, or no newer ones.
    problem: Option<Arc<str>>,
}

/// A subscription to the changes of a store.
#[derive(Debug)]
pub struct Changes(watch::Receiver<State>);

impl Changes {
    /// Waits for the next change.
    ///
    /// # Errors
    /// [`StoreGone`], immediately, if the store was dropped.
    pub async fn changed(&mut self) -> Result<(), StoreGone> {
        self.0.changed().await.map_err(|_| StoreGone)
    }
}

/// The store was dropped, so there are no further changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is gone")]
pub struct StoreGone;

/// No valid credentials are available for signing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proxy has no credentials to sign with: {why}")]
pub struct Unavailable {
    /// The source's last error.
    pub why: Arc<str>,
}

impl Default for Store {
    fn default() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }
}

impl Store {
    /// Returns the credentials. Waits up to `limit` for the first ones.
    ///
    /// # Errors
    /// There are none, or they have expired and no new ones have arrived.
    pub async fn credentials(&self, limit: Duration) -> Result<Arc<Credentials>, Unavailable> {
        let good = |state: &State| {
            state.credentials.clone().filter(|credentials| credentials.is_good(OffsetDateTime::now_utc()))
        };
        if let Some(credentials) = good(&self.state.borrow()) {
            return Ok(credentials);
        }
        let mut changes = self.state.subscribe();
        // Does not wait for a source that has failed: it is retried in the background.
        let settled = changes.wait_for(|state| good(state).is_some() || state.problem.is_some());
        let _ = timeout(limit, settled).await.map(|found| found.map(drop));
        let state = self.state.borrow();
        good(&state).ok_or_else(|| Unavailable {
            why: state.problem.clone().unwrap_or_else(|| "their source has not answered yet".into()),
        })
    }

    /// The credentials in use, whether or not they are still valid.
    #[must_use]
    pub fn in_use(&self) -> Option<Arc<Credentials>> {
        self.state.borrow().credentials.clone()
    }

    /// Why there are no credentials, or no newer ones; `None` after a success.
    #[must_use]
    pub fn problem(&self) -> Option<Arc<str>> {
        self.state.borrow().problem.clone()
    }

    /// Subscribes to every change, including failures, for as long as the store exists.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.state.subscribe())
    }

    /// Puts credentials into use and clears the problem.
    pub(super) fn put(&self, credentials: Arc<Credentials>) {
        self.state.send_replace(State { credentials: Some(credentials), problem: None });
    }

    /// Records why no credentials arrived. Those in use stay until they expire.
    pub(super) fn note(&self, problem: &str) {
        self.state.send_modify(|state| state.problem = Some(problem.into()));
    }
}
