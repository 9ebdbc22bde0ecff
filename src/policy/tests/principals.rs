//! Which callers a principal covers, and which are exempt.

use crate::aws::PrincipalArn;
use crate::policy::{Limits, Policy, Principal, Truth};

const ROOT: &str = "arn:aws:iam::123456789012:root";
const USER: &str = "arn:aws:iam::123456789012:user/team/ann";
const ROLE: &str = "arn:aws:iam::123456789012:role/path/App";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/App/s1";
const OTHER_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/App/s2";
const FEDERATED: &str = "arn:aws:sts::123456789012:federated-user/ann";
const ELSEWHERE: &str = "arn:aws:sts::555555555555:assumed-role/App/s1";
const CHINA: &str = "arn:aws-cn:sts::123456789012:assumed-role/App/s1";

fn include(element: &str, entries: &[&str], caller: &str) -> Truth {
    let list = serde_json::to_string(entries).unwrap();
    let text =
        format!(r#"{{"Statement":{{"Effect":"Deny","{element}":{{"AWS":{list}}},"Action":"*","Resource":"*"}}}}"#);
    let policy = Policy::parse(&text, &Limits::default()).unwrap();
    let principals = policy.statements()[0].principals();
    match caller {
        "" => principals.include(Principal::Unknown),
        account if account.len() == 12 => principals.include(Principal::Account(account.parse().unwrap())),
        arn => principals.include(Principal::Known(&arn.parse::<PrincipalArn>().unwrap())),
    }
}

#[test]
fn an_entry_covers_whom_it_names() {
    let cases = [
        ("*", [USER, SESSION, ELSEWHERE, "", "123456789012"].as_slice(), [].as_slice(), [].as_slice()),
        (
            "123456789012",
            &[ROOT, USER, ROLE, SESSION, FEDERATED, CHINA, "123456789012"],
            &[ELSEWHERE, "555555555555"],
            &[""],
        ),
        (ROOT, &[ROOT, USER, ROLE, SESSION, FEDERATED, "123456789012"], &[ELSEWHERE, CHINA, "555555555555"], &[""]),
        (USER, &[USER], &[ROOT, ROLE, SESSION, ELSEWHERE, "555555555555"], &[FEDERATED, "", "123456789012"]),
        (ROLE, &[ROLE, SESSION, OTHER_SESSION], &[USER, ELSEWHERE, CHINA, FEDERATED], &["", "123456789012"]),
        (SESSION, &[SESSION], &[OTHER_SESSION, USER, ELSEWHERE, CHINA], &[ROLE, "", "123456789012"]),
        (FEDERATED, &[FEDERATED], &[USER, SESSION], &["", "123456789012"]),
        ("arn:aws:iam::123456789012:role/*", &[], &[ROLE, SESSION, "", "123456789012"], &[]),
        ("AROADBQP57FF2AEXAMPLE", &[], &[ROLE, SESSION, "", "123456789012"], &[]),
        ("arn:aws:iam::123456789012:user/App", &[], &[SESSION, ROLE, FEDERATED], &[]),
    ];
    for (entry, covered, not_covered, unknown) in cases {
        for (callers, expected) in [(covered, Truth::True), (not_covered, Truth::False), (unknown, Truth::Unknown)] {
            for caller in callers {
                assert_eq!(include("Principal", &[entry], caller), expected, "{entry} {caller}");
            }
        }
    }
}

#[test]
fn not_principal_excepts_only_who_is_listed_in_full() {
    let excepted = |entries: &[&str], caller: &str| include("NotPrincipal", entries, caller);
    for (entries, caller, included) in [
        (["*"].as_slice(), USER, Truth::False),
        (&["123456789012"], ROOT, Truth::False),
        (&[ROOT], ROOT, Truth::False),
        (&[ROOT], USER, Truth::True),
        (&[USER], USER, Truth::True),
        (&["123456789012", USER], USER, Truth::False),
        (&["555555555555", USER], USER, Truth::True),
        (&[ROOT, SESSION], SESSION, Truth::True),
        (&[ROOT, ROLE], SESSION, Truth::True),
        (&[ROLE, SESSION], SESSION, Truth::True),
        (&[ROOT, ROLE, SESSION], SESSION, Truth::False),
        (&[ROOT, ROLE, SESSION], OTHER_SESSION, Truth::True),
        (&[ROOT, ROLE, SESSION], ROLE, Truth::Unknown),
        (&[ROOT, ROLE], ROLE, Truth::True),
        (&[ROOT, FEDERATED], FEDERATED, Truth::False),
        (&[ROOT, USER], FEDERATED, Truth::True),
        (&[ROOT, USER], "123456789012", Truth::Unknown),
        (&[ROOT, USER], "555555555555", Truth::True),
        (&[USER], "123456789012", Truth::True),
        (&[ROOT, USER], "", Truth::Unknown),
        (&["AROADBQP57FF2AEXAMPLE"], "", Truth::True),
    ] {
        assert_eq!(excepted(entries, caller), included, "{entries:?} {caller}");
    }
}
