//! A pattern of action names, `rds:Delete*`, for settings (not policies) that apply to some actions.

use std::{fmt, str::FromStr};

/// A pattern of RDS actions: `*`, or `rds:` and a name in which `*` matches any run of characters and `?` any one.
/// Letter case is ignored (IAM User Guide, "IAM JSON policy elements: Action").
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ActionPattern {
    text: Box<str>,
    /// The pattern that the whole action must match, in lower case.
    lower: Box<[u8]>,
}

/// Why a text is not a pattern of actions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not an action pattern such as `rds:Delete*` or `*`")]
pub struct ActionPatternError {
    /// The rejected text, at most 160 characters of it.
    pub found: String,
}

impl ActionPattern {
    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern matches an action with its service prefix, in any letter case. The time is at most
    /// proportional to the product of both lengths.
    #[must_use]
    pub fn matches(&self, action: &str) -> bool {
        let action = action.as_bytes();
        let (mut at, mut place) = (0, 0);
        // Where to continue when a star has to match one more character.
        let mut resume: Option<(usize, usize)> = None;
        while let Some(byte) = action.get(at) {
            match self.lower.get(place) {
                Some(b'*') => {
                    place += 1;
                    resume = Some((place, at));
                }
                Some(wanted) if *wanted == b'?' || *wanted == byte.to_ascii_lowercase() => {
                    (at, place) = (at + 1, place + 1);
                }
                Some(_) | None => match resume {
                    Some((behind_star, taken)) => {
                        (place, at) = (behind_star, taken + 1);
                        resume = Some((behind_star, at));
                    }
                    None => return false,
                },
            }
        }
        self.lower.iter().skip(place).all(|left| *left == b'*')
    }
}

impl FromStr for ActionPattern {
    type Err = ActionPatternError;

    fn from_str(text: &str) -> Result<Self, ActionPatternError> {
        let name = |name: &str| {
            (1..=128).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?'))
        };
        let of_rds = |text: &str| {
            text.split_once(':').is_some_and(|(service, rest)| service.eq_ignore_ascii_case("rds") && name(rest))
        };
        if text == "*" || of_rds(text) {
            Ok(Self { text: text.into(), lower: text.to_ascii_lowercase().into_bytes().into() })
        } else {
            Err(ActionPatternError { found: text.chars().take(160).collect() })
        }
    }
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActionPattern({})", self.text)
    }
}
