//! Where commands of the pages are run: a folder that stands for the machine, a sandbox of the RDS API behind the
//! endpoints that the pages name, and programs by their usual names.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU8, Ordering},
};

use rds_guard::sandbox::{Key, Sandbox, SandboxSettings, SecretAccessKey};
use tempfile::TempDir;

use super::{
    pages::{Page, root},
    sts,
};
use crate::{
    clients::{javascript, venv},
    support::moto::Moto,
};

/// The endpoint that stands for `VPCE-DNS-NAME`.
const ENDPOINT: &str = "vpce-0a1b2c3d4e5f60718-a1b2c3d4.rds.eu-west-1.vpce.amazonaws.com";
const FAR: &str = "vpce-0fedcba9876543210-dcba4321.rds.us-east-1.vpce.amazonaws.com";
/// The key of `rds-guard demo`, so that a page may go on with it.
const KEY: (&str, &str) = ("AKIARZPUZDIKAEXAMPLE", "notASecretOfAnyoneButTheSandboxOfThisDem");

/// What lies in the working folder of every page, where the page does not say what else.
const FILES: [(&str, &str); 5] = [
    ("policy.json", include_str!("../../../config/policies/read-only.json")),
    ("rds-guard.toml", "policy = \"policy.json\"\n"),
    ("app.py", "import boto3\nprint(boto3.client('rds').describe_db_instances()['DBInstances'])\n"),
    ("app.js", "console.log('ran')\n"),
    ("main.tf", "output \"ran\" { value = true }\n"),
];

/// What all pages share.
pub(super) struct Scene {
    /// Folders of programs, the strongest first.
    programs: Vec<PathBuf>,
    modules: Option<PathBuf>,
    /// Where the AWS CLI is.
    clients: PathBuf,
    /// Every name of an endpoint that a page has.
    endpoints: BTreeSet<String>,
    /// The AWS APIs that are not RDS.
    moto: Option<Moto>,
    /// Says that the proxy's own credentials are a role's.
    sts: SocketAddr,
}

impl Scene {
    /// Lays it out; `None` where real clients are to be skipped.
    pub(super) fn set() -> Option<Self> {
        let clients = venv::ready()?;
        let pages = Page::all();
        let texts: Vec<&str> = pages.iter().flat_map(|page| &page.blocks).map(|block| block.text.as_str()).collect();
        let words = texts.iter().flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || "-.".contains(c))));
        let endpoints = words.filter(|word| word.starts_with("vpce-") && word.ends_with(".amazonaws.com"));
        let endpoints = endpoints.map(str::to_owned).chain([ENDPOINT, FAR].map(str::to_owned)).collect();
        let others = ["aws ecs ", "aws ec2 ", "aws sts "];
        let moto = texts.iter().any(|text| others.iter().any(|call| text.contains(call)));
        Some(Self {
            programs: vec![root().join("tests/docs/bin"), clients.join("bin")],
            modules: javascript::modules(),
            clients: clients.join("bin"),
            endpoints,
            moto: moto.then(|| Moto::start(&clients)),
            sts: sts::start(),
        })
    }
}

/// Where the commands of one page are run.
pub(super) struct Place {
    folder: TempDir,
    /// Stands for 127.0.0.1: each page has ports of its own.
    address: String,
    path: String,
    /// What is behind the endpoints.
    sandbox: Sandbox,
    variables: Vec<(&'static str, String)>,
}

impl Place {
    pub(super) fn new(scene: &Scene, page: &Page) -> Self {
        static PAGE: AtomicU8 = AtomicU8::new(1);
        let process = std::process::id();
        let number = PAGE.fetch_add(1, Ordering::Relaxed);
        let address = format!("127.{}.{}.{number}", 64 + process % 128, 1 + process / 128 % 250);
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let key = Key {
            access_key_id: KEY.0.parse().unwrap(),
            secret_access_key: SecretAccessKey::new(KEY.1),
            session_token: None,
            account: "123456789012".parse().unwrap(),
        };
        let sandbox = Sandbox::start(SandboxSettings { keys: vec![key], ..SandboxSettings::default() }).unwrap();
        let mut place = Self { folder, address, path: String::new(), sandbox, variables: Vec::new() };
        // In a pod or a task there is a role; elsewhere nobody answers, and whose the key is stays unknown.
        let deployed = page.name.starts_with("docs/getting-started/e");
        place.lay_out(scene, if deployed { scene.sts } else { SocketAddr::from(([127, 0, 0, 1], 9)) });
        place
    }

