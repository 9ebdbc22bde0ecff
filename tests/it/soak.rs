//! Sixty-four clients without a pause, an endpoint that restarts every few seconds, and another policy all the time: no
//! wrong decision, no lost record, no growth.
//!
//! 15 seconds in the ordinary run. `RDS_GUARD_SOAK=1000000` makes so many calls instead, and
//! `RDS_GUARD_TEST_PROGRAM=target/release/rds-guard` puts the released program to it; what is to be known is printed.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    life_under_load::{guard, service},
    support::load::{self, Load},
};

const CLIENTS: usize = 64;

/// Read, written, and never allowed.
const ACTIONS: &[&str] = &["DescribeDBInstances", "CreateDBInstance", "StopDBInstance", "DeleteDBInstance"];

/// How long the ordinary run takes.
const SHORT: Duration = Duration::from_secs(15);

/// Which actions each of the two policies allows; each denies by a statement of its name.
const POLICIES: [(&str, [bool; 4]); 2] = [
    (
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:*","Resource":"*"},{"Sid":"A","Effect":"Deny","Principal":"*","Action":["rds:CreateDBInstance","rds:DeleteDBInstance"],"Resource":"*"}]}"#,
        [true, false, true, false],
    ),
    (
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"rds:*","Resource":"*"},{"Sid":"B","Effect":"Deny","Principal":"*","Action":["rds:StopDBInstance","rds:DeleteDBInstance"],"Resource":"*"}]}"#,
        [true, true, false, false],
    ),
];

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    kilobytes: u64,
    descriptors: usize,
}

#[test]
fn no_wrong_decision_no_lost_record_and_no_growth_under_restarts_and_reloads() {
    let calls = std::env::var("RDS_GUARD_SOAK").ok().map(|calls| calls.parse().expect("a number of calls"));
    let (mut service, certificates) = service();
    let guard = guard(POLICIES[0].0, &service, &certificates, &[]);
    let load = Load::start(guard.proxy, &guard.bundle(), CLIENTS, ACTIONS, calls.unwrap_or(u32::MAX));
    let began = Instant::now();
    let (mut held, mut reloads, mut restarts) = (Vec::new(), 0u32, 0u32);
    let mut sampled = began;
    while !load.is_over() && (calls.is_some() || began.elapsed() < SHORT) {
        std::thread::sleep(Duration::from_millis(150));
        reloads += 1;
        guard.replace_policy(POLICIES[reloads as usize % 2].0);
        guard.signal(Signal::HUP);
        if began.elapsed() > Duration::from_secs(3) * (restarts + 1) {
            restarts += 1;
            service.stop();
            std::thread::sleep(Duration::from_millis(200));
            service.listen_again();
        }
        if sampled.elapsed() > Duration::from_millis(500) {
            sampled = Instant::now();
            let descriptors =
                fs::read_dir(format!("/proc/{}/fd", guard.pid().as_raw_nonzero())).map_or(0, Iterator::count);
            held.push(Held { kilobytes: guard.status("VmRSS:"), descriptors });
        }
    }
    let sent = load.stop();
    let took = began.elapsed();
    let directory = guard.ended();
    let (records, twice) = load::recorded(&directory.path().join("audit.jsonl"));
    assert!(twice.is_empty(), "recorded twice: {twice:?}");

    let versions: BTreeMap<String, [bool; 4]> = POLICIES.map(|(text, allows)| (load::version(text), allows)).into();
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    let mut allowed = BTreeMap::<usize, u64>::new();
    for call in sent.iter().flatten() {
        let record = records.get(&call.number).unwrap_or_else(|| panic!("no record of {call:?}"));
        let allows = versions[&record.version][usize::from(call.action)];
        assert_eq!(record.allow, allows, "{call:?} {record:?}");
        let expected = if allows { [200, 502, 503].contains(&call.status) } else { call.status == 403 };
        assert!(expected, "{call:?} {record:?}");
        *statuses.entry(call.status).or_default() += 1;
        *allowed.entry(usize::from(call.action)).or_default() += u64::from(allows);
    }
    let all = sent.iter().map(Vec::len).sum::<usize>();
    assert_eq!(records.len(), all, "a record for each call");
    assert_eq!(service.count("DeleteDBInstance"), 0, "never allowed, never forwarded");
    for (action, most) in &allowed {
        // A call that only reads may be sent twice.
        let seen = service.count(ACTIONS[*action]);
        assert!(seen <= *most || *action == 0, "{}: {seen} forwarded of {most} allowed", ACTIONS[*action]);
    }
    println!(
        "soak: {all} calls from {CLIENTS} clients in {:.1} s, {reloads} policies, {restarts} restarts of the endpoint\n\
         soak: answers {statuses:?}; wrong decisions 0, lost records 0, records {}\n\
         soak: memory {}, descriptors {}",
        took.as_secs_f64(),
        records.len(),
        growth(&held, |held| held.kilobytes, "KiB"),
        growth(&held, |held| held.descriptors as u64, "open"),
    );
    let half = held.len() / 2;
    let most = |part: &[Held], of: fn(&Held) -> u64| part.iter().map(of).max().unwrap_or(0);
    let kilobytes = |held: &Held| held.kilobytes;
    let (before, after) = (most(&held[held.len() / 4..half], kilobytes), most(&held[half..], kilobytes));
    // Records wait where writing them gets no processor: 10,000 at most, of about a kilobyte each.
    let waiting = 10 * 1024;
    assert!(after <= before + before / 10 + waiting, "memory grows: {before} KiB, then {after} KiB");
    let descriptors = |held: &Held| held.descriptors as u64;
    let (before, after) = (most(&held[held.len() / 4..half], descriptors), most(&held[half..], descriptors));
    assert!(after <= before + before / 4 + 16, "descriptors grow: {before}, then {after}");
}

/// The most in each quarter of the run.
fn growth(held: &[Held], of: impl Fn(&Held) -> u64, unit: &str) -> String {
    let quarters = held.chunks(held.len().div_ceil(4).max(1)).map(|part| part.iter().map(&of).max().unwrap_or(0));
    format!("{} {unit} at most in each quarter", quarters.map(|most| most.to_string()).collect::<Vec<_>>().join(", "))
}
