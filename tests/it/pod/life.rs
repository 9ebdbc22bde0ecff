//! The life of one pod, from the first probe to the sidecar's own end, with boto3 calling all the while. It is told in
//! docs/pod-life.md.
//!
//! `RDS_GUARD_WRITE_POD=1 cargo test --test it pod::life` lives it at full length, 15 s after SIGTERM with the defaults
//! of `[drain]`, and writes the page; without the variable it is shorter, and the page must say the same.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use super::{
    client,
    container::{Container, USUAL, until},
    page::{self, Log},
    python,
    scene::{HEALTH, Pod, SERVICE, SIDECAR, configuration},
};
use crate::support::space::Families;

/// How long the service works on after SIGTERM, and what the configuration says of the end.
struct Pace {
    works_on: Duration,
    drain: &'static str,
}

#[test]
fn a_pod_lives_as_its_page_tells() {
    let Some(python) = python() else { return };
    let pace = if page::is_to_be_written() {
        Pace { works_on: Duration::from_secs(15), drain: "" }
    } else {
        Pace { works_on: Duration::from_secs(3), drain: "[drain]\nquiet = \"2s\"\nlimit = \"60s\"\n" }
    };
    let Some(pod) = Pod::make(Families::Both, &configuration("", pace.drain)) else { return };
    let mut log = Log::begin();
    let mut sidecar = begins(&pod, &mut log);
    keeps_secrets(&pod, &sidecar, &mut log);
    let mut service = works(&pod, &python, &mut log);
    sidecar = is_killed(&pod, sidecar, &mut service, &mut log);
    ends(&pace, &mut sidecar, &mut service, &mut log);
    nothing_was_lost(&pod, &service, &mut log);
    page::hold("pod-life.md", "a life", &log.text());
}

/// The probe says no, the sidecar starts, the probe says yes.
fn begins(pod: &Pod, log: &mut Log) -> Container {
    log.say(
        "pod",
        "namespaces for network, mounts and processes; it is 10.97.0.1, the endpoint 10.97.0.2 in another network",
    );
    let before = pod.run(&pod.sidecar(), &HEALTH);
    assert_eq!(before.code, Some(1), "{before:?}");
    log.say("kubelet", &format!("startup probe, before anything runs: exit 1\n{}", before.out));
    log.say("kubelet", &format!("starts the sidecar: user {SIDECAR}, no capability, a root that is read-only"));
    let sidecar = pod.start_sidecar(&pod.sidecar());
    is_started(&sidecar, log);
    for folder in ["/", "/etc", "/etc/rds-guard", "/tmp", "/usr/bin", "/var/lib"] {
        // As root, whom no permission of a folder stops.
        let touch = sidecar.exec(0, &["/usr/bin/touch", &format!("{folder}/x")]);
        assert!(touch.err.contains("Read-only file system"), "{folder}: {touch:?}");
    }
    let written = sidecar
        .exec(0, &["/usr/bin/find", "/var/lib/rds-guard", "/run/rds-guard", "-type", "f", "-newer", "/rds-guard"]);
    assert!(written.out.lines().count() >= 3, "{written:?}");
    log.say(
        "rds-guard",
        "has written to /var/lib/rds-guard and /run/rds-guard, the volumes; nothing else can be written",
    );
    sidecar
}

/// The probe has said yes.
fn is_started(sidecar: &Container, log: &mut Log) {
    log.say("kubelet", "startup probe: exit 0, ready");
    let mut ready = None;
    until("the ready line", || {
        ready = sidecar.err().lines().find(|line| line.starts_with("ready ")).map(str::to_owned);
        ready.is_some()
    });
    log.say("rds-guard", &ready.expect("a line"));
}

