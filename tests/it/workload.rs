//! Workloads behind one proxy in one network namespace: none can use another's permissions, whatever it knows of
//! it.

use std::{net::SocketAddr, path::Path, process::Command};

use rds_guard::sandbox::{Call, Key, Placement};
use rustix::{process::Uid, thread::set_thread_uid};
use serde_json::Value;

use crate::support::{
    brokered::own_credentials,
    calls,
    guard::alone,
    stage::Stage,
    tools::{self, ROOT},
};

/// Two user ids that belong to no user.
const ORDERS: u32 = 64_001;
const BILLING: u32 = 64_002;

/// Orders may read and billing may reboot, each at listeners of its own.
const CONFIGURATION: &str = r#"
listen_endpoint = "127.0.0.1:0"

[broker]
listen = "127.0.0.1:0"
token_file = "FOLDER/common"

[[workload]]
name = "orders"
listen = "127.0.0.1:ORDERS_PROXY"
listen_endpoint = "127.0.0.1:ORDERS_ENDPOINT"
policy = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"rds:Describe*","Resource":"*"}}'
principal = "arn:aws:iam::123456789012:role/orders"
uid = 64001
token_file = "FOLDER/orders"

[[workload]]
name = "billing"
listen_endpoint = "127.0.0.1:BILLING_ENDPOINT"
policy = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"rds:Reboot*","Resource":"*"}}'
principal = "arn:aws:iam::123456789012:role/billing"
uid = 64002
token_file = "FOLDER/billing"
"#;
const EVERYTHING: &str = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

struct Scene {
    stage: Stage,
    orders_proxy: SocketAddr,
    orders: SocketAddr,
    billing: SocketAddr,
    folder: tempfile::TempDir,
}

