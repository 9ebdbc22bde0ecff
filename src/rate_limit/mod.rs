//! Rate limits: a call that the policy allows must also fit its rate.
//!
//! This is a stage of its own after `authorize`: a rate can refuse what a policy allows, never allow what it
//! refuses, and a call that the policy refuses does not count against any rate.

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

/// The maximum number of callers that one limit distinguishes. Further callers share one bucket until another
/// caller's bucket is full again.
pub const MAX_CALLERS: usize = 4096;

/// Minimum time between searches for buckets that are full again.
const SWEEP: Duration = Duration::from_secs(1);

/// A rate limit for some actions.
#[derive(Clone, Debug, PartialEq)]
pub struct RateLimit {
    /// The actions that are counted.
    pub action: ActionPattern,
    /// The average number per second; above 0.
    pub per_second: f64,
    /// The number of calls allowed at once after a pause.
    pub burst: NonZeroUsize,
    /// Who shares the rate.
    pub by: By,
}

/// Who shares a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Each principal has its own: a user, a role (all its sessions together), or, if the principal is not known,
    /// an access key id.
    Principal,
    /// All callers share one.
    All,
}

/// A call that exceeds a rate limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rate exceeded: {limit}")]
pub struct Exceeded {
    /// The limit as configured, as text.
    pub limit: String,
}

/// The limits with their current usage. One for the process; all methods may be called from any thread.
#[derive(Debug)]
pub struct RateLimits {
    limits: Box<[RateLimit]>,
    taken: Mutex<Box<[Taken]>>,
}

/// The current usage of one limit.
#[derive(Debug)]
struct Taken {
    /// For `By::All`, and for callers that do not fit in `callers`.
    shared: Bucket,
    callers: HashMap<Box<str>, Bucket>,
    swept: Option<Instant>,
}

impl RateLimits {
    /// Creates limits with no usage.
    #[must_use]
    pub fn new(limits: Vec<RateLimit>) -> Self {
        let bucket = |limit: &RateLimit| Bucket::new(limit.per_second, limit.burst);
        let taken =
            limits.iter().map(|limit| Taken { shared: bucket(limit), callers: HashMap::new(), swept: None }).collect();
        Self { limits: limits.into(), taken: Mutex::new(taken) }
    }

    /// Returns whether there are no limits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// Takes a token from every limit that counts this action, or from none.
    ///
    /// # Errors
    /// The first limit, in the order of the configuration, that is exhausted.
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
    /// The bucket of a caller. A new caller gets the shared bucket if there is no room for another: no number of
    /// names can make this grow, or reset the usage of a caller.
    fn of(&mut self, name: &str, limit: &RateLimit, now: Instant) -> &mut Bucket {
        let is_full = self.callers.len() >= MAX_CALLERS && !self.callers.contains_key(name);
        if is_full && self.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP) {
            // A bucket that is full again need not be kept.
            self.callers.retain(|_, bucket| !bucket.is_full(now));
            self.swept = Some(now);
        }
        if self.callers.len() >= MAX_CALLERS && !self.callers.contains_key(name) {
            return &mut self.shared;
        }
        self.callers.entry(name.into()).or_insert_with(|| Bucket::new(limit.per_second, limit.burst))
    }
}

/// The name that a rate is counted for: the principal as in `aws:PrincipalArn`, so that all sessions of a role
/// count together; else the access key id; else the empty identity, which counts as one caller.
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
