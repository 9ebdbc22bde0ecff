//! A proxy in a pod whose traffic is redirected, an endpoint and an echo in the world beyond.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::pki_types::ServerName;
use serde_json::Value;

use crate::support::{
    space::{Spaces, relay},
    stage::{HOST, Stage, trusting},
    tools,
};

pub(super) const POLICY: &str = crate::support::stage::ALLOW_READS;

/// Where the endpoint is, in the world.
pub(super) const ENDPOINT: &str = "10.97.0.2:443";

/// The port of the transparent listeners.
const PORT: u16 = 15443;

pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) spaces: Spaces,
}

impl Scene {
    /// A proxy in a pod, with rules of this dialect (`none` for no rules) that exempt root. `None` where
    /// this machine cannot have that.
    pub(super) fn set(dialect: &str, arguments: &[&str]) -> Option<Self> {
        let listen = [format!("127.0.0.1:{PORT}"), format!("[::1]:{PORT}")];
        let own = ["--listen-transparent", &listen[0], "--listen-transparent", &listen[1]];
        Self::listening(dialect, &[&own, arguments].concat())
    }

    /// The same with the listeners among the arguments.
    pub(super) fn listening(dialect: &str, arguments: &[&str]) -> Option<Self> {
        if dialect != "none" && !tools::available(&[tools::firewall(dialect)]) {
            return None;
        }
        let spaces = Spaces::join()?;
        spaces.world.within(|| ["10.97.0.3:443", "[fd97::3]:443", "10.97.0.3:8443"].map(echo));
        let endpoint: SocketAddr = ENDPOINT.parse().unwrap();
        let (sandbox, key) = spaces.world.within(|| {
            let (sandbox, key) = Stage::sandbox();
            relay(endpoint, sandbox.address());
            (sandbox, key)
        });
        let stage = spaces.pod.within(|| Stage::before(sandbox, key, endpoint, POLICY, arguments));
        let scene = Self { stage, spaces };
        if dialect != "none" {
            scene.load_rules(dialect, 0);
        }
        Some(scene)
    }

    /// Loads the rules that the program prints.
    pub(super) fn load_rules(&self, dialect: &str, uid: u32) {
        let output = Command::new(env!("CARGO_BIN_EXE_rds-guard"))
            .args(["firewall", "--print", dialect, "--uid", &uid.to_string()])
            .env_clear()
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let rules = String::from_utf8(output.stdout).unwrap();
        let loader = if dialect == "nft" { "nft -f -" } else { "sh" };
        // Twice: loading them again must change nothing.
        assert!(self.spaces.pod.runs_with(loader, &rules) && self.spaces.pod.runs_with(loader, &rules), "{rules}");
    }

    /// Does something in the pod, as the workload's user.
    pub(super) fn as_workload<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        self.spaces.pod.within_as_workload(act)
    }

    /// One call to the RDS API, which the client believes to be at an address.
    pub(super) fn call(&self, address: &str, bytes: &str) -> String {
        let config = trusting(&self.stage.guard);
        self.as_workload(move || {
            let name = ServerName::try_from(HOST).unwrap();
            let mut session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
            let mut socket = connect(address);
            let mut stream = rustls::Stream::new(&mut session, &mut socket);
            stream.write_all(bytes.as_bytes()).unwrap();
            stream.conn.send_close_notify();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8(answer).unwrap()
        })
    }

    pub(super) fn into_records(self) -> Vec<Value> {
        self.stage.guard.into_records()
    }
}

/// Sends back what comes.
fn echo(at: &str) {
    let listener = TcpListener::bind(at).unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            thread::spawn(move || {
                let client = client.unwrap();
                std::io::copy(&mut &client, &mut &client)
            });
        }
    });
}

/// A ClientHello for a server, or for none by name.
pub(super) fn hello(name: Option<&str>) -> Vec<u8> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    config.enable_sni = name.is_some();
    let name = ServerName::try_from(name.unwrap_or("nobody.example").to_owned()).unwrap();
    let mut bytes = Vec::new();
    rustls::ClientConnection::new(Arc::new(config), name).unwrap().write_tls(&mut bytes).unwrap();
    bytes
}

pub(super) fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Says something, and that it is all; gives everything that is heard.
pub(super) fn say(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    stream.write_all(bytes).unwrap();
    if bytes.is_empty() {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    heard
}

/// Says something, and gives the first bytes that are heard.
pub(super) fn say_and_hear(address: &str, bytes: &[u8], length: usize) -> Vec<u8> {
    talk(&mut connect(address), bytes, length).unwrap()
}

pub(super) fn talk(stream: &mut TcpStream, bytes: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    stream.write_all(bytes)?;
    let mut heard = vec![0; length];
    stream.read_exact(&mut heard)?;
    Ok(heard)
}
