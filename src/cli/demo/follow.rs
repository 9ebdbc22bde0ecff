//! Reads the decision log while it is being written.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;

use super::Error;

/// Interval between reads of the log. Records are written within 200 ms, mostly at once.
const LOOK: Duration = Duration::from_millis(2);

/// Maximum wait for a record.
const PATIENCE: Duration = Duration::from_secs(5);

/// The fields of a record that the demonstration uses.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Decided {
    pub(super) time: String,
    pub(super) kind: String,
    pub(super) decision: String,
    pub(super) enforced: bool,
    pub(super) reason: String,
    pub(super) action: Option<String>,
    pub(super) resources: Vec<String>,
    pub(super) principal: Option<Principal>,
    pub(super) statement: Option<Statement>,
    pub(super) undetermined: Vec<String>,
    pub(super) host: Option<String>,
    pub(super) upstream: Option<Upstream>,
    pub(super) detail: Option<String>,
}

/// The caller.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Principal {
    pub(super) arn: Option<String>,
    pub(super) account: Option<String>,
    pub(super) access_key_id: String,
}

/// The statement that decided.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Statement {
    pub(super) index: usize,
    pub(super) sid: Option<String>,
}

/// The response of the service.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Upstream {
    pub(super) status: u16,
}

/// A reader of the log that remembers its position.
pub(super) struct Follower {
    path: PathBuf,
    position: u64,
    /// An incomplete line at the end of the last read.
    begun: Vec<u8>,
}

impl Follower {
    /// Starts at the current end of the log.
    pub(super) fn at_end(path: PathBuf) -> io::Result<Self> {
        let position = match path.metadata() {
            Ok(file) => file.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self { path, position, begun: Vec::new() })
    }

    /// The records written since the last read.
    pub(super) fn look(&mut self) -> Result<Vec<Decided>, Error> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        file.seek(SeekFrom::Start(self.position))?;
        let read = file.read_to_end(&mut self.begun)?;
        self.position += read as u64;
        let mut lines: Vec<&[u8]> = self.begun.split(|byte| *byte == b'\n').collect();
        let begun = lines.pop().unwrap_or_default().to_vec();
        let records = lines.into_iter().map(serde_json::from_slice).collect::<Result<_, _>>()?;
        self.begun = begun;
        Ok(records)
    }

    /// Waits for the record of the next request to the RDS API.
    pub(super) fn wait_for_request(&mut self) -> Result<Decided, Error> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(decided) = self.look()?.into_iter().find(|record| record.kind == "rds") {
                return Ok(decided);
            }
            thread::sleep(LOOK);
        }
        Err(Error::NotRecorded)
    }
}

impl Decided {
    /// The time of day, in UTC: `2026-11-24T11:20:03.120Z` is `11:20:03`.
    pub(super) fn clock(&self) -> &str {
        let (_, time) = self.time.split_once('T').unwrap_or_default();
        time.split_once('.').map_or(time, |(seconds, _)| seconds)
    }

    /// Whether the record is worth showing. An accepted connection is not: the records of its requests say more.
    pub(super) fn is_news(&self) -> bool {
        self.kind != "connection" || self.decision != "allow"
    }

    /// The reason for the decision, in a few words.
    pub(super) fn because(&self) -> String {
        let statement = self.statement.as_ref().map(|statement| match &statement.sid {
            Some(sid) => format!("statement {}, {sid}", statement.index + 1),
            None => format!("statement {}", statement.index + 1),
        });
        match (statement, self.undetermined.as_slice(), self.reason.as_str()) {
            (Some(statement), ..) => statement,
            (None, [key, ..], _) => format!("{key} is not known"),
            (None, [], "implicit_deny") => "no statement allows it".into(),
            (None, [], reason) => reason.replace('_', " "),
        }
    }

    /// The decision: `allow`, `deny`, or a denial that audit mode let pass.
    pub(super) fn verdict(&self) -> Verdict {
        match (self.decision.as_str(), self.enforced) {
            ("allow", _) => Verdict::Allow,
            (_, true) => Verdict::Deny,
            (_, false) => Verdict::LetPass,
        }
    }
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Allow,
    Deny,
    LetPass,
}
