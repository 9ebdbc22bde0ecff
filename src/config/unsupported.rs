//! What the documentation names and this version does not do yet. Asking for it is an error: a setting is never
//! ignored. A feature is switched on by striking its line here.

use super::{
    Origin,
    effective::Effective,
    problem::{Misdeed, Problem},
};

/// A key that is refused when it is set to anything but `harmless`.
struct Feature {
    /// The key, without positions of lists.
    key: &'static str,
    /// The values, as shown, that ask for nothing.
    harmless: &'static [&'static str],
    /// What the key would do.
    does: &'static str,
}

const fn feature(key: &'static str, harmless: &'static [&'static str], does: &'static str) -> Feature {
    Feature { key, harmless, does }
}

const UNSUPPORTED: &[Feature] =
    &[feature("identity.observe_sts", &["false"], "learning principals from answers of STS")];

/// Whether some value of the key is refused by this version.
pub(super) fn is_limited(key: &str) -> bool {
    UNSUPPORTED.iter().any(|feature| feature.key == key)
}

/// The problems of a configuration that asks for one of these.
pub(super) fn problems(effective: &[Effective]) -> Vec<Problem> {
    let asked = effective.iter().filter(|setting| setting.origin != Origin::Default);
    asked
        .filter_map(|setting| {
            let key = without_positions(&setting.key);
            let feature = UNSUPPORTED.iter().find(|feature| feature.key == key)?;
            let harmless = setting.value.is_empty() || feature.harmless.contains(&setting.value.as_str());
            let misdeed = Misdeed::Unsupported { key, feature: feature.does };
            (!harmless).then(|| Problem { origin: setting.origin.clone(), misdeed })
        })
        .collect()
}

/// `endpoint[0].dns` as `endpoint.dns`.
fn without_positions(key: &str) -> String {
    let mut depth = 0;
    let outside = |c: &char| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => return depth == 0,
        }
        false
    };
    key.chars().filter(outside).collect()
}
