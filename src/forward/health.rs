//! Addresses that failed recently. They are tried last, and retried in the background, so that no call waits for
//! it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::ClientConfig;
use tokio::time::Instant;

use super::Failing;

/// How long an address is paused after its first failure; the time doubles with each further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// How long an unused address is remembered.
const REMEMBERED: Duration = Duration::from_secs(600);

/// An address of an endpoint, with what is needed to connect to it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The name that resolved to it.
    pub(super) name: Arc<str>,
    /// The address.
    pub(super) address: SocketAddr,
    /// Whether it is the address of an upstream proxy, which connects to the name.
    pub(super) is_proxied: bool,
    /// How its certificate is verified.
    pub(super) tls: Arc<ClientConfig>,
}

/// The record of failures.
#[derive(Debug, Default)]
pub(super) struct Health {
    ailing: Mutex<HashMap<SocketAddr, Ailment>>,
}

#[derive(Debug)]
struct Ailment {
    candidate: Candidate,
    failures: u32,
    last: Instant,
    stage: Stage,
}

/// The stages of an address's recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is tried last until this time.
    Resting(Instant),
    /// A probe connection is being made; calls still try it last.
    Probed,
    /// A connection succeeded, so calls use it again; it is healthy once one of them has been answered.
    OnTrial,
}

impl Health {
    /// Returns whether an address is to be tried last.
    pub(super) fn is_ailing(&self, address: SocketAddr) -> bool {
        self.locked().get(&address).is_some_and(|ailment| ailment.stage != Stage::OnTrial)
    }

    /// Returns the failures of an address that is to be tried last.
    pub(super) fn failing(&self, address: SocketAddr) -> Option<Failing> {
        let ailing = self.locked();
        let ailment = ailing.get(&address).filter(|ailment| ailment.stage != Stage::OnTrial)?;
        Some(Failing { failures: ailment.failures, ago: ailment.last.elapsed() })
    }

    /// Records a failure; returns true if the address was healthy before.
    pub(super) fn failed(&self, candidate: &Candidate) -> bool {
        let now = Instant::now();
        let mut ailing = self.locked();
        let ailment = ailing.entry(candidate.address).or_insert_with(|| Ailment {
            candidate: candidate.clone(),
            failures: 0,
            last: now,
            stage: Stage::OnTrial,
        });
        // Calls that were in progress when it failed report the same failure again.
        if matches!(ailment.stage, Stage::Resting(until) if now < until) {
            return false;
        }
        let rest = FIRST_REST.saturating_mul(1 << ailment.failures.min(5)).min(LONGEST_REST);
        let news = ailment.stage == Stage::OnTrial;
        (ailment.failures, ailment.last) = (ailment.failures.saturating_add(1), now);
        ailment.stage = Stage::Resting(now + rest);
        news
    }

    /// Records that a connection to an address was established.
    pub(super) fn connected(&self, address: SocketAddr) {
        if let Some(ailment) = self.locked().get_mut(&address) {
            ailment.stage = Stage::OnTrial;
        }
    }

    /// Records that an address has answered a call.
    pub(super) fn answered(&self, address: SocketAddr) {
        let mut ailing = self.locked();
        if !ailing.is_empty() {
            ailing.remove(&address);
        }
    }

    /// Returns the addresses whose pause is over, each only once: the caller must try a connection and then call
    /// [`connected`](Self::connected) or [`failed`](Self::failed). Drops addresses that are no longer `listed`, and
    /// those whose failure is long ago.
    pub(super) fn due(&self, listed: impl Fn(&Candidate) -> bool) -> Vec<Candidate> {
        let now = Instant::now();
        let mut ailing = self.locked();
        ailing.retain(|_, ailment| {
            let forgotten = ailment.stage == Stage::OnTrial && now.duration_since(ailment.last) > REMEMBERED;
            !forgotten && listed(&ailment.candidate)
        });
        let mut due = Vec::new();
        for ailment in ailing.values_mut() {
            if matches!(ailment.stage, Stage::Resting(until) if until <= now) {
                ailment.stage = Stage::Probed;
                due.push(ailment.candidate.clone());
            }
        }
        due
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<SocketAddr, Ailment>> {
        self.ailing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