    fn lay_out(&mut self, scene: &Scene, sts: SocketAddr) {
        let at = |name: &str| self.folder.path().join(name);
        for folder in ["home", "tmp", "work", "run/rds-guard", "etc/rds-guard", "var/lib/rds-guard", "var/log"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::set_permissions(at("var/lib/rds-guard"), fs::Permissions::from_mode(0o700)).unwrap();
        for (name, text) in FILES {
            fs::write(at("work").join(name), text).unwrap();
        }
        for name in ["Cargo.toml", "config", "docs", "fuzz", "scripts", "tests", "src", ".ci", "Dockerfile"] {
            symlink(root().join(name), at("work").join(name)).unwrap();
        }
        if let Some(modules) = &scene.modules {
            symlink(modules.join("node_modules"), at("work/node_modules")).unwrap();
        }
        fs::write(at("sandbox.pem"), self.sandbox.ca_pem()).unwrap();
        let mut folders = Vec::new();
        folders.extend(scene.programs.iter().cloned());
        folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let path = std::env::join_paths(folders).unwrap().into_string().unwrap();
        let other = scene.moto.as_ref().map_or_else(|| "http://127.0.0.1:9".to_owned(), Moto::url);
        self.variables = vec![
            ("AWS_ACCESS_KEY_ID", KEY.0.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", KEY.1.to_owned()),
            ("AWS_DEFAULT_REGION", "eu-west-1".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_ENDPOINT_URL_EC2", other.clone()),
            ("AWS_ENDPOINT_URL_ECS", other),
            ("AWS_ENDPOINT_URL_STS", format!("http://{sts}")),
            ("HOME", at("home").display().to_string()),
            ("PAGE_FOLDER", self.folder.path().display().to_string()),
            ("PAGE_ADDRESS", self.address.clone()),
            ("PAGE_PROGRAM", env!("CARGO_BIN_EXE_rds-guard").to_owned()),
            ("PAGE_RESOLVE", self.resolve(scene)),
            ("PAGE_CLIENTS", scene.clients.display().to_string()),
            ("PAGE_NEAR", ENDPOINT.to_owned()),
            ("PAGE_FAR", FAR.to_owned()),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            ("TMPDIR", at("tmp").display().to_string()),
            ("PATH", path.clone()),
            ("PYTHONUTF8", "1".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
        ];
        self.path = path;
    }

    /// Where the endpoints are.
    fn resolve(&self, scene: &Scene) -> String {
        let service = self.sandbox.address();
        let resolve = |name: &String| format!("--resolve {name}:443:{}:{} ", service.ip(), service.port());
        scene.endpoints.iter().map(resolve).collect()
    }

    /// Where files of a page are.
    pub(super) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A file that pages do not know of.
    pub(super) fn aside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command as the reader types it, with this place's addresses and paths.
    pub(super) fn placed(&self, command: &str) -> String {
        let folder = self.folder.path().display();
        let mut text = command
            .replace("cargo run --release -- ", "rds-guard ")
            .replace("VPCE-DNS-NAME", ENDPOINT)
            .replace("REGION=", "eu-west-1=")
            // Ports that only root may take.
            .replace("127.0.0.1:443", "127.0.0.1:4443")
            .replace("[::1]:443", "127.0.0.1:4444")
            .replace("127.0.0.1", &self.address);
        // First the one that the folder itself may lie in.
        for path in ["/tmp/", "/var/lib/rds-guard", "/var/log", "/run/rds-guard", "/etc/rds-guard"] {
            text = text.replace(path, &format!("{folder}{path}"));
        }
        text
    }

    /// What was printed, with the addresses and paths of the pages.
    pub(super) fn shown(&self, printed: &str) -> String {
        printed.replace(&self.folder.path().display().to_string(), "").replace(&self.address, "127.0.0.1")
    }

    /// A shell that has what earlier commands of the page exported.
    pub(super) fn shell(&self, script: &str) -> Command {
        let mut shell = Command::new("sh");
        let (variables, folder) = (self.aside("variables"), self.aside("folder"));
        let before = format!(
            "cd \"$(cat {0} 2>/dev/null || pwd)\"; [ -e {1} ] && . {1}; ",
            folder.display(),
            variables.display()
        );
        shell.arg("-c").arg(before + script).current_dir(self.work()).env_clear();
        shell.envs(self.variables.iter().map(|(name, value)| (name, value)));
        shell
    }

    /// What keeps variables and folder for the next command.
    pub(super) fn keeping(&self) -> String {
        format!("export -p > {}; pwd > {}", self.aside("variables").display(), self.aside("folder").display())
    }

    /// Exports what a command printed to be exported, as its reader is told to.
    pub(super) fn export(&self, printed: &str) {
        let name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let lines = printed.lines().filter(|line| line.split_once('=').is_some_and(|(key, _)| name(key)));
        let exports: String = lines.map(|line| format!("export {line}\n")).collect();
        let before = fs::read_to_string(self.aside("variables")).unwrap_or_default();
        fs::write(self.aside("variables"), before + &exports).unwrap();
    }
}
