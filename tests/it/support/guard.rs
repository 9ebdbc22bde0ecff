//! `rds-guard run` as a separate process, as a service uses it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A region's VPC endpoint: its DNS name, and its actual address.
pub(crate) struct Endpoint<'a> {
    pub(crate) region: &'a str,
    pub(crate) dns: &'a str,
    pub(crate) address: SocketAddr,
}

/// A running proxy; it is stopped when dropped.
pub(crate) struct Guard {
    command: Command,
    child: Child,
    /// The address for CONNECT.
    pub(crate) proxy: SocketAddr,
    /// The address for probes.
    pub(crate) admin: SocketAddr,
    /// The addresses for TLS from the first byte: each `--listen-direct` in its arguments, in order.
    pub(crate) direct: Vec<SocketAddr>,
    /// The addresses for redirected connections: each `--listen-transparent` in its arguments.
    pub(crate) transparent: Vec<SocketAddr>,
    ready: String,
    directory: TempDir,
}

impl Guard {
    /// Starts a proxy that enforces a policy in front of these endpoints, all of which show certificates of one
    /// authority, and waits until it is ready.
    pub(crate) fn start(policy: &str, endpoints: &[Endpoint<'_>], upstream_ca: &str) -> Self {
        Self::start_with(policy, endpoints, upstream_ca, &[])
    }

    /// Like [`Self::start`], with additional arguments; `NAME=VALUE` among them is an environment variable. Records
    /// are written to a file in the proxy's directory unless `--audit` is among them.
    pub(crate) fn start_with(policy: &str, endpoints: &[Endpoint<'_>], upstream_ca: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, text).expect("a file");
            path
        };
        let program = std::env::var_os("RDS_GUARD_TEST_PROGRAM").unwrap_or(env!("CARGO_BIN_EXE_rds-guard").into());
        let mut command = Command::new(program);
        alone(&mut command);
        command
            .args(["run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
            .arg("--policy")
            .arg(file("policy.json", policy))
            .arg("--upstream-ca")
            .arg(file("upstream.pem", upstream_ca))
            .arg("--ca-dir")
            .arg(directory.path().join("ca"));
        if !arguments.contains(&"--audit") {
            command.arg("--audit").arg(directory.path().join("audit.jsonl"));
        }
        for Endpoint { region, dns, address } in endpoints {
            let resolve = format!("{dns}:443:{}:{}", address.ip(), address.port());
            command.args(["--endpoint", &format!("{region}={dns}"), "--resolve", &resolve]);
        }
        for argument in arguments {
            let variable = |name: &str| name.starts_with("RDS_GUARD_") || name.starts_with("AWS_");
            match argument.split_once('=').filter(|(name, _)| variable(name)) {
                Some((name, value)) => command.env(name, value),
                None => command.arg(argument),
            };
        }
        let log = fs::File::create(directory.path().join("log")).expect("a file");
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program starts");
        let ready = ready_line(&mut child);
        let addresses = |name: &str| addresses(&ready, name);
        let address = |name: &str| addresses(name).pop().expect("an address");
        let (proxy, admin, direct) = (address("proxy="), address("admin="), addresses("direct="));
        let transparent = addresses("transparent=");
        Self { command, child, proxy, admin, direct, transparent, ready, directory }
    }

    /// Kills it as `kill -9` does, and restarts it in the same way: with the same files, and with the same
    /// addresses if they were given.
    pub(crate) fn killed_and_started_anew(mut self) -> Self {
        self.child.kill().expect("a process");
        self.child.wait().expect("an end");
        self.child = self.command.spawn().expect("the program starts");
        let ready = ready_line(&mut self.child);
        (self.proxy, self.admin) = (addresses(&ready, "proxy=")[0], addresses(&ready, "admin=")[0]);
        self.ready = ready;
        self
    }

    /// The address of another listener, by its name in the ready line.
    pub(crate) fn address(&self, name: &str) -> SocketAddr {
        let mut words = self.ready.split([' ', '\n']);
        let found = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).expect("an address");
        found.parse().expect("an address")
    }

    /// Its process.
    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// A number from `/proc/PID/status`, for example `VmRSS:` in KiB.
    pub(crate) fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
    }

    /// The value of a metric without labels, polled until it is as wanted, for at most a minute.
    pub(crate) fn until_metric(&self, name: &str, wanted: impl Fn(i64) -> bool) -> i64 {
        let began = std::time::Instant::now();
        loop {
            let metrics = self.probe("/metrics");
            let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
            let value = value.unwrap_or_else(|| panic!("no {name}: {metrics}"));
            if wanted(value) {
                return value;
            }
            assert!(began.elapsed().as_secs() < 60, "{name} is {value}");
        }
    }

    /// The answer to a probe.
    pub(crate) fn probe(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.admin).expect("the admin listener");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Stops the proxy; returns its directory and everything it has written: records, logs, policy and
    /// certificates.
    pub(crate) fn into_everything_written(mut self) -> (TempDir, String) {
        self.end();
        let read = |name: &str| fs::read_to_string(self.directory.path().join(name)).expect("a file");
        let written = ["audit.jsonl", "log", "ca/ca.pem"].map(read).concat();
        let directory = tempfile::tempdir().expect("a directory");
        (std::mem::replace(&mut self.directory, directory), written)
    }

    /// Writes another policy into the file that the proxy reads.
    pub(crate) fn rewrite_policy(&self, policy: &str) {
        fs::write(self.directory.path().join("policy.json"), policy).expect("a file");
    }

    /// Replaces the policy atomically: the proxy sees the old or the new one, never half of it.
    pub(crate) fn replace_policy(&self, policy: &str) {
        let (new, file) = (self.directory.path().join("policy.new"), self.directory.path().join("policy.json"));
        fs::write(&new, policy).expect("a file");
        fs::rename(new, file).expect("a file");
    }

    /// Stops the proxy; returns its directory, with everything it has written.
    pub(crate) fn ended(mut self) -> TempDir {
        self.end();
        let directory = tempfile::tempdir().expect("a directory");
        std::mem::replace(&mut self.directory, directory)
    }

    /// The records so far.
    pub(crate) fn records_so_far(&self) -> Vec<Value> {
        records(&self.directory.path().join("audit.jsonl"))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).expect("a process id")) {
            rustix::process::kill_process(pid, signal).expect("a process");
        }
    }

    /// Waits for it to exit; returns the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("an end").code()
    }

    /// The bundle that a client trusts: the public roots and the proxy's own.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.published("bundle.pem")
    }

    /// A file that the authority has published.
    pub(crate) fn published(&self, name: &str) -> PathBuf {
        self.directory.path().join("ca").join(name)
    }

    /// Stops the proxy and returns its records, which are complete once it has exited.
    pub(crate) fn into_records(mut self) -> Vec<Value> {
        self.end();
        records(&self.directory.path().join("audit.jsonl"))
    }

    fn end(&mut self) {
        interrupt(&self.child);
        drop(self.child.wait());
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.end();
        }
    }
}

