//! The authorization table against the SDK release that the client tests use.

use std::process::Command;

use crate::clients::venv;

/// Operations of that release that the table lacks. They are judged as unknown actions. After an update of the table or of
/// the pinned release this list changes, and the test says how.
const NEWER_THAN_THE_TABLE: [&str; 0] = [];

#[test]
fn operations_of_the_pinned_botocore_that_the_table_lacks_are_those_known_to_be_newer() {
    let Some(venv) = venv::ready() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rds/derive.py");
    let output = Command::new(venv.join("bin/python")).args(["-B", script, "--lacks"]).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    let lacking = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lacking.lines().collect::<Vec<_>>(), NEWER_THAN_THE_TABLE, "see tests/data/rds/derive.py {complaint}");
}
