//! The AWS CLI, version 1: in us-east-1 it calls `rds.amazonaws.com`.

use std::process::Output;

use serde_json::Value;

use super::{client, guard_before, sandbox, venv};

#[test]
fn the_aws_cli_pages_and_goes_where_its_region_is() {
    let Some(venv) = venv::ready() else { return };
    let sandbox = sandbox();
    let guard = guard_before(&sandbox);
    let aws = |arguments: &str| {
        let mut command = client(&venv.join("bin/aws"), &guard);
        command.arg("rds").args(arguments.split(' ')).output().expect("the AWS CLI runs")
    };

    let listed = json(&aws("describe-db-instances --page-size 20 --query DBInstances[].DBInstanceIdentifier"));
    assert_eq!(listed.as_array().map(Vec::len), Some(45));
    let far = json(&aws("describe-db-instances --region eu-west-1 --db-instance-identifier seed-0001"));
    assert_eq!(far["DBInstances"][0]["DBInstanceArn"], "arn:aws:rds:eu-west-1:123456789012:db:seed-0001");

    let names: Vec<_> = sandbox.arrivals().iter().map(|arrival| host(&arrival.head())).collect();
    assert_eq!(names, ["rds.amazonaws.com"; 3].into_iter().chain(["rds.eu-west-1.amazonaws.com"]).collect::<Vec<_>>());
    assert_eq!(guard.into_records().iter().filter(|record| record["kind"] == "rds").count(), 4);
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn host(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let line = text.lines().find_map(|line| line.strip_prefix("Host: "));
    line.expect("a Host header").to_owned()
}
