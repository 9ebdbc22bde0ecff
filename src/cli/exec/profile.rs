//! The profile of the AWS configuration file that the command's SDK would read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::cli::Environment;

/// The value of a variable that is not empty. A value that is not UTF-8 is ignored.
pub(super) fn named<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment.text(name).ok().flatten().filter(|value| !value.is_empty())
}

/// A setting of the current profile.
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
pub(super) fn setting(environment: &Environment, key: &str) -> Option<String> {
    let file = named(environment, "AWS_CONFIG_FILE").map(PathBuf::from);
    let file = file.or_else(|| named(environment, "HOME").map(|home| Path::new(home).join(".aws/config")))?;
    let profile = named(environment, "AWS_PROFILE").or_else(|| named(environment, "AWS_DEFAULT_PROFILE"));
    value(&fs::read_to_string(file).ok()?, profile.unwrap_or("default"), key).map(str::to_owned)
}

/// The value of a key in a profile's section.
pub(super) fn value<'a>(text: &'a str, profile: &str, key: &str) -> Option<&'a str> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let name = section.trim();
            inside = name.strip_prefix("profile ").map_or(name, str::trim) == profile;
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            return Some(value.trim()).filter(|value| !value.is_empty());
        }
    }
    None
}
