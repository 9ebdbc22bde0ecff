//! `[limits]`, `[[rate_limit]]` and `[drain]`: how much at once, how often, and how long at the end.

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

/// `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; beyond them accepting waits.
    pub connections: NonZeroUsize,
    /// Requests under way at once.
    pub in_flight: NonZeroUsize,
    /// The longest body of a request.
    pub body: ByteSize,
    /// The most that all buffered bodies take together.
    pub buffered: ByteSize,
    /// How long a request's head may take to arrive.
    pub head_time: Duration,
    /// How long a request's body may take to arrive.
    pub body_time: Duration,
}

/// `[[rate_limit]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateLimit {
    /// The actions that count, a pattern such as `rds:Delete*`.
    pub action: ActionPattern,
    /// How many a second, on average.
    pub per_second: f64,
    /// How many at once.
    pub burst: NonZeroUsize,
    /// Who shares the limit.
    pub by: RateLimitBy,
    /// Where it is configured.
    pub origin: Origin,
}

/// `[drain]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drain {
    /// How long nothing new must come before the proxy ends.
    pub quiet: Duration,
    /// When it ends at the latest.
    pub limit: Duration,
}

choice! {
    /// Who shares a rate limit.
    RateLimitBy, "\"principal\" or \"all\"" {
        /// Each principal has its own.
        Principal = "principal",
        /// All share one.
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

/// A number of times a second, above 0.
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
