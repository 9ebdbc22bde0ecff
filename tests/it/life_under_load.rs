//! Reloads, the end, a rotation of the authority and a sudden death, each while calls are being made.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;

use crate::{
    faults::{
        certificates::Certificates,
        client,
        service::{Fault, Service},
    },
    support::{
        guard::{Endpoint, Guard, alone},
        load::{self, Load},
        stage::{DNS, HOST},
    },
};

/// How often the policy is changed.
const RELOADS: usize = 200;

const ALLOW_ALL: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

pub(crate) fn service() -> (Service, Arc<Certificates>) {
    let certificates = Arc::new(Certificates::make());
    (Service::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), &certificates), certificates)
}

pub(crate) fn guard(policy: &str, service: &Service, certificates: &Certificates, arguments: &[&str]) -> Guard {
    let endpoint = Endpoint { region: "us-east-1", dns: DNS, address: service.address };
    Guard::start_with(policy, &[endpoint], &certificates.ca_pem, arguments)
}

/// The policy of a generation: every other one denies, each by a statement of its own name.
fn generation(n: usize) -> String {
    let effect = if n.is_multiple_of(2) { "Allow" } else { "Deny" };
    format!(
        r#"{{"Statement":[{{"Sid":"V{n}","Effect":"{effect}","Principal":"*","Action":"rds:Describe*","Resource":"*"}}]}}"#
    )
}

#[test]
fn two_hundred_reloads_under_load_and_every_call_is_judged_by_one_version() {
    let (service, certificates) = service();
    let guard = guard(&generation(0), &service, &certificates, &[]);
    let load = Load::start(guard.proxy, &guard.bundle(), 8, &["DescribeDBInstances"], u32::MAX);
    for n in 1..=RELOADS {
        // Calls are judged by each of them.
        load.wait_for(3);
        guard.replace_policy(&generation(n));
        guard.signal(Signal::HUP);
        let reloads = i64::try_from(n).unwrap();
        guard.until_metric("rds_guard_policy_reloads_total{result=\"good\"}", |good| good >= reloads);
    }
    load.wait_for(8);
    let sent = load.stop();
    let directory = guard.ended();
    let (records, twice) = load::recorded(&directory.path().join("audit.jsonl"));
    assert!(twice.is_empty(), "{twice:?}");
    let versions: BTreeMap<String, usize> = (0..=RELOADS).map(|n| (load::version(&generation(n)), n)).collect();
    let mut judged = std::collections::BTreeSet::new();
    for client in &sent {
        let mut newest = 0;
        for call in client {
            let record = &records[&call.number];
            let n = versions[&record.version];
            assert_eq!(record.allow, n.is_multiple_of(2), "{record:?}");
            assert_eq!(record.sid.as_deref(), Some(format!("V{n}").as_str()), "{record:?}");
            assert_eq!(call.status, if record.allow { 200 } else { 403 }, "{record:?}");
            // One call after the other: none is judged by an older policy than the one before.
            assert!(n >= newest, "{newest} then {n}");
            newest = n;
            judged.insert(n);
        }
    }
    assert_eq!(records.len(), sent.iter().map(Vec::len).sum::<usize>());
    assert!(judged.len() > RELOADS / 2, "{} of {RELOADS} versions were seen at work", judged.len());
    let allowed = records.values().filter(|record| record.allow).count() as u64;
    assert_eq!(service.count("DescribeDBInstances"), allowed, "the endpoint saw what was allowed, once");
}

#[test]
fn sigterm_in_the_middle_of_a_hundred_calls_loses_none_and_later_ones_are_served() {
    let (service, certificates) = service();
    let drain = ["RDS_GUARD_DRAIN__QUIET=2s", "RDS_GUARD_DRAIN__LIMIT=60s"];
    let mut guard = guard(ALLOW_ALL, &service, &certificates, &drain);
    service.set(Fault::Late(1500));
    let (proxy, tls) = (guard.proxy, client::trust(&guard.bundle()));
    let request =
        client::signed(HOST, "us-east-1", "CreateDBCluster", &[("DBClusterIdentifier", "orders"), ("Engine", "mysql")]);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let (tls, request) = (Arc::clone(&tls), request.clone());
            thread::spawn(move || client::call(proxy, &tls, &request).map(|reply| (reply.status, reply.whole)))
        })
        .collect();
    let began = Instant::now();
    while service.count("CreateDBCluster") < 50 {
        assert!(began.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(1));
    }
    guard.signal(Signal::TERM);
    for call in calls {
        assert_eq!(call.join().unwrap().unwrap(), (200, true));
    }
    service.set(Fault::None);
    for _ in 0..10 {
        let late = client::call(proxy, &tls, &request).unwrap();
        assert_eq!((late.status, late.whole, late.kept), (200, true, false));
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(guard.wait(), Some(0));
    assert_eq!(service.count("CreateDBCluster"), 110, "each of them once");
    let calls =
        guard.records_so_far().iter().filter(|record| record["kind"] == "rds" && record["reason"] == "allowed").count();
    assert_eq!(calls, 110);
}

