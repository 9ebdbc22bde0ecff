//! The headers that a signature covers.

use std::{fmt, str::FromStr};

/// The names of the signed headers: lower case, sorted, without duplicates.
///
/// Source: IAM User Guide, "Create a signed AWS API request": the list is in alphabetical order and in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SignedHeaders(Box<str>);

/// Why a text is not a list of signed headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedHeadersError {
    /// A name is empty or contains a character that a lower-case header name cannot have.
    #[error("a name in it is not a header name in lower case")]
    Name,
    /// Not in ascending order, or with a duplicate.
    #[error("its names are not sorted, or one stands twice")]
    Order,
}

impl SignedHeaders {
    /// Returns whether a header is signed; `name` in lower case.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|signed| signed == name)
    }

    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(';')
    }

    /// The list as it was sent, names separated by semicolons.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SignedHeaders {
    type Err = SignedHeadersError;

    fn from_str(text: &str) -> Result<Self, SignedHeadersError> {
        if !text.split(';').all(is_lower_case_token) {
            return Err(SignedHeadersError::Name);
        }
        if text.split(';').zip(text.split(';').skip(1)).any(|(one, next)| one >= next) {
            return Err(SignedHeadersError::Order);
        }
        Ok(Self(text.into()))
    }
}

/// A header name (RFC 9110, 5.6.2: `token`), without capital letters and without the semicolon's neighbours.
fn is_lower_case_token(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(allowed)
}

impl fmt::Display for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedHeaders({})", self.0)
    }
}
