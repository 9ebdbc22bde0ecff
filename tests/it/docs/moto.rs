//! AWS APIs that are not RDS, by moto: it answers what the AWS CLI asks of ECS and EC2.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::pages::root;

/// A server as a process; it ends with its input.
pub(super) struct Moto {
    child: Child,
    url: String,
}

impl Moto {
    pub(super) fn start(venv: &Path) -> Self {
        let mut child = Command::new(venv.join("bin/python"))
            .arg(root().join("tests/clients/moto_server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self { child, url: format!("http://{}", line.replace(' ', ":")) }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
