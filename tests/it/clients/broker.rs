//! Clients that have no credentials but those of the broker, against a service that knows the real ones only.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rds_guard::sandbox::{Arrival, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

use super::{FAR, LASTING, NEAR, bare_client, javascript, make, sandbox, venv};
use crate::support::guard::{Endpoint, Guard};

const CALLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/broker_calls.py");
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/orders/rds-guard";
const POLICY: &str = r#"{"Statement": [{"Effect": "Allow", "Resource": "*", "Action": ["rds:Describe*", "rds:CopyDBSnapshot"],
    "Principal": {"AWS": "arn:aws:sts::123456789012:assumed-role/orders/rds-guard"}}]}"#;

/// A service, a proxy with a broker before it, and what a client has to know of them.
struct Scene {
    sandbox: Sandbox,
    /// The endpoint way in, where it stays through a new start.
    endpoint: SocketAddr,
    guard: Guard,
    folder: TempDir,
    lifetime: u32,
}

impl Scene {
    fn set(lifetime: u32) -> Self {
        let (sandbox, folder) = (sandbox(), tempfile::tempdir().expect("a directory"));
        let address = sandbox.address();
        let endpoints =
            [Endpoint { region: "us-east-1", dns: NEAR, address }, Endpoint { region: "eu-west-1", dns: FAR, address }];
        fs::write(folder.path().join("service.pem"), sandbox.ca_pem()).expect("a file");
        let settings = [
            format!("RDS_GUARD_BROKER__TOKEN_FILE={}", folder.path().join("token").display()),
            format!("RDS_GUARD_BROKER__LIFETIME={lifetime}s"),
            format!("AWS_ACCESS_KEY_ID={}", LASTING.0),
            format!("AWS_SECRET_ACCESS_KEY={}", LASTING.1),
        ];
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let endpoint = free.to_string();
        let mut arguments: Vec<&str> = settings.iter().map(String::as_str).collect();
        arguments.extend([
            "RDS_GUARD_BROKER__LISTEN=127.0.0.1:0",
            // Nobody answers there; the principal is the configured one.
            "AWS_ENDPOINT_URL_STS=http://127.0.0.1:9",
            "--listen-endpoint",
            &endpoint,
            "--principal",
            "arn:aws:iam::123456789012:role/orders",
        ]);
        let guard = Guard::start_with(POLICY, &endpoints, sandbox.ca_pem(), &arguments);
        Self { sandbox, endpoint: free, guard, folder, lifetime }
    }

    /// A program that has no credentials.
    fn client(&self, program: &Path) -> Command {
        let mut command = bare_client(program);
        let port = self.sandbox.address().port();
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .env(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("http://{}/v1/credentials", self.guard.address("broker")),
            )
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", self.folder.path().join("token"))
            .env("HTTPS_PROXY", format!("http://{}", self.guard.proxy))
            .env("AWS_CA_BUNDLE", self.guard.bundle())
            .env("ENDPOINT", format!("http://{}", self.endpoint))
            .env("SERVICE", format!("https://localhost:{port}"))
            .env("SERVICE_CA", self.service_ca())
            .env("LIFETIME", self.lifetime.to_string());
        command
    }

    fn service_ca(&self) -> PathBuf {
        self.folder.path().join("service.pem")
    }

    /// What came to the service by the proxy was signed with the real key; what came straight was not accepted.
    fn ends(self, straight: usize) {
        let arrivals = self.sandbox.arrivals();
        let refused: Vec<_> = arrivals.iter().filter(|arrival| arrival.verified.is_none()).collect();
        assert_eq!(refused.len(), straight, "{refused:?}");
        assert!(refused.iter().all(|arrival| arrival.code.as_deref() == Some("InvalidClientTokenId")), "{refused:?}");
        let records: Vec<Value> = self.guard.into_records().into_iter().filter(|one| one["kind"] == "rds").collect();
        assert_eq!(records.len(), arrivals.len() - straight);
        for record in records {
            assert_eq!((&record["decision"], &record["principal"]["trust"]), (&"allow".into(), &"verified".into()));
            assert_eq!(record["principal"]["arn"], SESSION);
        }
    }
}

/// Copies whose `PreSignedUrl` asks the other region itself, signed with the real key.
fn made_anew(copies: &[Arrival], number: usize) {
    assert_eq!(copies.len(), number);
    for copy in copies {
        let text = String::from_utf8_lossy(&copy.bytes).into_owned();
        assert!(text.contains("PreSignedUrl=https%3A%2F%2Frds.eu-west-1.amazonaws.com"), "{text}");
        assert!(text.contains(LASTING.0) && !text.contains("ASIALOCAL"), "{text}");
    }
}

#[test]
fn boto3_works_with_nothing_but_the_brokers_keys() {
    let Some(venv) = venv::ready() else { return };
    let scene = Scene::set(900);
    let mut boto3 = scene.client(&venv.join("bin/python"));
    boto3.arg(CALLS);
    let checks = [
        "the_credentials_are_local_ones",
        "calls_through_the_proxy_succeed",
        "a_presigned_get_is_made_anew",
        "a_copy_from_another_region_is_made_anew",
        "a_copy_by_the_endpoint_way_in_is_made_anew",
        "calls_to_the_endpoint_way_in_succeed",
        "the_service_itself_refuses_them",
    ];
    make(&checks, boto3);
    let copies: Vec<_> =
        scene.sandbox.arrivals().into_iter().filter(|one| one.action.as_deref() == Some("CopyDBSnapshot")).collect();
    made_anew(&copies, 2);
    scene.ends(1);
}

