//! What ships under `config/deploy/`: manifests that Kubernetes' and ECS's own schemas take, that say what the program
//! says, and that keep the authority's key from everybody but the proxy.
//!
//! `RDS_GUARD_WRITE_DEPLOY=1 cargo test --test it deploy` renders the files of `config/deploy/eks/` again.
#![allow(clippy::disallowed_methods, reason = "what a tool printed is shown, not forwarded")]

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{cli::rds_guard, clients::venv};

/// The ways in, each with a values file of the chart and a manifest made from it.
const WAYS: [&str; 5] = ["proxy-irsa", "proxy-pod-identity", "direct", "transparent", "broker"];
/// The oldest version that turns native sidecars on by itself, and a late one.
const KUBERNETES: [&str; 2] = ["1.29", "1.37"];

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/deploy").join(name)
}

/// Where the programs are that the tests install for themselves.
fn tools() -> Option<PathBuf> {
    venv::ready().map(|venv| venv.join("bin"))
}

fn helm(tools: &Path, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(tools.join("helm"));
    command.args(arguments).current_dir(deploy("")).env("HOME", home.path());
    command.output().unwrap()
}

fn rendered(tools: &Path, way: &str) -> String {
    let values = format!("helm/values/{way}.yaml");
    let output = helm(tools, &["template", "orders", "helm", "--values", &values]);
    assert!(output.status.success(), "{way}: {}", String::from_utf8_lossy(&output.stderr));
    let title = format!("# helm template orders config/deploy/helm --values config/deploy/{values}\n");
    title + &String::from_utf8(output.stdout).unwrap()
}

/// The documents in a text, each held against Kubernetes' schema of its kind.
fn documents(tools: &Path, yaml: &str, version: &str) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/deploy/documents.py");
    let mut child = Command::new(tools.join("python"))
        .args([script, version])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{version}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> &'a Value {
    documents.iter().find(|document| document["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// What must hold of every pod with the proxy in it.
fn check_pod(pod: &Value) {
    let proxy = list(&pod["initContainers"]).iter().find(|container| container["name"] == "rds-guard").unwrap();
    assert_eq!(proxy["restartPolicy"], "Always", "a native sidecar");
    assert!(proxy["startupProbe"]["exec"]["command"] == serde_json::json!(["/rds-guard", "health"]));
    assert!(proxy["lifecycle"].is_null(), "a hook before the stop would end a native sidecar at once");
    let security = &proxy["securityContext"];
    assert_eq!((&security["runAsUser"], &security["readOnlyRootFilesystem"]), (&65532.into(), &true.into()));
    assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]));
    // That is where the program is in the image.
    assert!(list(&proxy["volumeMounts"]).iter().all(|mount| mount["mountPath"] != "/rds-guard"));
    let mounts = |container: &Value, volume: &str| {
        list(&container["volumeMounts"]).iter().find(|mount| mount["name"] == volume).cloned()
    };
    for other in list(&pod["initContainers"]).iter().chain(list(&pod["containers"])) {
        if other["name"] == "rds-guard" {
            continue;
        }
        assert_eq!(mounts(other, "rds-guard-state"), None, "only the proxy has the authority's key");
    }
    for container in list(&pod["containers"]) {
        assert_eq!(mounts(container, "rds-guard-trust").expect("the roots to trust")["readOnly"], true);
    }
    // It stands before the init containers of the service, which may call the RDS API too.
    let names: Vec<_> = list(&pod["initContainers"]).iter().map(|container| &container["name"]).collect();
    assert!(names.iter().take_while(|name| **name != "rds-guard").all(|name| *name == "rds-guard-firewall"));
}

/// The configuration in a ConfigMap loads, with the files that it names.
fn check_configuration(config_map: &Value) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in config_map["data"].as_object().unwrap() {
        fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
    }
    let run = rds_guard(folder.path(), &["run", "--check", "--require-enforce", "--config", "rds-guard.toml"], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("drain.quiet = \"1s\""), "{}", run.stdout);
    for policy in config_map["data"].as_object().unwrap().keys().filter(|name| name.ends_with(".json")) {
        let lint = rds_guard(folder.path(), &["lint", policy], &[]);
        assert!(lint.code < 2, "{}{}", lint.stdout, lint.stderr);
    }
}

#[test]
fn the_chart_renders_each_way_in_and_kubernetes_takes_it() {
    let Some(tools) = tools() else { return };
    for way in WAYS {
        let yaml = rendered(&tools, way);
        let file = deploy(&format!("eks/{way}.yaml"));
        if std::env::var_os("RDS_GUARD_WRITE_DEPLOY").is_some() {
            fs::write(&file, &yaml).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap_or_default(), yaml, "{way}: render it again");
        for version in KUBERNETES {
            let found = documents(&tools, &yaml, version);
            check_pod(&of_kind(&found, "Deployment")["spec"]["template"]["spec"]);
            check_configuration(of_kind(&found, "ConfigMap"));
        }
    }
    let lint = helm(&tools, &["lint", "helm", "--strict", "--values", "helm/values/direct.yaml"]);
    assert!(lint.status.success(), "{}", String::from_utf8_lossy(&lint.stdout));
}

#[test]
fn the_schemas_refuse_a_misspelt_field() {
    let Some(tools) = tools() else { return };
    let yaml = rendered(&tools, "direct").replace("hostAliases", "hostAlias");
    let refused = std::panic::catch_unwind(|| documents(&tools, &yaml, KUBERNETES[0]));
    assert!(refused.is_err());
}

