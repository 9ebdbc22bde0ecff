//! Matches policy patterns against resources with a partly unknown name: all resource types, all patterns of the
//! shipped policies and generated ones, checked member by member.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::aws::rds::{Absent, NamePart, OPERATIONS, RESOURCE_TYPES};
use crate::aws::{RequestResource, ResourceKind};
use crate::policy::pattern::{Pattern, Target, Variables, Wildcards};
use crate::policy::statement::NoContext;
use crate::policy::tests::wildcards::plainly_matches;
use crate::policy::{Limits, Policy, Principal, Request, RequestContext, Truth};

const HEADS: [&str; 2] = ["arn:aws:rds:eu-west-1:123456789012", "arn:aws:rds:eu-west-1:unknown"];

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, Variables::Literal, Wildcards::Live).unwrap()
}

fn said(pattern: &Pattern, arn: &str) -> Truth {
    let resource = RequestResource { arn: arn.into(), kind: ResourceKind::UnknownId };
    pattern.matches_target(&Target::new(&resource), &NoContext, Truth::False)
}

fn matches(pattern: &str, text: &str) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    plainly_matches(&chars(pattern), &chars(text))
}

/// The part after the account in the ARNs of every resource that may be partly unknown: each type with any id, each
/// default group, custom engine versions and tenant databases of snapshots.
fn unknown_names() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = RESOURCE_TYPES.iter().map(|kind| format!("{}:*", kind.prefix)).collect();
    for rule in OPERATIONS.iter().flat_map(|operation| operation.resources) {
        if let (crate::aws::rds::RuleType::One(kind), Absent::Default { name, .. }) = (&rule.resource_type, rule.absent)
        {
            for engine in ["", "mysql", "aurora-postgresql"] {
                names.insert(format!("{}:{}", kind.prefix, name.replace("{Engine}", engine)));
            }
        }
    }
    names.retain(|name| name.contains('*'));
    names.extend(
        ["cev:custom-oracle-ee/19.cdb1/*", "cev:*/*/*", "snapshot-tenant-database:rds:prod-1:*"].map(str::to_owned),
    );
    names
}

/// The patterns of the shipped policies, and variants of them for every type.
fn patterns() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir("config/policies").unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "json") {
            let policy = Policy::parse(&std::fs::read_to_string(file).unwrap(), &Limits::NONE).unwrap();
            let resources = policy.statements().iter().flat_map(|statement| statement.resources().entries());
            found.extend(resources.map(|entry| entry.as_str().to_owned()).filter(|text| !text.contains("${")));
        }
    }
    assert!(found.len() >= 5, "{found:?}");
    for kind in RESOURCE_TYPES.iter() {
        let prefix = kind.prefix;
        found.extend([
            format!("arn:aws:rds:*:123456789012:{prefix}:prod-*"),
            format!("arn:aws:rds:*:*:{prefix}:*"),
            format!("arn:aws:rds:eu-west-1:123456789012:{prefix}:prod-?"),
            format!("*:{prefix}:default*"),
            format!("*:{prefix}/*"),
            format!("arn:*:{prefix}:*:*"),
        ]);
    }
    found
}

/// Members of a family: its `*` is replaced by pieces of the pattern and by typical parts of names.
fn members(arn: &str, pattern: &str) -> Vec<String> {
    let name = arn.splitn(6, ':').nth(5).unwrap();
    let (prefix, rest) = name.split_once(':').unwrap();
    let part = NamePart::of_name(prefix, rest);
    let pieces = pattern.split(['*']).map(|piece| piece.replace('?', "0"));
    let tails: Vec<String> = pieces
        .clone()
        .flat_map(|piece| {
            let ends: Vec<String> = (0..piece.len()).filter_map(|at| piece.get(at..).map(str::to_owned)).collect();
            ends
        })
        .collect();
    let fills =
        ["", "prod-1", "-8-0", "8.0", "prx-0123456789abcdef0", "rds:prod-2024-01-01", "19/x"].map(str::to_owned);
    let fills = fills.into_iter().chain(pieces).chain(tails).filter(|fill| fill.chars().all(|c| part.allows(c)));
    let accounts = if arn.contains(":unknown:") { &["123456789012", "999999999999"][..] } else { &["123456789012"] };
    let members = fills.flat_map(|fill| {
        accounts.iter().map(move |account| arn.replacen(":unknown:", &format!(":{account}:"), 1).replace('*', &fill))
    });
    members.collect()
}

