//! Compares the engine with a simple evaluator that shares no code with it, on random policies and requests.
//!
//! For a long run: `RDS_GUARD_DIFFERENTIAL=10000000 cargo test --release --no-default-features --lib differential`.

use super::{naive, random};
use crate::policy::{Limits, cases};

#[test]
fn compiled_and_naive_evaluators_agree() {
    let count = std::env::var("RDS_GUARD_DIFFERENTIAL").ok().map_or(5_000, |count| count.parse().expect("a number"));
    let mut seen = std::collections::BTreeMap::<_, u64>::new();
    for seed in 0..count {
        let case = random::case(&mut random::Random::new(seed + 1), 6);
        let (decision, sids) = naive::judge(&case);
        let answer = cases::judge(&case.to_string(), &Limits::NONE);
        let found: serde_json::Value = serde_json::from_str(&answer.line).unwrap();
        assert_eq!(
            (found["decision"].as_str(), &found["sids"]),
            (Some(decision), &sids.into()),
            "seed {seed}: {case:#}\n{}",
            answer.line
        );
        *seen.entry(decision).or_default() += 1;
    }
    // If one decision became rare, agreement on it would prove little.
    assert!(seen.len() == 3 && seen.values().all(|times| times * 20 > count), "{seen:?}");
}
