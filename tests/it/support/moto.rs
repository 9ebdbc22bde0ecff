//! AWS services by a third party: moto's server.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/moto_server.py");

/// A server as a process; it ends when its input is closed.
pub(crate) struct Moto {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Moto {
    pub(crate) fn start(venv: &Path) -> Self {
        let mut child = Command::new(venv.join("bin/python"))
            .arg(SERVER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Python runs");
        let output = child.stdout.take().expect("its output");
        let line = BufReader::new(output).lines().next().expect("a line").expect("text");
        let address = line.replace(' ', ":").parse().expect("host and port");
        Self { child, address }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
