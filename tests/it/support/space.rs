//! Network namespaces: a pod and the world outside, connected by a virtual cable. Creating them requires root, and
//! `unshare`, `nsenter` and `ip`.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd as _,
    process::{Child, Command, Stdio},
    thread,
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space, set_thread_uid};

use super::tools::{self, IP, NAMESPACES, ROOT, UTIL_LINUX};

/// The user that workloads run as in these tests; the proxy runs as root.
pub(crate) const WORKLOAD: u32 = 65533;

/// A network namespace; it ends when this is dropped.
pub(crate) struct Space(Child);

impl Space {
    /// Creates a namespace, with the additional namespaces that these flags of `unshare` name; `None` if this
    /// process may not create any.
    fn new(further: &[&str]) -> Option<Self> {
        // `cat` echoes a line once it runs there, and ends with this process in any case.
        let mut command = Command::new("unshare");
        // A program that inspects its variables must find none of this process's.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.arg("-n").args(further).arg("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let _ = writeln!(child.stdin.as_mut()?, "here");
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        (line == "here\n").then_some(Self(child))
    }

    /// The id of the process that created it and runs in it.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Runs a command in it; returns true if it succeeded.
    pub(crate) fn runs(&self, command: &str) -> bool {
        let pid = self.0.id().to_string();
        let output = Command::new("nsenter").args(["-t", &pid, "-n", "sh", "-c", command]).output().unwrap();
        if !output.status.success() {
            println!("{command}: {}", output.stderr.escape_ascii());
        }
        output.status.success()
    }

    /// Runs a command in it with a text as its input; returns true if it succeeded.
    pub(crate) fn runs_with(&self, command: &str, input: &str) -> bool {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), input).unwrap();
        self.runs(&format!("{command} < {}", file.path().display()))
    }

    /// Runs a closure in a thread inside the namespace; processes that it starts are inside too.
    pub(crate) fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let space = File::open(format!("/proc/{}/ns/net", self.0.id())).unwrap();
        thread::scope(|scope| {
            let inside = scope.spawn(move || {
                move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                act()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Like [`Self::within`], as a user other than root.
    pub(crate) fn within_as_workload<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        self.within(|| {
            set_thread_uid(rustix::process::Uid::from_raw(WORKLOAD)).unwrap();
            act()
        })
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The addresses that a pod has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Families {
    Both,
    /// IPv6 only: there is not even an IPv4 loopback.
    V6,
}

/// A pod at 10.97.0.1 and fd97::1, and outside it the world, with the addresses 10.97.0.2 to 9 and fd97::2 to 9.
pub(crate) struct Spaces {
    pub(crate) pod: Space,
    pub(crate) world: Space,
}

impl Spaces {
    /// Creates both; `None` if this machine cannot.
    #[track_caller]
    pub(crate) fn join() -> Option<Self> {
        Self::join_as(&[], Families::Both)
    }

    /// Like [`Self::join`], with additional namespaces for the pod, by the flags of `unshare`, and with these
    /// addresses.
    #[track_caller]
    pub(crate) fn join_as(further: &[&str], families: Families) -> Option<Self> {
        if !tools::available(&[&ROOT, &UTIL_LINUX, &IP, &NAMESPACES]) {
            return None;
        }
        let addresses = match families {
            Families::Both => {
                "ip link set lo up && ip addr add 10.97.0.1/24 dev cable && ip addr add fd97::1/64 dev cable nodad"
            }
            Families::V6 => {
                "ip link set lo up && ip addr del 127.0.0.1/8 dev lo && ip addr add fd97::1/64 dev cable nodad"
            }
        };
        let made = || {
            let (pod, world) = (Space::new(further)?, Space::new(&[])?);
            let cable = format!("ip link add cable type veth peer name cable netns {}", world.0.id());
            let joined = pod.runs(&cable)
                && pod.runs(addresses)
                && pod.runs("ip link set cable up")
                && world.runs("ip link set lo up && ip link set cable up")
                && (2..10).all(|n| {
                    world.runs(&format!(
                        "ip addr add 10.97.0.{n}/24 dev cable; ip addr add fd97::{n}/64 dev cable nodad"
                    ))
                });
            joined.then_some(Self { pod, world })
        };
        let spaces = made();
        if spaces.is_none() {
            tools::not_permitted("pods", &format!("`unshare --net {}`, or a veth between two", further.join(" ")));
        }
        spaces
    }
}

/// Relays an address to a server on loopback, both in the namespace of this thread.
pub(crate) fn relay(at: SocketAddr, to: SocketAddr) {
    let listener = TcpListener::bind(at).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(to).unwrap());
            let (client_again, server_again) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut &client, &mut &server));
            thread::spawn(move || std::io::copy(&mut &server_again, &mut &client_again));
        }
    });
}
