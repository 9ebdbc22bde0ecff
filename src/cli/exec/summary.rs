//! A one-line summary of the command's calls, for when records are discarded.

use std::fmt;

use crate::record::{Decision, Metrics};

/// Number of calls by decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) allowed: u64,
    pub(super) denied: u64,
}

impl Summary {
    pub(super) fn of(metrics: &Metrics) -> Self {
        Self { allowed: metrics.calls(Decision::Allow), denied: metrics.calls(Decision::Deny) }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allowed, denied } = self;
        let calls = match allowed + denied {
            0 => return writeln!(f, "rds-guard: no RDS API call came by"),
            1 => "1 RDS API call".to_owned(),
            number => format!("{number} RDS API calls"),
        };
        match denied {
            0 => writeln!(f, "rds-guard: {calls}, all allowed"),
            _ => writeln!(f, "rds-guard: {calls}, {denied} denied; --audit FILE records each with its reason"),
        }
    }
}
