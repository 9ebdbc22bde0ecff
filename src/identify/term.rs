//! Whether credentials are temporary, and since when: the basis of `aws:TokenIssueTime`.

use std::time::Duration;

use time::OffsetDateTime;

use super::sigv4::timestamp::parse_http;
use crate::aws::AccessKeyId;

/// The maximum clock difference within STS. OURS: AWS promises nothing; its services are synchronised far better.
const CLOCKS: Duration = Duration::from_secs(2);

/// Whether credentials are temporary, as far as it is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A user's access key, which was not issued by STS.
    LongLived,
    /// STS issued them at an unknown time.
    Temporary,
    /// STS issued them between these two points in time, by its own clock.
    Issued {
        /// Not before.
        from: OffsetDateTime,
        /// Not later.
        until: OffsetDateTime,
    },
    /// Not known.
    Unknown,
}

impl Term {
    /// The term that the prefix of an access key id implies.
    ///
    /// Source: IAM User Guide, "IAM identifiers", unique identifiers: `AKIA` is an access key, `ASIA` a temporary one.
    #[must_use]
    pub fn of_key(id: &AccessKeyId) -> Self {
        match id.as_str().get(..4) {
            Some("AKIA") => Self::LongLived,
            Some("ASIA") => Self::Temporary,
            Some(_) | None => Self::Unknown,
        }
    }

    /// The term of credentials from an answer of STS: `date` is the answer's `Date`, `took` the time since the
    /// request.
    ///
    /// STS reports when credentials expire and not when they were issued, but they were issued while it worked on
    /// the answer. Its `Date` is truncated to the second.
    #[must_use]
    pub fn of_answer(date: Option<&str>, took: Duration) -> Self {
        let issued = || {
            let date = parse_http(date?)?;
            let from = date.checked_sub((took + CLOCKS).try_into().ok()?)?;
            let until = date.checked_add((Duration::from_secs(1) + CLOCKS).try_into().ok()?)?;
            Some(Self::Issued { from, until })
        };
        issued().unwrap_or(Self::Temporary)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_prefix_says_whether_a_key_is_temporary_and_others_say_nothing() {
        let of = |id: &str| Term::of_key(&id.parse().unwrap());
        assert_eq!(of("AKIAIOSFODNN7EXAMPLE"), Term::LongLived);
        assert_eq!(of("ASIAIOSFODNN7EXAMPLE"), Term::Temporary);
        assert_eq!(of("ABIAIOSFODNN7EXAMPLE"), Term::Unknown);
    }

    #[test]
    fn an_answer_bounds_when_its_credentials_were_issued() {
        let of = |date| Term::of_answer(date, Duration::from_secs(4));
        let (from, until) = (datetime!(2026-11-24 11:59:54 UTC), datetime!(2026-11-24 12:00:03 UTC));
        assert_eq!(of(Some("Tue, 24 Nov 2026 12:00:00 GMT")), Term::Issued { from, until });
        assert_eq!(of(Some("yesterday")), Term::Temporary);
        assert_eq!(of(None), Term::Temporary);
    }
}
