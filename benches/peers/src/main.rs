//! One decision by three engines on the same policy and request: rds-guard, iam-rs and cedar-policy.
//!
//! `cargo run --release` in this folder prints a table; `cargo run --release --bin allocations` counts allocations.

use std::hint::black_box;
use std::time::Duration;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet};
use iam_rs::{Arn, ContextValue, EvaluationOptions, IAMPolicy, IAMRequest, PolicyEvaluator, PrincipalId};
use rds_guard::policy::{Limits, Policy};

mod request;
#[path = "../../policy_workload.rs"]
mod workload;

use request::with_request;
use workload::Line;

fn main() {
    println!("| statements | concerned | rds-guard | iam-rs | cedar-policy | iam-rs ÷ rds-guard | cedar ÷ rds-guard |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (count, concerned) in [(10, 10), (10, 1), (20, 20), (60, 3), (1_000, 20), (1_000, 1_000), (10_000, 20)] {
        let lines = workload::lines(count, concerned);
        let (ours, iam, cedar) = (ours(&lines), iam_rs(&lines), cedar(&lines));
        let ratio = |other: Duration| other.as_secs_f64() / ours.as_secs_f64();
        println!(
            "| {count} | {concerned} | {ours:.2?} | {iam:.2?} | {cedar:.2?} | {:.0} | {:.0} |",
            ratio(iam),
            ratio(cedar)
        );
    }
}

/// The median processor time of one call, of calls in batches that take long enough to be measured. Not the time that
/// passes: the machine may have other work.
fn time(engine: &str, mut call: impl FnMut() -> bool) -> Duration {
    assert!(call(), "{engine} must allow the request");
    let mut batch = 1;
    let mut measure = |batch: u32| {
        let start = processor_time();
        for _ in 0..batch {
            black_box(call());
        }
        (processor_time() - start) / batch
    };
    while measure(batch) * batch < Duration::from_millis(5) {
        batch *= 2;
    }
    let mut times: Vec<Duration> = (0..31).map(|_| measure(batch)).collect();
    times.sort();
    times[times.len() / 2]
}

fn processor_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

fn ours(lines: &[Line]) -> Duration {
    let policy = Policy::parse(&workload::policy_text(lines), &Limits::NONE).expect("a policy");
    with_request(|request| time("rds-guard", || black_box(&policy).evaluate(black_box(request)).is_allow()))
}

fn iam_rs(lines: &[Line]) -> Duration {
    let policy = IAMPolicy::from_json(&workload::policy_text(lines)).expect("a policy");
    let mut context = iam_rs::Context::new();
    for (key, value) in workload::CONTEXT {
        context.insert(key.to_owned(), ContextValue::String(value.to_owned()));
    }
    let principal = iam_rs::Principal::Aws(PrincipalId::String(workload::PRINCIPAL.to_owned()));
    let resource = Arn::parse(workload::RESOURCE).expect("an ARN");
    let request = IAMRequest::new_with_context(principal, workload::ACTION, resource, context);
    // Its limit of 1,000 statements is lifted.
    let options = EvaluationOptions { max_statements: usize::MAX, ..EvaluationOptions::default() };
    let evaluator = PolicyEvaluator::with_policies(vec![policy]).with_options(options);
    time("iam-rs", || {
        black_box(&evaluator)
            .evaluate(black_box(&request))
            .is_ok_and(|result| result.decision == iam_rs::Decision::Allow)
    })
}

/// Cedar has no wildcards for actions and none for one character, so action and resource are texts of the context, and
/// a pattern with `?`, which never matches here, is compared as text.
fn cedar(lines: &[Line]) -> Duration {
    let like = |what: &str, patterns: &[String]| {
        let each: Vec<String> = patterns.iter().map(|pattern| format!(r#"context.{what} like "{pattern}""#)).collect();
        format!("({})", each.join(" || "))
    };
    let policies: Vec<String> = lines
        .iter()
        .map(|line| {
            let effect = if line.effect == "Deny" { "forbid" } else { "permit" };
            let (actions, resources) = (like("action", &line.actions), like("resource", &line.resources));
            let conditions = format!(r#"context.region == "eu-west-1" && context.team == "{}""#, line.team);
            format!("{effect}(principal, action, resource) when {{ {actions} && {resources} && {conditions} }};")
        })
        .collect();
    let policies: PolicySet = policies.join("\n").parse().expect("policies");
    let uid = |text: &str| text.parse::<EntityUid>().expect("an entity");
    let context = serde_json::json!({
        "action": workload::ACTION, "resource": workload::RESOURCE, "region": "eu-west-1", "team": "blue",
    });
    let context = Context::from_json_value(context, None).expect("a context");
    let (principal, action, resource) = (uid(r#"User::"App""#), uid(r#"Action::"Modify""#), uid(r#"Db::"orders""#));
    let request = cedar_policy::Request::new(principal, action, resource, context, None).expect("a request");
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    time("cedar-policy", || {
        let response = authorizer.is_authorized(black_box(&request), black_box(&policies), &entities);
        response.decision() == cedar_policy::Decision::Allow
    })
}
