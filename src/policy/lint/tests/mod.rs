//! Each rule finds its example, and fixes resolve the finding that they belong to.

mod condition_edges;
mod edges;

use serde_json::Value;

use super::output::{self, Report};
use super::{Finding, KnownAction, KnownKey, KnownType, Options, RULES, Required, Vocabulary, lint, reference};
use crate::aws::{condition_keys::ValueKind, rds::resource_type_of_prefix};
use crate::policy::{Limits, Policy};

fn vocabulary() -> Vocabulary {
    let action = |name: &str, types: &[&str], required: &[&str]| KnownAction {
        name: format!("rds:{name}"),
        resources_known: true,
        resource_types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        required: required
            .iter()
            .map(|kind| Required { any_of: vec![(*kind).to_owned()], assumed: *kind == "og" })
            .collect(),
        star: types.is_empty(),
        keys: match name {
            "CreateDBInstance" | "StopDBInstance" => vec!["rds:MultiAz", "aws:RequestTag/${TagKey}"],
            _ => Vec::new(),
        },
        stored_keys: if name == "RebootDBInstance" { vec!["rds:MultiAz"] } else { Vec::new() },
        parameters: vec!["Engine", "MultiAZ", "ValuesToAdd.AttributeValue.#"],
        ..KnownAction::default()
    };
    let kind = |prefix: &str, global: bool| KnownType {
        prefix: prefix.to_owned(),
        global,
        lower_case: true,
        names: resource_type_of_prefix(prefix).expect("a type").name_form(),
    };
    Vocabulary {
        service: "rds".to_owned(),
        actions: vec![
            action("CreateDBInstance", &["db", "og", "pg", "subgrp"], &["db", "og", "pg", "subgrp"]),
            action("DeleteDBInstance", &["db"], &["db"]),
            action("DescribeAccountAttributes", &[], &[]),
            action("DescribeDBInstances", &["db"], &["db"]),
            action("StopDBInstance", &["db", "snapshot"], &["db"]),
            action("RebootDBInstance", &["db"], &["db"]),
            action("DeleteGlobalCluster", &["global-cluster"], &["global-cluster"]),
            action("DeleteDBProxy", &["db-proxy"], &["db-proxy"]),
        ],
        resource_types: vec![
            kind("db", false),
            kind("cluster", false),
            kind("og", false),
            kind("pg", false),
            kind("subgrp", false),
            kind("snapshot", false),
            kind("db-proxy", false),
            kind("global-cluster", true),
        ],
        keys: vec![
            KnownKey { name: "rds:MultiAz".to_owned(), kind: ValueKind::Bool },
            KnownKey { name: "aws:RequestTag/${TagKey}".to_owned(), kind: ValueKind::Text },
        ],
    }
}

fn findings(text: &str) -> Vec<Finding> {
    let vocabulary = vocabulary();
    let is_knowable = |key: &str| !key.starts_with("aws:resourcetag/");
    let policy = Policy::parse(text, &Limits::NONE).expect("the policy can be read");
    lint(
        &policy,
        &Options {
            vocabulary: &vocabulary,
            portable: true,
            is_knowable: &is_knowable,
            max_characters: Limits::default().max_characters,
        },
    )
}

fn with_version(version: &str, statements: &str) -> String {
    format!(r#"{{"Version":"{version}","Statement":[{statements}]}}"#)
}

fn codes(statements: &str) -> Vec<&'static str> {
    findings(&with_version("2012-10-17", statements)).iter().map(|finding| finding.rule.code).collect()
}

#[test]
fn every_rule_finds_its_example() {
    assert!(RULES.len() >= 25);
    for rule in RULES.iter().filter(|rule| rule.code != "RG001") {
        let version = if rule.code == "RG007" { "2008-10-17" } else { "2012-10-17" };
        let found = findings(&with_version(version, rule.example));
        assert!(found.iter().any(|finding| finding.rule.code == rule.code), "{}: {found:#?}", rule.code);
    }
    let long = with_version("2012-10-17", RULES[1].example) + &" ".repeat(20_480);
    assert_eq!(findings(&long)[0].rule.code, "RG001");
}

