//! Parses the shared config and credentials files as the SDKs do: sections, `key = value`, comments.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".

use std::collections::BTreeMap;

/// The settings of each profile, by profile name.
pub(super) type Profiles = BTreeMap<String, BTreeMap<String, String>>;

/// Parses one of the two files. In the config file, sections are named `[profile NAME]`, except `[default]`; in
/// the credentials file just `[NAME]`. Indented lines belong to the setting before them and are skipped, since
/// they are not needed here.
pub(super) fn read(text: &str, config: bool, profiles: &mut Profiles) {
    let mut current: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) || line.starts_with([' ', '\t']) {
            continue;
        }
        if let Some(section) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            current = name_of(section.trim(), config);
            continue;
        }
        if let (Some(profile), Some((key, value))) = (&current, trimmed.split_once('=')) {
            let value = value.split(" #").next().unwrap_or_default().trim();
            let settings = profiles.entry(profile.clone()).or_default();
            settings.insert(key.trim().to_ascii_lowercase(), value.to_owned());
        }
    }
}

fn name_of(section: &str, config: bool) -> Option<String> {
    if !config || section == "default" {
        return Some(section.to_owned());
    }
    let name = section.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']))?;
    Some(name.trim().trim_matches('"').to_owned())
}