#[test]
fn boto3_goes_on_for_twice_a_keys_lifetime() {
    let Some(venv) = venv::ready() else { return };
    let scene = Scene::set(2);
    let mut boto3 = scene.client(&venv.join("bin/python"));
    boto3.arg(CALLS);
    make(&["a_client_goes_on_for_twice_a_keys_lifetime"], boto3);
    scene.ends(0);
}

#[test]
fn boto3_goes_through_the_end_of_a_key() {
    let Some(venv) = venv::ready() else { return };
    let scene = Scene::set(2);
    let mut boto3 = scene.client(&venv.join("bin/python"));
    boto3.arg(CALLS);
    make(&["a_client_whose_key_has_ended_goes_on"], boto3);
}

#[test]
fn boto3_goes_on_with_its_key_when_the_proxy_was_killed_and_started_anew() {
    let Some(venv) = venv::ready() else { return };
    // So long that boto3 asks for no other key meanwhile.
    let scene = Scene::set(7200);
    let mut boto3 = scene.client(&venv.join("bin/python"));
    boto3.args([CALLS, "a_client_goes_on_with_the_key_it_has"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut boto3 = boto3.spawn().expect("the program runs");
    let (mut input, output) = (boto3.stdin.take().expect("its input"), boto3.stdout.take().expect("its output"));
    let mut lines = BufReader::new(output).lines().map(|line| line.expect("a line"));
    assert_eq!(lines.next().as_deref(), Some("called"));
    // Records are gathered for a moment before they are written; what is killed writes no more.
    while !scene.guard.records_so_far().iter().any(|one| one["kind"] == "rds") {}
    let scene = Scene { guard: scene.guard.killed_and_started_anew(), ..scene };
    writeln!(input, "go on").expect("its input");
    let line: Value = serde_json::from_str(&lines.next().expect("a line")).expect("JSON");
    assert_eq!(line["ok"], true, "{line}");
    boto3.wait().expect("an end");
    let ids = scene.guard.into_records().into_iter().filter(|one| one["kind"] == "rds");
    let ids: Vec<Value> = ids.map(|one| one["principal"]["access_key_id"].clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1] && ids[0] == line["detail"], "{ids:?} {line}");
}

#[test]
fn the_aws_cli_works_with_nothing_but_the_brokers_keys() {
    let Some(venv) = venv::ready() else { return };
    let scene = Scene::set(900);
    let aws = |change: &dyn Fn(&mut Command), arguments: &str| {
        let mut command = scene.client(&venv.join("bin/aws"));
        change(&mut command);
        command.arg("rds").args(arguments.split(' ')).output().expect("the AWS CLI runs")
    };
    let list = "describe-db-instances --max-items 1 --region eu-west-1";
    let by_proxy = aws(&|_| {}, list);
    assert!(by_proxy.status.success(), "{}", String::from_utf8_lossy(&by_proxy.stderr));
    let endpoint = format!("http://{}", scene.endpoint);
    let by_endpoint =
        aws(&|command| _ = command.env_remove("HTTPS_PROXY").env("AWS_ENDPOINT_URL_RDS", &endpoint), list);
    assert!(by_endpoint.status.success(), "{}", String::from_utf8_lossy(&by_endpoint.stderr));
    let service = format!("{list} --endpoint-url https://localhost:{}", scene.sandbox.address().port());
    let straight =
        aws(&|command| _ = command.env_remove("HTTPS_PROXY").env("AWS_CA_BUNDLE", scene.service_ca()), &service);
    let said = String::from_utf8_lossy(&straight.stderr);
    assert!(!straight.status.success() && said.contains("(InvalidClientTokenId)"), "{said}");
    scene.ends(1);
}

#[test]
fn the_javascript_sdk_works_with_nothing_but_the_brokers_keys() {
    let Some(modules) = javascript::modules() else { return };
    let scene = Scene::set(900);
    let roots = scene.folder.path().join("roots.pem");
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    fs::write(&roots, read(&scene.guard.bundle()) + &read(&scene.service_ca())).expect("a file");
    let mut node = scene.client(Path::new("node"));
    node.arg(modules.join("broker.mjs")).env("NODE_EXTRA_CA_CERTS", roots);
    let checks = [
        "calls_through_the_proxy_succeed",
        "a_default_client_finds_the_endpoint_way_in_by_its_variable",
        "a_copy_by_the_endpoint_way_in_is_made_anew",
        "the_service_itself_refuses_them",
    ];
    make(&checks, node);
    let copies: Vec<_> =
        scene.sandbox.arrivals().into_iter().filter(|one| one.action.as_deref() == Some("CopyDBSnapshot")).collect();
    made_anew(&copies, 1);
    scene.ends(1);
}

#[test]
fn the_javascript_sdk_goes_through_the_end_of_a_key() {
    let Some(modules) = javascript::modules() else { return };
    let scene = Scene::set(2);
    let mut node = scene.client(Path::new("node"));
    node.arg(modules.join("broker.mjs"));
    make(&["a_client_whose_key_has_ended_goes_on"], node);
}
