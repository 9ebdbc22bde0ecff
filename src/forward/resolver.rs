//! Resolves names to addresses, keeps them for as long as the answers are valid, and checks them before they are
//! dialled.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use tokio::time::{Instant, timeout};

use super::{
    Destination, Error,
    dns::{Ask, Found, Nothing},
};
use crate::accept::{AddressClass, EndpointAddresses, canonical_address, is_own_address};

/// How long before an answer expires it is refreshed.
const AHEAD: Duration = Duration::from_secs(2);

/// Minimum time between lookups of a name after one that no server answered.
const RETRY: Duration = Duration::from_secs(1);

/// How long a call waits for a new answer while there is an old one.
const PATIENCE: Duration = Duration::from_millis(500);

/// How long an old answer is used while no server gives a new one (RFC 8767, 5 allows days).
const STALE: Duration = Duration::from_secs(3600);

/// How long after its last use a name is still refreshed in the background.
const IN_USE: Duration = Duration::from_secs(600);

/// The maximum number of names that are kept: a caller can name any region that is well-formed.
const MOST_NAMES: usize = 256;

/// One `--resolve HOST:PORT:ADDR[:PORT2]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveOverride {
    /// The name, lower case.
    pub host: String,
    /// The port that would be dialled.
    pub port: u16,
    /// The address and port that are dialled instead.
    pub to: SocketAddr,
}

/// The purpose of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A call will go to the addresses.
    Call,
    /// Tunnels must not reach the addresses.
    Learn,
}

/// Resolves the names of endpoints.
#[derive(Debug)]
pub(super) struct Resolver<A> {
    overrides: Vec<ResolveOverride>,
    private: Vec<IpNet>,
    known: EndpointAddresses,
    asked: A,
    names: Mutex<HashMap<String, Arc<Name>>>,
}

#[derive(Debug)]
struct Name {
    state: Mutex<State>,
    /// Locked during a lookup: calls that arrive meanwhile share the answer.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    answer: Option<Answer>,
    /// Why there is no newer answer, and since when.
    failure: Option<(Nothing, Instant)>,
    used: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Answer {
    addresses: Vec<IpAddr>,
    until: Instant,
}

impl Name {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The result without a lookup; `None` if a lookup is due.
    fn settled(&self, now: Instant) -> Option<Result<Vec<IpAddr>, Nothing>> {
        if let Some(answer) = self.answer.as_ref().filter(|answer| now < answer.until) {
            return Some(Ok(answer.addresses.clone()));
        }
        let (_, since) = self.failure.as_ref()?;
        let fallback = self.fallback(now);
        // A name in use is refreshed in the background: calls need not wait as long as they have an old answer.
        let asked_for = self.used.is_some_and(|used| now.duration_since(used) < IN_USE);
        (now.duration_since(*since) < RETRY || (asked_for && fallback.is_ok())).then_some(fallback)
    }

    /// The result if no server answers: an old answer if it is not too old, otherwise the reason.
    fn fallback(&self, now: Instant) -> Result<Vec<IpAddr>, Nothing> {
        match (&self.answer, &self.failure) {
            (Some(answer), _) if now < answer.until + STALE => Ok(answer.addresses.clone()),
            (_, Some((failure, _))) => Err(failure.clone()),
            (_, None) => Err(Nothing::Silence("no answer from DNS yet".into())),
        }
    }
}

impl<A: Ask> Resolver<A> {
    /// Creates a resolver that adds the addresses it finds to `known`. `private` lists additional networks that
    /// count as private.
    pub(super) fn new(
        overrides: Vec<ResolveOverride>,
        private: Vec<IpNet>,
        known: EndpointAddresses,
        asked: A,
    ) -> Self {
        Self { overrides, private, known, asked, names: Mutex::default() }
    }

