//! Reads audit files for the commands that use them: line by line, counting the lines that are not calls.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use super::Failure;
use crate::history::{self, Line, RecordedCall};

/// Counts of the lines that are not recorded calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skipped {
    /// Lines written by other programs.
    pub(super) foreign: usize,
    /// Last lines without a line end.
    pub(super) cut_off: usize,
    /// Records of tunnels, of connections, and of requests without an action.
    pub(super) others: usize,
    /// Records with another schema version.
    pub(super) other_schema: usize,
    /// Records without a required field.
    pub(super) broken: usize,
}

impl Skipped {
    /// Each count with its name in JSON and in words.
    fn counts(&self) -> [(&'static str, usize, &'static str); 5] {
        [
            ("foreign", self.foreign, "of other programs"),
            ("cut_off", self.cut_off, "cut off at the end of a file"),
            ("other_records", self.others, "of tunnels, connections or requests without an action"),
            ("other_schema", self.other_schema, "of another schema than 1"),
            ("broken", self.broken, "that lack a field"),
        ]
    }

    /// One line that lists what was skipped; empty if nothing was.
    pub(super) fn sentence(&self) -> String {
        let mut told = String::new();
        for (_, count, words) in self.counts().into_iter().filter(|(_, count, _)| *count > 0) {
            let comma = if told.is_empty() { "" } else { ", " };
            // Writing to a `String` cannot fail.
            let _ = write!(told, "{comma}{count} {words}");
        }
        if told.is_empty() { told } else { format!("lines skipped: {told}") }
    }

    /// The counts by name.
    pub(super) fn json(&self) -> serde_json::Value {
        self.counts().into_iter().map(|(name, count, _)| (name.to_owned(), serde_json::Value::from(count))).collect()
    }
}

/// Calls `each` with every recorded call of the files; `-` is standard input.
///
/// # Errors
/// A file cannot be read, or is compressed.
pub(super) fn read(files: &[PathBuf], mut each: impl FnMut(RecordedCall)) -> Result<Skipped, Failure> {
    let mut skipped = Skipped::default();
    for file in files {
        let unreadable = |error: io::Error| {
            Failure::wrong(format!("cannot read `{}`: {error}", file.display()))
                .next("name audit files, as `audit.file` of the configuration says, or - for standard input")
        };
        if file == Path::new("-") {
            lines(io::stdin().lock(), file, &mut skipped, &mut each)?.map_err(unreadable)?;
        } else {
            let opened = File::open(file).map_err(unreadable)?;
            lines(BufReader::new(opened), file, &mut skipped, &mut each)?.map_err(unreadable)?;
        }
    }
    Ok(skipped)
}

/// Reads all lines of a file. The outer error means that the file as a whole is unusable; the inner one is a read
/// error.
fn lines(
    mut input: impl BufRead,
    file: &Path,
    skipped: &mut Skipped,
    each: &mut impl FnMut(RecordedCall),
) -> Result<io::Result<()>, Failure> {
    let mut line = Vec::new();
    let mut first = true;
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return Ok(Ok(())),
            Ok(_) => {}
            Err(error) => return Ok(Err(error)),
        }
        // RFC 1952: a gzip member begins with these two bytes.
        if std::mem::take(&mut first) && line.starts_with(&[0x1f, 0x8b]) {
            return Err(Failure::wrong(format!("`{}` is compressed with gzip", file.display()))
                .next("say `zcat FILE | rds-guard … -`"));
        }
        let whole = line.ends_with(b"\n");
        // A line that is not UTF-8 is not one of our records.
        let text = std::str::from_utf8(&line).unwrap_or("?").trim();
        if text.is_empty() {
            continue;
        }
        match history::read(text) {
            Line::Call(call) => each(*call),
            Line::OtherRecord => skipped.others += 1,
            Line::OtherSchema => skipped.other_schema += 1,
            Line::Broken => skipped.broken += 1,
            Line::Foreign if whole => skipped.foreign += 1,
            Line::Foreign => skipped.cut_off += 1,
        }
    }
}
