//! What is refused when a policy is parsed, and the messages.

use crate::policy::{Error, Limits, Policy};

fn errors(text: &str) -> Vec<(usize, usize, Error)> {
    let errors = Policy::parse(text, &Limits::default()).expect_err("the policy is wrong");
    errors.iter().map(|p| (p.position.line, p.position.column, p.error.clone())).collect()
}

/// The error messages for a statement with these members, with valid values for missing ones.
fn messages(members: &str) -> String {
    let mut all = members.to_owned();
    for (name, default) in [
        ("Effect", r#""Effect":"Deny""#),
        ("Principal", r#""Principal":"*""#),
        ("Action", r#""Action":"*""#),
        ("Resource", r#""Resource":"*""#),
    ] {
        if !members.contains(name) {
            all = format!("{default},{all}");
        }
    }
    let all = all.trim_end_matches(',');
    match Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{{{all}}}}}"#), &Limits::default()) {
        Ok(_) => String::new(),
        Err(errors) => errors.iter().map(|problem| problem.error.to_string()).collect::<Vec<_>>().join(" | "),
    }
}

#[test]
fn every_problem_is_reported_at_its_place() {
    let text = "{\n  \"version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"allow\", \"Principal\": \"me\",\n     \
                \"Action\": \"rds\", \"Resource\": [], \"Condition\": {\"StringEqual\": {\"aws:x\": 1}}}\n  ]\n}";
    let found = errors(text);
    let places: Vec<(usize, usize)> = found.iter().map(|(line, column, _)| (*line, *column)).collect();
    assert_eq!(places, [(2, 3), (4, 16), (4, 38), (5, 16), (5, 35), (5, 53)]);
    let message: Vec<String> = found.iter().map(|(_, _, error)| error.to_string()).collect();
    assert!(message[0].ends_with("did you mean `Version`?"), "{}", message[0]);
    assert!(message[1].ends_with("did you mean `Allow`?"), "{}", message[1]);
    assert!(message[5].ends_with("did you mean `StringEquals`?"), "{}", message[5]);
}

#[test]
fn a_member_that_stands_twice_is_refused_with_both_places() {
    let text =
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Effect": "Allow"}}"#;
    let found = errors(text);
    assert!(
        matches!(&found[..], [(1, 84, Error::Repeated { member, first })] if member == "Effect" && first.column == 16)
    );
    assert!(messages(r#""Condition":{"Bool":{"aws:a":true,"aws:a":false}}"#).contains("second time"));
    assert!(messages(r#""Condition":{"Bool":{"aws:a":true},"Bool":{"aws:a":false}}"#).contains("second time"));
    assert!(messages(r#""Principal":{"AWS":"*","AWS":"*"}"#).contains("second time"));
}

#[test]
fn json_is_read_strictly() {
    let good = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    assert!(Policy::parse(good, &Limits::default()).is_ok());
    for (text, column) in [
        ("", 1),
        ("  ", 1),
        ("\u{feff}{}", 1),
        ("{} {}", 4),
        ("{\"Statement\":[],}", 17),
        ("{'Statement':1}", 2),
        ("{\"Statement\":\"\\x\"}", 15),
        ("{\"Statement\":\"\\ud800\"}", 15),
        ("{\"Statement\":\"a", 14),
        ("{\"Statement\":\"a\tb\"}", 16),
        ("{\"Statement\":01}", 15),
        ("{\"Statement\":1.}", 16),
        ("{\"Statement\":tru}", 14),
        ("// comment", 1),
    ] {
        let found = errors(text);
        assert!(matches!(&found[..], [(1, at, Error::Syntax(_))] if *at == column), "{text}: {found:?}");
    }
    assert!(matches!(errors(&"[".repeat(70))[..], [(1, 65, Error::Syntax(_))]));
}

#[test]
fn escapes_mean_what_json_says() {
    let text = r#"{"Statement":{"Sid":"\ud83d\ude00\u0041\/\"","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    let policy = Policy::parse(text, &Limits::default()).unwrap();
    assert_eq!(policy.statements()[0].sid(), Some("😀A/\""));
}

#[test]
fn the_limit_counts_characters_with_white_space() {
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"é"}}"#;
    let padded = format!("{policy}{}", " ".repeat(20_480 - policy.chars().count()));
    assert!(Policy::parse(&padded, &Limits::default()).is_ok());
    let found = errors(&format!("{padded} "));
    assert!(matches!(found[..], [(1, 1, Error::TooLong { characters: 20_481, limit: 20_480 })]));
    assert!(Policy::parse(&format!("{padded} "), &Limits { max_characters: 20_481 }).is_ok());
}

#[test]
fn each_statement_has_exactly_one_form_of_each_element() {
    for (members, message) in [
        (r#""Action":"*","NotAction":"*""#, "either `Action` or `NotAction`"),
        (r#""Resource":"*","NotResource":"*""#, "either `Resource` or `NotResource`"),
        (r#""Principal":"*","NotPrincipal":"*""#, "either `Principal` or `NotPrincipal`"),
        (r#""Effect":"Allow","NotPrincipal":{"AWS":"123456789012"}"#, "with `\"Effect\": \"Deny\"` only"),
    ] {
        assert!(messages(members).contains(message), "{members}: {}", messages(members));
    }
    let found = errors(r#"{"Statement":{}}"#);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|(_, _, error)| matches!(error, Error::Missing { .. })));
}

#[test]
fn wrong_types_and_empty_lists_are_refused() {
    for (members, message) in [
        (r#""Action":[]"#, "`Action` is empty"),
        (r#""Action":"""#, "`Action` is empty"),
        (r#""Action":[1]"#, "found a number"),
        (r#""Action":null"#, "found null"),
        (r#""Sid":1"#, "`Sid` takes a string"),
        (r#""Principal":{}"#, "`Principal` is empty"),
        (r#""Principal":{"AWS":[]}"#, "`AWS` is empty"),
        (r#""Principal":["*"]"#, "`*` or an object"),
        (r#""Principal":{"Aws":"*"}"#, "did you mean `AWS`?"),
        (r#""Condition":{}"#, "`Condition` is empty"),
        (r#""Condition":[]"#, "takes an object"),
        (r#""Condition":{"Bool":{}}"#, "`Bool` is empty"),
        (r#""Condition":{"Bool":{"aws:a":[]}}"#, "`aws:a` is empty"),
        (r#""Condition":{"Bool":{"aws:a":null}}"#, "found null"),
        (r#""Condition":{"Bool":{"nokey":true}}"#, "no condition key"),
        (r#""condition":{}"#, "did you mean `Condition`?"),
    ] {
        assert!(messages(members).contains(message), "{members}: {}", messages(members));
    }
    assert!(matches!(errors(r#"{"Statement":[]}"#)[..], [(1, 14, Error::Empty { .. })]));
    assert!(matches!(errors(r#"{"Statement":"x"}"#)[..], [(1, 14, Error::WrongType { .. })]));
    assert!(matches!(errors("[]")[..], [(1, 1, Error::WrongType { .. })]));
    assert!(matches!(errors(r#"{"Version":"2012-10-18","Statement":[{}]}"#)[0], (1, 12, Error::Version { .. })));
}

#[test]
fn actions_are_a_star_or_a_service_and_a_name() {
    for good in ["*", "rds:*", "rds:Create?B*", "RDS:x", "rds-data:*", "**"] {
        assert_eq!(messages(&format!(r#""Action":"{good}""#)), "", "{good}");
    }
    for wrong in ["rds", "rds:", ":x", "r*:x", "*:*", "rds:a b", "rds:${aws:username}", "rds:a:b"] {
        assert!(messages(&format!(r#""Action":"{wrong}""#)).contains("is no action"), "{wrong}");
    }
}

#[test]
fn aws_principals_are_accounts_arns_or_unique_ids() {
    for good in [
        "*",
        "123456789012",
        "AROADBQP57FF2AEXAMPLE",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/*",
        "arn:aws:sts::123456789012:assumed-role/App/s",
        "arn:aws:sts::123456789012:federated-user/x",
    ] {
        assert_eq!(messages(&format!(r#""Principal":{{"AWS":"{good}"}}"#)), "", "{good}");
    }
    for wrong in
        ["alice", "1234", "arn:aws:iam::123456789012:group/x", "arn:aws:rds:us-east-1:123456789012:db:x", "AROA"]
    {
        assert!(messages(&format!(r#""Principal":{{"AWS":"{wrong}"}}"#)).contains("no AWS principal"), "{wrong}");
    }
}

#[test]
fn condition_values_must_be_what_their_operator_compares() {
    for (operator, good, wrong) in [
        ("NumericEquals", "-1.50", "1e3"),
        ("NumericEquals", "+7", "1."),
        ("NumericEquals", "0", ".5"),
        ("DateEquals", "2026-02-28T23:59:59.5+01:00", "2026-02-29"),
        ("DateEquals", "2024-02-29", "2026-13-01"),
        ("DateEquals", "2026-11", "2026"),
        ("DateEquals", "1795421730", "2026-11-23T08:15:30"),
        ("DateEquals", "2026-11-23T08:15Z", "2026-11-23T24:00Z"),
        ("Bool", "TRUE", "yes"),
        ("Null", "False", "1"),
        ("BinaryEquals", "QUI=", "QUJ="),
        ("BinaryEquals", "QQ==", "QQ"),
        ("IpAddress", "10.0.0.0/0", "10.0.0.0/33"),
        ("IpAddress", "2001:db8::/128", "2001:db8::/129"),
        ("IpAddress", "10.0.0.1", "10.0.0.01"),
        ("StringEquals", "${aws:username}", "${aws:username"),
        ("StringLike", "${aws:a, 'x y'}${*}", "${}"),
        ("ArnLike", "${aws:a}", "${aws:a, x}"),
        ("StringLike", "${aws:a,'x'}", "${aws:a, 'x'y'}"),
        ("StringLike", "${aws:a/b c}", "${ aws:a}"),
        ("StringLike", "$", "${aws:${aws:b}}"),
    ] {
        let condition = |value| messages(&format!(r#""Condition":{{"{operator}":{{"aws:k":"{value}"}}}}"#));
        assert_eq!(condition(good), "", "{operator} {good}");
        assert!(condition(wrong).starts_with(&format!("`{operator}`: ")), "{operator} {wrong}: {}", condition(wrong));
    }
}

#[test]
fn operators_are_known_by_their_exact_names() {
    let condition = |operator: &str| messages(&format!(r#""Condition":{{"{operator}":{{"aws:k":"true"}}}}"#));
    for good in ["Bool", "BoolIfExists", "ForAllValues:StringLikeIfExists", "ForAnyValue:ArnNotEquals", "Null"] {
        assert_eq!(condition(good), "", "{good}");
    }
    for (wrong, message) in [
        ("bool", "did you mean `Bool`?"),
        ("ForAnyValues:StringEquals", "did you mean `ForAnyValue:StringEquals`?"),
        ("StringEqualIfexists", "did you mean `StringEqualsIfExists`?"),
        ("Foo", "no condition operator"),
        ("NullIfExists", "takes neither"),
        ("ForAllValues:Null", "takes neither"),
    ] {
        assert!(condition(wrong).contains(message), "{wrong}: {}", condition(wrong));
    }
}

#[test]
fn without_version_2012_a_dollar_is_a_dollar() {
    let text =
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:rds:*:*:db:${nothing"}}"#;
    assert!(Policy::parse(text, &Limits::default()).is_ok());
}

#[test]
fn full_access_is_told_from_everything_less() {
    let full = |text: &str| Policy::parse(text, &Limits::default()).unwrap().is_full_access();
    let open = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#;
    assert!(full(&format!(r#"{{"Statement":{open}}}"#)));
    assert!(!full(&format!(
        r#"{{"Statement":[{open},{{"Effect":"Deny","Principal":"*","Action":"rds:X","Resource":"*"}}]}}"#
    )));
    for narrowed in [
        open.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"123456789012"}"#),
        open.replace(r#""Action":"*""#, r#""Action":"rds:*""#),
        open.replace(r#""Action":"*""#, r#""NotAction":"*""#),
        open.replace(r#""Resource":"*""#, r#""Resource":"arn:*""#),
        open.replace(r#""Resource":"*""#, r#""NotResource":"*""#),
        open.replace(r#""Action""#, r#""Condition":{"Bool":{"aws:SecureTransport":true}},"Action""#),
    ] {
        assert!(!full(&format!(r#"{{"Statement":{narrowed}}}"#)), "{narrowed}");
    }
}

#[test]
fn a_wrong_value_is_shown_where_it_stands() {
    let text = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:k":["true","x",1]}}}}"#;
    let places: Vec<usize> = errors(text).iter().map(|(_, column, _)| *column).collect();
    assert_eq!(places, [text.find("\"x\"").unwrap() + 1, text.find("1]").unwrap() + 1]);
}