#[test]
fn values_that_lack_something_or_say_something_unknown_are_refused_in_one_sentence() {
    let Some(tools) = tools() else { return };
    for (setting, told) in [
        ("endpoints=null", "endpoints is empty: name the VPC endpoint of each region that the service calls"),
        ("workload.image=", "workload.image is empty: name the image of the service"),
        ("way=sideways", "way is \"sideways\"; it may be one of proxy, direct, transparent, broker"),
        ("way=transparent", "transparent.image is empty: name an image with nft"),
        ("networkPolicy.enabled=true", "networkPolicy.endpointCidrs is empty"),
    ] {
        let output =
            helm(&tools, &["template", "orders", "helm", "--values", "helm/values/proxy-irsa.yaml", "--set", setting]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(told), "{setting}: {stderr}");
    }
}

#[test]
fn the_kustomize_component_puts_the_proxy_beside_any_deployment() {
    let Some(tools) = tools() else { return };
    let example = deploy("kustomize/example");
    let output = Command::new(tools.join("kubectl")).arg("kustomize").arg(&example).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let yaml = String::from_utf8(output.stdout).unwrap();
    for version in KUBERNETES {
        let found = documents(&tools, &yaml, version);
        assert_eq!(found.len(), 2, "what the component reads does not reach the cluster");
        let pod = &of_kind(&found, "Deployment")["spec"]["template"]["spec"];
        check_pod(pod);
        check_configuration(of_kind(&found, "ConfigMap"));
        let variables = |container: &Value| -> BTreeSet<String> {
            list(&container["env"]).iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
        };
        let [orders, reports] = list(&pod["containers"]) else { panic!("two containers") };
        let told = ["AWS_CA_BUNDLE", "HTTPS_PROXY", "NODE_EXTRA_CA_CERTS", "NO_PROXY"];
        assert!(told.iter().all(|name| variables(reports).contains(*name)));
        assert!(told.iter().all(|name| variables(orders).contains(*name)) && variables(orders).contains("AWS_REGION"));
    }
}

#[test]
fn the_variables_in_the_manifests_are_those_that_the_program_prints() {
    let folder = tempfile::tempdir().unwrap();
    let env = |more: &[&str]| {
        let arguments = [&["env", "--ca-dir", "/run/rds-guard", "--shell"], more].concat();
        rds_guard(folder.path(), &arguments, &[]).stdout
    };
    let shipped = |name: &str| fs::read_to_string(deploy(name)).unwrap();
    assert_eq!(shipped("helm/files/env-proxy.yaml"), env(&["k8s"]));
    assert_eq!(shipped("helm/files/env-proxy-all.yaml"), env(&["k8s", "--all"]));
    let rules = ["firewall", "--print=nft", "--listen-transparent=127.0.0.1:15443", "--listen-transparent=[::1]:15443"];
    assert_eq!(shipped("helm/files/rds-guard.nft"), rds_guard(folder.path(), &rules, &[]).stdout);
    let indented: String = env(&["k8s"]).lines().map(|line| format!("        {line}\n")).collect();
    assert!(shipped("kustomize/component/workload.yaml").contains(&indented));
    let task: Value = serde_json::from_str(&shipped("ecs/task-definition.json")).unwrap();
    let service = list(&task["containerDefinitions"]).iter().find(|it| it["name"] == "orders").unwrap();
    assert_eq!(service["environment"], serde_json::from_str::<Value>(&env(&["ecs"])).unwrap());
}

#[test]
fn ecs_takes_the_task_definitions_and_their_configuration_loads() {
    let Some(clients) = venv::ready() else { return };
    for name in ["task-definition.json", "task-definition-broker.json"] {
        let file = deploy("ecs").join(name);
        let script = "import json, sys, botocore.session, botocore.validate\n\
             model = botocore.session.get_session().get_service_model('ecs').operation_model('RegisterTaskDefinition')\n\
             report = botocore.validate.ParamValidator().validate(json.load(open(sys.argv[1])), model.input_shape)\n\
             sys.exit(report.generate_report() or None)";
        let output = Command::new(clients.join("bin/python")).args(["-c", script]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        check_task(&serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap());
    }
}

fn check_task(task: &Value) {
    let containers = list(&task["containerDefinitions"]);
    let proxy = containers.iter().find(|it| it["name"] == "rds-guard").unwrap();
    assert_eq!((&proxy["essential"], &proxy["readonlyRootFilesystem"]), (&true.into(), &true.into()));
    assert_eq!(proxy["healthCheck"]["command"], serde_json::json!(["CMD", "/rds-guard", "health"]));
    assert!(list(&proxy["mountPoints"]).iter().all(|mount| mount["containerPath"] != "/rds-guard"));
    let variables: Vec<(&str, &str)> = list(&proxy["environment"])
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["value"].as_str().unwrap()))
        .collect();
    let arguments: Vec<&str> = list(&proxy["command"]).iter().map(|it| it.as_str().unwrap()).collect();
    let folder = tempfile::tempdir().unwrap();
    let run = rds_guard(folder.path(), &[&arguments[..], &["--check"]].concat(), &variables);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for other in containers.iter().filter(|it| it["name"] != "rds-guard") {
        assert_eq!(other["dependsOn"], serde_json::json!([{"containerName": "rds-guard", "condition": "HEALTHY"}]));
        for mount in list(&other["mountPoints"]) {
            assert_ne!(mount["sourceVolume"], "rds-guard-state", "only the proxy has the authority's key");
            assert_eq!(mount["readOnly"], true);
        }
    }
}
