//! The linter with the RDS vocabulary, checked against the engine and against learned policies.

mod calls;
mod learned;
mod shipped;

use super::vocabulary::of_rds;
use crate::{
    aws::{
        RequestResource, ResourceKind,
        rds::{OPERATIONS, Operation, ResourceType, RuleType},
    },
    policy::{
        Limits, Policy, Principal, Request, RequestContext,
        lint::{Finding, Options, Severity, Vocabulary, lint},
    },
};

fn findings(text: &str, vocabulary: &Vocabulary) -> Vec<Finding> {
    let policy = Policy::parse(text, &Limits::NONE).unwrap_or_else(|errors| panic!("{text}: {errors}"));
    lint(&policy, &Options { vocabulary, portable: false, is_knowable: &|_| true, max_characters: usize::MAX })
}

/// The codes of findings more severe than a note, except RG003: the policies here are a Deny or a single Allow.
fn codes(text: &str, vocabulary: &Vocabulary) -> Vec<&'static str> {
    let found = findings(text, vocabulary);
    let worse = found.iter().filter(|finding| finding.rule.severity > Severity::Note);
    worse.map(|finding| finding.rule.code).filter(|code| !["RG003", "RG054"].contains(code)).collect()
}

fn deny(action: &str, element: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"rds:{action}","{element}":"{resource}"}}]}}"#
    )
}

/// Whether a Deny matches a request on one ARN.
fn denies(text: &str, action: &str, arn: &str) -> bool {
    let policy = Policy::parse(text, &Limits::NONE).expect("it was read before");
    let resources = [RequestResource { arn: arn.into(), kind: ResourceKind::Exact }];
    let context = RequestContext::new();
    let action = format!("rds:{action}");
    let request = Request { action: &action, principal: Principal::Unknown, resources: &resources, context: &context };
    policy.evaluate(&request).as_str() == "explicit_deny"
}

/// A valid name for a resource of the type.
fn name(kind: &ResourceType) -> String {
    let form = kind.name_form();
    let head = form.heads.first().copied().unwrap_or_default();
    let tail = if form.generated { "0123456789abcdef0" } else { "orders-1" };
    match kind.prefix {
        "cev" => "custom-oracle-ee/19.cev1/0123".to_owned(),
        "snapshot-tenant-database" => "orders-1:tdb-0123456789abcdef0".to_owned(),
        _ => format!("{head}{tail}"),
    }
}

fn arn(partition: &str, region: &str, account: &str, kind: &ResourceType, name: &str) -> String {
    let region = if kind.global { "" } else { region };
    format!("arn:{partition}:rds:{region}:{account}:{}:{name}", kind.prefix)
}

fn types(operation: &Operation) -> Vec<&'static ResourceType> {
    let mut all: Vec<&'static ResourceType> = Vec::new();
    for rule in operation.resources {
        let of_rule: Vec<&'static ResourceType> = match rule.resource_type {
            RuleType::One(one) => vec![one],
            RuleType::AnyOf(several) => several.to_vec(),
            RuleType::Star | RuleType::StarIfNone => Vec::new(),
        };
        for kind in of_rule {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
    }
    all
}

/// For every action and type: a pattern that matches such a resource has no finding and the engine matches it; a
/// pattern that fails to match in any way has exactly one finding, and the engine matches no resource of the
/// action.
#[test]
fn lint_and_engine_agree_for_every_action_and_type_on_what_a_resource_can_match() {
    let vocabulary = of_rds();
    let (mut right, mut wrong) = (0, 0);
    let mut seen: Vec<Vec<&str>> = Vec::new();
    for (turn, operation) in OPERATIONS.iter().enumerate() {
        let kinds = types(operation);
        // Of the actions with the same types, the first is tested with all patterns, and the others with a
        // different part each.
        let prefixes: Vec<&str> = kinds.iter().map(|kind| kind.prefix).collect();
        let is_first = !seen.contains(&prefixes);
        seen.push(prefixes);
        let is_tried = |at: usize, kind: usize| is_first && kinds.len() < 5 || (at + kind + turn).is_multiple_of(8);
        let witnesses: Vec<String> = kinds
            .iter()
            .flat_map(|kind| {
                [name(kind), format!("{}a", name(kind))]
                    .map(|name| arn("aws", "eu-west-1", "123456789012", kind, &name))
            })
            .collect();
        for (number, kind) in kinds.iter().enumerate() {
            let own = name(kind);
            let exact = arn("aws", "eu-west-1", "123456789012", kind, &own);
            let patterns = [
                exact.clone(),
                arn("aws", "*", "123456789012", kind, &own),
                arn("aws", "*", "*", kind, "*"),
                arn("*", "*", "*", kind, &own),
                arn("aws", "eu-*", "????????????", kind, &own),
                format!("arn:aws:rds:*:{}:{own}", kind.prefix),
                format!("*:{own}"),
            ];
            for (_, pattern) in patterns.iter().enumerate().filter(|(at, _)| is_tried(*at, number)) {
                let text = deny(operation.name, "Resource", pattern);
                assert_eq!(codes(&text, &vocabulary), Vec::<&str>::new(), "{text}");
                assert!(denies(&text, operation.name, &exact), "{text}");
                right += 1;
            }
            for (_, (what, pattern)) in
                misses(kind, &own).into_iter().enumerate().filter(|(at, _)| is_tried(*at, number))
            {
                for element in ["Resource", "NotResource"] {
                    let text = deny(operation.name, element, &pattern);
                    let found = codes(&text, &vocabulary);
                    assert_eq!(found.len(), 1, "{what}: {text}: {found:?}");
                }
                let text = deny(operation.name, "Resource", &pattern);
                let matched = witnesses.iter().find(|arn| denies(&text, operation.name, arn));
                assert_eq!(matched, None, "{what}: {text}");
                wrong += 1;
            }
        }
    }
    assert!(right > 300 && wrong > 800, "{right} {wrong}");
}

