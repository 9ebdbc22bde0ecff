//! A pod as the manifests create one: volumes, the sidecar as one user, the service as another; outside it the
//! world, with a name server and the endpoint.

use std::{
    cell::Cell,
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use rds_guard::sandbox::{Key, Sandbox};
use tempfile::TempDir;

use super::container::{Container, Image, NONE, Said, until};
use crate::{
    faults::dns::{DnsServer, Says},
    support::{
        space::{Families, Spaces, relay},
        stage::{DNS, HOST, Stage},
        tools,
    },
};

/// The sidecar's user in the manifests.
pub(super) const SIDECAR: u32 = 65532;

/// A service's user.
pub(super) const SERVICE: u32 = 1000;

/// The sidecar as the manifests start it.
pub(super) const RUN: [&str; 3] = ["/rds-guard", "run", "--config=/etc/rds-guard/rds-guard.toml"];

/// Its startup probe.
pub(super) const HEALTH: [&str; 2] = ["/rds-guard", "health"];

/// Allows what the services of these tests do, and denies stopping anything.
pub(super) const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Work", "Effect": "Allow", "Principal": "*", "Resource": "*",
     "Action": ["rds:Describe*", "rds:CreateDBInstance", "rds:AddTagsToResource"]},
    {"Sid": "NeverStop", "Effect": "Deny", "Principal": "*", "Resource": "*", "Action": "rds:StopDBInstance"}
]}"#;

/// The namespaces of a pod in addition to its network.
const NAMESPACES: [&str; 7] =
    ["--pid", "--fork", "--kill-child", "--mount", "--propagation", "private", "--mount-proc"];

/// A pod. Everything in it ends when this is dropped.
pub(super) struct Pod {
    pub(super) sandbox: Sandbox,
    pub(super) key: Key,
    /// The name server.
    pub(super) names: DnsServer,
    spaces: Spaces,
    /// Its first process.
    pause: u32,
    families: Families,
    directory: TempDir,
    made: Cell<u32>,
}

impl Pod {
    /// Creates a pod with this configuration; `None` if this machine cannot.
    #[track_caller]
    pub(super) fn make(families: Families, configuration: &str) -> Option<Self> {
        let spaces = Spaces::join_as(&NAMESPACES, families)?;
        let pause = fs::read_to_string(format!("/proc/{0}/task/{0}/children", spaces.pod.id())).unwrap();
        let Ok(pause) = pause.trim().parse() else { panic!("one process: {pause}") };
        let directory = tempfile::tempdir().unwrap();
        let (sandbox, key, names) = spaces.world.within(|| {
            let (sandbox, key) = Stage::sandbox();
            for address in endpoint(families) {
                relay(SocketAddr::new(address, 443), sandbox.address());
            }
            (sandbox, key, DnsServer::start(name_server(families)))
        });
        let pod = Self { sandbox, key, names, spaces, pause, families, directory, made: Cell::new(0) };
        pod.names.set(DNS, Says::Addresses(endpoint(families), 60));
        // The service's own name resolves to an address without a host.
        let nobody = endpoint(families).into_iter().map(|ip| if ip.is_ipv4() { "10.97.0.9" } else { "fd97::9" });
        pod.names.set(HOST, Says::Addresses(nobody.map(|ip| ip.parse().unwrap()).collect(), 60));
        pod.write("resolv.conf", &format!("nameserver {}\n", name_server(families)));
        pod.write("hosts", "127.0.0.1 localhost\n::1 localhost\n");
        pod.configure(configuration);
        // Volumes as the kubelet creates them: in memory, open to every user, with the limits of the manifests.
        for (volume, size) in [("state", "1m"), ("trust", "4m")] {
            let folder = pod.path(volume);
            fs::create_dir(&folder).unwrap();
            let pid = pause.to_string();
            let mut mount = Command::new("nsenter");
            mount.args(["-t", &pid, "-m", "mount", "-t", "tmpfs", "-o", &format!("mode=777,size={size}"), volume]);
            assert!(mount.arg(&folder).status().unwrap().success());
        }
        pod.can_have_containers().then_some(pod)
    }

