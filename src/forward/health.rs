//! Which addresses failed of late. They are tried last, and tried anew by themselves, so that no call pays for it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::ClientConfig;
use tokio::time::Instant;

use super::Failing;

/// How long an address rests after its first failure; twice as long after each further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// How long it rests at most.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// How long an address that nobody asks about is remembered.
const REMEMBERED: Duration = Duration::from_secs(600);

/// An address of an endpoint, and what a connection to it needs.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The name that it was found by.
    pub(super) name: Arc<str>,
    /// The address.
    pub(super) address: SocketAddr,
    /// Whether it is that of a proxy, which is asked for the name.
    pub(super) is_proxied: bool,
    /// How its certificate is verified.
    pub(super) tls: Arc<ClientConfig>,
}

/// The memory of failures.
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

/// How an address gets well again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is tried last until then.
    Resting(Instant),
    /// A connection is made to see whether it is well; calls still try it last.
    Probed,
    /// A connection stood, so calls use it again; it is well once one of them was answered.
    OnTrial,
}

impl Health {
    /// Whether an address is to be tried last.
    pub(super) fn is_ailing(&self, address: SocketAddr) -> bool {
        self.locked().get(&address).is_some_and(|ailment| ailment.stage != Stage::OnTrial)
    }

    /// The failures of an address that is to be tried last.
    pub(super) fn failing(&self, address: SocketAddr) -> Option<Failing> {
        let ailing = self.locked();
        let ailment = ailing.get(&address).filter(|ailment| ailment.stage != Stage::OnTrial)?;
        Some(Failing { failures: ailment.failures, ago: ailment.last.elapsed() })
    }

    /// An address failed. True where that is news.
    pub(super) fn failed(&self, candidate: &Candidate) -> bool {
        let now = Instant::now();
        let mut ailing = self.locked();
        let ailment = ailing.entry(candidate.address).or_insert_with(|| Ailment {
            candidate: candidate.clone(),
            failures: 0,
            last: now,
            stage: Stage::OnTrial,
        });
        // Calls that were under way when it failed say the same thing once more.
        if matches!(ailment.stage, Stage::Resting(until) if now < until) {
            return false;
        }
        let rest = FIRST_REST.saturating_mul(1 << ailment.failures.min(5)).min(LONGEST_REST);
        let news = ailment.stage == Stage::OnTrial;
        (ailment.failures, ailment.last) = (ailment.failures.saturating_add(1), now);
        ailment.stage = Stage::Resting(now + rest);
        news
    }

    /// A connection to an address stands.
    pub(super) fn connected(&self, address: SocketAddr) {
        if let Some(ailment) = self.locked().get_mut(&address) {
            ailment.stage = Stage::OnTrial;
        }
    }

    /// An address has answered a call.
    pub(super) fn answered(&self, address: SocketAddr) {
        let mut ailing = self.locked();
        if !ailing.is_empty() {
            ailing.remove(&address);
        }
    }

    /// The addresses that have rested long enough, each given out once: a connection to it must be tried, and
    /// [`connected`](Self::connected) or [`failed`](Self::failed) told. Forgets addresses that are no longer `listed`, and
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
