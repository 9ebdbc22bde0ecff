//! `/api/policies`, `/api/statements` and `/api/actions`: the active policies, and how often each part of them
//! decided.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use super::{as_moment, as_moments, line, nothing};
use crate::{
    admin::{Panel, answer::Refusal},
    authorize::{NamedPolicy, Policies},
    policy::Effect,
    record::{Count, PolicyTally},
};

#[derive(Serialize)]
struct PolicyList<'p> {
    policies: Vec<PolicyDocument<'p>>,
}

#[derive(Serialize)]
struct PolicyDocument<'p> {
    name: &'p str,
    version: &'p str,
    applies_to: &'p [String],
    #[serde(serialize_with = "as_moment")]
    since: OffsetDateTime,
    full_access: bool,
    characters: usize,
    document: &'p str,
}

#[derive(Serialize)]
struct StatementLists<'p> {
    policies: Vec<StatementList<'p>>,
}

#[derive(Serialize)]
struct StatementList<'p> {
    name: &'p str,
    version: &'p str,
    applies_to: &'p [String],
    #[serde(serialize_with = "as_moment")]
    since: OffsetDateTime,
    statements: Vec<StatementCount<'p>>,
}

/// How often one statement decided.
#[derive(Serialize)]
pub(in crate::admin) struct StatementCount<'p> {
    pub(in crate::admin) index: usize,
    pub(in crate::admin) sid: Option<&'p str>,
    pub(in crate::admin) effect: Effect,
    pub(in crate::admin) line: usize,
    #[serde(flatten, serialize_with = "counted")]
    pub(in crate::admin) count: Count,
}

#[derive(Serialize)]
struct ActionList {
    actions: Vec<ActionCount>,
}

#[derive(Serialize)]
struct ActionCount {
    action: String,
    #[serde(flatten, serialize_with = "counted")]
    count: Count,
}

#[derive(Serialize)]
struct CountDocument {
    allow: u64,
    deny: u64,
    let_pass: u64,
    #[serde(serialize_with = "as_moments")]
    last: Option<OffsetDateTime>,
}

fn counted<S: Serializer>(count: &Count, serializer: S) -> Result<S::Ok, S::Error> {
    let Count { allow, deny, let_pass, last } = *count;
    CountDocument { allow, deny, let_pass, last }.serialize(serializer)
}

/// An active policy and its counters.
pub(in crate::admin) struct InForce {
    pub(in crate::admin) policy: Arc<NamedPolicy>,
    pub(in crate::admin) applies_to: Vec<String>,
    pub(in crate::admin) tally: PolicyTally,
}

impl InForce {
    pub(in crate::admin) fn statements(&self) -> Vec<StatementCount<'_>> {
        let policy = &self.policy.policy;
        let statements = policy.statements().iter().zip(&self.tally.statements).enumerate();
        let shown = statements.map(|(index, (statement, count))| StatementCount {
            index,
            sid: statement.sid(),
            effect: statement.effect(),
            line: policy.position(statement.place()).line,
            count: *count,
        });
        shown.collect()
    }
}

/// The active policies. A policy that applies in several places is listed once.
pub(in crate::admin) fn in_force(panel: &Panel) -> Vec<InForce> {
    let tally = panel.metrics().tally();
    let mut found: Vec<InForce> = Vec::new();
    for (applies_to, policy) in with_purpose(&panel.policies()) {
        let same = |known: &&mut InForce| known.policy.name == policy.name && known.policy.version == policy.version;
        if let Some(known) = found.iter_mut().find(same) {
            known.applies_to.push(applies_to);
            continue;
        }
        let counted = tally.policies.iter().find(|t| t.name == policy.name && t.version == policy.version);
        // A policy becomes active some nanoseconds after its counters are created.
        let Some(tally) = counted.cloned() else { continue };
        found.push(InForce { policy, applies_to: vec![applies_to], tally });
    }
    found
}

/// Every policy and where it applies: to all calls, to those through a region's endpoint, or to those of a
/// workload.
fn with_purpose(policies: &Policies) -> Vec<(String, Arc<NamedPolicy>)> {
    let mut of_regions: Vec<_> = policies.endpoints.iter().collect();
    of_regions.sort_by_key(|(region, _)| region.as_str());
    let mut of_workloads: Vec<_> = policies.workloads.iter().collect();
    of_workloads.sort_by_key(|(name, _)| Arc::clone(name));
    let all = policies.default.iter().map(|policy| ("all".to_owned(), Arc::clone(policy)));
    let regions = of_regions.into_iter().flat_map(|(region, policies)| {
        policies.iter().map(move |policy| (format!("endpoint {region}"), Arc::clone(policy)))
    });
    let workloads = of_workloads.into_iter().map(|(name, policy)| (format!("workload {name}"), Arc::clone(policy)));
    all.chain(regions).chain(workloads).collect()
}

/// The active policies with their texts.
pub(in crate::admin) fn policies(panel: &Panel, query: Option<&str>) -> Result<Bytes, Refusal> {
    nothing(query)?;
    let found = in_force(panel);
    let documents = found.iter().map(|InForce { policy, applies_to, tally }| PolicyDocument {
        name: &policy.name,
        version: &policy.version,
        applies_to,
        since: tally.since,
        full_access: policy.policy.is_full_access(),
        characters: policy.policy.text().chars().count(),
        document: policy.policy.text(),
    });
    Ok(line(&PolicyList { policies: documents.collect() }))
}

/// How often each statement decided.
pub(in crate::admin) fn statements(panel: &Panel, query: Option<&str>) -> Result<Bytes, Refusal> {
    nothing(query)?;
    let found = in_force(panel);
    let lists = found.iter().map(|found| StatementList {
        name: &found.policy.name,
        version: &found.policy.version,
        applies_to: &found.applies_to,
        since: found.tally.since,
        statements: found.statements(),
    });
    Ok(line(&StatementLists { policies: lists.collect() }))
}

/// How often each action was decided on.
pub(in crate::admin) fn actions(panel: &Panel, query: Option<&str>) -> Result<Bytes, Refusal> {
    nothing(query)?;
    let tally = panel.metrics().tally();
    let actions = tally.actions.into_iter().map(|(name, count)| ActionCount {
        // `other` and `none` are not actions. Action names start with a capital letter.
        action: if name.starts_with(char::is_uppercase) { format!("rds:{name}") } else { name.to_owned() },
        count,
    });
    Ok(line(&ActionList { actions: actions.collect() }))
}