/// Prevents a program from looking for credentials, or for their principal, anywhere except where a test puts them:
/// not at instance metadata, not in a home folder, not at STS.
pub(crate) const ALONE: [(&str, &str); 4] = [
    ("AWS_CONFIG_FILE", "/dev/null"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
];

/// Isolates a program from the settings of the user who runs the tests, and from every address that a test did not
/// name.
pub(crate) fn alone(command: &mut Command) -> &mut Command {
    let theirs = |name: &str| {
        let upper = name.to_ascii_uppercase();
        upper.starts_with("RDS_GUARD_") || upper.starts_with("AWS_") || upper.ends_with("_PROXY")
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(theirs)) {
        command.env_remove(name);
    }
    command.envs(ALONE)
}

/// Asks one of our programs to exit as soon as nothing is in flight.
pub(crate) fn interrupt(child: &Child) {
    if let Some(pid) = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a process id")) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
    }
}

fn ready_line(child: &mut Child) -> String {
    let output = child.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    match lines.find(|line| line.starts_with("ready ")) {
        Some(line) => line,
        None => panic!("no ready line: {:?}", child.wait()),
    }
}

/// The addresses of a ready line, by the word before them.
fn addresses(ready: &str, name: &str) -> Vec<SocketAddr> {
    let found = ready.split([' ', '\n']).find_map(|word| word.strip_prefix(name)).unwrap_or_default();
    found.split_terminator(',').map(|address| address.parse().expect("an address")).collect()
}

fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("an audit file");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}