/// What the service's users can read of the sidecar, as files and by /proc.
fn keeps_secrets(pod: &Pod, sidecar: &Container, log: &mut Log) {
    // As processes are numbered in the pod.
    let status = fs::read_to_string(format!("/proc/{}/status", sidecar.pid())).unwrap();
    let pid =
        status.lines().find_map(|line| line.strip_prefix("NSpid:")?.split_whitespace().last()).unwrap().to_owned();
    let wrong_manifest = pod.volume("state", "/wrong", "ro");
    for (user, capabilities) in [(SERVICE, super::container::NONE), (0, USUAL)] {
        let mut image = pod.service().of(user);
        image.capabilities = capabilities;
        image.mounts = format!("{}\n{wrong_manifest}", image.mounts);
        let reads = |path: &str| pod.run(&image, &["sh", "-c", &format!("exec cat {path} | wc -c")]);
        for published in ["ca.pem", "bundle.pem", "truststore.p12"] {
            let read = reads(&format!("/run/rds-guard/{published}"));
            assert!(read.out.trim().parse().is_ok_and(|length: u64| length > 500), "{user}: {published}: {read:?}");
        }
        let mut hidden = vec![
            "/var/lib/rds-guard/ca/*".to_owned(),
            format!("/proc/{pid}/environ"),
            format!("/proc/{pid}/mem"),
            format!("/proc/{pid}/maps"),
            format!("/proc/{pid}/fd/*"),
            format!("/proc/{pid}/root/var/lib/rds-guard/ca/*"),
        ];
        // Root reads what it is given: that is why the key's folder is mounted for the sidecar alone.
        hidden.extend((user != 0).then(|| "/wrong/ca/*".to_owned()));
        for secret in &hidden {
            let read = reads(secret);
            assert!(read.out.trim() == "0" && !read.err.is_empty(), "user {user} reads {secret}: {read:?}");
        }
        let whom = if user == 0 { "root, with the capabilities that engines leave it" } else { "user 1000" };
        log.say(
            "service",
            &format!("{whom}:\nreads ca.pem, bundle.pem and truststore.p12 in /run/rds-guard; the key's folder is not there;\nthe sidecar's memory, variables, open files and root are denied"),
        );
    }
    // Not even who runs as the sidecar's own user.
    for file in ["environ", "mem"] {
        let read = pod.run(&pod.service().of(SIDECAR), &["cat", &format!("/proc/{pid}/{file}")]);
        assert!(read.code == Some(1) && read.out.is_empty(), "{file}: {read:?}");
    }
    log.say("service", &format!("as the sidecar's user {SIDECAR} by mistake: its memory and variables are denied too"));
    let folder = pod.in_volume("state", "ca");
    let found = fs::metadata(&folder).unwrap();
    assert_eq!((found.permissions().mode() & 0o777, found.uid()), (0o700, SIDECAR));
}

/// The service starts, and its first call is answered.
fn works(pod: &Pod, python: &str, log: &mut Log) -> Container {
    let image = pod.service().with("AWS_RETRY_MODE", "standard").with("AWS_MAX_ATTEMPTS", "8");
    let mut service = pod.start(&image, &[python, &client("pod_service.py"), "3"]);
    log.say("kubelet", &format!("starts the service: user {SERVICE}, boto3 with what `rds-guard env` prints"));
    service.until("the first calls", |out| out.lines().count() >= 3);
    let out = service.out();
    let line = |number: usize| -> Value { serde_json::from_str(out.lines().nth(number).unwrap()).unwrap() };
    let (first, denied) = (line(0), line(1));
    assert_eq!((&first["first"], &first["tries"]), (&"answered".into(), &1.into()));
    log.say("service", "DescribeDBInstances, its very first call: answered at the first try");
    let told = denied["denied"].as_str().unwrap();
    assert!(told.starts_with("AccessDenied: ") && denied["tries"] == 1, "{denied}");
    log.say(
        "service",
        &format!("StopDBInstance: {}", told.replace(" is not", "\nis not").replace(" with an", "\nwith an")),
    );
    service
}

/// The sidecar is killed and started anew with the volumes that are there.
fn is_killed(pod: &Pod, mut sidecar: Container, service: &mut Container, log: &mut Log) -> Container {
    more_calls(service, 30);
    let authority = fs::read(pod.in_volume("trust", "ca.pem")).unwrap();
    sidecar.signal(Signal::KILL);
    sidecar.wait();
    log.say("node", "kills the sidecar (SIGKILL) while three threads of the service call");
    log.say("kubelet", "starts the sidecar again, with the volumes of the pod");
    let sidecar = pod.start_sidecar(&pod.sidecar());
    is_started(&sidecar, log);
    assert_eq!(fs::read(pod.in_volume("trust", "ca.pem")).unwrap(), authority, "clients have read the old one");
    more_calls(service, 30);
    let failed: Vec<Value> = calls(service).into_iter().filter(|call| !call["error"].is_null()).collect();
    // A write that was acted on while its answer was cut off is tried again, and finds itself done.
    let strange = failed.iter().filter(|call| !is_done_before(call)).collect::<Vec<_>>();
    assert!(strange.is_empty(), "{strange:?}");
    let retried = calls(service).iter().filter(|call| call["tries"].as_u64() > Some(1)).count();
    assert!(retried > 0, "it was away while calls were made");
    log.say(
        "service",
        "calls went on: those that were cut off were tried again by boto3 (standard mode), and none failed",
    );
    sidecar
}

