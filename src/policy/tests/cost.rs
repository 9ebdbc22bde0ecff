//! What a decision takes grows with the request and with the policy, never with their product more than once.

use crate::aws::{RequestResource, ResourceKind};
use crate::policy::steps::{Steps, taken_by};
use crate::policy::{Decision, Limits, Policy, Principal, Request, RequestContext};

/// The account is not known, and what is denied are others.
fn resources(count: usize) -> Vec<RequestResource> {
    let arn = |at: usize| format!("arn:aws:rds:eu-west-1:unknown:db:name-{at}");
    (0..count).map(|at| RequestResource { arn: arn(at).into(), kind: ResourceKind::Exact }).collect()
}

/// An Allow of everything, and statements of `effect`, each with two patterns and two conditions.
fn policy(effect: &str, statements: usize, resource: &str, value: &str) -> Policy {
    let statement = |at: usize| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": ["rds:*", "rds:Register*", "*"],
                "Resource": ["{}", "arn:aws:rds:*:*:cluster:{at}"],
                "Condition": {{"StringEquals": {{"guard:UnlistedParam/{value}{at}": "x", "guard:UnlistedParam/{value}": "{value}"}}}}}}"#,
            resource.replace('#', &at.to_string())
        )
    };
    let all: Vec<String> = (0..statements).map(statement).collect();
    let allow = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    Policy::parse(&format!(r#"{{"Statement": [{}, {allow}]}}"#, all.join(",")), &Limits::NONE).unwrap()
}

/// A decision and all that is asked of it for a record and an answer.
fn steps(policy: &Policy, resources: &[RequestResource]) -> Steps {
    let mut context = RequestContext::new();
    context.insert_unknown("guard:UnlistedParam/unknown*");
    context.insert("guard:UnlistedParam/known", "known");
    for at in 0..1_000 {
        context.insert(&format!("guard:UnlistedParam/known{at}"), "x");
    }
    let request =
        Request { action: "rds:RegisterDBProxyTargets", principal: Principal::Unknown, resources, context: &context };
    taken_by(|| {
        let decision = policy.evaluate(&request);
        let reasons = decision.grounds().reasons();
        assert_eq!(reasons.statement.is_none(), matches!(decision, Decision::ImplicitDeny(_)));
    })
}

/// Policies whose statements match nothing, may match, and match for certain, denying and allowing.
fn shapes() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut shapes = Vec::new();
    for effect in ["Deny", "Allow"] {
        for resource in ["arn:aws:rds:*:*:db:other-#", "arn:aws:rds:*:#*:*", "arn:aws:rds:*:*:db:name-*"] {
            shapes.extend(["absent", "unknown", "known"].map(|value| (effect, resource, value)));
        }
    }
    shapes
}

#[test]
fn conditions_are_evaluated_as_often_for_a_hundred_resources_as_for_one() {
    for (effect, resource, value) in shapes() {
        let policy = policy(effect, 40, resource, value);
        let (one, many) = (steps(&policy, &resources(1)), steps(&policy, &resources(100)));
        assert!(many.conditions <= one.conditions.max(4 * 81), "{effect} {resource} {value}: {one:?} {many:?}");
        // Two for each statement: to decide, to say why, and to name what is not known.
        assert!(many.conditions <= 4 * 81, "{effect} {resource} {value}: {many:?}");
    }
}

#[test]
fn twice_the_resources_or_twice_the_statements_take_at_most_twice_the_comparisons() {
    for (effect, resource, value) in shapes() {
        let of = |statements: usize, count: usize| {
            steps(&policy(effect, statements, resource, value), &resources(count)).patterns
        };
        let (few, more, longer) = (of(40, 50), of(40, 100), of(80, 50));
        // A twentieth more is left for where a name or a statement happens to end a comparison early.
        let most = 2 * few + few / 20 + 10;
        assert!(more <= most, "{effect} {resource} {value}: {few} {more}");
        assert!(longer <= most, "{effect} {resource} {value}: {few} {longer}");
        // Once to decide, and at most five times to say why: patterns are few, and passes are not by resource.
        assert!(few <= 6 * 81 * 50, "{effect} {resource} {value}: {few}");
    }
}

#[test]
fn a_certain_deny_ends_the_work() {
    let policy = policy("Deny", 40, "arn:aws:rds:*:*:db:name-*", "known");
    let context = {
        let mut context = RequestContext::new();
        context.insert("guard:UnlistedParam/known", "known");
        context.insert("guard:UnlistedParam/known0", "x");
        context
    };
    let resources = resources(100);
    let request = Request {
        action: "rds:RegisterDBProxyTargets",
        principal: Principal::Unknown,
        resources: &resources,
        context: &context,
    };
    let steps = taken_by(|| assert_eq!(policy.evaluate(&request).as_str(), "explicit_deny"));
    assert_eq!((steps.patterns, steps.conditions), (1, 2));
}

#[test]
fn a_list_or_value_beyond_what_the_api_has_is_not_compared_and_a_deny_on_it_applies() {
    let text = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {
            "ForAnyValue:StringLike": {"aws:TagKeys": "*secret*"}}},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {
            "StringLike": {"aws:UserAgent": "*bad*"}}},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:Referer": "bad"}}}]}"#;
    let policy = Policy::parse(text, &Limits::default()).unwrap();
    let judged = |tags: usize, agent: usize, referer: usize| {
        let mut context = RequestContext::new();
        context.insert_list("aws:TagKeys", (0..tags).map(|at| format!("k{at}")).collect());
        context.insert("aws:UserAgent", "a".repeat(agent));
        context.insert("aws:Referer", "a".repeat(referer));
        let request = Request { action: "rds:X", principal: Principal::Unknown, resources: &[], context: &context };
        let decision = policy.evaluate(&request);
        (decision.as_str(), decision.grounds().undetermined())
    };
    assert_eq!(judged(100, 4_096, 1_000_000), ("allow", vec![]));
    assert_eq!(judged(101, 1, 1), ("explicit_deny", vec!["aws:TagKeys".to_owned()]));
    assert_eq!(judged(1, 4_097, 1), ("explicit_deny", vec!["aws:UserAgent".to_owned()]));
}
