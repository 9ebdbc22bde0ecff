//! Differences are found, and every reported one is real.

use serde_json::Value;

use super::*;
use crate::aws::ResourceKind;
use crate::policy::tests::random::{self, Random};
use crate::policy::{Limits, Principal, Request, RequestContext};

fn kind(prefix: &str, global: bool) -> AskedType {
    AskedType { prefix: prefix.to_owned(), global, lower_case: true, lists: prefix == "db" }
}

fn asked(name: &str) -> Asked {
    let types = vec![kind("db", false), kind("snapshot", false), kind("pg", false), kind("global-cluster", true)];
    Asked { name: name.to_owned(), types, star: false, known: true }
}

fn universe() -> Vec<Asked> {
    ["rds:CreateDBInstance", "rds:DeleteDBInstance", "rds:DescribeDBInstances", "rds:StopDBCluster"].map(asked).to_vec()
}

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#), &Limits::NONE).unwrap()
}

fn allow(rest: &str) -> String {
    let has = |name: &str| rest.contains(&format!("\"{name}\""));
    let mut members = vec![r#""Effect": "Allow""#.to_owned()];
    for (name, value) in [("Principal", "*"), ("Action", "rds:DeleteDBInstance"), ("Resource", "*")] {
        if !has(name) && !has(&format!("Not{name}")) {
            members.push(format!(r#""{name}": "{value}""#));
        }
    }
    members.extend(Some(rest.to_owned()).filter(|rest| !rest.is_empty()));
    format!("{{{}}}", members.join(", "))
}

/// The witnesses for deleting an instance, gained and lost.
fn found(old: &str, new: &str) -> [Option<Witness>; 2] {
    let differences = compare(&policy(old), &policy(new), &[asked("rds:DeleteDBInstance")]);
    [Direction::Gained, Direction::Lost].map(|direction| {
        let own = differences.iter().find(|found| found.known && found.direction == direction);
        own.map(|found| found.witness.clone())
    })
}

#[test]
fn policies_that_say_the_same_in_other_words_show_no_difference() {
    for (old, new) in [
        (allow(""), allow(r#""Resource": ["*", "arn:aws:rds:*:*:db:x"]"#)),
        (allow(r#""Action": "rds:Delete*""#), allow(r#""Action": ["rds:DeleteDB*", "rds:Delete*"]"#)),
        (allow(""), format!("{}, {}", allow(r#""Resource": "arn:aws:rds:*""#), allow(""))),
        (
            allow(r#""Condition": {"NumericLessThan": {"rds:StorageSize": 100}}"#),
            allow(r#""Condition": {"NumericLessThan": {"rds:StorageSize": "100.0"}}"#),
        ),
        // Every call uses TLS.
        (
            allow(""),
            format!(
                "{}, {}",
                allow(""),
                allow(r#""Condition": {"Bool": {"aws:SecureTransport": "false"}}"#).replace("Allow", "Deny")
            ),
        ),
        (
            allow(r#""Principal": {"AWS": "123456789012"}"#),
            allow(r#""Principal": {"AWS": "arn:aws:iam::123456789012:root"}"#),
        ),
    ] {
        let [gained, lost] = found(&old, &new);
        assert!(gained.is_none() && lost.is_none(), "{old}\n{new}\n{gained:?} {lost:?}");
    }
}

#[test]
fn a_difference_in_one_element_is_shown_by_a_request_that_has_it() {
    let deny = |rest: &str| format!("{}, {}", allow(""), allow(rest).replace("\"Allow\"", "\"Deny\""));
    for (narrow, told) in [
        (allow(r#""Resource": "arn:aws:rds:*:*:db:orders-*""#), "db:"),
        (allow(r#""Resource": "arn:aws:rds:eu-west-1:*:*""#), "us-east-1"),
        (allow(r#""NotResource": "arn:aws:rds:*:*:db:prod-*""#), "db:prod-"),
        (deny(r#""Resource": "arn:aws:rds:*:*:db:a?c*-prod""#), "-prod"),
        (allow(r#""Principal": {"AWS": "arn:aws:iam::123456789012:role/Orders"}"#), "arn:aws:"),
        (deny(r#""NotPrincipal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:user/ann"]}"#), "arn:aws:"),
        (allow(r#""Condition": {"StringLike": {"aws:PrincipalTag/team": "ord*"}}"#), "aws:principaltag/team"),
        (deny(r#""Condition": {"NumericGreaterThan": {"rds:StorageSize": "100"}}"#), "101"),
        (
            deny(r#""Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}"#),
            "2026-06-01T00:00:01Z",
        ),
        (deny(r#""Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#), "10.0.0.0"),
        (deny(r#""Condition": {"Bool": {"rds:MultiAz": "true"}}"#), "true"),
        (deny(r#""Condition": {"Null": {"aws:RequestTag/team": "true"}}"#), "Absent"),
        (deny(r#""Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "secret"}}"#), "secret"),
        (deny(r#""Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin-*"}}"#), "admin-"),
        (deny(r#""Condition": {"StringEquals": {"aws:username": "ann"}}"#), "user/ann"),
        (deny(r#""Condition": {"StringNotEquals": {"aws:ResourceAccount": "123456789012"}}"#), "111122223333"),
        (allow(r#""Resource": "arn:aws:rds:*:*:db:${aws:PrincipalTag/team}-*""#), "db:"),
        (allow(r#""Resource": "arn:aws:rds:*:*:db:${aws:username}-*""#), "db:"),
    ] {
        let [gained, lost] = found(&allow(""), &narrow);
        assert!(gained.is_none(), "{narrow}\n{gained:?}");
        let witness = lost.unwrap_or_else(|| panic!("nothing found: {narrow}"));
        assert!(format!("{witness:?}").contains(told), "{told}: {narrow}\n{witness:?}");
        let [gained, lost] = found(&narrow, &allow(""));
        assert!(gained.is_some() && lost.is_none(), "{narrow}");
    }
}

#[test]
fn a_deny_that_is_never_decided_does_not_hide_where_it_does_not_reach() {
    let undecided =
        r#""NotResource": "arn:aws:rds:*:*:pg:default.*", "Condition": {"StringEquals": {"aws:TagKeys": "x"}}"#;
    let old = allow(undecided).replace("\"Allow\"", "\"Deny\"");
    let [gained, _] = found(&old, &allow(""));
    assert!(gained.is_some_and(|witness| witness.resource.arn.contains(":pg:default.")));
}

#[test]
fn actions_that_are_not_there_yet_are_told_apart_too() {
    let old = policy(&allow(r#""Action": "rds:DeleteDBInstance""#));
    let new = policy(&allow(r#""Action": "rds:Delete*""#));
    let differences = compare(&old, &new, &[asked("rds:DeleteDBInstance")]);
    let [one] = &differences[..] else { panic!("{differences:?}") };
    assert!(!one.known && one.action.starts_with("rds:delete") && one.direction == Direction::Gained, "{one:?}");
    assert_eq!(one.witness.resource.kind, ResourceKind::Unknown);
}

/// A realistic request of a random case: one resource, keys that agree with the caller.
fn real(case: &Value) -> Option<(String, PrincipalArn, RequestResource, RequestContext)> {
    let request = &case["request"];
    let principal: PrincipalArn = request["principal"]["arn"].as_str()?.parse().ok()?;
    let arn = request["resources"][0].as_str()?;
    let known = !arn.contains(":unknown:") && arn != "*";
    let kind = if arn.ends_with(":db:*") { ResourceKind::All } else { ResourceKind::Exact };
    let mut context = RequestContext::new();
    for (key, value) in request["context"].as_object()? {
        let Some(values) = value.as_array() else {
            context.insert(key, value.as_str()?);
            continue;
        };
        let values: Vec<String> = values.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
        if values.is_empty() || values.iter().any(String::is_empty) {
            return None;
        }
        context.insert_list(key, values);
    }
    context.insert("aws:SecureTransport", "true");
    principals::answer(&principal, &mut context);
    let account = arn.split(':').nth(4)?;
    context.insert("aws:ResourceAccount", account);
    let resource = RequestResource { arn: arn.into(), kind };
    known.then(|| (request["action"].as_str().unwrap().to_owned(), principal, resource, context))
}

/// The number of pairs of policies, and of requests to each.
const PAIRS: u64 = 8;
const REQUESTS: usize = 150;

#[test]
fn whatever_random_requests_show_is_found() {
    let pairs = std::env::var("RDS_GUARD_DIFFERENTIAL").ok().map_or(PAIRS, |count| count.parse().expect("a number"));
    let universe = universe();
    let (mut differing, mut missed) = (0, Vec::new());
    for seed in 0..pairs {
        let mut random = Random::new(seed + 77_000_003);
        let first = random::case(&mut random, 4);
        let mut second = first.clone();
        // Policies that have much in common: one additional statement, or one replaced.
        let statements = second["policy"]["Statement"].as_array_mut().unwrap();
        let at = random.below(statements.len());
        if random.below(2) == 0 {
            statements[at] = random::statement(&mut random);
        } else {
            statements.push(random::statement(&mut random));
        }
        let read = |case: &Value| Policy::parse(&case["policy"].to_string(), &Limits::NONE).unwrap();
        let (old, new) = (read(&first), read(&second));
        let found = compare(&old, &new, &universe);
        for _ in 0..REQUESTS {
            let Some((action, principal, resource, context)) = real(&random::case(&mut random, 1)) else { continue };
            let resources = [resource];
            let principal = Principal::Known(&principal);
            let request = Request { action: &action, principal, resources: &resources, context: &context };
            let (before, after) = (old.evaluate(&request), new.evaluate(&request));
            if before.is_undetermined() || after.is_undetermined() || before.is_allow() == after.is_allow() {
                continue;
            }
            let direction = if after.is_allow() { Direction::Gained } else { Direction::Lost };
            differing += 1;
            if !found.iter().any(|found| found.action == action && found.direction == direction) {
                missed.push(format!("seed {seed} {direction:?} {request:?} {context:?}\n{old}\n{new}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {differing} missed\n{}", missed.len(), missed.first().unwrap());
    assert!(differing > usize::try_from(pairs).unwrap(), "{differing}");
    eprintln!("{pairs} pairs of policies, {differing} random requests that differ: all found");
}