/// Patterns that match no resource of the type, nor any other.
fn misses(kind: &ResourceType, own: &str) -> Vec<(&'static str, String)> {
    let with = |partition: &str, region: &str, account: &str| arn(partition, region, account, kind, own);
    let whole = with("aws", "eu-west-1", "123456789012");
    let mut all = vec![
        ("a slash for the colon", whole.replacen(&format!(":{}:", kind.prefix), &format!(":{}/", kind.prefix), 1)),
        ("a misspelt type", whole.replacen(&format!(":{}:", kind.prefix), &format!(":{}x:", kind.prefix), 1)),
        ("no partition", with("awss", "eu-west-1", "123456789012")),
        ("a short account", with("aws", "eu-west-1", "12345678901")),
        ("a long account", with("aws", "*", "1234567890123")),
        ("no account", with("aws", "eu-west-1", "")),
        ("another service", whole.replacen(":rds:", ":rdsx:", 1)),
        ("no arn", whole.replacen("arn:", "", 1)),
        ("too few fields", "arn:aws:rds".to_owned()),
        ("a percent sign", format!("{whole}%")),
        ("a wildcard for the type and no such end", "arn:aws:rds:*:*:*:a%".to_owned()),
    ];
    if kind.global {
        let regional = whole.replacen("rds::", "rds:eu-west-1:", 1);
        all.push(("a region where there is none", regional));
    } else {
        all.push(("no region", whole.replacen("eu-west-1", "", 1)));
        all.push(("a malformed region", whole.replacen("eu-west-1", "euwest1", 1)));
        all.push(("another partition's region", whole.replacen("arn:aws:", "arn:aws-cn:", 1)));
        all.push(("another partition's regions", whole.replacen("eu-west-1", "cn-*", 1)));
    }
    if kind.folds() {
        all.push(("a capital", arn("aws", "*", "*", kind, &format!("{own}A"))));
    }
    if kind.name_form().generated {
        all.push(("a name for a generated id", arn("aws", "*", "*", kind, "orders-*")));
    }
    if !matches!(kind.prefix, "cev" | "snapshot-tenant-database") {
        all.push(("a second slash", arn("aws", "*", "*", kind, &format!("{own}/a"))));
        all.push(("no type", format!("arn:aws:rds:eu-west-1:123456789012:{}", own.replace(':', "-"))));
    }
    all
}

/// An entry of another type is reported at the action, where nothing else is listed.
#[test]
fn a_type_that_the_action_does_not_act_on_is_one_finding() {
    let vocabulary = of_rds();
    for operation in OPERATIONS.iter() {
        let own = types(operation);
        if own.is_empty() {
            for resource in ["arn:aws:rds:*:*:*", "arn:aws:rds:eu-west-1:123456789012:db:orders", "arn:*"] {
                let text = deny(operation.name, "Resource", resource);
                assert_eq!(codes(&text, &vocabulary), ["RG052"], "{text}");
            }
            continue;
        }
        for other in crate::aws::rds::RESOURCE_TYPES.iter().filter(|kind| !own.contains(kind)) {
            let text = deny(operation.name, "Resource", &arn("aws", "eu-west-1", "123456789012", other, &name(other)));
            assert_eq!(codes(&text, &vocabulary), ["RG053"], "{text}");
        }
    }
}

