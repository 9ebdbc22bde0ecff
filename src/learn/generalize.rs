//! Replaces names with a common prefix by a pattern: `--generalize`.
//!
//! OURS: three or more names of one type, account and region that one principal uses with one action, and that share
//! a prefix of at least four characters which ends in `-`, `.`, `_` or `:`. The longest such prefix is used.
//! Accounts, regions, types, actions and principals are never widened.

use std::collections::{BTreeMap, BTreeSet};

use super::need::Found;

/// Minimum number of names that become a pattern.
const LEAST_NAMES: usize = 3;

/// Minimum length of a pattern's prefix in characters, including its final separator.
const LEAST_CHARACTERS: usize = 4;

/// Replaces names by patterns, and notes what else each pattern allows.
pub(super) fn names(found: &mut Found, notes: &mut BTreeSet<String>) {
    for (who, actions) in found {
        for (action, patterns) in actions {
            for (pattern, names) in patterns_for(patterns) {
                patterns.retain(|other| !names.contains(other));
                notes.insert(format!(
                    "{action} for {who}: {pattern} stands for {} names that were shown, and allows every other that begins so",
                    names.len()
                ));
                patterns.insert(pattern);
            }
        }
    }
}

/// The patterns that each replace several names, with those names.
fn patterns_for(patterns: &BTreeSet<String>) -> Vec<(String, BTreeSet<String>)> {
    let mut left: BTreeSet<&String> = patterns.iter().filter(|pattern| !pattern.contains(['*', '$', '?'])).collect();
    let mut made = Vec::new();
    loop {
        let mut sharing: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for arn in &left {
            for beginning in beginnings(arn) {
                sharing.entry(beginning).or_default().insert(arn);
            }
        }
        sharing.retain(|_, names| names.len() >= LEAST_NAMES);
        // The longest prefix allows the least. Of equally long ones the alphabetically first, so that the order of
        // records does not matter.
        let longest = sharing.iter().max_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| b.cmp(a)));
        let Some((beginning, names)) = longest else { return made };
        made.push((format!("{beginning}*"), names.iter().map(|name| (*name).clone()).collect()));
        let taken = names.clone();
        left.retain(|name| !taken.contains(*name));
    }
}

/// The candidate prefixes of an ARN: everything up to its type, and enough of its name.
fn beginnings(arn: &str) -> Vec<&str> {
    let Some((colon, _)) = arn.match_indices(':').nth(5) else { return Vec::new() };
    let ends = arn.match_indices(['-', '.', '_', ':']).map(|(at, _)| at + 1);
    let enough = ends.filter(|end| *end > colon + LEAST_CHARACTERS && *end < arn.len());
    enough.filter_map(|end| arn.get(..end)).collect()
}