#[test]
fn codes_and_names_are_unique_and_in_order() {
    assert!(RULES.windows(2).all(|pair| pair[0].code < pair[1].code));
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn a_policy_that_says_what_it_means_has_no_findings() {
    let good = r#"{"Sid":"Read","Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"rds:Describe*","Resource":"*"},
        {"Effect":"Allow","Principal":"*","Action":["rds:CreateDBInstance","rds:StopDBInstance"],
         "Resource":["arn:aws:rds:*:123456789012:db:app-*","arn:aws:rds:*:123456789012:*:default*"],
         "Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]},"Bool":{"rds:MultiAz":true},
                      "ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/App"},"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}},
        {"Effect":"Deny","Principal":"*","Action":"rds:DeleteDBInstance","Resource":"arn:aws:rds:*:*:db:prod-*"}"#;
    assert_eq!(codes(good), Vec::<&str>::new());
}

#[test]
fn a_fix_mends_its_finding_and_leaves_the_rest() {
    let mut mended = 0;
    for rule in RULES.iter().filter(|rule| !rule.example.is_empty()) {
        let text = with_version("2012-10-17", rule.example);
        for finding in findings(&text) {
            let Some(fix) = &finding.fix else { continue };
            let mut after = text.clone();
            after.replace_range(fix.start..fix.end, &fix.replacement);
            let still =
                findings(&after).iter().any(|other| other.rule == finding.rule && other.message == finding.message);
            assert!(!still, "{}: {after}", finding.rule.code);
            mended += 1;
        }
    }
    assert!(mended >= 6, "{mended}");
}

#[test]
fn findings_stand_where_the_text_is_odd() {
    let text = "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\",\n  \"Action\": [\"rds:Stop*\", \"rds:Nothing\"], \"Resource\": \"*\"}]}";
    let found = findings(text);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].position.line, found[0].position.column), (2, 27));
}

#[test]
fn of_two_statements_that_say_the_same_one_is_reported() {
    let same = r#"{"Effect":"Allow","Principal":"*","Action":"rds:StopDBInstance","Resource":"*"}"#;
    assert_eq!(codes(&format!("{same},{same}")), ["RG008"]);
    let conditional = r#"{"Effect":"Deny","Principal":"*","Action":"rds:Stop*","Resource":"*","Condition":{"StringEquals":{"aws:username":"ann"}}}"#;
    assert_eq!(codes(&format!("{same},{conditional}")), Vec::<&str>::new());
}

#[test]
fn reports_are_written_for_people_and_machines() {
    let found = findings(&with_version(
        "2012-10-17",
        r#"{"Effect":"Allow","Principal":"*","Action":"rds:StopDBInstances","Resource":"*"}"#,
    ));
    let reports = [Report { file: "a,b.json", findings: &found }];
    let message = "`rds:StopDBInstances` is no known action; did you mean `rds:StopDBInstance`?";
    let expected = format!("a,b.json:1:81: error[RG030]: {message}\n    mend: write \"rds:StopDBInstance\"\n");
    assert_eq!(output::text(&reports), expected);
    let github = format!("::error file=a%2Cb.json,line=1,col=81,title=RG030%3A no such action::{message}\n");
    assert_eq!(output::github(&reports), github);
    let json = output::json(&reports);
    assert_eq!((&json[0]["code"], &json[0]["fix"]["start"]), (&"RG030".into(), &80.into()));
    let sarif = output::sarif(&reports);
    let result = &sarif["runs"][0]["results"][0];
    let rule =
        &sarif["runs"][0]["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((&rule["id"], &result["level"]), (&Value::from("RG030"), &Value::from("error")));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startColumn"], 81);
    assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"]["byteLength"], 21);
}

/// To rewrite the page: `RDS_GUARD_WRITE_REFERENCE=1 cargo test --no-default-features --lib reference`.
#[test]
fn the_reference_page_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md");
    if std::env::var_os("RDS_GUARD_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, reference()).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == reference(), "docs/lint.md is not what the rules say");
}

#[test]
fn what_ec2_refuses_is_found_in_generated_policies() {
    let packed = include_bytes!("../../../../tests/data/policy/cases-dev.jsonl.gz");
    let mut lines = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut lines).unwrap();
    let (mut six, mut ids) = (0, 0);
    for line in lines.lines().step_by(6) {
        let case: Value = serde_json::from_str(line).unwrap();
        let tagged = |tag: &str| case["tags"].as_array().unwrap().iter().any(|found| found == tag);
        let found = findings(&case["policy"].to_string());
        let has = |code: &str| found.iter().any(|finding| finding.rule.code == code);
        assert!(!tagged("lint-six-chars") || has("RG068") || has("RG066"), "{line}");
        assert!(!tagged("lint-sysid-wildcard") || has("RG066"), "{line}");
        six += usize::from(tagged("lint-six-chars"));
        ids += usize::from(tagged("lint-sysid-wildcard"));
    }
    assert!(six > 20 && ids > 15, "{six} {ids}");
}
