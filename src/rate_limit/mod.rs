//! How often calls may be made: what the policy lets pass still has to find a place in its rate.
//!
//! A stage of its own behind `authorize`: a rate can refuse what a policy allows, never allow what it refuses, and a call
//! that the policy refuses takes no part of anybody's rate.

mod bucket;

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bucket::Bucket;

use crate::{
    aws::{ActionPattern, PrincipalKind},
    identify::Caller,
};

/// The most callers of one limit that are told apart. Those beyond share one bucket until another's is full again.
pub const MAX_CALLERS: usize = 4096;

/// How often buckets are looked through for some that are full again, at most.
const SWEEP: Duration = Duration::from_secs(1);

/// A rate for some actions.
#[derive(Clone, Debug, PartialEq)]
pub struct RateLimit {
    /// The actions that count.
    pub action: ActionPattern,
    /// How many a second, on average; above 0.
    pub per_second: f64,
    /// How many at once after a pause.
    pub burst: NonZeroUsize,
    /// Who shares it.
    pub by: By,
}

/// Who shares a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Each principal has its own: a user, a role whatever its session, or, where the principal is not known, an access
    /// key id.
    Principal,
    /// All share one.
    All,
}

/// A call came too early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rate exceeded: {limit}")]
pub struct Exceeded {
    /// The limit in words, as configured.
    pub limit: String,
}

/// The limits with what has been taken of them. One for the process; all methods may be called from any thread.
#[derive(Debug)]
pub struct RateLimits {
    limits: Box<[RateLimit]>,
    taken: Mutex<Box<[Taken]>>,
}

/// What has been taken of one limit.
#[derive(Debug)]
struct Taken {
    /// Of `By::All`, and of callers for whom there is no place among `callers`.
    shared: Bucket,
    callers: HashMap<Box<str>, Bucket>,
    swept: Option<Instant>,
}

impl RateLimits {
    /// Limits of which nothing has been taken.
    #[must_use]
    pub fn new(limits: Vec<RateLimit>) -> Self {
        let bucket = |limit: &RateLimit| Bucket::new(limit.per_second, limit.burst);
        let taken =
            limits.iter().map(|limit| Taken { shared: bucket(limit), callers: HashMap::new(), swept: None }).collect();
        Self { limits: limits.into(), taken: Mutex::new(taken) }
    }

    /// Whether there is no limit at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// Takes a place in every limit that counts an action, or in none.
    ///
    /// # Errors
    /// The first limit, as configured, that has no place left.
    pub fn take(&self, action: &str, caller: &Caller, now: Instant) -> Result<(), Exceeded> {
        if !self.limits.iter().any(|limit| limit.action.matches(action)) {
            return Ok(());
        }
        let name = caller_name(caller);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = Vec::new();
        for (limit, taken) in self.limits.iter().zip(taken.iter_mut()) {
            if limit.action.matches(action) {
                let bucket = match limit.by {
                    By::All => &mut taken.shared,
                    By::Principal => taken.of(&name, limit, now),
                };
                if !bucket.has_place(now) {
                    return Err(Exceeded { limit: limit.to_string() });
                }
                places.push(bucket);
            }
        }
        places.into_iter().for_each(|bucket| bucket.take(now));
        Ok(())
    }
}

impl Taken {
    /// The bucket of a caller. A new one gets the shared bucket where there is no place for another: no number of names
    /// makes this grow, or takes away what somebody has used up.
    fn of(&mut self, name: &str, limit: &RateLimit, now: Instant) -> &mut Bucket {
        let is_full = self.callers.len() >= MAX_CALLERS && !self.callers.contains_key(name);
        if is_full && self.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP) {
            // A bucket that is full again is as good as none.
            self.callers.retain(|_, bucket| !bucket.is_full(now));
            self.swept = Some(now);
        }
        if self.callers.len() >= MAX_CALLERS && !self.callers.contains_key(name) {
            return &mut self.shared;
        }
        self.callers.entry(name.into()).or_insert_with(|| Bucket::new(limit.per_second, limit.burst))
    }
}

/// Who a rate is for: the principal as `aws:PrincipalArn` has it, so that sessions of a role are one; else the access key
/// id; else nobody, who is one caller too.
fn caller_name(caller: &Caller) -> String {
    match &caller.principal {
        Some(principal) => match principal.kind() {
            PrincipalKind::AssumedRole | PrincipalKind::Role => {
                format!("{} role {}", principal.account(), principal.name().unwrap_or_default())
            }
            PrincipalKind::Root | PrincipalKind::User | PrincipalKind::FederatedUser => principal.as_str().to_owned(),
        },
        None => caller.access_key_id.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

impl std::fmt::Display for RateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { action, per_second, burst, by } = self;
        let who = match by {
            By::Principal => "by each principal",
            By::All => "by all together",
        };
        write!(f, "`{action}` may be called {per_second} times a second {who}, {burst} at once")
    }
}

#[cfg(test)]
mod tests;
