//! Random policies and requests, drawn by the bytes: the engine and the plain evaluator of the tests agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rds_guard::policy::{Limits, cases};

#[path = "../../tests/policy/naive/mod.rs"]
mod naive;
#[path = "../../tests/policy/random.rs"]
mod random;

fuzz_target!(|seed: u64| {
    let case = random::case(&mut random::Random::new(seed), 8);
    let (decision, sids) = naive::judge(&case);
    let answer = cases::judge(&case.to_string(), &Limits::NONE);
    let found: serde_json::Value = serde_json::from_str(&answer.line).expect("an answer is JSON");
    assert_eq!((found["decision"].as_str(), &found["sids"]), (Some(decision), &sids.into()), "{case:#}");
});
