//! `[audit]`: where the record goes.

use std::{num::NonZeroUsize, path::PathBuf};

use crate::config::{
    choice::choice,
    section::Section,
    value::{Setting, Wrong, quoted},
    written::Node,
};

/// `[audit]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Where records are written.
    pub file: AuditFile,
    /// Whether records hold the values of parameters, besides their names; never the sensitive ones.
    pub parameters: bool,
    /// What happens when the queue is full.
    pub on_full: OnFull,
    /// How many records wait at most.
    pub queue: NonZeroUsize,
}

/// Where records are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFile {
    /// `-`, standard output.
    Stdout,
    /// A file.
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

impl Default for Audit {
    fn default() -> Self {
        const QUEUE: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
        Self { file: AuditFile::Stdout, parameters: false, on_full: OnFull::Drop, queue: QUEUE }
    }
}

impl Audit {
    pub(in crate::config) fn read(mut section: Section<'_>) -> Self {
        let mut audit = Self::default();
        section.set("file", &mut audit.file);
        section.set("parameters", &mut audit.parameters);
        section.set("on_full", &mut audit.on_full);
        section.set("queue", &mut audit.queue);
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
