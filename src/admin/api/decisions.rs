//! `/api/decisions`: the last records, in the form of the decision log.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    admin::{Panel, answer::Refusal, query::Query},
    record::{Decision, Kept, Kind},
};

/// Selects records.
#[derive(Debug)]
pub(in crate::admin) struct Filter {
    pub(in crate::admin) limit: usize,
    pub(in crate::admin) decision: Option<Decision>,
    pub(in crate::admin) kind: Option<Kind>,
    pub(in crate::admin) action: Option<String>,
    pub(in crate::admin) workload: Option<String>,
}

/// Number of records that are returned by default.
const FEW: usize = 50;

/// The number of records that are kept, and so the maximum that can be returned.
const ALL: usize = 500;

impl Filter {
    /// Parses a query.
    ///
    /// # Errors
    /// A parameter is unknown or malformed.
    pub(in crate::admin) fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        let query = Query::parse(query, &["limit", "decision", "kind", "action", "workload"])?;
        let limit = match query.text("limit")? {
            None => FEW,
            Some(text) => {
                let number = text.parse().ok().filter(|number| (1..=ALL).contains(number));
                number.ok_or_else(|| Refusal::query("limit", format!("`{text}` is not a number from 1 to {ALL}")))?
            }
        };
        let decision = match query.text("decision")? {
            None => None,
            Some("allow") => Some(Decision::Allow),
            Some("deny") => Some(Decision::Deny),
            Some(other) => return Err(Refusal::query("decision", format!("`{other}` is neither `allow` nor `deny`"))),
        };
        let kind = match query.text("kind")? {
            None => None,
            Some("rds") => Some(Kind::Rds),
            Some("tunnel") => Some(Kind::Tunnel),
            Some("connection") => Some(Kind::Connection),
            Some(other) => {
                let detail = format!("`{other}` is not `rds`, `tunnel` or `connection`");
                return Err(Refusal::query("kind", detail));
            }
        };
        let owned = |name| Ok::<_, Refusal>(query.text(name)?.map(str::to_owned));
        Ok(Self { limit, decision, kind, action: owned("action")?, workload: owned("workload")? })
    }

    /// The records that match, newest first.
    pub(in crate::admin) fn of(&self, panel: &Panel) -> Vec<Arc<Kept>> {
        let kept = panel.sources.recorder.recent().newest().into_iter();
        kept.filter(|kept| self.lets_through(kept)).take(self.limit).collect()
    }

    fn lets_through(&self, kept: &Kept) -> bool {
        // AWS compares actions without regard to letter case.
        let same_action = |wanted: &String| {
            kept.action.as_ref().is_some_and(|action| {
                let name = action.strip_prefix("rds:").unwrap_or(action);
                action.eq_ignore_ascii_case(wanted) || name.eq_ignore_ascii_case(wanted)
            })
        };
        self.decision.is_none_or(|decision| kept.decision == decision)
            && self.kind.is_none_or(|kind| kept.kind == kind)
            && self.action.as_ref().is_none_or(same_action)
            && self.workload.as_ref().is_none_or(|workload| kept.workload.as_ref() == Some(workload))
    }
}

/// The records that match the query. Their bytes are shared with the kept records, not copied.
pub(in crate::admin) fn decisions(panel: &Panel, query: Option<&str>) -> Result<Vec<Bytes>, Refusal> {
    let mut pieces = vec![Bytes::from_static(b"{\"decisions\":[")];
    for (place, kept) in Filter::parse(query)?.of(panel).into_iter().enumerate() {
        pieces.push(Bytes::from_static(if place == 0 { b"\n" } else { b",\n" }));
        pieces.push(kept.json.clone());
    }
    pieces.push(Bytes::from_static(b"\n]}\n"));
    Ok(pieces)
}
