//! Values that are not certain, and keys that differ from resource to resource.

use crate::aws::{RequestResource, ResourceKind};
use crate::policy::{
    Comparison, Context, Effect, Limits, Lookup, Policy, Principal, Reading, Request, RequestContext, ResourceOwner,
    Truth,
};

fn policy(effect: &str, condition: &str) -> Policy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}},
            {{"Effect":"{effect}","Principal":"*","Action":"*","Resource":"*","Condition":{condition}}}]}}"#
    );
    Policy::parse(&text, &Limits::default()).unwrap()
}

/// Whether the condition holds for a key in this state.
fn truth(condition: &str, context: &RequestContext) -> Truth {
    policy("Deny", condition).statements()[1].conditions()[0].truth(context)
}

fn text(text: &str) -> Reading {
    Reading::Text(text.to_owned())
}

/// A role whose path is not known: `role/App` or `role/PATH/App`.
fn role() -> RequestContext {
    let between = Reading::Between { before: "arn:aws:iam::123456789012:role/".into(), after: "/App".into() };
    let mut context = RequestContext::new();
    context.insert_readings("aws:PrincipalArn", vec![text("arn:aws:iam::123456789012:role/App"), between]);
    context
}

#[test]
fn a_role_whose_path_is_not_known_is_compared_as_all_roles_that_it_may_be() {
    use Truth::{False, True, Unknown};
    for (value, like, equals) in [
        ("arn:aws:iam::123456789012:role/*", True, False),
        ("arn:aws:iam::123456789012:role/*App", True, False),
        ("arn:aws:iam::*:role/*", True, False),
        ("arn:aws:iam::123456789012:*", True, False),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/*", Unknown, False),
        ("arn:aws:iam::123456789012:role/App", Unknown, Unknown),
        ("arn:aws:iam::123456789012:role/team/App", Unknown, Unknown),
        ("arn:aws:iam::123456789012:role/team/*", Unknown, False),
        // A path may contain an asterisk.
        ("arn:aws:iam::123456789012:role/*/App", Unknown, Unknown),
        ("arn:aws:iam::123456789012:role/MyApp", False, False),
        ("arn:aws:iam::123456789012:role/*/MyApp", False, False),
        ("arn:aws:iam::123456789012:role/team/Other", False, False),
        ("arn:aws:iam::555555555555:role/*", False, False),
        ("arn:aws:iam::123456789012:user/*", False, False),
    ] {
        for (operator, expected) in [
            ("ArnLike", like),
            ("ArnEquals", like),
            ("StringLike", like),
            ("ArnNotLike", !like),
            ("ArnNotEquals", !like),
            ("StringNotLike", !like),
            ("ArnLikeIfExists", like),
            ("ForAnyValue:ArnLike", like),
            ("ForAllValues:StringNotLike", !like),
            ("StringEquals", equals),
            ("StringNotEquals", !equals),
        ] {
            let condition = format!(r#"{{"{operator}":{{"aws:PrincipalArn":"{value}"}}}}"#);
            assert_eq!(truth(&condition, &role()), expected, "{condition}");
        }
    }
    for (condition, expected) in [
        (r#"{"Null":{"aws:PrincipalArn":"true"}}"#, False),
        (r#"{"Null":{"aws:PrincipalArn":"false"}}"#, True),
        (r#"{"StringEqualsIgnoreCase":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/app"}}"#, Unknown),
        (r#"{"StringLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/App","arn:aws:iam::*:role/*/App"]}}"#, True),
    ] {
        assert_eq!(truth(condition, &role()), expected, "{condition}");
    }
}

/// A policy's value for the comparison, a request's value that fits it, and one that does not.
fn examples(comparison: Comparison) -> (&'static str, &'static str, &'static str) {
    let name = comparison.as_str();
    match name {
        _ if name.starts_with("Numeric") && name.contains("Less") => ("10", "5", "50"),
        _ if name.starts_with("Numeric") && name.contains("Greater") => ("10", "50", "5"),
        _ if name.starts_with("Numeric") => ("10", "10", "50"),
        _ if name.starts_with("Date") && name.contains("Less") => ("2026-06-01", "2026-01-01", "2026-12-31"),
        _ if name.starts_with("Date") && name.contains("Greater") => ("2026-06-01", "2026-12-31", "2026-01-01"),
        _ if name.starts_with("Date") => ("2026-06-01", "2026-06-01", "2026-01-01"),
        "Bool" => ("true", "true", "false"),
        "BinaryEquals" => ("QUJD", "QUJD", "QUJE"),
        "IpAddress" | "NotIpAddress" => ("10.0.0.0/8", "10.0.0.1", "11.0.0.1"),
        _ if name.starts_with("Arn") => ("arn:aws:x:::a", "arn:aws:x:::a", "arn:aws:x:::b"),
        _ => ("a", "a", "b"),
    }
}

/// Every operator except `Null`, with its result for an absent key.
fn operators() -> Vec<(String, Comparison, Truth)> {
    let mut all = Vec::new();
    for (name, comparison) in Comparison::ALL.iter().filter(|(name, _)| *name != "Null") {
        for (prefix, suffix) in [("", ""), ("", "IfExists"), ("ForAllValues:", ""), ("ForAnyValue:", "")]
            .into_iter()
            .chain([("ForAllValues:", "IfExists"), ("ForAnyValue:", "IfExists")])
        {
            let holds = match prefix {
                "ForAllValues:" => true,
                "ForAnyValue:" => suffix == "IfExists",
                _ => suffix == "IfExists" || comparison.is_negated(),
            };
            all.push((format!("{prefix}{name}{suffix}"), *comparison, holds.into()));
        }
    }
    all
}

#[test]
fn every_operator_under_allow_and_deny_tells_unknown_from_absent_and_from_either_reading() {
    for (operator, comparison, if_absent) in operators() {
        let (written, fits, differs) = examples(comparison);
        let condition = format!(r#"{{"{operator}":{{"other:Key":"{written}"}}}}"#);
        let fits_is = Truth::from(!comparison.is_negated());
        let unknown = |context: &mut RequestContext| context.insert_unknown("other:Key");
        type Give<'a> = &'a dyn Fn(&mut RequestContext);
        let states: [(&str, Give<'_>, Truth); 6] = [
            ("unknown", &unknown, Truth::Unknown),
            ("absent", &|_| {}, if_absent),
            ("fits", &|context| context.insert("other:Key", fits), fits_is),
            ("differs", &|context| context.insert("other:Key", differs), !fits_is),
            ("either", &|c| c.insert_readings("other:Key", vec![text(fits), text(differs)]), Truth::Unknown),
            ("both fit", &|c| c.insert_readings("other:Key", vec![text(fits), text(fits)]), fits_is),
        ];
        for (state, give, expected) in states {
            let mut context = RequestContext::new();
            give(&mut context);
            assert_eq!(truth(&condition, &context), expected, "{condition} {state}");
            for effect in [Effect::Allow, Effect::Deny] {
                // An Allow applies only if it certainly matches; a Deny applies unless it certainly does not match.
                let allowed = match effect {
                    Effect::Allow => expected == Truth::True,
                    Effect::Deny => expected == Truth::False,
                };
                let policy = policy(effect.as_str(), &condition);
                let policy = if effect == Effect::Allow { only_second(&policy) } else { policy };
                let request =
                    Request { action: "rds:X", principal: Principal::Unknown, resources: &[], context: &context };
                assert_eq!(policy.evaluate(&request).is_allow(), allowed, "{effect:?} {condition} {state}");
            }
        }
    }
    for (wanted, absent) in [("true", Truth::True), ("false", Truth::False)] {
        let condition = format!(r#"{{"Null":{{"other:Key":"{wanted}"}}}}"#);
        let mut context = RequestContext::new();
        assert_eq!(truth(&condition, &context), absent, "{condition}");
        context.insert("other:Key", "a");
        assert_eq!(truth(&condition, &context), !absent, "{condition}");
        context.insert_unknown("other:Key");
        assert_eq!(truth(&condition, &context), Truth::Unknown, "{condition}");
    }
}

/// The policy without the statement that allows everything.
fn only_second(policy: &Policy) -> Policy {
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},"#;
    Policy::parse(&policy.text().replace(open, ""), &Limits::default()).unwrap()
}

#[test]
fn of_a_list_each_value_has_readings_of_its_own() {
    let mut context = RequestContext::new();
    context.insert_list_of_readings("other:Key", vec![vec![text("A"), text("a")], vec![text("b")]]);
    for (condition, expected) in [
        (r#"{"ForAnyValue:StringEquals":{"other:Key":"a"}}"#, Truth::Unknown),
        (r#"{"ForAnyValue:StringEquals":{"other:Key":"b"}}"#, Truth::True),
        (r#"{"ForAnyValue:StringEquals":{"other:Key":"c"}}"#, Truth::False),
        (r#"{"ForAllValues:StringEquals":{"other:Key":["a","b"]}}"#, Truth::Unknown),
        (r#"{"ForAllValues:StringEquals":{"other:Key":["a","A","b"]}}"#, Truth::True),
        (r#"{"ForAllValues:StringEquals":{"other:Key":["a","A"]}}"#, Truth::False),
        (r#"{"ForAllValues:StringNotEquals":{"other:Key":"a"}}"#, Truth::Unknown),
        (r#"{"Null":{"other:Key":"true"}}"#, Truth::False),
    ] {
        assert_eq!(truth(condition, &context), expected, "{condition}");
    }
}

/// A context in which the account of each resource is the one of its owner.
struct ByOwner;

impl Context for ByOwner {
    fn lookup<'a>(&'a self, _: &str) -> Lookup<'a> {
        Lookup::Unknown
    }

    fn lookup_for<'a>(&'a self, key: &str, owner: ResourceOwner<'a>) -> Lookup<'a> {
        match (key, owner) {
            ("aws:resourceaccount", ResourceOwner::Account("111111111111")) => Lookup::One("111111111111"),
            ("aws:resourceaccount", ResourceOwner::Account(_)) => Lookup::One("222222222222"),
            ("aws:resourceaccount", ResourceOwner::Caller) => Lookup::One("333333333333"),
            _ => Lookup::Unknown,
        }
    }
}

#[test]
fn a_condition_on_what_the_resource_is_is_asked_of_each_resource() {
    let of = |arn: &str, kind| RequestResource { arn: arn.into(), kind };
    let own = of("arn:aws:rds:eu-west-1:111111111111:snapshot:a", ResourceKind::Exact);
    let other = of("arn:aws:rds:eu-west-1:222222222222:snapshot:b", ResourceKind::Exact);
    let star = of("*", ResourceKind::Star);
    let unknown_account = of("arn:aws:rds:eu-west-1:unknown:snapshot:c", ResourceKind::Exact);
    let allow = |account: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*",
                "Condition":{{"StringEquals":{{"aws:ResourceAccount":"{account}"}}}}}}"#
        )
    };
    let deny_other = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
        "Condition":{"StringNotEquals":{"aws:ResourceAccount":"111111111111"}}}"#;
    let by_variable = r#"{"Effect":"Allow","Principal":"*","Action":"*",
        "Resource":"arn:aws:rds:*:*:snapshot:*","Condition":{"StringLike":{"aws:ResourceAccount":"${aws:ResourceAccount}"}}}"#;
    let decide = |statements: &[&str], resources: &[RequestResource]| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let policy = Policy::parse(&text, &Limits::default()).unwrap();
        let request = Request { action: "rds:X", principal: Principal::Unknown, resources, context: &ByOwner };
        let decision = policy.evaluate(&request);
        assert_eq!(policy.explain(&request, Default::default()).decision, decision.as_str());
        (decision.as_str(), decision.grounds().undetermined(), decision.grounds().resource().map(|r| r.arn.to_string()))
    };
    let named = |resource: &RequestResource| Some(resource.arn.to_string());
    let (one, two, three) = (allow("111111111111"), allow("222222222222"), allow("333333333333"));
    let both = [own.clone(), other.clone()];
    assert_eq!(decide(&[&one, &two], &both), ("allow", vec![], None));
    assert_eq!(decide(&[&one], &both), ("implicit_deny", vec![], named(&other)));
    assert_eq!(decide(&[&one, &two, deny_other], &both), ("explicit_deny", vec![], named(&other)));
    assert_eq!(decide(&[&three], std::slice::from_ref(&star)), ("allow", vec![], None));
    assert_eq!(decide(&[&one], std::slice::from_ref(&star)), ("implicit_deny", vec![], named(&star)));
    assert_eq!(decide(&[by_variable], &both), ("allow", vec![], None));
    let key = || vec!["aws:ResourceAccount".to_owned()];
    assert_eq!(
        decide(&[&one], std::slice::from_ref(&unknown_account)),
        ("implicit_deny", key(), named(&unknown_account))
    );
    assert_eq!(decide(&[&one], &[]), ("implicit_deny", key(), None));
    // The first eight resources are stored inline, further ones are not.
    let many: Vec<RequestResource> = std::iter::repeat_n(own, 11).chain([other.clone()]).collect();
    assert_eq!(decide(&[&one], &many), ("implicit_deny", vec![], named(&other)));
}
