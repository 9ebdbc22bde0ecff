//! Containers of a pod: processes with a root, a user and mounts of their own, in the network and among the processes of
//! the pod.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

const SETUP: &str = include_str!("container.sh");

/// No capability, as `drop: [ALL]` in the manifests.
pub(super) const NONE: &str = "-all";

/// What container engines leave to root if nothing is said.
pub(super) const USUAL: &str = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,\
    +net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";

/// How a container is made.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) user: u32,
    /// What `setpriv --bounding-set` takes.
    pub(super) capabilities: &'static str,
    /// Lines of `SOURCE TARGET ro|rw`, the sources as the pod sees them.
    pub(super) mounts: String,
    /// Files of control groups that take the process.
    pub(super) groups: Vec<PathBuf>,
    pub(super) variables: Vec<(String, String)>,
}

impl Image {
    /// The same with another variable, or another value of it.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The same as another user.
    pub(super) fn of(mut self, user: u32) -> Self {
        self.user = user;
        self
    }
}

/// What a program that has ended said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

/// A running container; it is killed when dropped.
pub(super) struct Container {
    /// `nsenter`, which ends as the program does.
    child: Child,
    /// The program, as this machine numbers it.
    pid: u32,
    out: PathBuf,
    err: PathBuf,
}

impl Container {
    /// Starts a program in the pod that `pause` lives in. `scratch` gets an empty folder and what the program writes.
    pub(super) fn start(pause: u32, scratch: &Path, image: &Image, program: &[&str]) -> Self {
        let root = scratch.join("root");
        fs::create_dir_all(&root).unwrap();
        let (out, err) = (scratch.join("out"), scratch.join("err"));
        let groups: Vec<&str> = image.groups.iter().map(|file| file.to_str().unwrap()).collect();
        let mut command = Command::new("nsenter");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.args(["-t", &pause.to_string(), "-n", "-p", "-m", "unshare", "--mount", "--propagation", "private"]);
        command.args(["sh", "-c", SETUP, "container"]).arg(&root).arg(image.user.to_string());
        command.args([image.capabilities, &groups.join(" "), &image.mounts, "env", "-i"]);
        command.args(image.variables.iter().map(|(name, value)| format!("{name}={value}"))).args(program);
        command.stdin(Stdio::null());
        command.stdout(fs::File::create(&out).unwrap()).stderr(fs::File::create(&err).unwrap());
        let mut child = command.spawn().unwrap();
        let pid = only_child(&mut child);
        Self { child, pid, out, err }
    }

    /// Runs a program to its end.
    pub(super) fn run(pause: u32, scratch: &Path, image: &Image, program: &[&str]) -> Said {
        let mut container = Self::start(pause, scratch, image, program);
        let code = container.wait().code();
        Said { code, out: container.out(), err: container.err() }
    }

    /// Runs a program in this container, as the kubelet runs a probe.
    pub(super) fn exec(&self, user: u32, program: &[&str]) -> Said {
        let (pid, user) = (self.pid.to_string(), user.to_string());
        let mut command = Command::new("nsenter");
        command.args(["-t", &pid, "-n", "-p", "-m", "setpriv", "--reuid", &user, "--regid", &user, "--clear-groups"]);
        command.args(["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "env", "-i"]).args(program);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) fn out(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    pub(super) fn err(&self) -> String {
        fs::read_to_string(&self.err).unwrap()
    }

    pub(super) fn signal(&self, signal: Signal) {
        let _ = kill_process(Pid::from_raw(i32::try_from(self.pid).unwrap()).unwrap(), signal);
    }

    /// Whether the program has come to its end.
    pub(super) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the end.
    pub(super) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Waits until what the program has written is as wanted.
    pub(super) fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        until(what, || {
            let out = self.out();
            let there = wanted(&out);
            assert!(there || !self.has_ended(), "{what}: it has ended: {out}\n{}", self.err());
            there
        });
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Asks until it is so, for a minute and a half at most.
pub(super) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < Duration::from_secs(90), "{what}: not within 90 s");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The one child of a process that is about to have one; the process itself where it has ended already.
fn only_child(parent: &mut Child) -> u32 {
    let file = format!("/proc/{0}/task/{0}/children", parent.id());
    loop {
        let found = fs::read_to_string(&file).unwrap_or_default();
        match found.split_whitespace().next().and_then(|pid| pid.parse().ok()) {
            Some(pid) => return pid,
            None if parent.try_wait().unwrap().is_some() => return parent.id(),
            None => std::thread::yield_now(),
        }
    }
}
