//! The result of a command: the exit code, and the error messages of a failure.

use std::{fmt, process::ExitCode};

use crate::config;

/// The exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: success, or the answer is yes.
    Good,
    /// 1: the answer is no: denied, findings, not healthy.
    No,
    /// 2: an error in flags, configuration, policy or input files.
    Wrong,
    /// 3: environment error: port in use, directory not writable, no response.
    World,
    /// The exit code of a command that was run, or the code for one that could not be run.
    Command(u8),
}

/// Why a command failed, and what to do next.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// One line for each problem.
    problems: Vec<String>,
    next: Option<String>,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::No => 1,
            Exit::Wrong => 2,
            Exit::World => 3,
            Exit::Command(code) => code,
        })
    }
}

impl Failure {
    /// An error in flags, configuration, policy or an input file: exit code 2.
    pub fn wrong(problem: impl fmt::Display) -> Self {
        Self { exit: Exit::Wrong, problems: vec![problem.to_string()], next: None }
    }

    /// An environment error: exit code 3.
    pub fn world(problem: impl fmt::Display) -> Self {
        Self { exit: Exit::World, problems: vec![problem.to_string()], next: None }
    }

    /// Several errors in flags, configuration, policy or input files: exit code 2.
    pub fn all_wrong(problems: Vec<String>) -> Self {
        Self { exit: Exit::Wrong, problems, next: None }
    }

    /// Replaces the exit code.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Adds advice on what to do next.
    #[must_use]
    pub fn next(mut self, advice: impl Into<String>) -> Self {
        self.next = Some(advice.into());
        self
    }

    /// The exit code of the failure.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<config::Errors> for Failure {
    fn from(errors: config::Errors) -> Self {
        Self::all_wrong(errors.problems().iter().map(ToString::to_string).collect())
            .next("correct the places named; `rds-guard run --check` with the same flags tells whether all is well")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "rds-guard: {problem}")?;
        }
        match &self.next {
            Some(advice) => writeln!(f, "rds-guard: next: {advice}"),
            None => Ok(()),
        }
    }
}
