//! boto3: to the sandbox, which checks every signature, and to moto, which none of us wrote.

use std::{path::Path, process::Command};

use serde_json::Value;

use super::{CALLS, NEAR, POLICY, client, guard_before, make, sandbox, venv};
use crate::support::{
    front::Front,
    guard::{Endpoint, Guard},
    moto::Moto,
};

#[test]
fn boto3_works_through_the_proxy_to_a_service_that_verifies_signatures() {
    let Some(venv) = venv::ready() else { return };
    let sandbox = sandbox();
    let guard = guard_before(&sandbox);
    let checks = [
        "allowed_calls_succeed",
        "errors_of_the_service_arrive_as_its_own",
        "an_implicit_deny_is_access_denied_in_one_try",
        "an_explicit_deny_names_the_statement",
        "retries_are_not_spent_on_a_denial",
        "pages_come_one_after_the_other",
        "twenty_clients_work_side_by_side",
        "a_session_token_is_passed_on",
        "a_presigned_get_is_judged_and_answered",
        "five_megabytes_are_streamed",
    ];
    make(&checks, boto3(&venv, &guard));

    // What was denied never arrived; what arrived was signed well.
    assert_eq!((sandbox.count("DeleteDBInstance"), sandbox.count("StopDBInstance")), (0, 0));
    let refused: Vec<_> = sandbox.arrivals().into_iter().filter(|arrival| arrival.verified.is_none()).collect();
    assert!(refused.is_empty(), "{refused:?}");

    // One record a request: those that arrived, and those that were refused before.
    let records = requests(guard.into_records());
    let allowed = records.iter().filter(|record| record["decision"] == "allow").count();
    assert_eq!(allowed as u64, sandbox.requests());
    // 1 implicit, 1 explicit, 3 retry modes, 20 clients, 1 presigned.
    assert_eq!(records.len() - allowed, 26);
    let text = serde_json::to_string(&records).expect("JSON");
    assert!(!text.contains("not to be") && !text.contains("not+to+be"), "a password was recorded");
}

#[test]
fn fifty_calls_of_boto3_share_one_connection_on_both_sides() {
    let Some(venv) = venv::ready() else { return };
    let sandbox = sandbox();
    let guard = guard_before(&sandbox);
    make(&["fifty_calls_go_over_one_connection"], boto3(&venv, &guard));
    assert_eq!((sandbox.requests(), sandbox.connections()), (50, 1));
    let records = requests(guard.into_records());
    assert_eq!(records.len(), 50);
    assert!(records.iter().all(|record| record["source"] == records[0]["source"]));
}

#[test]
fn boto3_works_through_the_proxy_to_moto() {
    let Some(venv) = venv::ready() else { return };
    let moto = Moto::start(&venv);
    let front = Front::start(&[NEAR], moto.address);
    let endpoint = Endpoint { region: "us-east-1", dns: NEAR, address: front.address };
    let guard = Guard::start(POLICY, &[endpoint], &front.ca_pem);
    let checks = [
        "allowed_calls_succeed",
        "errors_of_the_service_arrive_as_its_own",
        "an_implicit_deny_is_access_denied_in_one_try",
        "an_explicit_deny_names_the_statement",
        "instances_for_three_pages_are_made",
        "pages_come_one_after_the_other",
        "twenty_clients_work_side_by_side",
        "fifty_calls_go_over_one_connection",
    ];
    make(&checks, boto3(&venv, &guard));
    assert_eq!((front.count("DeleteDBInstance"), front.count("StopDBInstance")), (0, 0));
    let records = requests(guard.into_records());
    let allowed = records.iter().filter(|record| record["decision"] == "allow").count();
    assert_eq!(allowed as u64, front.counts().requests);
    assert_eq!(records.len() - allowed, 22);
}

/// boto3 behind the proxy.
fn boto3(venv: &Path, guard: &Guard) -> Command {
    let mut command = client(&venv.join("bin/python"), guard);
    command.arg(CALLS);
    command
}

/// The records of RDS requests: connections have some of their own.
fn requests(records: Vec<Value>) -> Vec<Value> {
    records.into_iter().filter(|record| record["kind"] == "rds").collect()
}