    /// Returns whether a container can be created: tried once, and noted if it cannot.
    fn can_have_containers(&self) -> bool {
        static CAN: OnceLock<Result<(), String>> = OnceLock::new();
        let attempt = || {
            let said = self.run(&self.image(SERVICE, &[], Vec::new()), &["true"]);
            if said.code == Some(0) { Ok(()) } else { Err(said.err) }
        };
        let can = CAN.get_or_init(attempt);
        if let Err(why) = can {
            tools::not_permitted("containers", why);
        }
        can.is_ok()
    }

    /// Writes the configuration as a ConfigMap is mounted: links to a folder that is replaced atomically.
    pub(super) fn configure(&self, configuration: &str) {
        let map = self.path("config");
        let version = format!("..version-{}", self.next());
        fs::create_dir_all(map.join(&version)).unwrap();
        for (name, text) in
            [("rds-guard.toml", configuration), ("policy.json", POLICY), ("upstream.pem", self.sandbox.ca_pem())]
        {
            fs::write(map.join(&version).join(name), text).unwrap();
            let _ = std::os::unix::fs::symlink(format!("..data/{name}"), map.join(name));
        }
        std::os::unix::fs::symlink(&version, map.join("..new")).unwrap();
        fs::rename(map.join("..new"), map.join("..data")).unwrap();
    }

    /// Writes a file that the pod provides to containers, `hosts` or `resolv.conf`.
    pub(super) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The path of a file or volume of the pod, as seen in the pod.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The path of a file in a volume, as seen by this test.
    pub(super) fn in_volume(&self, volume: &str, name: &str) -> PathBuf {
        let inside = self.path(volume).join(name);
        Path::new("/proc").join(self.pause.to_string()).join("root").join(inside.strip_prefix("/").unwrap())
    }

    /// The sidecar's container, as in config/deploy/.
    pub(super) fn sidecar(&self) -> Image {
        let mounts = [
            format!("{} /rds-guard ro", program().display()),
            self.volume("config", "/etc/rds-guard", "ro"),
            self.volume("state", "/var/lib/rds-guard", "rw"),
            self.volume("trust", "/run/rds-guard", "rw"),
        ];
        let variables = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        self.image(SIDECAR, &mounts, variables)
    }