#[test]
fn connections_to_the_direct_listener_put_the_end_off_as_others_do() {
    let (service, certificates) = service();
    let arguments = ["--listen-direct", "127.0.0.1:0", "RDS_GUARD_DRAIN__QUIET=2s", "RDS_GUARD_DRAIN__LIMIT=60s"];
    let mut guard = guard(ALLOW_ALL, &service, &certificates, &arguments);
    let (direct, tls) = (guard.direct[0], client::trust(&guard.bundle()));
    guard.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(1500));
    let connection = std::net::TcpStream::connect(direct).and_then(|tcp| client::Client::handshake(tcp, HOST, &tls));
    let came = Instant::now();
    assert!(connection.is_ok());
    assert_eq!(guard.wait(), Some(0));
    assert!(came.elapsed() >= Duration::from_millis(1900), "{:?}", came.elapsed());
}

#[test]
fn a_rotation_of_the_authority_under_load_costs_no_call_neither_at_once_nor_after_a_restart() {
    let (service, certificates) = service();
    let first = guard(ALLOW_ALL, &service, &certificates, &[]);
    let trusted_before = first.bundle();
    let load = Load::start(first.proxy, &trusted_before, 8, &["DescribeDBInstances"], u32::MAX);
    load.wait_for(200);
    let mut rotate = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
    alone(&mut rotate);
    let directory = first.published("");
    let rotated = rotate.args(["ca", "rotate", "--ca-dir"]).arg(&directory).output().unwrap();
    assert!(rotated.status.success(), "{rotated:?}");
    first.signal(Signal::HUP);
    load.wait_for(1000);
    let old_trust = client::trust(&trusted_before);
    for client in load.stop() {
        assert!(client.iter().all(|call| call.status == 200), "{client:?}");
    }
    // A sidecar that starts again on the same folder goes on with it, for clients of before and after.
    let (mut second, address) = restart(&directory, &service, &certificates);
    let request = client::signed(HOST, "us-east-1", "DescribeDBInstances", &[]);
    for tls in [old_trust, client::trust(&directory.join("bundle.pem"))] {
        assert_eq!(client::call(address, &tls, &request).unwrap().status, 200);
    }
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn kill_9_at_any_moment_leaves_a_folder_that_the_next_start_takes() {
    let (service, certificates) = service();
    for moment in 0..25 {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("ca");
        let mut died = command(&folder, &service, &certificates, directory.path()).spawn().unwrap();
        thread::sleep(Duration::from_millis(2 * moment));
        died.kill().unwrap();
        died.wait().unwrap();
        // Twice: what the second made is what the third finds.
        for _ in 0..2 {
            let (mut next, address) = restart(&folder, &service, &certificates);
            let tls = client::trust(&folder.join("bundle.pem"));
            let request = client::signed(HOST, "us-east-1", "DescribeDBInstances", &[]);
            assert_eq!(client::call(address, &tls, &request).unwrap().status, 200, "killed after {} ms", 2 * moment);
            next.kill().unwrap();
            next.wait().unwrap();
        }
        let strays: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(strays.len() < 12, "{strays:?}");
    }
}

fn command(folder: &Path, service: &Service, certificates: &Certificates, place: &Path) -> Command {
    let ca = place.join("upstream.pem");
    fs::write(&ca, &certificates.ca_pem).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rds-guard"));
    alone(&mut command);
    command.args(["run", "--listen", "127.0.0.1:0", "--admin", "off", "--policy", ALLOW_ALL]);
    command.arg("--ca-dir").arg(folder).arg("--audit").arg(place.join("audit.jsonl")).arg("--upstream-ca").arg(ca);
    let (address, port) = (service.address.ip(), service.address.port());
    command.args(["--endpoint", &format!("us-east-1={DNS}"), "--resolve", &format!("{DNS}:443:{address}:{port}")]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// A proxy on a folder that another one has left.
fn restart(folder: &Path, service: &Service, certificates: &Certificates) -> (Child, SocketAddr) {
    let place = tempfile::tempdir().unwrap();
    let mut child = command(folder, service, certificates, place.path()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ready = lines.find(|line| line.starts_with("ready ")).expect("it starts");
    let address = ready.split(' ').find_map(|word| word.strip_prefix("proxy=")).unwrap().parse().unwrap();
    (child, address)
}