#[test]
fn what_is_said_of_any_resource_with_an_unknown_name_holds_for_every_member() {
    let (mut all, mut some, mut none) = (0, 0, 0);
    for text in patterns() {
        let compiled = pattern(&text);
        for name in unknown_names() {
            for arn in HEADS.map(|head| format!("{head}:{name}")) {
                let members = members(&arn, &text);
                assert!(members.len() > 1, "{arn}");
                let matching =
                    members.iter().filter(|member| compiled.matches(member, &NoContext) == Truth::True).count();
                match said(&compiled, &arn) {
                    Truth::True => assert_eq!(matching, members.len(), "{text} {arn}"),
                    Truth::False => assert_eq!(matching, 0, "{text} {arn}"),
                    Truth::Unknown => some += 1,
                }
                all += 1;
                none += usize::from(said(&compiled, &arn) == Truth::False);
            }
        }
    }
    assert!(all > 10_000 && some > 100 && none > all / 2, "{all} {some} {none}");
}

#[test]
fn a_deny_on_a_prefix_of_databases_does_not_reach_default_groups_and_generated_ids() {
    for denied in ["arn:aws:rds:*:123456789012:db:prod-*", "arn:*:rds:*:*:db:prod-*", "*:db:prod-*"] {
        let denied = pattern(denied);
        for name in unknown_names() {
            let wanted = if name == "db:*" { Truth::Unknown } else { Truth::False };
            // The name of an unknown snapshot or option group can have a colon: only the type distinguishes it.
            let prefixed = ["og:*", "snapshot:*", "cluster-snapshot:*", "snapshot-tenant-database:*"];
            if prefixed.contains(&name.as_str()) {
                continue;
            }
            for head in HEADS {
                assert_eq!(said(&denied, &format!("{head}:{name}")), wanted, "{} {name}", denied.as_str());
            }
        }
    }
}

#[test]
fn a_deny_on_some_of_the_default_groups_may_reach_an_unknown_one() {
    for (denied, name, wanted) in [
        ("arn:aws:rds:*:*:og:default:mysql-8-0", "og:default:mysql*", Truth::Unknown),
        ("arn:aws:rds:*:*:og:default:*", "og:default:mysql*", Truth::True),
        ("arn:aws:rds:*:*:og:default:mysql-8-0:x", "og:default:mysql*", Truth::False),
        ("arn:aws:rds:*:*:pg:default.mysql8.0", "pg:default.mysql*", Truth::Unknown),
        ("arn:aws:rds:*:*:pg:*:x", "pg:default.mysql*", Truth::False),
        ("arn:aws:rds:*:*:snapshot:rds:prod-*", "snapshot:*", Truth::Unknown),
        ("arn:aws:rds:*:*:snapshot-tenant-database:prod:*", "snapshot-tenant-database:*", Truth::Unknown),
        ("arn:aws:rds:*:*:cev:*/19.x/*", "cev:*", Truth::Unknown),
        ("arn:aws:rds:*:*:cev:*/19.x/*", "cev:custom-oracle-ee/19.cdb1/*", Truth::False),
        ("arn:aws:rds:*:*:new-type:a:b/c", "new-type:*", Truth::Unknown),
    ] {
        for head in HEADS {
            assert_eq!(said(&pattern(denied), &format!("{head}:{name}")), wanted, "{denied} {name}");
        }
    }
}

