//! Boundary cases of single types, at the point where the result changes.

use crate::policy::{Context, Limits, Lookup, Policy, RequestContext, Version, cases};

/// A policy with one Allow that has this condition and no other restriction.
fn with_condition(condition: &str) -> Policy {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
            "Condition": {{{condition}}}}}}}"#
    );
    Policy::parse(&text, &Limits::default()).unwrap()
}

fn judged(condition: &str, context: &RequestContext) -> &'static str {
    let request = crate::policy::Request {
        action: "rds:StopDBInstance",
        principal: crate::policy::Principal::Unknown,
        resources: &[crate::aws::RequestResource { arn: "*".into(), kind: crate::aws::ResourceKind::Star }],
        context,
    };
    let policy = with_condition(condition);
    // The decision borrows from the policy, but its name is static.
    policy.evaluate(&request).as_str()
}

#[test]
fn a_member_of_a_case_stands_once_whatever_its_letter_case() {
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let case = |request: &str| {
        cases::judge(&format!(r#"{{"id":"a","policy":{policy},"request":{{{request}}}}}"#), &Limits::NONE)
    };
    let good = r#""action":"rds:StopDBInstance","resources":["*"]"#;
    assert!(case(good).judged);
    for again in [r#""action":"rds:StopDBInstance""#, r#""Resources":["*"]"#] {
        let answer = case(&format!("{good},{again}"));
        assert!(!answer.judged && answer.line.contains("stands twice"), "{}", answer.line);
    }
}

#[test]
fn a_key_said_to_be_absent_is_so_within_a_family_of_unknown_ones() {
    let mut context = RequestContext::new();
    context.insert_unknown("aws:ResourceTag/*");
    assert!(matches!(context.lookup("aws:resourcetag/env"), Lookup::Unknown));
    context.insert_absent("aws:ResourceTag/Env");
    assert!(matches!(context.lookup("aws:resourcetag/env"), Lookup::Absent));
    assert!(matches!(context.lookup("aws:resourcetag/team"), Lookup::Unknown));
}

#[test]
fn keys_are_told_apart_and_shown_as_written() {
    let policy = with_condition(r#""StringEquals": {"aws:UserName": "ann", "aws:userid": "x"}"#);
    let [name, id] = policy.statements()[0].conditions() else { panic!("two conditions") };
    assert!(
        name.key() != id.key()
            && name.key()
                == with_condition(r#""Null": {"aws:UserName": "true"}"#).statements()[0].conditions()[0].key()
    );
    assert_eq!(
        (name.key().to_string(), format!("{:?}", name.key())),
        ("aws:UserName".into(), "Key(aws:UserName)".into())
    );
}

#[test]
fn letters_beyond_ascii_that_are_the_same_are_equal_and_those_of_other_case_are_undecided() {
    let mut context = RequestContext::new();
    context.insert("aws:username", "renÉ");
    for (condition, wanted) in [
        (r#""StringEqualsIgnoreCase": {"aws:username": "RENÉ"}"#, "allow"),
        (r#""StringEqualsIgnoreCase": {"aws:username": "RENé"}"#, "implicit_deny"),
        (r#""StringNotEqualsIgnoreCase": {"aws:username": "RENé"}"#, "implicit_deny"),
        (r#""StringNotEqualsIgnoreCase": {"aws:username": "RENó"}"#, "allow"),
        (r#""StringNotEqualsIgnoreCase": {"aws:username": "RENÉ"}"#, "implicit_deny"),
    ] {
        assert_eq!(judged(condition, &context), wanted, "{condition}");
    }
    // U+212A, the kelvin sign, is a `k` in lower case.
    context.insert("aws:username", "mark");
    for (condition, wanted) in [
        ("\"StringEqualsIgnoreCase\": {\"aws:username\": \"mar\u{212a}\"}", "implicit_deny"),
        ("\"StringNotEqualsIgnoreCase\": {\"aws:username\": \"mar\u{212a}\"}", "implicit_deny"),
        ("\"StringNotEqualsIgnoreCase\": {\"aws:username\": \"mar\u{e9}\"}", "allow"),
    ] {
        assert_eq!(judged(condition, &context), wanted, "{condition}");
    }
}

#[test]
fn a_long_list_of_values_is_searched_whole() {
    let values: Vec<String> = (0..20).map(|number| format!("\"name-{number}\"")).collect();
    let condition = format!(r#""StringEquals": {{"aws:username": [{}]}}"#, values.join(","));
    for (name, wanted) in [("name-0", "allow"), ("name-19", "allow"), ("name-9", "allow"), ("name-20", "implicit_deny")]
    {
        let mut context = RequestContext::new();
        context.insert("aws:username", name);
        assert_eq!(judged(&condition, &context), wanted, "{name}");
    }
}

#[test]
fn an_explanation_shows_five_of_a_list_and_how_many_more_there_are() {
    for (count, told) in [(4, "`4`\n"), (5, "`5`\n"), (6, "`5` and 1 more\n"), (8, "`5` and 3 more\n")] {
        let values: Vec<String> = (1..=count).map(|number| format!("\"{number}\"")).collect();
        let policy = with_condition(&format!(r#""StringEquals": {{"aws:username": [{}]}}"#, values.join(",")));
        let mut context = RequestContext::new();
        context.insert_list("aws:username", Vec::new());
        let request = crate::policy::Request {
            action: "rds:StopDBInstance",
            principal: crate::policy::Principal::Unknown,
            resources: &[],
            context: &context,
        };
        let shown = policy.explain(&request, crate::policy::Undetermined::Deny).to_string();
        assert!(shown.contains(told) && shown.contains("aws:username is an empty list; "), "{shown}");
    }
}

#[test]
fn a_policy_knows_its_version_its_id_and_what_it_equals() {
    let policy = |head: &str, sid: &str| {
        let text = format!(
            r#"{{{head}"Statement": {{"Sid": "{sid}", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}}}"#
        );
        Policy::parse(&text, &Limits::default()).unwrap()
    };
    let whole = policy(r#""Version": "2008-10-17", "Id": "one", "#, "A");
    assert_eq!((whole.version(), whole.id()), (Some(Version::V2008), Some("one")));
    assert_eq!(policy(r#""Version": "2012-10-17", "#, "A").version(), Some(Version::V2012));
    assert_eq!((policy("", "A").version(), policy("", "A").id()), (None, None));
    assert_eq!(whole, policy("\"Id\":   \"one\",\n\"Version\": \"2008-10-17\", ", "A"));
    for other in [policy("", "A"), policy(r#""Version": "2008-10-17", "Id": "one", "#, "B")] {
        assert!(whole != other);
    }
}

#[test]
fn a_principal_of_another_type_is_never_a_caller() {
    for kind in ["Service", "Federated", "CanonicalUser"] {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"{kind}": "*"}}, "Action": "*", "Resource": "*"}}}}"#
        );
        let policy = Policy::parse(&text, &Limits::default()).unwrap();
        assert!(!policy.statements()[0].principals().is_everyone(), "{kind}");
    }
}

#[test]
fn a_condition_key_has_words_on_both_sides_of_its_colon() {
    for key in ["aws:", ":name", "name", ""] {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
                "Condition": {{"Null": {{"{key}": "true"}}}}}}}}"#
        );
        let told = Policy::parse(&text, &Limits::default()).unwrap_err().to_string();
        assert!(told.contains("is no condition key: expected one such as `aws:RequestedRegion`"), "{key}: {told}");
    }
}

#[test]
fn a_variable_that_is_never_known_makes_its_condition_undecidable_in_arns_too() {
    for condition in [
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/${aws:PrincipalTag/team}"}"#,
        r#""ArnEquals": {"aws:PrincipalArn": "arn:${aws:PrincipalTag/team}:iam::123456789012:role/App"}"#,
        r#""StringLike": {"aws:username": "a-${aws:PrincipalTag/team}-*"}"#,
    ] {
        let policy = with_condition(condition);
        let is_knowable = |key: &str| !key.starts_with("aws:principaltag/");
        let keys: Vec<&str> = policy.undecidable(is_knowable).iter().flat_map(|found| found.keys.clone()).collect();
        assert_eq!(keys, ["aws:PrincipalTag/team"], "{condition}");
        assert_eq!(policy.undecidable(|_: &str| true).len(), 0, "{condition}");
    }
}

#[test]
fn a_pattern_with_a_question_mark_does_not_stand_for_one_with_a_star_beside_it() {
    let context = RequestContext::new();
    for (actions, action) in [
        (r#"["rds:StopDB?nstance","rds:StopDB*nstance"]"#, "rds:StopDBClusterInstance"),
        (r#"["rds:StopDB*nstance","rds:StopDB?nstance"]"#, "rds:StopDBClusterInstance"),
        (r#"["rds:?","rds:*"]"#, "rds:StopDBInstance"),
    ] {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", "Action": {actions}, "Resource": "*"}}}}"#
        );
        let policy = Policy::parse(&text, &Limits::default()).unwrap();
        let resources = [crate::aws::RequestResource { arn: "*".into(), kind: crate::aws::ResourceKind::Star }];
        let principal = crate::policy::Principal::Unknown;
        let request = crate::policy::Request { action, principal, resources: &resources, context: &context };
        assert_eq!(policy.evaluate(&request).as_str(), "allow", "{actions}");
        assert!(format!("{request:?}").contains(action), "{request:?}");
    }
}