    /// Resolves one of the destination's names on port 443; the addresses are in the order of the answer.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if there are none or one must not be dialled, [`Error::NotPrivate`].
    pub(super) async fn addresses(
        &self,
        name: &str,
        destination: &Destination,
        purpose: Purpose,
    ) -> Result<Vec<SocketAddr>, Error> {
        let given: Vec<SocketAddr> = self.given(name).collect();
        if !given.is_empty() {
            self.known.add(name, given.iter().map(SocketAddr::ip));
            return Ok(given);
        }
        let found = self.resolve(name, purpose).await.map_err(|nothing| {
            match &nothing {
                Nothing::Absent(_) => self.known.add(name, []),
                Nothing::Silence(_) => self.known.unanswered(name),
            }
            let (Nothing::Absent(detail) | Nothing::Silence(detail)) = nothing;
            Error::Unreachable { detail }
        })?;
        // Added with every use: an address that is valid for long must not be forgotten meanwhile.
        self.known.add(name, found.iter().copied());
        for address in &found {
            self.check_private(name, *address, destination)?;
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, 443)).collect())
    }

    /// Whether an address belongs to a name according to the last answer; true if nothing is known of the name.
    pub(super) fn lists(&self, name: &str, address: SocketAddr) -> bool {
        if self.given(name).next().is_some() {
            return true;
        }
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = names.get(name) else { return true };
        let state = known.state();
        match (&state.answer, &state.failure) {
            (Some(answer), _) => answer.addresses.contains(&address.ip()),
            (None, Some((Nothing::Absent(_), _))) => false,
            (None, Some((Nothing::Silence(_), _)) | None) => true,
        }
    }

    /// The addresses of a name according to the last answer, without a query.
    pub(super) fn known(&self, name: &str) -> Vec<SocketAddr> {
        let given: Vec<SocketAddr> = self.given(name).collect();
        if !given.is_empty() {
            return given;
        }
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = names.get(name).and_then(|name| name.state().answer.clone());
        answer.into_iter().flat_map(|answer| answer.addresses).map(|address| SocketAddr::new(address, 443)).collect()
    }

    /// Why there is no newer answer for a name; `None` unless its last lookup failed.
    pub(super) fn unresolved(&self, name: &str) -> Option<String> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let state = names.get(name)?.state();
        state.failure.as_ref().map(|(Nothing::Absent(detail) | Nothing::Silence(detail), _)| detail.clone())
    }

    /// Whether the last lookup of a name was answered, including the answer that it does not exist.
    pub(super) fn is_answered(&self, name: &str) -> bool {
        if self.given(name).next().is_some() {
            return true;
        }
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = names.get(name) else { return false };
        let state = known.state();
        match &state.failure {
            Some((Nothing::Silence(_), _)) => false,
            Some((Nothing::Absent(_), _)) => true,
            None => state.answer.is_some(),
        }
    }

    /// The names in use whose answers are about to expire. Forgets names that are not used any more.
    pub(super) fn due(&self) -> Vec<String> {
        let now = Instant::now();
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|_, name| {
            let state = name.state();
            let used = state.used.is_some_and(|used| now.duration_since(used) < STALE);
            used || state.answer.as_ref().is_some_and(|answer| now < answer.until)
        });
        let due = names.iter().filter(|(_, name)| {
            let state = name.state();
            let in_use = state.used.is_some_and(|used| now.duration_since(used) < IN_USE);
            let failed = state.failure.as_ref().is_some_and(|(_, since)| now.duration_since(*since) < RETRY);
            in_use && !failed && state.answer.as_ref().is_none_or(|answer| answer.until <= now + AHEAD)
        });
        due.map(|(name, _)| name.clone()).collect()
    }

    /// Looks up a name, unless a lookup is already in progress.
    pub(super) async fn refresh(&self, name: &str) {
        let known = self.name(name);
        let Ok(_asking) = known.asking.try_lock() else { return };
        self.ask(name, &known).await;
    }

    fn given(&self, name: &str) -> impl Iterator<Item = SocketAddr> {
        let of = move |entry: &&ResolveOverride| entry.port == 443 && entry.host.eq_ignore_ascii_case(name);
        self.overrides.iter().filter(of).map(|entry| entry.to)
    }

    async fn resolve(&self, name: &str, purpose: Purpose) -> Result<Vec<IpAddr>, Nothing> {
        let known = self.name(name);
        let has_old = {
            let mut state = known.state();
            let now = Instant::now();
            if purpose == Purpose::Call {
                state.used = Some(now);
            }
            if let Some(settled) = state.settled(now) {
                return settled;
            }
            state.fallback(now).is_ok()
        };
        let asking = async {
            let _asking = known.asking.lock().await;
            // Another task may have looked it up while this one waited.
            if known.state().settled(Instant::now()).is_none() {
                self.ask(name, &known).await;
            }
        };
        // Calls do not wait for silent servers while there is an old answer; a lookup has its own time limit.
        let patience = if has_old { PATIENCE } else { Duration::MAX };
        if timeout(patience, asking).await.is_err() {
            known.state().failure = Some((Nothing::Silence(format!("{name}: DNS is slow")), Instant::now()));
        }
        known.state().fallback(Instant::now())
    }

    async fn ask(&self, name: &str, known: &Name) {
        let found = self.asked.ask(name).await.and_then(|found| check_way(name, found));
        let now = Instant::now();
        let mut state = known.state();
        match found {
            Ok(Found { addresses, ttl }) => {
                // An answer with a time to live of zero serves the calls of one second.
                let until = now + ttl.clamp(RETRY, Duration::from_secs(86_400));
                (state.answer, state.failure) = (Some(Answer { addresses, until }), None);
            }
            Err(nothing @ Nothing::Absent(_)) => (state.answer, state.failure) = (None, Some((nothing, now))),
            Err(nothing @ Nothing::Silence(_)) => {
                tracing::warn!(name, ?nothing, "no name server answers for a name");
                state.failure = Some((nothing, now));
            }
        }
    }

    fn name(&self, name: &str) -> Arc<Name> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return Arc::clone(known);
        }
        if names.len() >= MOST_NAMES {
            let oldest = names.iter().min_by_key(|(_, name)| name.state().used).map(|(name, _)| name.clone());
            oldest.map(|oldest| names.remove(&oldest));
        }
        let state = Mutex::new(State { answer: None, failure: None, used: None });
        let known = Arc::new(Name { state, asking: tokio::sync::Mutex::default() });
        names.insert(name.to_owned(), Arc::clone(&known));
        known
    }

    fn check_private(&self, name: &str, address: IpAddr, destination: &Destination) -> Result<(), Error> {
        let private = AddressClass::of(address) == AddressClass::Private
            || self.private.iter().any(|network| network.contains(&canonical_address(address)));
        if destination.require_private && !private {
            let region = destination.region.clone();
            return Err(Error::NotPrivate { region, name: name.to_owned(), address });
        }
        Ok(())
    }
}

/// Rejects an answer that leads back to this proxy.
fn check_way(name: &str, found: Found) -> Result<Found, Nothing> {
    let back = |address: &&IpAddr| {
        let class = AddressClass::of(**address);
        matches!(class, AddressClass::Loopback | AddressClass::Metadata)
            || is_own_address(**address)
            || is_own_address(canonical_address(**address))
    };
    match found.addresses.iter().find(back) {
        None => Ok(found),
        Some(address) => {
            let detail = format!("{name} resolves to {address}, which leads back to this host and not to the service");
            Err(Nothing::Absent(detail))
        }
    }
}