#[test]
fn creating_an_instance_with_default_groups_is_allowed_where_other_databases_are_denied() {
    let text = r#"{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:rds:*:123456789012:db:prod-*"}]}"#;
    let policy = Policy::parse(text, &Limits::default()).unwrap();
    let resource = |name: &str, kind| RequestResource { arn: format!("{}:{name}", HEADS[0]).into(), kind };
    let resources = [
        resource("db:dev-1", ResourceKind::Exact),
        resource("og:default:mysql*", ResourceKind::Default),
        resource("pg:default.mysql*", ResourceKind::Default),
        resource("subgrp:default", ResourceKind::Exact),
        resource("db-proxy:*", ResourceKind::UnknownId),
    ];
    let context = RequestContext::new();
    let request = Request {
        action: "rds:CreateDBInstance",
        principal: Principal::Unknown,
        resources: &resources,
        context: &context,
    };
    assert!(policy.evaluate(&request).is_allow());
}

/// Whether the pattern matches for some, and for each, of the texts of up to five characters that can replace the
/// family's `*`.
fn by_enumeration(p: &str, family: &str, alphabet: &[char]) -> (bool, bool) {
    let mut fills = vec![String::new()];
    let mut last = fills.clone();
    for _ in 0..5 {
        last = last.iter().flat_map(|fill| alphabet.iter().map(move |c| format!("{fill}{c}"))).collect();
        fills.extend(last.iter().cloned());
    }
    let truths: Vec<bool> = fills.iter().map(|fill| matches(p, &family.replace('*', fill))).collect();
    (truths.contains(&true), !truths.contains(&false))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// All members of limited length are tried, so that a result is never unknown without a witness.
    #[test]
    fn unknown_is_said_only_of_a_family_with_a_member_that_matches(
        p in "[a:/*?]{0,5}",
        kind in prop::sample::select(vec!["db", "og", "cev", "new"]),
        before in "[a:/]{0,1}",
        after in "[a]{0,1}",
    ) {
        let head = format!("arn:aws:rds:r:1:{kind}:{before}");
        let part = NamePart::of_name(kind, &format!("{before}*{after}"));
        let alphabet: Vec<char> = ['a', ':', '/'].into_iter().filter(|c| part.allows(*c)).collect();
        let (p, family) = (format!("{}{p}", "arn:aws:rds:r:1:").replace("1:", &format!("1:{kind}:")), format!("{head}*{after}"));
        let (some, each) = by_enumeration(&p, &family, &alphabet);
        match said(&pattern(&p), &family) {
            Truth::True => prop_assert!(each, "{p} {family}"),
            Truth::Unknown => prop_assert!(some, "{p} {family}"),
            Truth::False => prop_assert!(!some, "{p} {family}"),
        }
    }

    /// Compares the fast algorithm on marked texts with the general one.
    #[test]
    fn marked_texts_are_related_as_symbols_are(
        p in prop_oneof!["[a1:/*?]{0,9}", "[a1:/*?]{0,5}\\*:1[1a?*]{0,12}:[a*:?]{0,4}", "p:[*?a:1]{0,7}"],
        account in prop::sample::select(vec!["1", "unknown"]),
        kind in prop::sample::select(vec!["db", "og", "cev", "new"]),
        name in "[a1:/]{0,4}\\*{0,1}",
    ) {
        let p = p.replace('p', &format!("arn:aws:rds:r:*:{kind}"));
        let resource = RequestResource {
            arn: format!("arn:aws:rds:r:{account}:{kind}:{name}").into(),
            kind: ResourceKind::UnknownId,
        };
        let target = Target::new(&resource);
        if let Target::Family(family) = &target {
            let compiled = pattern(&p);
            let by_marks = compiled.matches_target(&target, &NoContext, Truth::False);
            let pieces = crate::policy::pattern::parse_template(&p, Variables::Literal, Wildcards::Live).unwrap();
            let glob = crate::policy::pattern::Glob::new(&pieces);
            prop_assert_eq!(by_marks, family.relation_by_symbols(glob.parts()), "{} {}", p, resource.arn);
        }
    }
}
