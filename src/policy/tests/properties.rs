//! Properties of every policy and request, whatever they contain.

use serde_json::Value;

use super::random::{self, Random};
use crate::policy::{Limits, Policy, cases};

const CASES: u64 = 1_500;

/// The decision and the keys that were not known.
fn decide(case: &Value) -> (String, Vec<String>) {
    let answer = cases::judge(&case.to_string(), &Limits::NONE);
    let found: Value = serde_json::from_str(&answer.line).unwrap();
    assert!(answer.judged, "{case:#}\n{}", answer.line);
    let keys = found["undetermined"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned());
    (found["decision"].as_str().unwrap().to_owned(), keys.collect())
}

fn each_case(mut check: impl FnMut(&mut Random, Value)) {
    for seed in 0..CASES {
        let mut random = Random::new(seed + 1_000_000_007);
        let case = random::case(&mut random, 5);
        check(&mut random, case);
    }
}

/// The case with one more statement of `effect`, at a random position.
fn with_statement(random: &mut Random, case: &Value, effect: &str) -> Value {
    let statement = loop {
        let statement = random::statement(random);
        if statement["Effect"] == effect {
            break statement;
        }
    };
    let mut more = case.clone();
    let statements = more["policy"]["Statement"].as_array_mut().unwrap();
    let at = random.below(statements.len() + 1);
    statements.insert(at, statement);
    more
}

#[test]
fn adding_a_deny_never_allows_more() {
    each_case(|random, case| {
        let more = with_statement(random, &case, "Deny");
        assert!(decide(&case).0 == "allow" || decide(&more).0 != "allow", "{more:#}");
    });
}

#[test]
fn adding_an_allow_never_denies_more() {
    each_case(|random, case| {
        let more = with_statement(random, &case, "Allow");
        let (before, after) = (decide(&case).0, decide(&more).0);
        assert!(before == after || before == "implicit_deny" && after == "allow", "{before} {after} {more:#}");
    });
}

#[test]
fn the_order_of_statements_and_of_list_members_does_not_matter() {
    fn reverse_lists(value: &mut Value) {
        match value {
            Value::Array(values) => {
                values.reverse();
                values.iter_mut().for_each(reverse_lists);
            }
            Value::Object(members) => members.values_mut().for_each(reverse_lists),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    each_case(|_, case| {
        let mut reversed = case.clone();
        reverse_lists(&mut reversed["policy"]);
        reverse_lists(&mut reversed["request"]["resources"]);
        let ((before, mut keys), (after, mut other_keys)) = (decide(&case), decide(&reversed));
        [&mut keys, &mut other_keys].into_iter().for_each(|keys| {
            keys.iter_mut().for_each(|key| key.make_ascii_lowercase());
            keys.sort();
        });
        assert_eq!((before, keys), (after, other_keys), "{case:#}");
    });
}

/// The case with a random value for each thing that is not known.
fn completed(random: &mut Random, case: &Value) -> Value {
    let mut complete = case.clone();
    let request = complete["request"].as_object_mut().unwrap();
    for key in std::mem::take(request["unknown"].as_array_mut().unwrap()) {
        let key = key.as_str().unwrap();
        let value =
            *random.pick(&["prod", "Prod", "100", "true", "10.1.2.3", "2026-01-01T00:00:00Z", "QUJD", "", "absent"]);
        request["context"].as_object_mut().unwrap().remove(key);
        if value == "absent" {
            continue;
        }
        let listed = key.eq_ignore_ascii_case("aws:TagKeys");
        request["context"][key] = if listed { vec![value, "env"].into() } else { value.into() };
    }
    let accounts = ["123456789012", "555555555555"];
    for resource in request["resources"].as_array_mut().unwrap() {
        let arn = resource.as_str().unwrap_or_else(|| resource["arn"].as_str().unwrap()).to_owned();
        let filled = match resource["kind"].as_str() {
            Some("unknown") => "arn:aws:rds:eu-west-1:123456789012:db:prod-1".to_owned(),
            Some(_) => arn.replace('*', random.pick::<&str>(&["mysql8.0", "prx-1", "", "mysql"])),
            None => arn,
        };
        *resource = filled.replace(":unknown:", &format!(":{}:", random.pick(&accounts))).into();
    }
    let account = request["principal"]["account"].as_str().unwrap_or("123456789012").to_owned();
    let caller = match request["principal"]["arn"].as_str().map(str::to_owned) {
        Some(role) if role.contains(":role/") => "arn:aws:sts::123456789012:assumed-role/App/s1".to_owned(),
        Some(arn) => arn,
        None => format!(
            "arn:aws:{}",
            random.pick(&[
                format!("iam::{account}:root"),
                format!("iam::{account}:user/team/ann"),
                format!("sts::{account}:assumed-role/App/s2"),
            ])
        ),
    };
    request["principal"] = serde_json::json!({"arn": caller});
    complete
}

#[test]
fn what_is_certain_without_the_unknown_facts_stays_so_with_them() {
    let mut certain = 0;
    each_case(|random, case| {
        let (decision, undetermined) = decide(&case);
        assert!(decision != "allow" || undetermined.is_empty(), "{case:#}");
        // If only the account is known, a root entry is decided on the account alone: another partition makes no
        // difference.
        let (principal, policy) = (&case["request"]["principal"], case["policy"].to_string());
        let foreign_root = principal["arn"].is_null() && policy.contains("aws-cn");
        // A session does not contain its role's path: an entry with another path covers it, but not the role.
        let other_path = principal.to_string().contains(":role/path/App") && policy.contains(":role/App");
        if !undetermined.is_empty() || foreign_root || other_path {
            return;
        }
        certain += 1;
        for _ in 0..4 {
            let complete = completed(random, &case);
            let (after, _) = decide(&complete);
            // A multivalued key without a set operator, or a value that cannot be parsed, stays undetermined when
            // known.
            let still_certain = decision == "allow" && after == "allow" || decision != "allow" && after != "allow";
            assert!(still_certain, "{decision} {after}: {case:#}\n{:#}", complete["request"]);
        }
    });
    assert!(certain > CASES / 3, "{certain}");
}

#[test]
fn a_denial_that_is_undetermined_names_what_it_depends_on() {
    each_case(|_, case| {
        let request = &case["request"];
        let text = |value: &Value| value.as_str().map(str::to_lowercase);
        for key in decide(&case).1 {
            let unknown =
                request["unknown"].as_array().unwrap().iter().filter_map(text).any(|k| k == key.to_lowercase());
            let given = request["context"].as_object().unwrap().keys().any(|k| k.eq_ignore_ascii_case(&key));
            let of_caller_or_resource =
                key.starts_with("aws:Principal") || key == "aws:ResourceAccount" || key == "guard:ResourceArn";
            assert!(
                unknown || given || of_caller_or_resource || key.eq_ignore_ascii_case("aws:TagKeys"),
                "{key} {case:#}"
            );
        }
    });
}

#[test]
fn reading_what_was_printed_gives_the_same_policy() {
    each_case(|_, case| {
        let policy = Policy::parse(&case["policy"].to_string(), &Limits::NONE).unwrap();
        let printed = policy.to_string();
        let again = Policy::parse(&printed, &Limits::NONE).unwrap();
        assert_eq!(policy, again, "{printed}");
        assert_eq!(printed, again.to_string());
    });
}