impl Scene {
    /// `None` if this process may not change its user.
    fn set() -> Option<Self> {
        if !tools::available(&[&ROOT]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["common", "orders", "billing"] {
            std::fs::write(folder.path().join(name), format!("the-token-of-{name}-0451")).unwrap();
        }
        let [orders_proxy, orders, billing] = [(); 3].map(|()| free());
        let text = CONFIGURATION
            .replace("FOLDER", folder.path().to_str().unwrap())
            .replace("ORDERS_PROXY", &orders_proxy.port().to_string())
            .replace("ORDERS_ENDPOINT", &orders.port().to_string())
            .replace("BILLING_ENDPOINT", &billing.port().to_string());
        let file = folder.path().join("rds-guard.toml");
        std::fs::write(&file, text).unwrap();
        let own = own_credentials();
        let mut arguments = vec!["--config", file.to_str().unwrap()];
        arguments.extend(own.iter().map(String::as_str));
        let stage = Stage::set(EVERYTHING, &arguments);
        Some(Self { stage, orders_proxy, orders, billing, folder })
    }

    fn fetch(&self, user: u32, whose: &str) -> (u16, Value) {
        let broker = self.stage.guard.address("broker");
        let request = calls::for_credentials("/v1/credentials", Some(&format!("the-token-of-{whose}-0451")));
        let (status, body) = ask(user, broker, &request);
        (status, serde_json::from_str(&body).unwrap())
    }

    fn key(&self, user: u32, whose: &str) -> Key {
        let (status, document) = self.fetch(user, whose);
        assert_eq!(status, 200, "{document}");
        calls::key_of(&document)
    }

    /// A call by a user's process at an endpoint listener, signed with a key.
    fn call(&self, user: u32, at: SocketAddr, key: &Key, action: &str) -> (u16, String) {
        let call = Call {
            host: at.to_string(),
            region: "us-east-1".into(),
            action: action.into(),
            parameters: vec![("DBInstanceIdentifier".into(), "x".into())],
        };
        let request = calls::bytes(&call, key, Placement::Header).replacen("\r\n", "\r\nconnection: close\r\n", 1);
        ask(user, at, &request)
    }
}

/// A port that was free a moment ago.
fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Sends a request as a user: the thread changes its user, so the socket belongs to that user.
fn ask(user: u32, address: SocketAddr, text: &str) -> (u16, String) {
    let text = text.to_owned();
    let asking = std::thread::spawn(move || {
        set_thread_uid(Uid::from_raw(user)).unwrap();
        calls::ask(address, &text)
    });
    asking.join().unwrap()
}

#[test]
fn two_workloads_of_two_users_cannot_use_each_others_rights() {
    let Some(scene) = Scene::set() else { return };
    let (orders, billing) = (scene.key(ORDERS, "orders"), scene.key(BILLING, "billing"));
    let common = scene.stage.guard.address("endpoint");
    let (describe, reboot) = ("DescribeDBInstances", "RebootDBInstance");

    // Each has its own permissions, at its own listener and at the common one. The service has no such instance.
    for (user, at, key, allowed, denied) in [
        (ORDERS, scene.orders, &orders, describe, reboot),
        (ORDERS, common, &orders, describe, reboot),
        (BILLING, scene.billing, &billing, reboot, describe),
        (BILLING, common, &billing, reboot, describe),
    ] {
        let (status, body) = scene.call(user, at, key, allowed);
        assert!(status == 404 && body.contains("DBInstanceNotFound"), "{user} {at} {body}");
        let (status, body) = scene.call(user, at, key, denied);
        assert!(status == 403 && body.contains("no VPC endpoint policy"), "{user} {at} {body}");
    }
    assert_eq!(scene.stage.sandbox.requests(), 4);

    // No workload gets another's key with its own token, and a stolen key is useless.
    let (status, document) = scene.fetch(BILLING, "orders");
    assert_eq!((status, &document["code"]), (403, &"InvalidUser".into()));
    for (user, at, key) in [
        (BILLING, scene.orders, &orders),
        (BILLING, scene.orders, &billing),
        (BILLING, scene.billing, &orders),
        (BILLING, common, &orders),
        (0, scene.orders, &orders),
        (0, common, &orders),
    ] {
        let (status, body) = scene.call(user, at, key, describe);
        assert!(status == 403 && body.contains("AccessDenied") && body.contains("workload"), "{user} {at} {body}");
    }
    assert_eq!(scene.stage.sandbox.requests(), 4);

    let metrics = scene.stage.guard.probe("/metrics");
    for line in [
        "rds_guard_workload_records_total{workload=\"orders\",kind=\"rds\",decision=\"allow\"} 2",
        "rds_guard_workload_records_total{workload=\"billing\",kind=\"rds\",decision=\"allow\"} 2",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    let records = scene.stage.guard.into_records();
    let allowed: Vec<_> = records.iter().filter(|one| one["kind"] == "rds" && one["decision"] == "allow").collect();
    let told: Vec<_> = allowed.iter().map(|one| (&one["workload"], &one["principal"]["arn"])).collect();
    let of = |name: &str| (Value::from(name), format!("arn:aws:sts::123456789012:assumed-role/{name}/{name}").into());
    let expected = [of("orders"), of("orders"), of("billing"), of("billing")];
    assert_eq!(told, expected.iter().map(|(name, arn)| (name, arn)).collect::<Vec<_>>());
}

#[test]
fn a_proxy_listener_asks_for_user_and_token() {
    let Some(scene) = Scene::set() else { return };
    // orders:the-token-of-orders-0451
    let good = "Proxy-Authorization: Basic b3JkZXJzOnRoZS10b2tlbi1vZi1vcmRlcnMtMDQ1MQ==\r\n";
    let connect = |user, credentials: &str| {
        let request = format!("CONNECT gone.invalid:443 HTTP/1.1\r\nHost: gone.invalid:443\r\n{credentials}\r\n");
        ask(user, scene.orders_proxy, &request)
    };
    // Accepted: either there is no such host, or no answer in time.
    assert!([502, 504].contains(&connect(ORDERS, good).0));
    for (user, credentials) in
        [(ORDERS, ""), (ORDERS, "Proxy-Authorization: Basic b3JkZXJzOng=\r\n"), (BILLING, good), (0, good)]
    {
        let (status, body) = connect(user, credentials);
        assert!(status == 407 && body.contains("[rds-guard]"), "{user} {credentials}: {status} {body}");
    }
}

#[test]
fn the_credentials_command_gives_a_workloads_key_as_profiles_want_it() {
    let Some(scene) = Scene::set() else { return };
    let broker = scene.stage.guard.address("broker").to_string();
    let run = |token: &Path, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
        command.args(["credentials", "--broker", &broker, "--token-file"]).arg(token).args(arguments);
        alone(&mut command).output().unwrap()
    };
    let output = run(&scene.folder.path().join("common"), &[]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["Version"], 1);
    for name in ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"] {
        assert!(document[name].as_str().is_some_and(|value| !value.is_empty()), "{document}");
    }
    // With the configuration file; the port in it is a free one, so it is passed explicitly.
    let file = scene.folder.path().join("rds-guard.toml");
    let output = run(&scene.folder.path().join("common"), &["--config", file.to_str().unwrap(), "--workload", "gone"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("there is no workload `gone`"), "{said}");
    // The token of a workload that is identified by its user, sent by another one.
    let output = run(&scene.folder.path().join("orders"), &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && said.contains("answers 403: the token is another user's"), "{said}");
    let output = run(&scene.folder.path().join("none"), &[]);
    assert_eq!(output.status.code(), Some(2));
}
