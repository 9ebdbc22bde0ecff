//! Namespaces in which the proxy has a network, a resolv.conf, a hosts file and a clock that belong to the test
//! alone.
//!
//! The test runs itself once more inside a user, a network and a mount namespace. There it is the rest of the
//! world: every address that is not a proxy's is its own. Each proxy has a network namespace behind a pair of
//! virtual Ethernet devices, since an endpoint must be reached by an address that is neither loopback nor the
//! proxy's own.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::atomic::{AtomicU8, Ordering},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    guard::{alone, interrupt},
    notes,
    stage::DNS,
    tools::{self, CC, IP, USER_NAMESPACES, UTIL_LINUX},
};

/// Set where the test runs inside.
const INSIDE: &str = "RDS_GUARD_TEST_INSIDE";

/// Prepares the namespace: mounts the files, then waits until the test has added the devices before the proxy starts.
const PREPARE: &str = r#"
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
echo up
read -r go
shift
exec "$@"
"#;

pub(crate) fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs a test of this program inside, where the system allows it.
pub(crate) fn enter(test: &str) {
    if !tools::available(&[&UTIL_LINUX, &IP, &CC, &USER_NAMESPACES]) {
        return;
    }
    let unshare = |program: &Path| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "--mount", "--propagation", "private"]);
        // However this process ends, the proxies inside end with it.
        command.args(["--pid", "--fork", "--kill-child", "--mount-proc"]).arg(program);
        command
    };
    let program = std::env::current_exe().unwrap();
    let arguments = [test, "--exact", "--ignored", "--nocapture"];
    let mut inside = unshare(&program);
    inside.args(arguments).env(INSIDE, "1").env(notes::FILE, notes::file()).stderr(Stdio::inherit());
    let inside = inside.output().unwrap();
    let shown = String::from_utf8(inside.stdout).unwrap();
    // If the test had another name, the run inside would run no test and still succeed.
    assert!(inside.status.success() && shown.contains("1 passed"), "{shown}");
}

pub(crate) fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8(output.stderr).unwrap());
}

fn ip(arguments: &str) {
    run("ip", &arguments.split(' ').collect::<Vec<_>>());
}

/// Makes this process the rest of the world. To be done once.
pub(crate) fn prepare() {
    ip("link set lo up");
    // Routes to proxies come before the local addresses, which cover all others.
    ip("rule add pref 10 lookup local");
    ip("rule del pref 0");
    ip("route add local 0.0.0.0/0 dev lo table local");
}

/// Drops every packet to an address, or accepts packets again.
pub(crate) fn blackhole(address: IpAddr, drop: bool) {
    ip(&format!("route {} blackhole {address}/32 table local", if drop { "add" } else { "del" }));
}

/// How a proxy is set up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// Additional arguments; `NAME=VALUE` is an environment variable.
    pub(crate) arguments: Vec<String>,
    /// The destination of the records, if not a file of their own.
    pub(crate) audit: Option<PathBuf>,
}

fn is_variable(argument: &str) -> bool {
    argument.starts_with("RDS_GUARD_") || argument.starts_with("AWS_")
}

/// A running proxy with its own network.
pub(crate) struct Proxy {
    child: Child,
    _input: ChildStdin,
    number: u8,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) audit: PathBuf,
    pub(crate) directory: TempDir,
}

/// A number for the next proxy; also used for the addresses of hosts on its network.
pub(crate) fn number() -> u8 {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(crate) fn beside(number: u8, thing: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 100, number, thing)
}

/// The address of a proxy.
pub(crate) fn own(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, number, 2)
}

