//! The environment of a process: this one, or another that may be looked at.

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
    /// How it is called in messages.
    pub(super) name: String,
    /// Where its file system is seen.
    root: PathBuf,
    /// The user it runs as, where that is another process's.
    uid: Option<u32>,
    variables: Vec<(String, String)>,
}

impl Process {
    /// This process.
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

    /// Every other process that may be the service's: not kernel threads, which have no variables, nor the proxy itself
    /// and its children. The second number counts those that may not be looked at.
    pub(super) fn others(proc: &Path, own: u32) -> (Vec<Self>, usize) {
        let listed = fs::read_dir(proc).into_iter().flatten().filter_map(Result::ok);
        let mut pids: Vec<u32> = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        pids.sort_unstable();
        let mut hidden = 0;
        let mut seen = Vec::new();
        for pid in pids.into_iter().filter(|pid| *pid != own) {
            let folder = proc.join(pid.to_string());
            // Which program the proxy is, other users are not told; its name they are.
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

    /// The value of a variable that is set to something.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.variables.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether it is another process than this one, and runs as this user.
    pub(super) fn is_of(&self, uid: u32) -> bool {
        self.uid == Some(uid)
    }

    /// Where a file that it names is from here.
    pub(super) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Whether it has anything to do with AWS or with the proxy, as far as its variables show.
    pub(super) fn is_concerned(&self) -> bool {
        self.variables.iter().any(|(name, value)| {
            name.starts_with("AWS_") || name.eq_ignore_ascii_case("https_proxy") || value.contains("amazonaws.com")
        })
    }
}

/// Whether a process is there still: then it is hidden, and has not just ended.
fn is_still_there(proc: &Path, pid: u32) -> bool {
    proc.join(pid.to_string()).join("status").exists()
}

fn os(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}
