//! `[limits]`, `[[rate_limit]]` and `[drain]`: limits on concurrency, on rates, and on the time for shutdown.

use std::{num::NonZeroUsize, time::Duration};

use crate::{
    aws::ActionPattern,
    config::{
        ByteSize, Origin,
        choice::choice,
        problem::Misdeed,
        section::Section,
        value::{Setting, Wrong, from_text, quoted},
        written::{Node, Value},
    },
};

/// The values of `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of connections. Beyond it, no further ones are accepted until one closes.
    pub connections: NonZeroUsize,
    /// Maximum number of requests in progress.
    pub in_flight: NonZeroUsize,
    /// Maximum size of a request body.
    pub body: ByteSize,
    /// Maximum total size of all buffered bodies.
    pub buffered: ByteSize,
    /// Time limit for receiving a request's head.
    pub head_time: Duration,
    /// Time limit for receiving a request's body.
    pub body_time: Duration,
}

/// One `[[rate_limit]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateLimit {
    /// The actions that it limits, as a pattern such as `rds:Delete*`.
    pub action: ActionPattern,
    /// Average number of calls per second.
    pub per_second: f64,
    /// Maximum number of calls in a burst.
    pub burst: NonZeroUsize,
    /// Who shares the limit.
    pub by: RateLimitBy,
    /// Where it is configured.
    pub origin: Origin,
}

/// The values of `[drain]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// The time without a new connection or request after which the proxy exits.
    pub quiet: Duration,
    /// The time after which the proxy exits in any case.
    pub limit: Duration,
}

choice! {
    /// Who shares a rate limit.
    RateLimitBy, "\"principal\" or \"all\"" {
        /// Each principal has its own.
        Principal = "principal",
        /// All principals share one.
        All = "all",
    }
}

impl Default for Limits {
    fn default() -> Self {
        const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(1000).unwrap();
        const IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(256).unwrap();
        Self {
            connections: CONNECTIONS,
            in_flight: IN_FLIGHT,
            body: ByteSize::from_mebibytes(1),
            buffered: ByteSize::from_mebibytes(8),
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
        }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self { quiet: Duration::from_secs(20), limit: Duration::from_secs(25) }
    }
}

impl Limits {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut limits = Self::default();
        section.set("connections", &mut limits.connections);
        section.set("in_flight", &mut limits.in_flight);
        let body = section.set("body", &mut limits.body);
        let buffered = section.set("buffered", &mut limits.buffered);
        section.set("head_time", &mut limits.head_time);
        section.set("body_time", &mut limits.body_time);
        if limits.buffered < limits.body {
            let origin = if buffered == Origin::Default { body } else { buffered };
            let contradiction =
                format!("is {}, less than one body may have (`limits.body` is {})", limits.buffered, limits.body);
            section.problem(origin, Misdeed::Contradiction { key: "limits.buffered".to_owned(), contradiction });
        }
        section.finish();
        limits
    }
}

impl RateLimit {
    pub(in crate::config) fn read(section: &mut Section<'_>) -> Option<Self> {
        let (action, _) = section.require::<ActionPattern>("action");
        let (per_second, _) = section.require::<Rate>("per_second");
        let (burst, _) = section.require::<NonZeroUsize>("burst");
        let mut by = RateLimitBy::Principal;
        section.set("by", &mut by);
        let Rate(per_second) = per_second?;
        Some(Self { action: action?, per_second, burst: burst?, by, origin: section.origin().clone() })
    }
}

impl Drain {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut drain = Self::default();
        let quiet = section.set("quiet", &mut drain.quiet);
        let limit = section.set("limit", &mut drain.limit);
        if drain.limit < drain.quiet {
            let origin = if limit == Origin::Default { quiet } else { limit };
            let contradiction = format!(
                "is {}, less than `drain.quiet`, {}: the proxy would never see that long a quiet",
                drain.limit.show(),
                drain.quiet.show()
            );
            section.problem(origin, Misdeed::Contradiction { key: "drain.limit".to_owned(), contradiction });
        }
        section.finish();
        drain
    }
}

impl Setting for ActionPattern {
    const EXPECTED: &'static str = "an action pattern such as \"rds:Delete*\" or \"*\"";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        from_text(node, |text| text.parse().ok())
    }

    fn show(&self) -> String {
        quoted(self.as_str())
    }
}

/// A number per second, above 0.
struct Rate(f64);

impl Setting for Rate {
    const EXPECTED: &'static str = "a number above 0";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        let number = match &node.value {
            Value::Number(digits) | Value::Untyped(digits) => digits.parse::<f64>().ok(),
            Value::Text(_) | Value::Boolean(_) | Value::Datetime(_) | Value::List(_) | Value::Table(_) => None,
        };
        let number = number.filter(|number| number.is_finite() && *number > 0.0);
        number.map(Self).ok_or_else(|| vec![Wrong::whole(node)])
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}