    /// The service's container: the published roots, and the output of `rds-guard env` for this configuration.
    pub(super) fn service(&self) -> Image {
        let listen = self.listen();
        let printed = Command::new(env!("CARGO_BIN_EXE_rds-guard"))
            .env_clear()
            .args(["env", "--ca-dir", "/run/rds-guard", "--listen", &listen, "--shell", "dotenv"])
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let said = printed.lines().filter_map(|line| line.split_once('='));
        let own = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/nonexistent"),
            ("AWS_ACCESS_KEY_ID", &self.key.access_key_id.to_string()),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ];
        let variables = said.chain(own).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let project = env!("CARGO_MANIFEST_DIR");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().display();
        let mut mounts = vec![
            format!("{} /rds-guard ro", program().display()),
            format!("{project}/tests {project}/tests ro"),
            format!("{target} {target} ro"),
            self.volume("config", "/etc/rds-guard", "ro"),
            self.volume("trust", "/run/rds-guard", "ro"),
        ];
        // If Python was built by its user, it is located in that user's home.
        mounts.extend(python().map(|python| format!("{0} {0} ro", python.display())));
        self.image(SERVICE, &mounts, variables)
    }

    /// Where the sidecar takes CONNECT.
    pub(super) fn listen(&self) -> String {
        let ip = if self.families == Families::V6 { "[::1]" } else { "127.0.0.1" };
        format!("{ip}:3128")
    }

    /// Another volume for an image: a line of its mounts.
    pub(super) fn volume(&self, name: &str, at: &str, mode: &str) -> String {
        format!("{} {at} {mode}", self.path(name).display())
    }

    fn image(&self, user: u32, mounts: &[String], variables: Vec<(String, String)>) -> Image {
        let own = [self.volume("hosts", "/etc/hosts", "ro"), self.volume("resolv.conf", "/etc/resolv.conf", "ro")];
        let mounts = [mounts, &own].concat().join("\n");
        Image { user, capabilities: NONE, mounts, groups: Vec::new(), variables }
    }

    pub(super) fn start(&self, image: &Image, program: &[&str]) -> Container {
        Container::start(self.pause, &self.scratch(), image, program)
    }

    pub(super) fn run(&self, image: &Image, program: &[&str]) -> Said {
        Container::run(self.pause, &self.scratch(), image, program)
    }

    /// Starts the sidecar, and probes it like the kubelet, but more often.
    pub(super) fn start_sidecar(&self, image: &Image) -> Container {
        let mut sidecar = self.start(image, &RUN);
        until("the startup probe", || {
            assert!(!sidecar.has_ended(), "{}", sidecar.err());
            let probe = sidecar.exec(SIDECAR, &HEALTH);
            // Until its root is created there is no program to run.
            assert!(matches!(probe.code, Some(0 | 1 | 126 | 127)), "{probe:?}\n{}", sidecar.err());
            probe.code == Some(0)
        });
        sidecar
    }

    /// Runs a closure in the network outside the pod.
    pub(super) fn outside<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        self.spaces.world.within(act)
    }

    /// Runs a closure in the pod's network.
    pub(super) fn inside<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        self.spaces.pod.within(act)
    }

    /// Adds public addresses to the world, each with the endpoint behind it.
    pub(super) fn add_public(&self, addresses: &[&str]) {
        assert!(self.spaces.pod.runs("ip route add default via 10.97.0.2"));
        for address in addresses {
            assert!(self.spaces.world.runs(&format!("ip addr add {address}/32 dev lo")));
            let at = SocketAddr::new(address.parse().unwrap(), 443);
            let sandbox = self.sandbox.address();
            self.spaces.world.within(move || relay(at, sandbox));
        }
    }

    /// Writes a setting of the pod's network, as `securityContext.sysctls` does.
    pub(super) fn set(&self, setting: &str, value: &str) {
        assert!(self.spaces.pod.runs(&format!("echo {value} > /proc/sys/{}", setting.replace('.', "/"))));
    }

    /// Loads the rules that the program prints, as the manifests' init container does.
    pub(super) fn load_rules(&self, dialect: &str) {
        let loader = if dialect == "nft" { "nft -f -" } else { "sh" };
        let mut init = self.sidecar().of(0);
        init.capabilities = "-all,+net_admin";
        init = init.with("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let loaded = self.run(&init, &["sh", "-c", &format!("/rds-guard firewall --print {dialect} | {loader}")]);
        assert_eq!(loaded.code, Some(0), "{dialect}: {loaded:?}");
    }

    fn scratch(&self) -> PathBuf {
        let folder = self.path(&format!("container-{}", self.next()));
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn next(&self) -> u32 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }
}

/// The configuration of the manifests, with additional lines before its tables. Other work uses this machine too,
/// so connecting may take long.
pub(super) fn configuration(further: &str, tables: &str) -> String {
    format!(
        "metrics = \"0.0.0.0:9902\"\nworkers = 1\nmode = \"enforce\"\npolicy = \"policy.json\"\n{further}\n\
         [[endpoint]]\nregion = \"us-east-1\"\ndns = [\"{DNS}\"]\n\n[upstream]\nca = \"upstream.pem\"\nconnect = \"20s\"\n\n\
         [ca]\ndir = \"/var/lib/rds-guard/ca\"\npublish = \"/run/rds-guard\"\n\n{tables}"
    )
}

/// The program that the sidecar runs: this build's, unless another is named.
fn program() -> PathBuf {
    let named = std::env::var_os("RDS_GUARD_TEST_PROGRAM");
    named.map_or_else(|| env!("CARGO_BIN_EXE_rds-guard").into(), |program| fs::canonicalize(program).unwrap())
}

/// Where the endpoint is.
fn endpoint(families: Families) -> Vec<IpAddr> {
    let addresses = match families {
        Families::Both => &["10.97.0.2", "fd97::2"][..],
        Families::V6 => &["fd97::2"],
    };
    addresses.iter().map(|address| address.parse().unwrap()).collect()
}

fn name_server(families: Families) -> IpAddr {
    let address = if families == Families::V6 { "fd97::5" } else { "10.97.0.5" };
    address.parse().unwrap()
}

/// Where Python is, if that is not below /usr.
fn python() -> Option<PathBuf> {
    let found = Command::new("python3").args(["-c", "import sys; print(sys.base_prefix)"]).output().ok()?;
    let prefix = PathBuf::from(String::from_utf8(found.stdout).ok()?.trim());
    (!prefix.starts_with("/usr")).then_some(prefix)
}
