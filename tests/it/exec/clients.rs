//! The sentences that people paste: the AWS CLI, Python, Node, curl, Java and Terraform behind the proxy.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{Stage, leftovers, run};
use crate::{
    clients::{javascript, venv},
    support::tools::{self, CURL, JAVA, KEYTOOL, TERRAFORM},
};

fn decisions(calls: &[Value]) -> Vec<(&str, &str)> {
    calls.iter().map(|call| (call["action"].as_str().unwrap(), call["decision"].as_str().unwrap())).collect()
}

#[test]
fn the_aws_cli_lists_and_may_not_delete() {
    let Some(venv) = venv::ready() else { return };
    let stage = Stage::set();
    let aws = venv.join("bin/aws").display().to_string();
    let call = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        run(stage.exec(&["--audit", "calls.jsonl", "--", &aws, "rds"]).args(words).env("NO_PROXY", ".amazonaws.com"))
    };
    let (code, stdout, stderr) = call("describe-db-instances");
    let listed: Value = serde_json::from_str(&stdout).expect("nothing but the command's own output");
    assert_eq!((code, listed["DBInstances"].is_array()), (0, true), "{stderr}");
    assert!(stderr.starts_with("rds-guard: note: NO_PROXY held `.amazonaws.com`"), "{stderr}");
    let (code, stdout, stderr) = call("delete-db-instance --db-instance-identifier orders --skip-final-snapshot");
    assert!(code != 0 && stdout.is_empty() && stderr.contains("[rds-guard]"), "{code}: {stderr}");
    let calls = stage.calls("calls.jsonl");
    assert_eq!(decisions(&calls), [("rds:DescribeDBInstances", "allow"), ("rds:DeleteDBInstance", "deny")]);
    assert_eq!(stage.sandbox.count("DeleteDBInstance"), 0);
    assert_eq!(leftovers(stage.folder.path()), 0);
}

#[test]
fn with_the_broker_the_command_never_sees_the_real_key_and_its_calls_bear_it() {
    let Some(venv) = venv::ready() else { return };
    let stage = Stage::set();
    fs::write(stage.folder.path().join("config"), "[default]\nregion = us-east-1\n").unwrap();
    let script = format!(
        "env; cat /proc/self/environ | tr '\\0' '\\n'; exec {} rds describe-db-instances",
        venv.join("bin/aws").display()
    );
    let mut command = stage.exec(&["--broker", "--", "sh", "-c", &script]);
    command.env("AWS_CONFIG_FILE", "config").env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
    // Nobody answers there: whose the real key is stays unknown.
    command.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    let (code, stdout, stderr) = run(&mut command);
    assert!(code == 0 && stdout.contains("\"DBInstances\": []"), "{stdout}{stderr}");
    assert!(!stdout.contains(super::KEY.0) && !stdout.contains(super::KEY.1), "{stdout}");
    // The service verifies, and knows the real key only.
    assert_eq!(stage.sandbox.count("DescribeDBInstances"), 1);
    assert_eq!(leftovers(stage.folder.path()), 0);
}

#[test]
fn a_python_program_with_threads_and_children_is_judged() {
    let Some(venv) = venv::ready() else { return };
    let stage = Stage::set();
    let program = "\
import boto3, os, subprocess, sys
def call(): return len(boto3.client('rds').describe_db_instances()['DBInstances'])
if len(sys.argv) > 1: sys.exit(call())
assert call() == 0
assert subprocess.run([sys.executable, __file__, 'child']).returncode == 0
print('done')
";
    fs::write(stage.folder.path().join("app.py"), program).unwrap();
    let python = venv.join("bin/python3").display().to_string();
    let (code, stdout, stderr) = run(&mut stage.exec(&["--", &python, "app.py"]));
    assert_eq!((code, stdout.as_str()), (0, "done\n"), "{stderr}");
    let records: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    assert_eq!(records.iter().filter(|record| record["action"] == "rds:DescribeDBInstances").count(), 2);
}

#[test]
fn a_node_program_is_judged_though_its_sdk_reads_no_proxy_variable() {
    let Some(modules) = javascript::modules() else { return };
    let stage = Stage::set();
    let program = r#"
import { DescribeDBInstancesCommand, DeleteDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
const client = new RDSClient({});
const found = await Promise.all([1, 2, 3].map(() => client.send(new DescribeDBInstancesCommand({}))));
const denied = await client.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: "orders" })).catch((error) => error);
console.log(found.length, denied.name, denied.message.endsWith("[rds-guard]"));
"#;
    fs::write(stage.folder.path().join("app.mjs"), program).unwrap();
    std::os::unix::fs::symlink(modules.join("node_modules"), stage.folder.path().join("node_modules")).unwrap();
    let (code, stdout, stderr) = run(&mut stage.exec(&["--audit", "calls.jsonl", "--", "node", "app.mjs"]));
    assert_eq!((code, stdout.as_str()), (0, "3 AccessDenied true\n"), "{stderr}");
    assert_eq!(stage.calls("calls.jsonl").len(), 4);
}

