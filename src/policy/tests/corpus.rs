//! Agreement with decisions from elsewhere: made by hand from AWS's pages, and by an independent evaluator.

use std::io::Read;

use crate::policy::{Limits, cases};

fn disagreements(lines: &str) -> Vec<String> {
    let mut disagreements = Vec::new();
    for line in lines.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let answer = cases::judge(line, &Limits::NONE);
        let found: serde_json::Value = serde_json::from_str(&answer.line).unwrap();
        let same_sids = case.get("sids").is_none_or(|sids| found["sids"] == *sids);
        if !answer.judged || found["decision"] != case["expected"] || !same_sids {
            disagreements
                .push(format!("{}: expected {} {}, got {}", case["id"], case["expected"], case["sids"], answer.line));
        }
    }
    disagreements
}

#[test]
fn decides_the_hand_made_cases_as_aws_documents() {
    let lines = include_str!("../../../tests/data/policy/handcases.jsonl");
    assert_eq!(lines.lines().count(), 76);
    assert_eq!(disagreements(lines), Vec::<String>::new());
}

#[test]
fn decides_the_hand_made_cases_with_unknown_keys() {
    assert_eq!(disagreements(include_str!("../../../tests/data/policy/handcases-unknown.jsonl")), Vec::<String>::new());
}

#[test]
fn decides_as_documented_where_the_other_evaluator_departs_from_aws() {
    assert_eq!(
        disagreements(include_str!("../../../tests/data/policy/cases-oracle-wrong.jsonl")),
        Vec::<String>::new()
    );
}

#[test]
fn decides_generated_cases_with_unknown_keys() {
    let lines = include_str!("../../../tests/data/policy/cases-unknown-dev.jsonl");
    assert_eq!(lines.lines().count(), 300);
    assert_eq!(disagreements(lines), Vec::<String>::new());
}

#[test]
fn agrees_with_the_other_evaluator_on_three_thousand_policies() {
    let packed = include_bytes!("../../../tests/data/policy/cases-dev.jsonl.gz");
    let mut lines = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut lines).unwrap();
    assert_eq!(lines.lines().count(), 3000);
    assert_eq!(disagreements(&lines), Vec::<String>::new());
}
