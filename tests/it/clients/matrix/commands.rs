//! The clients that are programs for people: what to type, and what is read from what they print.

use std::process::{Command, Output};

use serde_json::{Value, json};

const TAG: &str = "größer & <schöner> 🦀 + 1";

/// One call with curl, as one would type it.
pub(super) const CURL: &str = r#"
# begin lines
curl --aws-sigv4 aws:amz:us-east-1:rds --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
  --data 'Action=DescribeDBInstances&Version=2014-10-31' https://rds.us-east-1.amazonaws.com/
# end lines
"#;

/// A check by the AWS CLI.
pub(super) fn aws_cli(command: &dyn Fn() -> Command, check: &str) -> Value {
    let aws = |arguments: &[&str]| {
        let mut command = command();
        // The CLI encodes what it prints by the locale.
        command.arg("rds").args(arguments).env("PYTHONUTF8", "1").output().expect("the AWS CLI runs")
    };
    let orders = ["--db-instance-identifier", "orders"];
    match check {
        "version" => {
            let output = command().arg("--version").output().expect("the AWS CLI runs");
            let words = printed(&output);
            json!(words.split(' ').take(2).collect::<Vec<_>>().join(", ").replace('/', " "))
        }
        "allowed_call" => {
            let tag = json!([{ "Key": "note", "Value": TAG }]).to_string();
            let create = ["create-db-instance", orders[0], orders[1], "--engine", "postgres"];
            let further = ["--db-instance-class", "db.t4g.micro", "--tags", &tag];
            printed(&aws(&[&create[..], &further].concat()));
            let found = printed(&aws(&["describe-db-instances", orders[0], orders[1]]));
            let found: Value = serde_json::from_str(&found).expect("JSON");
            assert_eq!(found["DBInstances"][0]["TagList"], json!([{ "Key": "note", "Value": TAG }]));
            found["DBInstances"][0]["DBInstanceArn"].clone()
        }
        "denied_call" => {
            let (code, words) = failure(&aws(&["stop-db-instance", orders[0], orders[1]]));
            let (before, message) = words.split_once(") when calling the StopDBInstance operation: ").expect(&words);
            let error = before.rsplit('(').next();
            json!({ "type": format!("exit code {code}"), "code": error, "message": message.trim_end() })
        }
        "large_answer" => {
            let all = ["describe-db-instances", "--region", "eu-west-1", "--query", "length(DBInstances)"];
            json!(printed(&aws(&all)).trim().parse::<u64>().expect("a number"))
        }
        "untrusted_call" => {
            let (code, words) = failure(&aws(&["describe-db-instances"]));
            json!({ "type": format!("exit code {code}"), "message": words })
        }
        other => panic!("there is no check `{other}`"),
    }
}

/// A check by curl.
pub(super) fn curl(command: &dyn Fn() -> Command, check: &str) -> Value {
    let curl = |region: &str, parameters: &[(&str, &str)]| {
        let mut command = command();
        let form = form_urlencoded::Serializer::new("Version=2014-10-31".to_owned()).extend_pairs(parameters).finish();
        let (id, secret) = crate::clients::LASTING;
        command.args(["--silent", "--show-error", "--write-out", "\n%{http_code}"]);
        command.args(["--aws-sigv4", &format!("aws:amz:{region}:rds"), "--user", &format!("{id}:{secret}")]);
        command.args(["--data", &form, &format!("https://rds.{region}.amazonaws.com/")]);
        command.output().expect("curl runs")
    };
    let near = |parameters: &[(&str, &str)]| curl("us-east-1", parameters);
    let orders = ("DBInstanceIdentifier", "orders");
    match check {
        "version" => {
            let output = command().arg("--version").output().expect("curl runs");
            json!(printed(&output).split(' ').take(2).collect::<Vec<_>>().join(" "))
        }
        "allowed_call" => {
            let tag = [("Tags.Tag.1.Key", "note"), ("Tags.Tag.1.Value", TAG)];
            let create = [("Action", "CreateDBInstance"), orders, ("Engine", "postgres")];
            let made = printed(&near(&[&create[..], &[("DBInstanceClass", "db.t4g.micro")], &tag].concat()));
            assert!(made.ends_with("\n200"), "{made}");
            let found = printed(&near(&[("Action", "DescribeDBInstances"), orders]));
            assert_eq!(element(&found, "Value"), TAG);
            json!(element(&found, "DBInstanceArn"))
        }
        "denied_call" => {
            let answer = printed(&near(&[("Action", "StopDBInstance"), orders]));
            let status = answer.lines().last().unwrap_or_default();
            let (code, message) = (element(&answer, "Code"), element(&answer, "Message"));
            json!({ "type": format!("status {status}"), "code": code, "message": message })
        }
        "large_answer" => {
            json!(printed(&curl("eu-west-1", &[("Action", "DescribeDBInstances")])).matches("<DBInstance>").count())
        }
        "untrusted_call" => {
            let (code, words) = failure(&near(&[("Action", "DescribeDBInstances")]));
            json!({ "type": format!("exit code {code}"), "message": words })
        }
        other => panic!("there is no check `{other}`"),
    }
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn failure(output: &Output) -> (i32, String) {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap_or_default(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The text of the first element of a name.
fn element(document: &str, name: &str) -> String {
    let after = document.split_once(&format!("<{name}>")).map(|(_, after)| after);
    let text = after.and_then(|after| after.split_once(&format!("</{name}>"))).map(|(text, _)| text);
    let text = text.unwrap_or_else(|| panic!("no {name} in {document}"));
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
