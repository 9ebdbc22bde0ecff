//! `[audit]`: the decision log.

use std::{num::NonZeroUsize, path::PathBuf};

use crate::config::{
    ByteSize,
    choice::choice,
    problem::Misdeed,
    section::Section,
    value::{Setting, Wrong, quoted},
    written::Node,
};

/// The values of `[audit]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Where records are written.
    pub file: AuditFile,
    /// Whether records contain the values of parameters as well as their names. Sensitive values are never
    /// included.
    pub parameters: bool,
    /// What to do when the queue is full.
    pub on_full: OnFull,
    /// Maximum number of waiting records.
    pub queue: NonZeroUsize,
    /// Maximum size of the waiting records in bytes.
    pub queue_bytes: ByteSize,
}

/// Where records are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFile {
    /// Standard output, written as `-`.
    Stdout,
    /// A file at this path.
    File(PathBuf),
}

choice! {
    /// What happens to a record, and its request, when the queue is full.
    OnFull, "\"drop\" or \"refuse\"" {
        /// The record is dropped and counted.
        Drop = "drop",
        /// The request is refused.
        Refuse = "refuse",
    }
}

/// The maximum size of one record, `record::LARGEST_RECORD`.
const SMALLEST_QUEUE: ByteSize = ByteSize::from_bytes(64 * 1024);

impl Default for Audit {
    fn default() -> Self {
        const QUEUE: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
        Self {
            file: AuditFile::Stdout,
            parameters: false,
            on_full: OnFull::Drop,
            queue: QUEUE,
            queue_bytes: ByteSize::from_mebibytes(16),
        }
    }
}

impl Audit {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut audit = Self::default();
        section.set("file", &mut audit.file);
        section.set("parameters", &mut audit.parameters);
        section.set("on_full", &mut audit.on_full);
        section.set("queue", &mut audit.queue);
        let bytes = section.set("queue_bytes", &mut audit.queue_bytes);
        if audit.queue_bytes < SMALLEST_QUEUE {
            let contradiction = format!("is {}, and one record may take {SMALLEST_QUEUE}", audit.queue_bytes);
            section.problem(bytes, Misdeed::Contradiction { key: "audit.queue_bytes".to_owned(), contradiction });
        }
        section.finish();
        audit
    }
}

impl Setting for AuditFile {
    const EXPECTED: &'static str = "a path, or \"-\" for standard output";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match node.text() {
            Some("-") => Ok(Self::Stdout),
            Some(_) | None => PathBuf::read(node).map(Self::File),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Stdout => quoted("-"),
            Self::File(path) => path.show(),
        }
    }
}
