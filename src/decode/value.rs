//! The value of a parameter, which knows whether it may be shown.

use std::{fmt, sync::LazyLock};

use super::names;
use crate::aws::rds::{OPERATIONS, Parameter, Sensitivity};

/// The decoded value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'c> {
    /// One that may be recorded, compared and shown.
    Plain(&'c str),
    /// One that may not.
    Secret(Secret<'c>),
}

/// A value that must never be shown: its `Debug` prints nothing, and it has no `Display`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'c>(&'c str);

impl<'c> Value<'c> {
    /// The value, unless it is a secret.
    #[must_use]
    pub const fn plain(self) -> Option<&'c str> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Secret(_) => None,
        }
    }

    /// Whether the value is a secret.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::Secret(_))
    }

    /// The value of a parameter by what the table says of it, or, where it says nothing, by the parameter's name.
    pub(super) fn of(known: Option<&Parameter>, name: &str, value: &'c str) -> Self {
        let secret = match known.map(|parameter| parameter.sensitivity) {
            Some(Sensitivity::Secret) => true,
            Some(Sensitivity::Plain) => false,
            None => sounds_secret(name),
        };
        if secret { Self::Secret(Secret(value)) } else { Self::Plain(value) }
    }
}

impl<'c> Secret<'c> {
    /// The secret itself, for the one who has to hand it on.
    #[must_use]
    pub const fn expose(self) -> &'c str {
        self.0
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The names of secrets over all operations, and the letter that each begins with, in lower case, where it has to begin so.
static SECRETS: LazyLock<Vec<(Option<u8>, &'static str)>> = LazyLock::new(|| {
    let parameters = OPERATIONS.iter().flat_map(|operation| operation.parameters);
    let secret = parameters.filter(|parameter| parameter.sensitivity == Sensitivity::Secret);
    let mut names: Vec<_> = secret.map(|parameter| parameter.name).collect();
    names.sort_unstable();
    names.dedup();
    let first = |name: &str| name.bytes().next().filter(|_| name.split('.').nth(1) != Some("#"));
    names.into_iter().map(|name| (first(name).map(|byte| byte.to_ascii_lowercase()), name)).collect()
});

/// Whether a parameter that the table lacks may hold a secret: another action has a secret of that name, or it is called
/// as secrets are.
fn sounds_secret(name: &str) -> bool {
    let first = name.bytes().next().map(|byte| byte.to_ascii_lowercase());
    if SECRETS.iter().any(|(own, secret)| (own.is_none() || *own == first) && names::is_spelling_of(secret, name)) {
        return true;
    }
    let begins = |at: usize, word: &str| {
        let place = name.as_bytes().get(at..at + word.len());
        place.is_some_and(|place| place.eq_ignore_ascii_case(word.as_bytes()))
    };
    name.bytes().enumerate().any(|(at, byte)| match byte.to_ascii_lowercase() {
        b'c' | b'p' | b'q' | b's' | b't' => WORDS_OF_SECRETS.iter().any(|word| begins(at, word)),
        _ => false,
    })
}

/// Words in the names of secrets; each begins with a letter that [`sounds_secret`] looks for.
const WORDS_OF_SECRETS: [&str; 9] =
    ["password", "passwd", "secret", "token", "credential", "presigned", "signature", "privatekey", "query"];
