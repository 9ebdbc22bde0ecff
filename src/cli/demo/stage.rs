//! The surroundings of the demonstration: a sandbox, a temporary directory, and the credentials of its callers.

use std::{
    fs::{self, DirBuilder},
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    time::Duration,
};

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::{
    Error, Made,
    follow::Follower,
    script::{Act, Caller, Scene, Way},
};
use crate::{
    aws::{AccessKeyIdError, AccountIdError},
    cli::{Environment, serve},
    config::{self, Flag, Sources},
    sandbox::{Call, Client, Key, Placement, Route, Sandbox, SandboxSettings, SecretAccessKey, SignedRequest},
    server::Running,
};

/// The region of the demonstration, and the name of the VPC endpoint that the proxy is configured with.
pub(super) const REGION: &str = "us-east-1";
const ENDPOINT: &str = "vpce-0123456789abcdef0-demo1234.rds.us-east-1.vpce.amazonaws.com";

/// The secret of every caller. It is valid only for the sandbox of this process.
pub(super) const SECRET: &str = "notASecretOfAnyoneButTheSandboxOfThisDem";

/// How long a presigned URL is valid.
const PRESIGNED_LIFE: Duration = Duration::from_secs(60);

/// Everything except the proxy.
pub(super) struct Stage {
    sandbox: Sandbox,
    directory: Directory,
    runtime: Runtime,
}

impl Stage {
    /// Starts the sandbox.
    pub(super) fn set() -> Result<Self, Error> {
        let keys = [Caller::Orders, Caller::Billing].map(Caller::key).into_iter().collect::<io::Result<_>>()?;
        let settings = SandboxSettings { keys, kept_arrivals: 100, ..SandboxSettings::default() };
        let sandbox = Sandbox::start(settings).map_err(Error::Sandbox)?;
        let directory = Directory::create()?;
        directory.write("upstream.pem", sandbox.ca_pem())?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { sandbox, directory, runtime })
    }

    /// Starts a proxy in front of the sandbox, with an act's mode and policy.
    pub(super) fn proxy(&self, act: &Act, listen: SocketAddr) -> Result<Running, Error> {
        let config = config::load(&self.sources(act, listen)).map_err(|errors| Error::Start(errors.into()))?;
        serve::start(&config, &Environment::default()).map_err(Error::Start)
    }

    /// The whole configuration. Neither a file nor the environment adds to it.
    fn sources(&self, act: &Act, listen: SocketAddr) -> Sources {
        let address = self.sandbox.address();
        let path = |name: &str| self.directory.0.join(name).display().to_string();
        let flags = [
            ("--listen", listen.to_string()),
            ("--admin", "127.0.0.1:0".to_owned()),
            ("--mode", act.mode.to_owned()),
            ("--policy", act.policy.to_owned()),
            ("--endpoint", format!("{REGION}={ENDPOINT}")),
            ("--resolve", format!("{ENDPOINT}:443:{}:{}", address.ip(), address.port())),
            ("--upstream-ca", path("upstream.pem")),
            ("--ca-dir", path("ca")),
            ("--audit", path("audit.jsonl")),
        ];
        let flags = flags.into_iter().map(|(name, value)| Flag { name, value }).collect();
        // The demonstration must not look for credentials on the network.
        let environment = vec![("RDS_GUARD_IDENTITY__OWN_CREDENTIALS".into(), "false".into())];
        Sources { flags, environment, ..Sources::default() }
    }

    /// Makes a call through the proxy, and waits for its record.
    pub(super) fn make<'a>(&self, act: &'a Act, scene: &'a Scene, proxy: &Running) -> Result<Made<'a>, Error> {
        let mut follower = Follower::at_end(self.audit())?;
        let signed = scene.signed()?;
        // Clients trust the proxy's authority. Its file exists as soon as the proxy accepts connections.
        let address = proxy.proxy.first().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        let mut client = Client::new(Route::Proxy(*address), &fs::read_to_string(self.published("bundle.pem"))?)?;
        let reply = self.runtime.block_on(client.send(signed))?;
        let decided = follower.wait_for_request()?;
        Ok(Made { act, scene, decided, reply })
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The path of the decision log.
    pub(super) fn audit(&self) -> PathBuf {
        self.directory.0.join("audit.jsonl")
    }

    /// The path of a file that the authority publishes, for clients to trust.
    pub(super) fn published(&self, name: &str) -> PathBuf {
        self.directory.0.join("ca").join(name)
    }
}

impl Caller {
    fn key(self) -> io::Result<Key> {
        let wrong_id = |error: AccessKeyIdError| io::Error::other(error);
        let wrong_account = |error: AccountIdError| io::Error::other(error);
        Ok(Key {
            access_key_id: self.access_key_id().parse().map_err(wrong_id)?,
            secret_access_key: SecretAccessKey::new(SECRET),
            session_token: None,
            account: self.account().parse().map_err(wrong_account)?,
        })
    }
}

impl Scene {
    fn signed(&self) -> Result<SignedRequest, Error> {
        let call = Call {
            host: format!("rds.{REGION}.amazonaws.com"),
            region: REGION.into(),
            action: self.action.into(),
            parameters: self.parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        };
        let placement = match self.way {
            Way::Header | Way::Tampered => Placement::Header,
            Way::Presigned => Placement::Query(PRESIGNED_LIFE),
        };
        let mut signed = call.sign(&self.caller.key()?, placement, OffsetDateTime::now_utc())?;
        if self.way == Way::Tampered {
            let text = std::str::from_utf8(signed.request.body()).map_err(io::Error::other)?;
            let spoilt = Bytes::from(text.replace("micro", "macro"));
            *signed.request.body_mut() = spoilt;
        }
        Ok(signed)
    }
}

/// A private directory that is removed with the demonstration.
struct Directory(PathBuf);

impl Directory {
    fn create() -> Result<Self, Error> {
        let path = std::env::temp_dir().join(format!("rds-guard-demo-{}", Uuid::new_v4().simple()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(Error::Directory { path, source }),
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.0.join(name);
        fs::write(&path, text).map_err(|source| Error::Directory { path, source })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // If the removal fails, the directory is left to the regular cleaning of the temporary directory.
        drop(fs::remove_dir_all(&self.0));
    }
}