/// The usual Deny against public instances: the key is not a key of the action, and the finding names the
/// parameter instead.
#[test]
fn a_key_that_the_action_does_not_carry_is_found_and_the_parameter_named() {
    let vocabulary = of_rds();
    let with = |effect: &str, action: &str, condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":"*","Action":{action},"Resource":"*","Condition":{{{condition}}}}}]}}"#
        )
    };
    for (action, condition, code, named) in [
        (
            r#""rds:ModifyDBInstance""#,
            r#""Bool":{"rds:PubliclyAccessible":"true"}"#,
            "RG077",
            "`guard:Param/PubliclyAccessible`",
        ),
        (
            r#"["rds:ModifyDBSnapshotAttribute"]"#,
            r#""StringEquals":{"rds:AttributeValues":"all"}"#,
            "RG060",
            "`guard:Param/ValuesToAdd`",
        ),
        (
            r#""rds:RestoreDBInstanceFromDBSnapshot""#,
            r#""Bool":{"rds:StorageEncrypted":"false"}"#,
            "RG079",
            "rds:StorageEncrypted",
        ),
        (
            r#""rds:RebootDBInstance""#,
            r#""StringEquals":{"aws:RequestTag/team":"a"}"#,
            "RG077",
            "`rds:RebootDBInstance`",
        ),
        (r#""rds:RebootDBInstance""#, r#""StringEquals":{"rds:req-tag/team":"a"}"#, "RG077", "`rds:RebootDBInstance`"),
        (r#""rds:StopDBInstance""#, r#""Bool":{"guard:Param/SkipFinalSnapshot":"true"}"#, "RG077", "no parameter of"),
    ] {
        let text = with("Deny", action, condition);
        let found = findings(&text, &vocabulary);
        let found: Vec<&Finding> = found.iter().filter(|finding| finding.rule.code != "RG003").collect();
        assert_eq!(found.iter().map(|finding| finding.rule.code).collect::<Vec<_>>(), [code], "{text}: {found:?}");
        assert!(found.iter().any(|finding| finding.message.contains(named)), "{text}: {found:?}");
    }
}

/// For every action and every key of the table: no finding if some request of the action has a value for the key.
#[test]
fn every_key_of_every_action_is_one_that_lint_takes_for_it() {
    let vocabulary = of_rds();
    for operation in OPERATIONS.iter() {
        for key in operation.keys.iter().map(crate::aws::rds::KeyRule::key) {
            let key = key.replace("${TagKey}", "team");
            let operator = if key == "aws:TagKeys" { "ForAnyValue:StringLike" } else { "StringLike" };
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"rds:{}","Resource":"*","Condition":{{"{operator}":{{"{key}":"aaaaaa"}}}}}}]}}"#,
                operation.name
            );
            let found = codes(&text, &vocabulary);
            let about_keys: Vec<_> =
                found.iter().filter(|code| ["RG060", "RG077", "RG078", "RG079"].contains(code)).collect();
            assert!(about_keys.is_empty(), "{text}: {found:?}");
        }
    }
}

/// AWS's managed policies, with a principal, and policies for the endpoints of many services.
#[test]
fn policies_about_several_services_have_a_note_or_two() {
    let vocabulary = of_rds();
    let full_access = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Principal":"*","Resource":"*","Action":["rds:*","application-autoscaling:DeleteScalingPolicy",
         "application-autoscaling:DescribeScalableTargets","cloudwatch:DescribeAlarms","cloudwatch:GetMetricStatistics",
         "ec2:DescribeAccountAttributes","ec2:DescribeSecurityGroups","ec2:DescribeVpcs","sns:ListSubscriptions","sns:Publish",
         "logs:DescribeLogStreams","logs:GetLogEvents","outposts:GetOutpostInstanceTypes","devops-guru:GetResourceCollection"]},
        {"Effect":"Allow","Principal":"*","Action":"pi:*","Resource":["arn:aws:pi:*:*:metrics/rds/*","arn:aws:pi:*:*:perf-reports/rds/*"]},
        {"Effect":"Allow","Principal":"*","Action":"iam:CreateServiceLinkedRole","Resource":"*",
         "Condition":{"StringLike":{"iam:AWSServiceName":["rds.amazonaws.com","rds.application-autoscaling.amazonaws.com"]}}},
        {"Effect":"Allow","Principal":"*","Action":["devops-guru:SearchInsights","devops-guru:ListAnomaliesForInsight"],"Resource":"*",
         "Condition":{"ForAllValues:StringEquals":{"devops-guru:ServiceNames":["RDS"]},"Null":{"devops-guru:ServiceNames":"false"}}}]}"#;
    let region = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"All","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
        {"Sid":"Region","Effect":"Deny","Principal":"*","NotAction":["iam:*","sts:*","support:*"],"Resource":"*",
         "Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}},
        {"Sid":"Layers","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion",
         "Resource":["arn:aws:lambda:*:aws:layer:tool","arn:aws:lambda:<region>:aws:layer:tool"]}]}"#;
    for (text, wanted) in [(full_access, vec!["RG011", "RG037"]), (region, vec!["RG011", "RG037"])] {
        let found = findings(text, &vocabulary);
        let mut found: Vec<&str> = found.iter().map(|finding| finding.rule.code).collect();
        found.sort_unstable();
        assert_eq!(found, wanted, "{text}");
    }
}
