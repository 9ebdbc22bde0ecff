//! `/api/check`: evaluates a hypothetical call against the active policies.

use bytes::Bytes;
use serde::Serialize;
use time::OffsetDateTime;

use super::line_within;
use crate::{
    admin::{Panel, answer::Refusal, query::Query},
    authorize::{Circumstances, Opinion, Question},
    aws::{Arn, Region, RequestResource},
    forward::Unmapped,
    policy::{ConfiguredContext, Explanation},
};

/// Maximum number of resources in one request.
const MOST_RESOURCES: usize = 100;

/// Maximum number of condition values in one request.
const MOST_CONTEXT: usize = 100;

/// Maximum size of a response in bytes. It has an entry for each statement and resource.
const LONGEST_ANSWER: usize = 1024 * 1024;

#[derive(Serialize)]
struct Answer<'a> {
    decision: &'static str,
    undetermined: &'a [String],
    action: &'a str,
    region: Option<&'a str>,
    workload: Option<&'a str>,
    decided_by: Option<&'a str>,
    policies: Vec<PolicyAnswer<'a>>,
}

#[derive(Serialize)]
struct PolicyAnswer<'a> {
    name: &'a str,
    version: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

/// Evaluates the call against the active policies.
pub(in crate::admin) fn check(panel: &Panel, query: Option<&str>) -> Result<Bytes, Refusal> {
    let query = Query::parse(query, &["action", "resource", "principal", "context", "region", "workload"])?;
    bounded(&query)?;
    let question = question(&query)?;
    let workload = query.text("workload")?;
    if workload.is_some_and(|name| panel.sources.workloads.iter().all(|known| **known != *name)) {
        return Err(Refusal::query("workload", "there is none of this name"));
    }
    let region = question.region.as_ref();
    let endpoint = panel.sources.destinations.endpoints.iter().find(|endpoint| Some(&endpoint.region) == region);
    let circumstances = Circumstances {
        now: OffsetDateTime::now_utc(),
        endpoint: endpoint.and_then(|endpoint| endpoint.id.as_ref()),
        vpc: endpoint.and_then(|endpoint| endpoint.vpc.as_deref()),
        public: endpoint.is_none() && panel.sources.destinations.unmapped == Unmapped::Public,
        workload,
    };
    let sources = &panel.sources;
    let own = (sources.own_accounts)(workload);
    let opinion = question.ask(&panel.policies(), &sources.judging, &own, &circumstances, &*sources.is_knowable);
    line_within(&answer(&question, workload, &opinion), LONGEST_ANSWER).ok_or_else(|| {
        let detail = format!("the answer would have more than {LONGEST_ANSWER} bytes: ask about fewer resources");
        Refusal::query("resource", detail)
    })
}

fn question(query: &Query) -> Result<Question, Refusal> {
    let Some(action) = query.read("action")? else {
        return Err(Refusal::query("action", "which? As in action=rds:DeleteDBInstance"));
    };
    let resources = query.all("resource").map(resource).collect::<Result<Vec<_>, _>>()?;
    let region = match query.read::<Region>("region")? {
        Some(region) => Some(region),
        None => resources.iter().find_map(|resource| resource.arn.split(':').nth(3)?.parse().ok()),
    };
    let mut context: Vec<(String, Vec<String>)> = Vec::new();
    for pair in query.all("context") {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| key.contains(':')) else {
            return Err(Refusal::query("context", format!("`{pair}` is not KEY=VALUE, as in aws:SourceVpc=vpc-1a2b")));
        };
        match context.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => context.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    let context = ConfiguredContext::new(context);
    Ok(Question { action, resources, principal: query.read("principal")?, region, context })
}

fn resource(text: &str) -> Result<RequestResource, Refusal> {
    if text != "*" {
        let _: Arn = text.parse().map_err(|error| Refusal::query("resource", format!("{error}")))?;
    }
    RequestResource::given(text, None).map_err(|error| Refusal::query("resource", error.to_string()))
}

/// Limits the size of a request to what one call can act on and what a person would send.
fn bounded(query: &Query) -> Result<(), Refusal> {
    for (name, most) in [("resource", MOST_RESOURCES), ("context", MOST_CONTEXT)] {
        let found = query.all(name).count();
        if found > most {
            return Err(Refusal::query(name, format!("it is given {found} times, and {most} are answered at once")));
        }
    }
    Ok(())
}

fn answer<'a>(question: &'a Question, workload: Option<&'a str>, opinion: &'a Opinion) -> Answer<'a> {
    let policies = opinion.policies.iter().map(|opinion| PolicyAnswer {
        name: &opinion.policy.name,
        version: &opinion.policy.version,
        explanation: &opinion.explanation,
    });
    let decided_by = opinion.by.and_then(|place| opinion.policies.get(place));
    Answer {
        decision: opinion.decision,
        undetermined: &opinion.undetermined,
        action: question.action.as_str(),
        region: question.region.as_ref().map(Region::as_str),
        workload,
        decided_by: decided_by.map(|opinion| opinion.policy.name.as_str()),
        policies: policies.collect(),
    }
}
