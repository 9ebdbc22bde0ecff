//! The authorization table against the SDK that is installed on this machine.

use std::process::Command;

#[test]
fn the_table_has_every_operation_of_the_installed_botocore() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rds/derive.py");
    let Ok(output) = Command::new("python3").args(["-B", script, "--lacks"]).output() else {
        eprintln!("there is no python3 here, so there is nothing to compare with");
        return;
    };
    let complaint = String::from_utf8(output.stderr).unwrap();
    if complaint.contains("ModuleNotFoundError") {
        eprintln!("there is no botocore here, so there is nothing to compare with");
        return;
    }
    let lacking = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "the table lacks these, see tests/data/rds/derive.py:\n{lacking}{complaint}");
}
