//! What did not run, as tests note it and the summary reads it: a file for each `cargo test`.
#![allow(dead_code, reason = "tests write notes, and the summary, which is another program, reads them")]

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Names the file for tests that a test starts again, in namespaces of their own say.
pub(crate) const FILE: &str = "RDS_GUARD_TEST_NOT_RUN";

/// A test, or a part of one, that did not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) test: String,
    /// What the test did not do; empty where it did nothing.
    pub(crate) part: String,
    pub(crate) missing: String,
    pub(crate) remedy: String,
}

/// The file of this `cargo test`: its test binaries have one parent process in common.
pub(crate) fn file() -> PathBuf {
    if let Some(file) = std::env::var_os(FILE) {
        return file.into();
    }
    let parent = std::os::unix::process::parent_id();
    folder().join(format!("{parent}-{}", started(parent).unwrap_or_default()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("not-run")
}

/// When a process started, which tells it from a later one of the same number.
fn started(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold blanks; the start is field 22, the twentieth after it.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19).map(str::to_owned)
}

impl Note {
    /// Adds this to the file. A line is one write, so that tests that run at once do not mix theirs.
    pub(crate) fn write(&self) -> io::Result<()> {
        let file = file();
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let fields = [&self.test, &self.part, &self.missing, &self.remedy];
        let line = fields.map(|field| field.replace(['\t', '\n'], " ")).join("\t");
        fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(format!("{line}\n").as_bytes())
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t').map(str::to_owned);
        let note = Self { test: fields.next()?, part: fields.next()?, missing: fields.next()?, remedy: fields.next()? };
        Some(note)
    }
}

/// Takes all notes of this `cargo test`, and removes their file and those of runs that ended without a summary.
pub(crate) fn take() -> BTreeSet<Note> {
    let file = file();
    let notes = fs::read_to_string(&file).unwrap_or_default().lines().filter_map(Note::parse).collect();
    let _ = fs::remove_file(&file);
    for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let lives = name
            .split_once('-')
            .is_some_and(|(process, start)| process.parse().ok().and_then(started).is_some_and(|found| found == start));
        if !lives {
            let _ = fs::remove_file(entry.path());
        }
    }
    notes
}
