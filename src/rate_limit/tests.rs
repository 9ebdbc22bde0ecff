//! Rates with a clock that the tests control.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{By, MAX_CALLERS, RateLimit, RateLimits};
use crate::identify::{Caller, Term, Trust};

fn caller(arn: Option<&str>, key: &str) -> Caller {
    Caller {
        role: None,
        own_accounts: crate::aws::OwnAccounts::default(),
        principal: arn.map(|arn| arn.parse().unwrap()),
        account: None,
        access_key_id: Some(key.parse().unwrap()),
        trust: Trust::None,
        tags: Arc::new(BTreeMap::new()),
        user_id: None,
        term: Term::Unknown,
    }
}

fn limit(action: &str, per_second: f64, burst: usize, by: By) -> RateLimit {
    RateLimit { action: action.parse().unwrap(), per_second, burst: NonZeroUsize::new(burst).unwrap(), by }
}

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const ORDERS: &str = "arn:aws:sts::123456789012:assumed-role/Orders/one";

/// How many consecutive calls pass.
fn pass(limits: &RateLimits, action: &str, caller: &Caller, now: Instant) -> usize {
    (0..100).take_while(|_| limits.take(action, caller, now).is_ok()).count()
}

#[test]
fn a_burst_passes_and_then_as_many_as_time_gives_back() {
    let limits = RateLimits::new(vec![limit("rds:Delete*", 2.0, 3, By::Principal)]);
    let orders = caller(Some(ORDERS), KEY);
    let now = Instant::now();
    assert_eq!(pass(&limits, "rds:DeleteDBInstance", &orders, now), 3);
    assert_eq!(pass(&limits, "rds:DeleteDBInstance", &orders, now + Duration::from_millis(499)), 0);
    assert_eq!(pass(&limits, "rds:DeleteDBInstance", &orders, now + Duration::from_millis(500)), 1);
    assert_eq!(pass(&limits, "rds:DeleteDBCluster", &orders, now + Duration::from_millis(1500)), 2);
    assert_eq!(pass(&limits, "rds:DeleteDBCluster", &orders, now + Duration::from_secs(3600)), 3, "never more");
    assert_eq!(pass(&limits, "rds:DescribeDBInstances", &orders, now), 100, "another action is not counted");
}

#[test]
fn sessions_of_a_role_share_its_rate_and_other_principals_have_their_own() {
    let limits = RateLimits::new(vec![limit("*", 1.0, 1, By::Principal)]);
    let now = Instant::now();
    let passes = |arn: Option<&str>, key: &str| pass(&limits, "rds:DescribeDBInstances", &caller(arn, key), now);
    assert_eq!(passes(Some(ORDERS), KEY), 1);
    assert_eq!(passes(Some("arn:aws:sts::123456789012:assumed-role/Orders/two"), "ASIAIOSFODNN7EXAMPLE"), 0);
    assert_eq!(passes(Some("arn:aws:iam::123456789012:role/path/Orders"), KEY), 0, "the role without a session");
    assert_eq!(passes(Some("arn:aws:sts::210987654321:assumed-role/Orders/one"), KEY), 1, "of another account");
    assert_eq!(passes(Some("arn:aws:iam::123456789012:user/ann"), KEY), 1);
    assert_eq!(passes(None, KEY), 1, "an unknown principal is told by its access key id");
    assert_eq!(passes(None, KEY), 0);
    assert_eq!(passes(None, "AKIAI44QH8DHBEXAMPLE"), 1);
}

#[test]
fn one_rate_for_all_is_taken_by_whoever_comes() {
    let limits = RateLimits::new(vec![limit("rds:*", 1.0, 2, By::All)]);
    let now = Instant::now();
    assert!(limits.take("rds:StartDBInstance", &caller(Some(ORDERS), KEY), now).is_ok());
    assert!(limits.take("rds:StopDBInstance", &caller(None, KEY), now).is_ok());
    let refused = limits.take("rds:StopDBInstance", &caller(None, "AKIAI44QH8DHBEXAMPLE"), now).unwrap_err();
    assert_eq!(refused.to_string(), "rate exceeded: `rds:*` may be called 1 times a second by all together, 2 at once");
}

#[test]
fn a_call_that_one_limit_refuses_takes_nothing_of_another() {
    let limits =
        RateLimits::new(vec![limit("rds:*", 1.0, 10, By::Principal), limit("rds:DeleteDBInstance", 1.0, 1, By::All)]);
    let orders = caller(Some(ORDERS), KEY);
    let now = Instant::now();
    assert_eq!(pass(&limits, "rds:DeleteDBInstance", &orders, now), 1);
    assert_eq!(pass(&limits, "rds:DescribeDBInstances", &orders, now), 9);
}

#[test]
fn however_many_names_come_memory_is_bounded_and_what_somebody_used_up_stays_used_up() {
    let limits = RateLimits::new(vec![limit("*", 0.01, 1, By::Principal)]);
    let orders = caller(Some(ORDERS), KEY);
    let now = Instant::now();
    assert!(limits.take("rds:DeleteDBInstance", &orders, now).is_ok());
    let mut passed = 0;
    for number in 0..20_000 {
        let forged = caller(None, &format!("AKIA{number:016}"));
        passed += usize::from(limits.take("rds:DeleteDBInstance", &forged, now).is_ok());
    }
    assert_eq!(passed, MAX_CALLERS, "the places that were left, and one shared by all the rest");
    assert!(limits.take("rds:DeleteDBInstance", &orders, now).is_err(), "forged names gave nothing back");
    let callers = |limits: &RateLimits| limits.taken.lock().unwrap()[0].callers.len();
    assert_eq!(callers(&limits), MAX_CALLERS);
    let later = now + Duration::from_secs(101);
    assert!(limits.take("rds:DeleteDBInstance", &caller(None, "AKIAI44QH8DHBEXAMPLE"), later).is_ok());
    assert_eq!(callers(&limits), 1, "buckets that are full again are forgotten");
}

#[test]
fn a_rate_that_no_clock_can_show_lets_its_burst_pass_and_then_nothing() {
    let limits = RateLimits::new(vec![limit("*", f64::MIN_POSITIVE, 2, By::All)]);
    let now = Instant::now();
    assert_eq!(pass(&limits, "rds:DeleteDBInstance", &caller(None, KEY), now), 2);
    assert_eq!(pass(&limits, "rds:DeleteDBInstance", &caller(None, KEY), now + Duration::from_secs(86_400)), 0);
}
