//! boto3 to the sandbox itself: it answers as RDS does.
//!
//! Each script has a sandbox of its own, for what one makes another doesn't expect.

use std::fs;

use super::{bare_client, make, sandbox, venv};

#[test]
fn every_operation_answers_or_refuses_as_its_model_says_it_can() {
    let asked = ask(
        "sandbox_operations.py",
        &[
            "every_operation_answers_or_refuses_as_its_model_says",
            "a_cluster_lives_with_its_members_and_snapshots",
            "instances_start_stop_reboot_and_change_names",
            "snapshots_are_copied_restored_and_deleted",
            "groups_and_subscriptions_live",
            "global_clusters_are_of_no_region",
            "tags_follow_their_resource",
        ],
    );
    assert!(asked.is_none_or(|asked| asked > 200), "{asked:?}");
}

#[test]
fn every_operation_of_the_sandbox_can_succeed_and_none_answers_blank() {
    let asked = ask("sandbox_tour.py", &["every_operation_succeeds_once_and_says_something"]);
    assert!(asked.is_none_or(|asked| asked > 160), "{asked:?}");
}

#[test]
fn instances_and_snapshots_follow_the_rules_of_rds() {
    let asked = ask(
        "sandbox_databases.py",
        &[
            "names_are_checked_and_kept_in_small_letters",
            "what_is_asked_for_must_make_sense",
            "windows_are_long_enough_and_apart",
            "changes_follow_the_rules",
            "secrets_manager_can_keep_the_password",
            "what_may_be_stopped_starts_again",
            "roles_are_given_once",
            "deleting_asks_for_a_final_snapshot_and_heeds_protection",
            "replicas_and_their_source_know_each_other",
            "copies_of_snapshots_keep_what_they_should",
            "manual_snapshots_are_shared_by_their_attribute",
        ],
    );
    assert!(asked.is_none_or(|asked| asked > 100), "{asked:?}");
}

#[test]
fn clusters_and_what_spans_them_follow_the_rules_of_rds() {
    let asked = ask(
        "sandbox_clusters.py",
        &[
            "a_cluster_needs_a_master_user",
            "members_follow_their_cluster",
            "a_failover_makes_a_reader_the_writer",
            "clusters_that_cannot_have_something_say_so",
            "replicas_of_clusters_are_promoted",
            "a_restored_cluster_is_like_its_source",
            "global_clusters_have_one_writer",
            "blue_and_green_change_places",
            "a_cluster_changes_places_with_its_members",
        ],
    );
    assert!(asked.is_none_or(|asked| asked > 60), "{asked:?}");
}

#[test]
fn groups_proxies_and_lists_follow_the_rules_of_rds() {
    let asked = ask(
        "sandbox_groups.py",
        &[
            "parameters_are_set_reset_and_copied",
            "options_come_and_go",
            "groups_in_use_stay",
            "proxies_have_targets",
            "subscriptions_hear_of_sources",
            "events_tell_what_happened",
            "exports_need_a_snapshot_that_exists",
            "log_files_are_read_in_portions",
            "filters_narrow_lists",
            "lists_of_every_kind_come_in_pages",
            "text_with_marks_comes_back_as_it_went",
        ],
    );
    assert!(asked.is_none_or(|asked| asked > 130), "{asked:?}");
}

/// Makes the checks of a script against a fresh sandbox; gives how many requests there were, `None` where the client
/// tests are skipped.
fn ask(script: &str, checks: &[&str]) -> Option<u64> {
    let venv = venv::ready()?;
    let sandbox = sandbox();
    let directory = tempfile::tempdir().expect("a directory");
    let trust = directory.path().join("ca.pem");
    fs::write(&trust, sandbox.ca_pem()).expect("a file");
    let mut boto3 = bare_client(&venv.join("bin/python"));
    boto3
        .arg(format!("{}/tests/clients/{script}", env!("CARGO_MANIFEST_DIR")))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_ENDPOINT_URL_RDS", format!("https://localhost:{}", sandbox.address().port()))
        .env("AWS_CA_BUNDLE", trust);
    make(checks, boto3);
    Some(sandbox.requests())
}
