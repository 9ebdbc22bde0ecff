//! curl, which signs by itself with `--aws-sigv4`.

use std::path::Path;

use super::{LASTING, client, guard_before, sandbox, venv};

#[test]
fn curl_works_through_the_proxy() {
    if venv::skipped() {
        return;
    }
    let help = std::process::Command::new("curl").args(["--help", "all"]).output();
    if !help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--aws-sigv4")) {
        venv::say("skipped: there is no curl with --aws-sigv4, so it is not tried");
        return;
    }
    let sandbox = sandbox();
    let guard = guard_before(&sandbox);
    let curl = |form: &str| {
        let mut command = client(Path::new("curl"), &guard);
        command
            .args(["--silent", "--show-error", "--write-out", "\n%{http_code}"])
            .args(["--aws-sigv4", "aws:amz:us-east-1:rds", "--user", &format!("{}:{}", LASTING.0, LASTING.1)])
            .env("CURL_CA_BUNDLE", guard.bundle())
            .args(["--data", form, "https://rds.us-east-1.amazonaws.com/"]);
        let output = command.output().expect("curl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("XML and a status")
    };

    let found = curl("Action=DescribeDBInstances&Version=2014-10-31&DBInstanceIdentifier=seed-0007");
    assert!(found.ends_with("</DescribeDBInstancesResponse>\n200"), "{found}");
    assert!(found.contains("<DBInstanceIdentifier>seed-0007</DBInstanceIdentifier>"), "{found}");
    let denied = curl("Action=StopDBInstance&Version=2014-10-31&DBInstanceIdentifier=seed-0007");
    assert!(denied.ends_with("</ErrorResponse>\n403") || denied.ends_with("</ErrorResponse>\n\n403"), "{denied}");
    assert!(denied.contains("<Code>AccessDenied</Code>") && denied.contains("[rds-guard]"), "{denied}");
    assert_eq!(sandbox.requests(), 1);
    assert_eq!(guard.into_records().iter().filter(|record| record["kind"] == "rds").count(), 2);
}
