//! Decisions and their reasons, beyond the corpora.

use crate::aws::{PrincipalArn, RequestResource, ResourceKind};
use crate::policy::{Decision, Limits, Policy, Principal, Request, RequestContext, Undetermined, evaluate_all};

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#), &Limits::default()).unwrap()
}

fn exact(arn: &str) -> RequestResource {
    RequestResource { arn: arn.into(), kind: ResourceKind::Exact }
}

/// A statement for everyone on `rds:X`.
fn statement(effect: &str, resource: &str, more: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"rds:X","Resource":"{resource}"{more}}}"#)
}

fn request<'a>(resources: &'a [RequestResource], context: &'a RequestContext) -> Request<'a> {
    Request { action: "rds:X", principal: Principal::Unknown, resources, context }
}

fn unknown(key: &str) -> RequestContext {
    let mut context = RequestContext::new();
    context.insert_unknown(key);
    context
}

const IF_ENV: &str = r#","Condition":{"StringEquals":{"aws:ResourceTag/Env":"prod"}}"#;

#[test]
fn a_certain_deny_is_reported_without_those_that_only_may_apply() {
    let policy = policy(&[statement("Deny", "*", IF_ENV), statement("Deny", "*", r#","Sid":"Sure""#)].join(","));
    let (resources, context) = ([exact("a")], unknown("aws:resourcetag/*"));
    let Decision::ExplicitDeny(grounds) = policy.evaluate(&request(&resources, &context)) else { panic!() };
    let names: Vec<String> = grounds.statements().iter().map(|decisive| decisive.name()).collect();
    assert_eq!((names, grounds.undetermined()), (vec!["Sure".to_owned()], Vec::new()));
    assert_eq!(grounds.statement().unwrap().index, 1);
}

#[test]
fn a_deny_that_only_may_apply_names_its_keys_as_written() {
    let policy = policy(&[statement("Allow", "*", ""), statement("Deny", "*", IF_ENV)].join(","));
    let (resources, context) = ([exact("a")], unknown("aws:resourcetag/*"));
    let decision = policy.evaluate(&request(&resources, &context));
    assert!(decision.is_undetermined() && decision.as_str() == "explicit_deny");
    assert_eq!(decision.grounds().undetermined(), ["aws:ResourceTag/Env"]);
    assert_eq!(decision.grounds().statement().unwrap().name(), "#1");
}

#[test]
fn deferred_statements_are_left_to_aws_and_the_decision_says_so() {
    let (resources, context) = ([exact("a")], unknown("aws:resourcetag/*"));
    for statements in
        [[statement("Allow", "*", ""), statement("Deny", "*", IF_ENV)].join(","), statement("Allow", "*", IF_ENV)]
    {
        let policy = policy(&statements);
        let decision = policy.evaluate_with(&request(&resources, &context), Undetermined::Defer);
        assert!(decision.is_allow() && decision.is_undetermined(), "{statements}");
        assert_eq!(decision.grounds().undetermined(), ["aws:ResourceTag/Env"]);
        assert_eq!(decision.grounds().statement().unwrap().index, 0);
        assert!(!policy.evaluate(&request(&resources, &context)).is_allow());
    }
    let sure = policy(&[statement("Allow", "*", ""), statement("Deny", "b", "")].join(","));
    let decision = sure.evaluate_with(&request(&resources, &context), Undetermined::Defer);
    assert!(decision.is_allow() && !decision.is_undetermined());
    let none = policy(&statement("Allow", "b", IF_ENV));
    let decision = none.evaluate_with(&request(&resources, &context), Undetermined::Defer);
    assert!(matches!(decision, Decision::ImplicitDeny(grounds) if grounds.resource().unwrap().arn.as_ref() == "a"));
}

#[test]
fn the_first_resource_that_was_not_allowed_is_named() {
    let policy = policy(&[statement("Allow", "a*", ""), statement("Deny", "ab*", "")].join(","));
    let context = RequestContext::new();
    let named = |arns: &[&str]| {
        let resources: Vec<RequestResource> = arns.iter().map(|arn| exact(arn)).collect();
        let decision = policy.evaluate(&request(&resources, &context));
        (decision.as_str(), decision.grounds().resource().map(|resource| resource.arn.to_string()))
    };
    assert_eq!(named(&["a1", "c", "d"]), ("implicit_deny", Some("c".to_owned())));
    assert_eq!(named(&["c", "a1", "ab1", "ab2"]), ("explicit_deny", Some("ab1".to_owned())));
    assert_eq!(named(&["a1", "a2"]), ("allow", None));
    let many: Vec<String> = (0..20).map(|n| if n == 17 { "z".to_owned() } else { format!("a{n}") }).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(named(&many), ("implicit_deny", Some("z".to_owned())));
}

#[test]
fn an_implicit_deny_that_is_certain_for_one_resource_names_no_keys() {
    let policy = policy(&statement("Allow", "a", IF_ENV));
    let context = unknown("aws:resourcetag/env");
    let decide = |arns: &[&str]| {
        let resources: Vec<RequestResource> = arns.iter().map(|arn| exact(arn)).collect();
        let decision = policy.evaluate(&request(&resources, &context));
        (
            decision.is_undetermined(),
            decision.grounds().undetermined(),
            decision.grounds().resource().map(|r| r.arn.to_string()),
        )
    };
    assert_eq!(decide(&["a"]), (true, vec!["aws:ResourceTag/Env".to_owned()], Some("a".to_owned())));
    assert_eq!(decide(&["a", "b"]), (false, vec![], Some("a".to_owned())));
}

#[test]
fn unknown_callers_accounts_and_resources_are_named_by_keys() {
    let by = |principal: &str| {
        let text = format!(r#"{{"Effect":"Deny","Principal":{{"AWS":{principal}}},"Action":"*","Resource":"*"}}"#);
        policy(&text)
    };
    let context = RequestContext::new();
    let keys = |policy: &Policy, principal, resource: RequestResource| {
        let resources = [resource];
        let request = Request { action: "rds:X", principal, resources: &resources, context: &context };
        policy.evaluate(&request).grounds().undetermined()
    };
    let role = r#""arn:aws:iam::123456789012:role/App""#;
    let (account, other) = ("123456789012".parse().unwrap(), "555555555555".parse().unwrap());
    assert_eq!(keys(&by(role), Principal::Unknown, exact("a")), ["aws:PrincipalArn"]);
    assert_eq!(keys(&by(r#""123456789012""#), Principal::Unknown, exact("a")), ["aws:PrincipalAccount"]);
    assert_eq!(keys(&by(role), Principal::Account(account), exact("a")), ["aws:PrincipalArn"]);
    assert!(keys(&by(r#""123456789012""#), Principal::Account(account), exact("a")).is_empty());
    assert!(keys(&by(role), Principal::Account(other), exact("a")).is_empty());
    let known: PrincipalArn = "arn:aws:iam::123456789012:role/App".parse().unwrap();
    let session = r#""arn:aws:sts::123456789012:assumed-role/App/s""#;
    assert_eq!(keys(&by(session), Principal::Known(&known), exact("a")), ["aws:PrincipalArn"]);
    let on = policy(&statement("Deny", "arn:aws:rds:*:123456789012:db:prod-*", ""));
    assert_eq!(keys(&on, Principal::Unknown, exact("arn:aws:rds:x:unknown:db:prod-1")), ["aws:ResourceAccount"]);
    let list = RequestResource { arn: "arn:aws:rds:x:unknown:db:*".into(), kind: ResourceKind::All };
    let on_all = policy(&statement("Deny", "arn:aws:rds:*:123456789012:db:*", ""));
    assert_eq!(keys(&on_all, Principal::Unknown, list), ["aws:ResourceAccount"]);
    let unknown_id = RequestResource { arn: "arn:aws:rds:x:123456789012:db:*".into(), kind: ResourceKind::UnknownId };
    assert_eq!(keys(&on, Principal::Unknown, unknown_id), ["guard:ResourceArn"]);
    let nothing = RequestResource { arn: "*".into(), kind: ResourceKind::Unknown };
    assert_eq!(keys(&on, Principal::Unknown, nothing), ["guard:ResourceArn"]);
}

#[test]
fn every_deny_on_the_action_applies_to_a_resource_nothing_is_known_of() {
    let context = RequestContext::new();
    let nothing = [RequestResource { arn: "*".into(), kind: ResourceKind::Unknown }];
    let open = statement("Allow", "*", "");
    for (statements, expected) in [
        (open.clone(), "allow"),
        (statement("Allow", "arn:aws:rds:*", ""), "implicit_deny"),
        (open.clone() + "," + &statement("Deny", "arn:aws:rds:::nothing", ""), "explicit_deny"),
        (open.clone() + "," + &statement("Deny", "a", "").replace("Resource", "NotResource"), "explicit_deny"),
    ] {
        assert_eq!(policy(&statements).evaluate(&request(&nothing, &context)).as_str(), expected, "{statements}");
        assert_eq!(policy(&statements).evaluate(&request(&[], &context)).as_str(), expected, "{statements}");
    }
}

#[test]
fn all_policies_must_allow_and_the_strongest_denial_speaks() {
    let (resources, context) = ([exact("a")], unknown("aws:resourcetag/env"));
    let allow = policy(&statement("Allow", "*", ""));
    let none = policy(&statement("Allow", "b", ""));
    let maybe = policy(&[statement("Allow", "*", ""), statement("Deny", "*", IF_ENV)].join(","));
    let deny = policy(&statement("Deny", "a", ""));
    let decide = |policies: &[&Policy]| {
        evaluate_all(policies.iter().copied(), &request(&resources, &context), Undetermined::Deny)
            .map(|(index, decision)| (index, decision.as_str()))
    };
    assert_eq!(decide(&[]), None);
    assert_eq!(decide(&[&allow, &allow]), Some((0, "allow")));
    assert_eq!(decide(&[&allow, &none]), Some((1, "implicit_deny")));
    assert_eq!(decide(&[&none, &maybe, &allow]), Some((1, "explicit_deny")));
    assert_eq!(decide(&[&maybe, &none, &deny]), Some((2, "explicit_deny")));
}

#[test]
fn statements_that_nothing_can_decide_are_listed_with_their_keys() {
    let tagged = |value: &str| format!(r#","Condition":{{"StringLike":{{"aws:username":{value}}}}}"#);
    let policy = policy(
        &[
            statement("Allow", "*", IF_ENV),
            statement("Deny", "arn:aws:rds:*:*:db:${aws:PrincipalTag/team}-*", ""),
            statement("Deny", "*", &tagged(r#"["a","${aws:PrincipalTag/team}"]"#)),
            statement("Deny", "*", &tagged(r#""${aws:PrincipalTag/team}""#)),
            statement("Allow", "*", &tagged(r#""a""#)),
        ]
        .join(","),
    );
    let found = policy.undecidable(|key| !key.starts_with("aws:principaltag/") && !key.starts_with("aws:resourcetag/"));
    let found: Vec<_> =
        found.iter().map(|statement| (statement.index, statement.keys.join(" "), statement.consequence())).collect();
    assert_eq!(
        found,
        [
            (0, "aws:ResourceTag/Env".to_owned(), "never allows anything"),
            (1, "aws:PrincipalTag/team".to_owned(), "denies whatever else it matches"),
            (3, "aws:PrincipalTag/team".to_owned(), "denies whatever else it matches"),
        ]
    );
}

#[test]
fn letters_beyond_ascii_that_differ_in_case_only_are_undecided() {
    let tagged = r#","Condition":{"StringEqualsIgnoreCase":{"aws:username":["MÜNCHEN","Köln"]}}"#;
    let policy = policy(&statement("Allow", "*", tagged));
    for (value, undetermined) in [("münchen", true), ("MÜNCHEN", false), ("MÜnchen", false), ("bonn", false)] {
        let mut context = RequestContext::new();
        context.insert("aws:username", value);
        assert_eq!(policy.evaluate(&request(&[exact("a")], &context)).is_undetermined(), undetermined, "{value}");
    }
}

#[test]
fn an_action_longer_than_any_is_still_compared() {
    let long = format!("rds:{}", "X".repeat(300));
    let context = RequestContext::new();
    let resources = [exact("a")];
    let request = Request { action: &long, principal: Principal::Unknown, resources: &resources, context: &context };
    let allowed = policy(r#"{"Effect":"Allow","Principal":"*","Action":"rds:x*","Resource":"*"}"#);
    assert!(allowed.evaluate(&request).is_allow());
}

#[test]
fn a_variable_that_is_not_known_is_named_and_not_the_key_beside_it() {
    let tagged = r#","Condition":{"StringEquals":{"aws:username":["${aws:PrincipalTag/team}","${aws:userid}"]}}"#;
    let policy = policy(&statement("Deny", "*", tagged));
    let keys = |unknown: &[&str]| {
        let mut context = RequestContext::new();
        context.insert("aws:username", "ann");
        unknown.iter().for_each(|key| context.insert_unknown(key));
        policy.evaluate(&request(&[exact("a")], &context)).grounds().undetermined()
    };
    assert_eq!(keys(&["aws:principaltag/team"]), ["aws:PrincipalTag/team"]);
    assert_eq!(keys(&["aws:userid", "aws:principaltag/team"]), ["aws:PrincipalTag/team", "aws:userid"]);
    assert_eq!(keys(&["aws:username"]), ["aws:username"]);
    assert_eq!(keys(&["aws:username", "aws:userid"]), ["aws:username"]);
    assert!(keys(&[]).is_empty());
}

#[test]
fn variables_are_read_behind_the_fifth_colon_only() {
    let mut context = RequestContext::new();
    context.insert("aws:username", "a");
    context.insert("aws:PrincipalAccount", "123456789012");
    let allowed = |pattern: &str, arn: &str| {
        policy(&statement("Allow", pattern, "")).evaluate(&request(&[exact(arn)], &context)).is_allow()
    };
    let arn = "arn:aws:rds:eu-west-1:123456789012:db:a";
    assert!(allowed(
        "arn:aws:rds:eu-west-1:123456789012:${aws:username, 'db'}b:a",
        "arn:aws:rds:eu-west-1:123456789012:ab:a"
    ));
    assert!(allowed("arn:aws:rds:*:*:db:${aws:username}", arn));
    assert!(allowed("arn:aws:rds:*:db:${aws:username}", arn));
    assert!(!allowed("arn:aws:rds:eu-west-1:${aws:PrincipalAccount}:db:a", arn));
    assert!(!allowed("arn:aws:rds:*:${aws:username}", arn));
    assert!(allowed("arn:aws:rds:*:${aws:username}", "arn:aws:rds:x:${aws:username}"));
    assert!(
        allowed("arn:aws:rds:::db:${*}", "arn:aws:rds:::db:*")
            && !allowed("arn:aws:rds:::db:${*}", "arn:aws:rds:::db:a")
    );
}
