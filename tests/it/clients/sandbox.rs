//! boto3 to the sandbox itself: it answers as RDS does.

use std::fs;

use super::{bare_client, make, sandbox, venv};

const OPERATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/sandbox_operations.py");

#[test]
fn the_sandbox_answers_every_operation_so_that_boto3_understands_it() {
    let Some(venv) = venv::ready() else { return };
    let sandbox = sandbox();
    let directory = tempfile::tempdir().expect("a directory");
    let trust = directory.path().join("ca.pem");
    fs::write(&trust, sandbox.ca_pem()).expect("a file");
    let mut boto3 = bare_client(&venv.join("bin/python"));
    boto3
        .arg(OPERATIONS)
        .env("AWS_ENDPOINT_URL_RDS", format!("https://localhost:{}", sandbox.address().port()))
        .env("AWS_CA_BUNDLE", trust);
    let checks = [
        "every_operation_answers_or_refuses_as_its_model_says",
        "a_cluster_lives_with_its_members_and_snapshots",
        "instances_start_stop_reboot_and_change_names",
        "snapshots_are_copied_restored_and_deleted",
        "groups_and_subscriptions_live",
        "global_clusters_are_of_no_region",
        "tags_follow_their_resource",
    ];
    make(&checks, boto3);
    assert!(sandbox.requests() > 200, "{}", sandbox.requests());
}
