//! The credentials in use now, for whoever signs with them.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::watch, time::timeout};

use super::Credentials;

/// Holds the credentials in use. One for the program; requests read it, the keeper writes it.
#[derive(Debug)]
pub struct Store {
    state: watch::Sender<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    credentials: Option<Arc<Credentials>>,
    /// Why there are none, or none newer.
    problem: Option<Arc<str>>,
}

/// Changes of a store.
#[derive(Debug)]
pub struct Changes(watch::Receiver<State>);

impl Changes {
    /// Waits for the next one.
    ///
    /// # Errors
    /// [`StoreGone`], at once.
    pub async fn changed(&mut self) -> Result<(), StoreGone> {
        self.0.changed().await.map_err(|_| StoreGone)
    }
}

/// There is no store any more whose changes could be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is gone")]
pub struct StoreGone;

/// There are no credentials that could sign now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proxy has no credentials to sign with: {why}")]
pub struct Unavailable {
    /// What the source last said.
    pub why: Arc<str>,
}

impl Default for Store {
    fn default() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }
}

impl Store {
    /// The credentials, waiting this long for the first ones.
    ///
    /// # Errors
    /// There are none, or they have ended and no new ones have come.
    pub async fn credentials(&self, limit: Duration) -> Result<Arc<Credentials>, Unavailable> {
        let good = |state: &State| {
            state.credentials.clone().filter(|credentials| credentials.is_good(OffsetDateTime::now_utc()))
        };
        if let Some(credentials) = good(&self.state.borrow()) {
            return Ok(credentials);
        }
        let mut changes = self.state.subscribe();
        // A source that has said no is not waited for: it is asked again in the background.
        let settled = changes.wait_for(|state| good(state).is_some() || state.problem.is_some());
        let _ = timeout(limit, settled).await.map(|found| found.map(drop));
        let state = self.state.borrow();
        good(&state).ok_or_else(|| Unavailable {
            why: state.problem.clone().unwrap_or_else(|| "their source has not answered yet".into()),
        })
    }

    /// The credentials in use, good or not.
    #[must_use]
    pub fn in_use(&self) -> Option<Arc<Credentials>> {
        self.state.borrow().credentials.clone()
    }

    /// Why there are none, or none newer; nothing while all is well.
    #[must_use]
    pub fn problem(&self) -> Option<Arc<str>> {
        self.state.borrow().problem.clone()
    }

    /// Tells of every change, good or bad, as long as the store lives.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.state.subscribe())
    }

    /// Puts credentials into use.
    pub(super) fn put(&self, credentials: Arc<Credentials>) {
        self.state.send_replace(State { credentials: Some(credentials), problem: None });
    }

    /// Notes why none came. Those in use stay so until they end.
    pub(super) fn note(&self, problem: &str) {
        self.state.send_modify(|state| state.problem = Some(problem.into()));
    }
}