#[test]
fn curl_signs_and_is_judged() {
    if !tools::available(&[&CURL]) {
        return;
    }
    let stage = Stage::set();
    let body = "Action=DescribeDBInstances&Version=2014-10-31";
    let key = format!("{}:{}", super::KEY.0, super::KEY.1);
    let (code, stdout, stderr) = run(stage
        .exec(&["--", "curl", "--silent", "--show-error", "--aws-sigv4", "aws:amz:us-east-1:rds", "--user", &key])
        .args(["--data", body, "https://rds.us-east-1.amazonaws.com/"]));
    assert!(code == 0 && stdout.contains("<DescribeDBInstancesResponse"), "{stdout}{stderr}");
}

#[test]
fn a_java_program_comes_through_with_the_options_it_had() {
    if !(tools::clients_wanted() && tools::available(&[&JAVA])) {
        return;
    }
    let stage = Stage::set();
    let program = r#"
import java.net.URI;
import java.net.http.*;
public class App {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("https://rds.us-east-1.amazonaws.com/?Action=DescribeDBInstances")).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body().contains("[rds-guard]") + " " + System.getProperty("own"));
    }
}
"#;
    fs::write(stage.folder.path().join("App.java"), program).unwrap();
    let mut command = stage.exec(&["--", "java", "App.java"]);
    let (code, stdout, stderr) = run(command.env("JAVA_TOOL_OPTIONS", "-Down=kept"));
    assert_eq!((code, stdout.as_str()), (0, "400 true kept\n"), "{stderr}");
}

#[test]
fn a_terraform_plan_runs_and_its_exit_code_comes_through() {
    if !(tools::clients_wanted() && tools::available(&[&TERRAFORM])) {
        return;
    }
    let stage = Stage::set();
    let plan = "locals { proxy = \"behind a proxy\" }\noutput \"seen\" { value = local.proxy }\n";
    fs::write(stage.folder.path().join("main.tf"), plan).unwrap();
    let terraform = |arguments: &[&str]| {
        let mut command = stage.exec(&["--audit", "calls.jsonl", "--", "terraform"]);
        run(command.args(arguments).env("CHECKPOINT_DISABLE", "1"))
    };
    let (code, _, stderr) = terraform(&["init", "-no-color", "-input=false"]);
    assert_eq!(code, 0, "{stderr}");
    // With changes the detailed code is 2.
    let (code, stdout, stderr) = terraform(&["plan", "-no-color", "-input=false", "-detailed-exitcode"]);
    assert!(code == 2 && stdout.contains("behind a proxy"), "{code}: {stdout}{stderr}");
}

#[test]
fn roots_that_a_variable_named_go_on_being_trusted() {
    let stage = Stage::set();
    // An authority of the company's own: here that of the service.
    let own: PathBuf = stage.folder.path().join("upstream.pem");
    let script = "cat \"$AWS_CA_BUNDLE\"; test \"$AWS_CA_BUNDLE\" = \"$SSL_CERT_FILE\"";
    let mut command = stage.exec(&["--", "sh", "-c", script]);
    let (code, stdout, stderr) = run(command.env("AWS_CA_BUNDLE", &own));
    assert_eq!(code, 0, "{stderr}");
    let text = |path: &Path| fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(stdout.replace("\r\n", "\n").contains(text(&own).trim()), "the company's root is missing");
    assert!(stdout.matches("BEGIN CERTIFICATE").count() > 50);
}

#[test]
fn roots_of_a_java_trust_store_remain_trusted() {
    if !tools::available(&[&KEYTOOL]) {
        return;
    }
    let stage = Stage::set();
    let own = stage.folder.path().join("upstream.pem");
    let lines = |pem: &str| pem.replace("\r\n", "\n");
    for kind in ["JKS", "PKCS12"] {
        let store = stage.folder.path().join(kind);
        let import =
            ["-importcert", "-noprompt", "-alias", "company", "-storetype", kind, "-storepass", "secret", "-file"];
        let mut keytool = Command::new("keytool");
        keytool.args(import).arg(&own).arg("-keystore").arg(&store);
        assert!(keytool.output().unwrap().status.success(), "{kind}");
        for (password, taken) in [("secret", true), ("wrong!", false)] {
            let options = format!(
                "-Djavax.net.ssl.trustStore={} -Djavax.net.ssl.trustStorePassword={password}",
                store.to_str().unwrap()
            );
            let mut command = stage.exec(&["--", "sh", "-c", "cat \"$AWS_CA_BUNDLE\""]);
            let (code, stdout, stderr) = run(command.env("JAVA_TOOL_OPTIONS", options));
            assert_eq!(code, 0, "{stderr}");
            let company = lines(&fs::read_to_string(&own).unwrap());
            assert_eq!(lines(&stdout).contains(company.trim()), taken, "{kind} {password}");
            assert_eq!(stderr.contains("JAVA_TOOL_OPTIONS names the trust store"), !taken, "{stderr}");
        }
    }
    let without = stage.folder.path().join("bin");
    fs::create_dir(&without).unwrap();
    std::os::unix::fs::symlink("/usr/bin/env", without.join("env")).unwrap();
    let mut command = stage.exec(&["--", "env"]);
    command.env("PATH", without).env("JAVA_TOOL_OPTIONS", "-Djavax.net.ssl.trustStore=/nowhere/store");
    let stderr = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(stderr.contains("`keytool`, which lists them, is in neither JAVA_HOME nor PATH"), "{stderr}");
}
