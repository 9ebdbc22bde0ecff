//! The notes of tests that did not run, which the summary reads: one file for each `cargo test`.
#![allow(dead_code, reason = "tests write notes, and the summary, which is another program, reads them")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Names the file for tests that a test starts again, for example in its own namespaces.
pub(crate) const FILE: &str = "RDS_GUARD_TEST_NOT_RUN";

/// A test, or a part of one, that did not run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Note {
    pub(crate) test: String,
    /// The part that was not run; empty for the whole test.
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

/// When a process started, which distinguishes it from a later one with the same number.
fn started(process: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may contain blanks; the start time is field 22, the twentieth after the name.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19).map(str::to_owned)
}

impl Note {
    /// Appends this to the file. A line is one write, so that concurrent tests do not mix their lines.
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

/// One line with the number of missing things, and a line for each of them.
pub(crate) fn summary(notes: &BTreeSet<Note>) -> Option<String> {
    let whole: BTreeSet<&str> = notes.iter().filter(|note| note.part.is_empty()).map(|note| &*note.test).collect();
    let all: BTreeSet<&str> = notes.iter().map(|note| &*note.test).collect();
    let missing: BTreeSet<&str> = notes.iter().map(|note| &*note.missing).collect();
    if missing.is_empty() {
        return None;
    }
    let tests = |count: usize| if count == 1 { "1 test".to_owned() } else { format!("{count} tests") };
    let in_part = all.len() - whole.len();
    let counts = match (whole.len(), in_part) {
        (whole, 0) => tests(whole),
        (0, in_part) => format!("parts of {}", tests(in_part)),
        (whole, in_part) => format!("{}, and parts of {}", tests(whole), tests(in_part)),
    };
    let names: Vec<&str> = missing.into_iter().collect();
    let remedies: BTreeSet<&str> = notes.iter().map(|note| &*note.remedy).collect();
    let remedies: Vec<&str> = remedies.into_iter().collect();
    let mut text = format!("not run: {counts} (missing: {}); {}\n", names.join(", "), remedies.join("; "));
    let mut by_missing: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for note in notes {
        let test = if note.part.is_empty() { note.test.clone() } else { format!("{} ({})", note.test, note.part) };
        by_missing.entry(&note.missing).or_default().insert(test);
    }
    for (missing, tests) in by_missing {
        let tests: Vec<String> = tests.into_iter().collect();
        text.push_str(&format!("  {missing}: {}\n", tests.join(", ")));
    }
    Some(text)
}
