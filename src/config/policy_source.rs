//! Policies as the configuration names them: the path of a file, or the JSON itself; read, and read again.

use std::{fs, path::PathBuf, sync::Arc};

use aws_lc_rs::digest;

use super::{
    Errors, Origin,
    problem::{Misdeed, Problem},
    section::Section,
    sections::PolicyOptions,
    value::{Setting, Wrong, quoted},
    written::Node,
};
use crate::policy::{self, Policy};

/// A policy that the configuration names, as it was read.
#[derive(Clone, Debug)]
pub struct PolicySource {
    path: Option<PathBuf>,
    origin: Origin,
    limits: policy::Limits,
    policy: Arc<Policy>,
    version: String,
}

impl PolicySource {
    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Its file; `None` where the configuration holds the JSON itself.
    #[must_use]
    pub fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// What it is called in records and messages: its path, or who gave the JSON.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.path {
            Some(path) => path.display().to_string(),
            None => self.origin.to_string(),
        }
    }

    /// The first 12 hexadecimal digits of its text's SHA-256.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Reads its file again; a policy without a file stays as it is.
    ///
    /// # Errors
    /// When the file cannot be read or what it holds is refused.
    pub fn reread(&self) -> Result<Self, Errors> {
        let written = self.path.clone().map(PolicyText::Path);
        let Some(written) = written else { return Ok(self.clone()) };
        Self::read(written, self.origin.clone(), self.limits).map_err(Errors::of)
    }

    /// Reads the policy that a file holds.
    ///
    /// # Errors
    /// When the file cannot be read or what it holds is refused.
    pub fn from_file(path: PathBuf, limits: policy::Limits) -> Result<Self, Errors> {
        let origin = Origin::WholeFile(Arc::from(path.as_path()));
        Self::read(PolicyText::Path(path), origin, limits).map_err(Errors::of)
    }

    fn read(written: PolicyText, origin: Origin, limits: policy::Limits) -> Result<Self, Vec<Problem>> {
        let (path, text) = match written {
            PolicyText::Json(text) => (None, text),
            PolicyText::Path(path) => match fs::read_to_string(&path) {
                Ok(text) => (Some(path), text),
                Err(reason) => {
                    let misdeed = Misdeed::Unreadable { path, reason };
                    return Err(vec![Problem { origin, misdeed }]);
                }
            },
        };
        let policy = Policy::parse(&text, &limits);
        let policy = policy.map_err(|errors| problems(&errors, path.as_ref(), &origin))?;
        Ok(Self { version: version(&text), policy: Arc::new(policy), path, origin, limits })
    }
}

/// What is wrong with a policy, at the place in its file, or, for JSON in the configuration, at the place that holds it.
fn problems(errors: &policy::Errors, path: Option<&PathBuf>, origin: &Origin) -> Vec<Problem> {
    let problem = |policy::Problem { position, error }: &policy::Problem| match path {
        Some(path) => {
            let (file, line, column) = (Arc::from(path.as_path()), position.line, position.column);
            Problem {
                origin: Origin::File { file, line, column },
                misdeed: Misdeed::Policy { message: error.to_string() },
            }
        }
        None => {
            Problem { origin: origin.clone(), misdeed: Misdeed::Policy { message: format!("{position}: {error}") } }
        }
    };
    errors.iter().map(problem).collect()
}

fn version(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// A policy as written: a path, or JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PolicyText {
    Path(PathBuf),
    Json(String),
}

impl Setting for PolicyText {
    const EXPECTED: &'static str = "the path of a policy, or the policy's JSON itself";

    fn read(node: &Node) -> Result<Self, Vec<Wrong>> {
        match node.text() {
            Some(text) if text.trim_start().starts_with('{') => Ok(Self::Json(text.to_owned())),
            Some(_) | None => PathBuf::read(node).map(Self::Path),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Path(path) => path.show(),
            Self::Json(text) => quoted(text),
        }
    }
}

/// Reads a policy that was named. A policy that is named but cannot be used is a problem, never no policy.
pub(super) fn load(
    section: &mut Section<'_>,
    policy: Option<PolicyText>,
    origin: Origin,
    options: &PolicyOptions,
) -> Option<PolicySource> {
    let limits = policy::Limits { max_characters: options.max_characters.get() };
    match PolicySource::read(policy?, origin, limits) {
        Ok(source) => Some(source),
        Err(problems) => {
            section.problems(problems);
            None
        }
    }
}
