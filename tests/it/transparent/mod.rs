//! The transparent way in, with real redirects: a pod and the world in network namespaces, the rules that `firewall` prints,
//! clients that know of no proxy.
//!
//! Where namespaces or nftables are missing these tests do not run; what needs no namespace is in
//! `without_a_redirect_the_transparent_listener_serves_nobody` and the unit tests of `firewall`.

mod scene;

use std::{io::Read as _, net::SocketAddr};

use scene::{Scene, hello, say, say_and_hear};

use crate::support::{
    stage::{HOST, Stage},
    tools::{self, NFT},
};

/// Where the RDS API is said to be; nobody is there.
const API: [&str; 2] = ["10.97.0.9:443", "[fd97::9]:443"];

/// Where an echo is.
const ECHO: [&str; 2] = ["10.97.0.3:443", "[fd97::3]:443"];

/// The alerts access_denied and unrecognized_name.
const ACCESS_DENIED: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 49];
const UNRECOGNIZED_NAME: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 112];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn a_client_that_knows_of_no_proxy_is_intercepted_and_judged_in_both_families() {
    for dialect in ["nft", "iptables"] {
        if !tools::available_for(dialect, &[tools::firewall(dialect)]) {
            continue;
        }
        let Some(scene) = Scene::set(dialect, &[]) else { return };
        for api in API {
            let answer = scene.call(api, &scene.stage.good());
            assert!(answer.starts_with("HTTP/1.1 200 "), "{dialect} {api}: {answer}");
            let delete = scene.stage.signed("us-east-1", "DeleteDBInstance", &[("DBInstanceIdentifier", "orders")]);
            let answer = scene.call(api, &delete);
            assert!(
                answer.starts_with("HTTP/1.1 403 ") && answer.contains("AccessDenied"),
                "{dialect} {api}: {answer}"
            );
        }
        assert_eq!(scene.stage.sandbox.requests(), 2);
        let records = scene.into_records();
        let hosts: Vec<_> =
            records.iter().filter(|record| record["kind"] == "rds").map(|record| &record["host"]).collect();
        assert_eq!(hosts, [HOST; 4]);
    }
}

#[test]
fn another_host_is_tunnelled_by_its_server_name_to_where_the_client_was_going() {
    let Some(scene) = Scene::set("nft", &["RDS_GUARD_TUNNEL__DENY=*.evil.example"]) else { return };
    let asked = hello(Some("other.example"));
    for echo in ECHO {
        assert_eq!(scene.as_workload(|| say_and_hear(echo, &asked, asked.len())), asked, "{echo}");
    }
    let denied = scene.as_workload(|| say(ECHO[0], &hello(Some("very.evil.example"))));
    assert_eq!(denied, ACCESS_DENIED);
    let records = scene.into_records();
    let mut tunnels: Vec<_> = records.iter().filter(|record| record["kind"] == "tunnel").collect();
    // A tunnel's record comes when it ends, which may be after a later one's.
    tunnels.sort_by_key(|tunnel| tunnel["detail"].as_str().unwrap().to_owned());
    assert_eq!(tunnels.len(), 3, "{records:?}");
    for (tunnel, echo) in tunnels.iter().zip(ECHO) {
        assert_eq!((&tunnel["host"], &tunnel["reason"]), (&"other.example:443".into(), &"allowed".into()));
        assert_eq!(tunnel["detail"], format!("connected to {echo}"));
        assert_eq!((&tunnel["bytes_in"], &tunnel["bytes_out"]), (&asked.len().into(), &asked.len().into()));
    }
    let denied = (&tunnels[2]["host"], &tunnels[2]["reason"], &tunnels[2]["decision"]);
    assert_eq!(denied, (&"very.evil.example:443".into(), &"tunnel_not_allowed".into(), &"deny".into()));
}

#[test]
fn without_a_server_name_a_connection_is_refused_unless_the_configuration_allows_it() {
    let Some(scene) = Scene::set("nft", &["RDS_GUARD_TUNNEL__PEEK=1s"]) else { return };
    assert_eq!(scene.as_workload(|| say(ECHO[0], &hello(None))), UNRECOGNIZED_NAME);
    assert_eq!(scene.as_workload(|| say(ECHO[1], &hello(None))), UNRECOGNIZED_NAME);
    assert_eq!(scene.as_workload(|| say(ECHO[0], b"GET / HTTP/1.1\r\n\r\n")), b"");
    assert_eq!(scene.as_workload(|| say(ECHO[0], b"")), b"", "a silent one is given up");
    let reasons: Vec<String> =
        scene.into_records().iter().map(|record| record["reason"].as_str().unwrap().to_owned()).collect();
    assert_eq!(reasons, ["tunnel_not_allowed", "tunnel_not_allowed", "not_tls"], "the silent one closed by itself");

    let Some(scene) = Scene::set("nft", &["RDS_GUARD_TUNNEL__NO_SNI=allow"]) else { return };
    let (nameless, plain) = (hello(None), b"SSH-2.0-x\r\n");
    assert_eq!(scene.as_workload(|| say_and_hear(ECHO[0], &nameless, nameless.len())), nameless);
    assert_eq!(scene.as_workload(|| say_and_hear(ECHO[1], plain, plain.len())), plain);
    let mut hosts: Vec<String> =
        scene.into_records().iter().map(|record| record["host"].as_str().unwrap().to_owned()).collect();
    // Two workers may write their records in either order.
    hosts.sort_unstable();
    assert_eq!(hosts, ECHO);
}

