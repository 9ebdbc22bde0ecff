//! Policy texts: nothing panics, every problem has a place in the text, and what is printed reads as the same policy.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rds_guard::policy::{Limits, Policy};

fuzz_target!(|text: &str| match Policy::parse(text, &Limits::NONE) {
    Ok(policy) => {
        let printed = policy.to_string();
        let again = Policy::parse(&printed, &Limits::NONE).expect("what was printed can be read");
        assert_eq!(policy, again);
        assert_eq!(printed, again.to_string());
    }
    Err(errors) => {
        assert!(errors.iter().count() > 0);
        let lines = text.matches('\n').count() + 1;
        assert!(errors.iter().all(|problem| problem.position.line <= lines));
    }
});
