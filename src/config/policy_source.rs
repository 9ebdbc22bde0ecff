//! Policies as the configuration names them: the path of a file, or the JSON itself.

use std::{fs, path::PathBuf, sync::Arc};

use aws_lc_rs::digest;

use super::{
    Origin,
    problem::Misdeed,
    section::Section,
    sections::PolicyOptions,
    value::{Setting, Wrong, quoted},
    written::Node,
};

/// A policy that the configuration names, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySource {
    /// Its file; `None` where the configuration holds the JSON itself.
    pub path: Option<PathBuf>,
    /// Its text.
    pub text: String,
    /// Who named it.
    pub origin: Origin,
}

impl PolicySource {
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
    pub fn version(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.text.as_bytes());
        digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
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
    let (path, text) = match policy? {
        PolicyText::Json(text) => (None, text),
        PolicyText::Path(path) => match fs::read_to_string(&path) {
            Ok(text) => (Some(path), text),
            Err(reason) => {
                section.problem(origin, Misdeed::Unreadable { path, reason });
                return None;
            }
        },
    };
    let source = PolicySource { path, text, origin };
    check(section, &source, options);
    Some(source)
}

fn check(section: &mut Section<'_>, source: &PolicySource, options: &PolicyOptions) {
    let limit = options.max_characters.get();
    let characters = source.text.chars().count();
    let message = if source.text.trim().is_empty() {
        "the file is empty, expected a JSON object with `Statement`".to_owned()
    } else if characters > limit {
        format!("it has {characters} characters, at most {limit} are allowed")
    } else {
        return;
    };
    let origin = match &source.path {
        Some(path) => Origin::WholeFile(Arc::from(path.as_path())),
        None => source.origin.clone(),
    };
    section.problem(origin, Misdeed::Policy { message });
}
