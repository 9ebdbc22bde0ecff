//! The cost of a decision grows with the size of the request and of the policy, and at most with their product.

use crate::aws::{RequestResource, ResourceKind};
use crate::policy::decision::Certainty;
use crate::policy::steps::{MOST, Steps, limited, spent_by, taken_by};
use crate::policy::{Decision, Limits, Policy, Principal, Request, RequestContext, Undetermined, evaluate_all};

/// Resources in an unknown account.
fn resources(count: usize) -> Vec<RequestResource> {
    let arn = |at: usize| format!("arn:aws:rds:eu-west-1:unknown:db:name-{at}");
    (0..count).map(|at| RequestResource { arn: arn(at).into(), kind: ResourceKind::Exact }).collect()
}

/// A policy with an Allow of everything, and statements of `effect`, each with three actions, two resources and two
/// conditions.
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

/// The cost of a decision with all its reasons, as computed for a record and an answer.
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

/// Policies whose statements match nothing, may match, or certainly match, denying and allowing.
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
        // Two conditions for each statement: to decide, to compute the reasons, and to name the unknown keys.
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
        // Another twentieth is allowed for names or statements that happen to end a comparison early.
        let most = 2 * few + few / 20 + 10;
        assert!(more <= most, "{effect} {resource} {value}: {few} {more}");
        assert!(longer <= most, "{effect} {resource} {value}: {few} {longer}");
        // Once to decide, and at most five times for the reasons: patterns are few, and passes are not by resource.
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

/// A policy of the maximum length: entries of `pattern`, in which `#` is a number of twelve digits, and an Allow of
/// everything.
fn full_policy(effect: &str, element: &str, pattern: &str) -> Policy {
    let frame = |entries: &str| {
        format!(
            r#"{{"Statement": [{{"Effect": "{effect}", "Principal": "*", "Action": "*", "{element}": [{entries}]}},
                {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}]}}"#
        )
    };
    let count = (20_480 - frame("").len()) / (pattern.replace('#', &"1".repeat(12)).len() + 3);
    let entry = |at: usize| format!("\"{}\"", pattern.replace('#', &(210_000_000_000 + at).to_string()));
    Policy::parse(&frame(&(0..count).map(entry).collect::<Vec<_>>().join(",")), &Limits::default()).unwrap()
}

fn named(account: &str, name: &str, count: usize) -> Vec<RequestResource> {
    let arn = |at: usize| format!("arn:aws:rds:eu-west-1:{account}:db:{name}{at:02}");
    (0..count).map(|at| RequestResource { arn: arn(at).into(), kind: ResourceKind::Exact }).collect()
}

#[test]
fn a_hundred_resources_under_three_full_policies_of_plain_patterns_take_less_than_a_decision_may() {
    let patterns = [
        "arn:aws:rds:*:#:*",
        "arn:aws:rds:*:#:db:prod-*",
        "arn:aws:rds:eu-west-1:123456789012:db:team-#-*",
        "arn:aws:rds:*:*:cluster:*-#",
        "*-#",
    ];
    for pattern in patterns {
        for (effect, element) in [("Deny", "Resource"), ("Allow", "Resource"), ("Allow", "NotResource")] {
            let policy = full_policy(effect, element, pattern);
            for account in ["123456789012", "unknown"] {
                let resources = named(account, "team-service-production-", 100);
                let context = RequestContext::new();
                let request = Request {
                    action: "rds:X",
                    principal: Principal::Unknown,
                    resources: &resources,
                    context: &context,
                };
                let spent = spent_by(|| {
                    assert!(evaluate_all([&policy, &policy, &policy], &request, Undetermined::Deny).is_some());
                });
                assert!(spent < MOST, "{effect} {element} {pattern} {account}: {spent}");
            }
        }
    }
}

#[test]
fn what_takes_more_steps_than_a_decision_may_is_denied_whatever_is_left_to_aws() {
    for pattern in ["*a?aaaaaaaaaaaaaaaaaaaa?b*", "*a*a*a*a*a*a*a*a*b?*"] {
        for (effect, element) in [("Deny", "Resource"), ("Deny", "NotResource"), ("Allow", "NotResource")] {
            let policy = full_policy(effect, element, pattern);
            let resources = named("123456789012", &"a".repeat(240), 100);
            let context = RequestContext::new();
            let request =
                Request { action: "rds:X", principal: Principal::Unknown, resources: &resources, context: &context };
            let mut is_finished = false;
            for undetermined in [Undetermined::Deny, Undetermined::Defer] {
                let decision = policy.evaluate_with(&request, undetermined);
                is_finished = decision.grounds().outcome().1 != Certainty::Unfinished;
                if is_finished {
                    continue;
                }
                assert!(!decision.is_allow() && decision.is_undetermined(), "{pattern} {effect} {element}");
                let reasons = decision.grounds().reasons();
                assert_eq!(reasons.undetermined, ["guard:DecisionSteps"]);
                assert!(reasons.statement.is_none() && reasons.resource.is_none());
                assert!(decision.grounds().statements().is_empty());
            }
            assert!(!is_finished || element == "NotResource", "{pattern} {effect} {element}");
        }
    }
}

#[test]
fn a_deny_that_was_found_before_the_steps_were_used_up_is_certain() {
    let heavy = full_policy("Deny", "Resource", "*a?aaaaaaaaaaaaaaaaaaaa?b*");
    let deny = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let deny = Policy::parse(deny, &Limits::default()).unwrap();
    let resources = named("123456789012", &"a".repeat(240), 100);
    let context = RequestContext::new();
    let request = Request { action: "rds:X", principal: Principal::Unknown, resources: &resources, context: &context };
    let certain = |policies: [&Policy; 2]| {
        evaluate_all(policies, &request, Undetermined::Deny).is_some_and(|(_, decision)| !decision.is_undetermined())
    };
    assert!(certain([&deny, &heavy]));
    // All policies of a call share one limit.
    assert!(!certain([&heavy, &deny]));
    assert!(limited(|| !certain([&heavy, &deny]) && !policy_of_everything().evaluate(&request).is_allow()));
    assert!(policy_of_everything().evaluate(&request).is_allow());
}

fn policy_of_everything() -> Policy {
    let allow = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    Policy::parse(allow, &Limits::default()).unwrap()
}