#[test]
fn an_endpoints_address_under_another_name_is_never_tunnelled() {
    let Some(scene) = Scene::set("nft", &["RDS_GUARD_TUNNEL__NO_SNI=allow"]) else { return };
    for bytes in [hello(Some("other.example")), hello(None), b"POST / HTTP/1.1\r\n\r\n".to_vec()] {
        let expected: &[u8] = if bytes[0] == 0x16 { &ACCESS_DENIED } else { b"" };
        assert_eq!(scene.as_workload(|| say(scene::ENDPOINT, &bytes)), expected);
    }
    let records = scene.into_records();
    assert!(records.iter().all(|record| record["reason"] == "endpoint_address"), "{records:?}");
    assert_eq!(records.len(), 3);
}

#[test]
fn the_direct_way_to_the_endpoint_is_shut_for_everybody_but_the_proxys_user() {
    for (dialect, unhook) in [
        ("nft", "nft flush chain inet rds_guard to_proxy"),
        ("iptables", "for i in iptables ip6tables; do $i -w -t nat -F RDS_GUARD_TO_PROXY || exit 1; done"),
    ] {
        if !tools::available_for(dialect, &[tools::firewall(dialect)]) {
            continue;
        }
        let Some(scene) = Scene::set(dialect, &[]) else { return };
        let reaches =
            |address: SocketAddr| move || std::net::TcpStream::connect(address).map(drop).map_err(|e| e.kind());
        // Even without the redirect nobody but the proxy's user, here root, gets there.
        assert!(scene.spaces.pod.runs(unhook));
        for to in [scene::ENDPOINT, ECHO[0], ECHO[1]].map(address) {
            assert_eq!(scene.spaces.pod.within(reaches(to)), Ok(()), "{dialect} {to}");
            let refused = scene.as_workload(reaches(to));
            assert_eq!(refused, Err(std::io::ErrorKind::ConnectionRefused), "{dialect} {to}");
        }
        let elsewhere = address("10.97.0.3:8443");
        assert_eq!(scene.as_workload(reaches(elsewhere)), Ok(()), "{dialect}: other ports are not touched");
    }
}

#[test]
fn a_connection_open_before_the_rules_is_cut_by_them() {
    if !tools::available(&[&NFT]) {
        return;
    }
    let Some(scene) = Scene::set("none", &[]) else { return };
    let mut before = scene.as_workload(|| scene::connect(ECHO[0]));
    assert_eq!(scene::talk(&mut before, b"a", 1).unwrap(), b"a");
    scene.load_rules("nft", 0);
    assert!(scene::talk(&mut before, b"b", 1).is_err());
}

#[test]
fn one_listener_of_all_addresses_takes_both_families() {
    let Some(scene) = Scene::listening("nft", &["--listen-transparent", "[::]:15443"]) else { return };
    for api in API {
        let answer = scene.call(api, &scene.stage.good());
        assert!(answer.starts_with("HTTP/1.1 200 "), "{api}: {answer}");
    }
    let asked = hello(Some("other.example"));
    for echo in ECHO {
        assert_eq!(scene.as_workload(|| say_and_hear(echo, &asked, asked.len())), asked, "{echo}");
    }
}

#[test]
fn a_redirect_of_the_proxys_own_connections_ends_after_one_round() {
    // The rules exempt nobody who runs here, so the proxy's own tunnel comes back to it.
    if !tools::available(&[&NFT]) {
        return;
    }
    let Some(scene) = Scene::set("none", &[]) else { return };
    scene.load_rules("nft", 1);
    let heard = scene.as_workload(|| say(ECHO[0], &hello(Some("other.example"))));
    assert_eq!(heard, ACCESS_DENIED, "what the second round said, passed on by the first");
    // A call comes back to it as well, and meets its own certificate, which proves no endpoint.
    let answer = scene.call(API[0], &scene.stage.good());
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let records = scene.into_records();
    let told: Vec<&str> = records.iter().filter_map(|record| record["detail"].as_str()).collect();
    assert_eq!(records.iter().filter(|record| record["kind"] == "tunnel").count(), 2, "{records:?}");
    assert!(told.iter().any(|detail| detail.contains("UnknownIssuer")), "{told:?}");
    assert!(told.iter().any(|detail| detail.contains("exempt its user id from the redirect")), "{told:?}");
}

#[test]
fn without_a_redirect_the_transparent_listener_serves_nobody() {
    let stage = Stage::set(scene::POLICY, &["--listen-transparent", "127.0.0.1:0", "--listen-transparent", "[::1]:0"]);
    let listeners = stage.guard.transparent.clone();
    assert_eq!(listeners.len(), 2);
    for listener in listeners {
        let mut stream = std::net::TcpStream::connect(listener).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty());
    }
    let records = stage.guard.into_records();
    assert_eq!(records.len(), 2);
    for record in records {
        assert_eq!((&record["kind"], &record["reason"]), (&"tunnel".into(), &"tunnel_not_allowed".into()));
        assert!(record["detail"].as_str().unwrap().starts_with("the connection was not redirected here"), "{record}");
    }
}

#[test]
fn the_rules_say_who_must_not_be_the_proxys_user_and_warn_of_root() {
    for (uid, warns) in [("65532", false), ("0", true)] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rds-guard"))
            .args(["firewall", "--print", "nft", "--uid", uid])
            .env_clear()
            .output()
            .unwrap();
        let rules = String::from_utf8(output.stdout).unwrap();
        assert!(rules.contains(&format!("meta skuid {uid} return\n")), "{rules}");
        assert!(
            rules.contains("# The workload must run as another user, without CAP_SETUID and CAP_NET_ADMIN."),
            "{rules}"
        );
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.contains("every process of root is exempt too"), warns, "{said}");
    }
}
