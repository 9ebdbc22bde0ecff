//! The sidecar within the limits of its container, 32 MiB of memory and a tenth of a processor, while 64
//! connections call.
//!
//! Control groups of either version set the limits. Without permission to create some, the test does not run.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Barrier},
    thread,
    time::Instant,
};

use rustls::ClientConfig;

use super::{
    page,
    scene::{HEALTH, Pod, SIDECAR, configuration},
};
use crate::{
    faults::client::{self, Client},
    support::{space::Families, stage::HOST, tools},
};

/// The limits: bytes, and microseconds of each period.
const MEMORY: u64 = 32 << 20;
const QUOTA: u64 = 10_000;
const PERIOD: u64 = 100_000;

const CONNECTIONS: usize = 64;

/// Control groups with these limits.
struct Groups {
    memory: PathBuf,
    processor: PathBuf,
    /// The files of the peak memory usage and of the number of out-of-memory kills.
    files: (&'static str, &'static str),
}

impl Groups {
    /// `None` if this machine cannot create them.
    fn make() -> Option<Self> {
        let name = format!("rds-guard-{}", std::process::id());
        let root = Path::new("/sys/fs/cgroup");
        let controllers = fs::read_to_string(root.join("cgroup.subtree_control")).unwrap_or_default();
        let has = |name: &str| controllers.split_whitespace().any(|found| found == name);
        let (groups, settings) = if has("memory") && has("cpu") {
            let folder = root.join(name);
            let groups = Self { memory: folder.clone(), processor: folder, files: ("memory.peak", "memory.events") };
            (groups, vec![("memory.max", MEMORY.to_string()), ("cpu.max", format!("{QUOTA} {PERIOD}"))])
        } else {
            let groups = Self {
                memory: root.join("memory").join(&name),
                processor: root.join("cpu").join(&name),
                files: ("memory.max_usage_in_bytes", "memory.oom_control"),
            };
            let settings = vec![
                ("memory.limit_in_bytes", MEMORY.to_string()),
                ("cpu.cfs_period_us", PERIOD.to_string()),
                ("cpu.cfs_quota_us", QUOTA.to_string()),
            ];
            (groups, settings)
        };
        let set = || {
            for folder in groups.folders() {
                fs::create_dir(folder)?;
            }
            settings.iter().try_for_each(|(file, value)| {
                let folder = if file.starts_with("memory") { &groups.memory } else { &groups.processor };
                fs::write(folder.join(file), value)
            })
        };
        match set() {
            Ok(()) => Some(groups),
            Err(error) => {
                tools::not_permitted("control groups", &error.to_string());
                None
            }
        }
    }

    fn folders(&self) -> Vec<&Path> {
        let mut folders = vec![self.memory.as_path(), &self.processor];
        folders.dedup();
        folders
    }

    /// The files that take a process.
    fn files(&self) -> Vec<PathBuf> {
        self.folders().iter().map(|folder| folder.join("cgroup.procs")).collect()
    }

    /// The peak memory usage, including files that the kernel caches for it.
    fn most(&self) -> u64 {
        fs::read_to_string(self.memory.join(self.files.0)).unwrap().trim().parse().unwrap()
    }

    fn killed(&self) -> u64 {
        number(&self.memory.join(self.files.1), "oom_kill ")
    }

    /// The number of periods with work, and the number of those that were throttled.
    fn held_back(&self) -> (u64, u64) {
        let file = self.processor.join("cpu.stat");
        (number(&file, "nr_periods "), number(&file, "nr_throttled "))
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for folder in self.folders() {
            let _ = fs::remove_dir(folder);
        }
    }
}

fn number(file: &Path, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap();
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok()).unwrap()
}

#[test]
fn the_limits_of_a_small_container_hold_under_the_load_of_64_connections() {
    // With a debug build, a few calls take seconds of a tenth of a processor.
    let calls = if page::is_to_be_written() { 100 } else { 2 };
    let Some(pod) = Pod::make(Families::Both, &configuration("", "")) else { return };
    let Some(groups) = Groups::make() else { return };
    let mut image = pod.sidecar();
    image.groups = groups.files();
    let mut sidecar = pod.start_sidecar(&image);
    let started = groups.held_back();
    let tls = client::trust(&pod.in_volume("trust", "bundle.pem"));
    let began = Instant::now();
    let health = || sidecar.exec(SIDECAR, &HEALTH);
    let (answers, probe) = pod.inside(|| load(&tls, calls, health));
    let took = began.elapsed();
    assert!(!sidecar.has_ended(), "{}", sidecar.err());
    assert_eq!((probe.code, probe.out.as_str()), (Some(0), "ready\n"), "{probe:?}");
    let count = |status: u16| answers.iter().filter(|answer| **answer == status).count();
    let half = CONNECTIONS * calls / 2;
    assert_eq!(
        (count(200), count(403), answers.len()),
        (half, half, 2 * half),
        "every call is answered as it should be"
    );
    let (periods, held) = groups.held_back();
    let held = held - started.1;
    assert!(held > 0, "the limit of the processor was felt");
    assert_eq!(groups.killed(), 0);
    let status = PathBuf::from(format!("/proc/{}/status", sidecar.pid()));
    // The kernel drops pages of the program file as needed; a debug build has many of them.
    assert!(number(&status, "RssAnon:") * 1024 < MEMORY && groups.most() <= MEMORY);
    let resident = number(&status, "VmHWM:");

    let mut seen = String::new();
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let _ = writeln!(
        seen,
        "memory      {} are allowed; {} resident at most; nothing was killed",
        mib(MEMORY),
        mib(resident * 1024)
    );
    let _ = writeln!(
        seen,
        "processor   {}m are allowed; held back in {held} of {} periods",
        QUOTA * 1000 / PERIOD,
        periods - started.0
    );
    let _ = writeln!(
        seen,
        "load        {CONNECTIONS} connections at once, {calls} calls each: {} answered, {} denied",
        count(200),
        count(403)
    );
    let _ = writeln!(seen, "took        {:.1} s, handshakes included", took.as_secs_f64());
    let _ = writeln!(seen, "probe       rds-guard health, meanwhile: exit 0");
    page::hold("pod-life.md", "limits", &seen);
}

/// Calls on a number of connections, all open before the first call; returns the answers, and the result of
/// `meanwhile`.
fn load<T>(tls: &Arc<ClientConfig>, calls: usize, meanwhile: impl FnOnce() -> T) -> (Vec<u16>, T) {
    let proxy: SocketAddr = "127.0.0.1:3128".parse().unwrap();
    let signed = |action| client::signed(HOST, "us-east-1", action, &[("DBInstanceIdentifier", "orders")]);
    let requests = [client::signed(HOST, "us-east-1", "DescribeDBInstances", &[]), signed("StopDBInstance")];
    let all_are_open = Barrier::new(CONNECTIONS + 1);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::connect(proxy, HOST, tls).unwrap();
                    all_are_open.wait();
                    let call = |number: usize| {
                        let reply = client.exchange(&requests[number % 2]).unwrap();
                        assert!(reply.whole && reply.kept, "{reply:?}");
                        reply.status
                    };
                    (0..calls).map(call).collect::<Vec<u16>>()
                })
            })
            .collect();
        all_are_open.wait();
        let meanwhile = meanwhile();
        (clients.into_iter().flat_map(|client| client.join().unwrap()).collect(), meanwhile)
    })
}
