//! Policies named in the configuration, as a file path or as inline JSON. Files can be read again.

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

/// A configured policy, as it was read.
#[derive(Clone, Debug)]
pub struct PolicySource {
    path: Option<PathBuf>,
    origin: Origin,
    limits: policy::Limits,
    policy: Arc<Policy>,
    version: String,
}

impl PolicySource {
    /// The parsed policy.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// The path of its file; `None` if the configuration contains the JSON itself.
    #[must_use]
    pub fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    /// Its name in records and messages: its path, or the origin of the inline JSON.
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

    /// Reads the file again. An inline policy is returned unchanged.
    ///
    /// # Errors
    /// The file cannot be read, or its content is not a valid policy.
    pub fn reread(&self) -> Result<Self, Errors> {
        let written = self.path.clone().map(PolicyText::Path);
        let Some(written) = written else { return Ok(self.clone()) };
        Self::read(written, self.origin.clone(), self.limits).map_err(Errors::of)
    }

    /// Reads a policy from a file.
    ///
    /// # Errors
    /// The file cannot be read, or its content is not a valid policy.
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

/// The errors of a policy, at their positions in its file. For inline JSON they all get the position of the
/// configuration value.
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

/// A policy as written: a path, or inline JSON.
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

/// Loads a configured policy. A policy that cannot be loaded is a problem; it is never treated as no policy.
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