impl Proxy {
    pub(crate) fn start(number: u8, policy: &str, upstream_ca: &str, setup: &Setup) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let write = |name: &str, text: &str| fs::write(path(name), text).unwrap();
        write("policy.json", policy);
        write("upstream.pem", upstream_ca);
        write("resolv.conf", &format!("nameserver {}\noptions timeout:1 attempts:2\n", beside(number, 53)));
        // This address is always unused: it shows that the hosts file is not used.
        write("hosts", &format!("{} {DNS}\n", beside(number, 66)));
        fs::write(path("offset"), [0; 8]).unwrap();
        let audit = setup.audit.clone().unwrap_or_else(|| path("audit.jsonl"));
        let (listen, admin) = (format!("{}:0", own(number)), format!("{}:0", own(number)));
        let mut command = Command::new("unshare");
        alone(&mut command);
        command.args(["--net", "--mount", "sh", "-euc", PREPARE, "sh"]).arg(directory.path()).arg("env");
        command.arg(format!("LD_PRELOAD={}", clock_library().display()));
        command.arg(format!("CLOCK_OFFSET={}", path("offset").display()));
        let variables = setup.arguments.iter().filter(|argument| is_variable(argument));
        command.args(["RDS_GUARD_WORKERS=1"]).args(variables).arg(env!("CARGO_BIN_EXE_rds-guard"));
        command.args(["run", "--listen", &listen, "--admin", &admin]);
        for (flag, name) in [("--policy", "policy.json"), ("--upstream-ca", "upstream.pem"), ("--ca-dir", "ca")] {
            command.arg(flag).arg(path(name));
        }
        command.arg("--audit").arg(&audit);
        command.args(setup.arguments.iter().filter(|argument| !is_variable(argument)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(path("log")).unwrap());
        let mut child = command.spawn().unwrap();
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        assert_eq!(lines.next().as_deref(), Some("up"), "{}", fs::read_to_string(path("log")).unwrap());
        connect(number, child.id());
        input.write_all(b"go\n").unwrap();
        let ready = lines.find(|line| line.starts_with("ready "));
        let ready = ready.unwrap_or_else(|| panic!("{}", fs::read_to_string(path("log")).unwrap()));
        let at = |name: &str| ready.split(' ').find_map(|word| word.strip_prefix(name)).unwrap().parse().unwrap();
        let (address, admin) = (at("proxy="), at("admin="));
        Self { child, _input: input, number, address, admin, audit, directory }
    }

    /// Sets the proxy's wall clock to an offset in seconds from the true time.
    pub(crate) fn set_clock(&self, seconds: i64) {
        // In place: the proxy has the file mapped.
        let mut file = fs::OpenOptions::new().write(true).open(self.directory.path().join("offset")).unwrap();
        file.write_all(&seconds.to_ne_bytes()).unwrap();
    }

    /// Writes what the proxy sees as /etc/resolv.conf.
    pub(crate) fn set_resolv_conf(&self, text: &str) {
        let path = self.directory.path().join("resolv.conf");
        let mut file = fs::OpenOptions::new().write(true).truncate(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Writes what the proxy sees as /etc/hosts.
    pub(crate) fn set_hosts(&self, text: &str) {
        let mut file =
            fs::OpenOptions::new().write(true).truncate(true).open(self.directory.path().join("hosts")).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// The address of a host on the proxy's network.
    pub(crate) fn beside(&self, thing: u8) -> Ipv4Addr {
        beside(self.number, thing)
    }

    /// All records so far.
    pub(crate) fn records(&self) -> Vec<Value> {
        // A pipe has no end, and neither does a disk that is always full.
        let is_file = fs::metadata(&self.audit).is_ok_and(|audit| audit.is_file());
        let text = if is_file { fs::read_to_string(&self.audit).unwrap_or_default() } else { String::new() };
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// One number of the metrics.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let mut stream = TcpStream::connect(self.admin).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap().parse().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        interrupt(&self.child);
        drop(self.child.wait());
    }
}

/// Connects a process that has no network yet.
fn connect(number: u8, pid: u32) {
    ip(&format!("link add p{number} type veth peer name eth0 netns {pid}"));
    ip(&format!("addr add 10.99.{number}.1/24 dev p{number}"));
    ip(&format!("link set p{number} up"));
    ip(&format!("rule add pref 0 to {} lookup main", own(number)));
    for command in [
        format!("addr add {}/24 dev eth0", own(number)),
        "link set eth0 up".to_owned(),
        format!("route add default via 10.99.{number}.1"),
    ] {
        let pid = pid.to_string();
        let arguments = ["--target", &pid, "--net", "ip"].into_iter().chain(command.split(' '));
        run("nsenter", &arguments.collect::<Vec<_>>());
    }
}

/// The library that shifts a proxy's clock.
pub(crate) fn clock_library() -> PathBuf {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let build = || {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/clock.c");
        let library = std::env::temp_dir().join(format!("rds-guard-clock-{}.so", std::process::id()));
        let arguments = ["-shared", "-fPIC", "-O2", "-o", library.to_str().unwrap(), source.to_str().unwrap()];
        run("cc", &arguments);
        library
    };
    BUILT.get_or_init(build).clone()
}
