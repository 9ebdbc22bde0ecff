//! The environment of a process: of this one, or of another one that can be read.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::cli::Environment;

/// A process and its variables.
#[derive(Clone, Debug)]
pub(super) struct Process {
    /// Its name in messages.
    pub(super) name: String,
    /// The path of its root directory, as seen from this process.
    root: PathBuf,
    /// The user that it runs as; `None` for this process.
    uid: Option<u32>,
    variables: Vec<(String, String)>,
}

impl Process {
    /// This process, with the given environment.
    pub(super) fn this(environment: &Environment) -> Self {
        Self::new("this process".to_owned(), ("/".into(), None), environment.variables().iter().cloned())
    }

    /// Another process, if its environment can be read.
    pub(super) fn other(proc: &Path, pid: u32) -> Option<Self> {
        let folder = proc.join(pid.to_string());
        let block = fs::read(folder.join("environ")).ok()?;
        let uid = fs::metadata(&folder).ok().map(|found| found.uid());
        let command = fs::read_to_string(folder.join("comm")).unwrap_or_default();
        let pairs = block.split(|byte| *byte == 0).filter_map(|line| {
            let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b'=')?)?;
            Some((os(name), os(value.get(1..)?)))
        });
        Some(Self::new(format!("process {pid} ({})", command.trim()), (folder.join("root"), uid), pairs))
    }

    /// Every other process that may belong to the service. Kernel threads, which have no variables, and the proxy
    /// itself and its children are left out. The second number counts processes that could not be read.
    pub(super) fn others(proc: &Path, own: u32) -> (Vec<Self>, usize) {
        let listed = fs::read_dir(proc).into_iter().flatten().filter_map(Result::ok);
        let mut pids: Vec<u32> = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        pids.sort_unstable();
        let mut hidden = 0;
        let mut seen = Vec::new();
        for pid in pids.into_iter().filter(|pid| *pid != own) {
            let folder = proc.join(pid.to_string());
            // Other users cannot see the proxy's executable, but they can see its name.
            let is_proxy = match fs::read_link(folder.join("exe")) {
                Ok(exe) => exe.file_name().is_some_and(|name| name == "rds-guard"),
                Err(_) => fs::read_to_string(folder.join("comm")).is_ok_and(|name| name.trim() == "rds-guard"),
            };
            match Self::other(proc, pid) {
                _ if is_proxy => {}
                Some(process) if !process.variables.is_empty() => seen.push(process),
                Some(_) => {}
                None => hidden += usize::from(is_still_there(proc, pid)),
            }
        }
        (seen, hidden)
    }

    fn new(
        name: String,
        (root, uid): (PathBuf, Option<u32>),
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Self {
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Self { name, root, uid, variables: variables.filter_map(text).collect() }
    }

    /// The value of a variable, if it is set and not empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether it is a process other than this one and runs as this user.
    pub(super) fn is_of(&self, uid: u32) -> bool {
        self.uid == Some(uid)
    }

    /// The path of one of its files, as seen from this process.
    pub(super) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Whether its variables suggest that it has to do with AWS or with the proxy.
    pub(super) fn is_concerned(&self) -> bool {
        self.variables.iter().any(|(name, value)| {
            name.starts_with("AWS_") || name.eq_ignore_ascii_case("https_proxy") || value.contains("amazonaws.com")
        })
    }
}

/// Whether a process still exists. If so, it is hidden, and has not just ended.
fn is_still_there(proc: &Path, pid: u32) -> bool {
    proc.join(pid.to_string()).join("status").exists()
}

fn os(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}