/// SIGTERM, and calls after it, until the service has nothing more to do.
fn ends(pace: &Pace, sidecar: &mut Container, service: &mut Container, log: &mut Log) {
    sidecar.signal(Signal::TERM);
    let told = Instant::now();
    let told_at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    log.say("kubelet", "SIGTERM to the sidecar, while the service still works");
    until("readiness turns false", || sidecar.exec(SIDECAR, &HEALTH).code == Some(1));
    let probe = sidecar.exec(SIDECAR, &HEALTH);
    log.say("kubelet", &format!("readiness probe: exit 1, {}", probe.out.split(": {").next().unwrap_or_default()));
    let until_at = told_at + pace.works_on.as_secs_f64();
    let after = |service: &Container, from: f64| {
        calls(service).into_iter().filter(|call| call["at"].as_f64() >= Some(from)).collect::<Vec<_>>()
    };
    until("calls after SIGTERM", || {
        assert!(!sidecar.has_ended(), "it left the service alone: {}", sidecar.err());
        !after(service, until_at).is_empty()
    });
    service.signal(Signal::TERM);
    assert_eq!(service.wait().code(), Some(0), "{}", service.err());
    let late = after(service, told_at);
    let failed: Vec<_> = late.iter().filter(|call| !call["error"].is_null()).collect();
    assert!(failed.is_empty() && late.len() > 20, "{failed:?}");
    let seconds = pace.works_on.as_secs();
    log.say("service", &format!("calls for {seconds} s after that: all are answered. Then it ends: exit 0"));
    assert_eq!(sidecar.wait().code(), Some(0), "{}", sidecar.err());
    assert!(told.elapsed() > pace.works_on);
    let seconds = told.elapsed().as_secs();
    log.say("rds-guard", &format!("ends by itself, {seconds} s after SIGTERM: exit 0"));
}

/// What the service was told is what the endpoint has.
fn nothing_was_lost(pod: &Pod, service: &Container, log: &mut Log) {
    let mut made: BTreeMap<String, u64> = BTreeMap::new();
    for arrival in pod.sandbox.arrivals().iter().filter(|arrival| arrival.status == 200) {
        if arrival.action.as_deref() == Some("CreateDBInstance") {
            let body = String::from_utf8(arrival.body().to_vec()).unwrap();
            let name = body.split('&').find_map(|pair| pair.strip_prefix("DBInstanceIdentifier=")).unwrap();
            *made.entry(name.to_owned()).or_default() += 1;
        }
    }
    let all = calls(service);
    let creates: Vec<&Value> = all.iter().filter(|call| call["call"] == "create_db_instance").collect();
    let told: Vec<&str> = creates
        .iter()
        .filter(|call| call["error"].is_null() || is_done_before(call))
        .map(|call| call["name"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), creates.len(), "every write was answered");
    let mut names: Vec<&str> = made.keys().map(String::as_str).collect();
    let mut sorted = told.clone();
    sorted.sort_unstable();
    names.sort_unstable();
    assert_eq!(names, sorted, "what was written is what is there");
    assert!(made.values().all(|count| *count == 1), "{made:?}");
    assert_eq!(pod.sandbox.count("StopDBInstance"), 0);
    log.say(
        "endpoint",
        &format!("has {} instances: each that the service made, once; StopDBInstance never came", names.len()),
    );
}

/// Whether a write was tried again after it had been done.
fn is_done_before(call: &Value) -> bool {
    let already = |error: &str| error.starts_with("DBInstanceAlreadyExists");
    call["tries"].as_u64() > Some(1) && call["error"].as_str().is_some_and(already)
}

fn calls(service: &Container) -> Vec<Value> {
    let out = service.out();
    // The last line may be half written.
    let whole = out.rfind('\n').map_or("", |end| &out[..end]);
    whole.lines().skip(2).map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Waits until the service has made so many more calls.
fn more_calls(service: &mut Container, more: usize) {
    let wanted = service.out().lines().count() + more;
    service.until("more calls", |out| out.lines().count() > wanted);
}
