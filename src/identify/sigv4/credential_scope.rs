//! The scope of a signature: one day, one region, one service.

use std::{fmt, str::FromStr};

/// `DATE/REGION/SERVICE/aws4_request`, as it follows the access key id in the `Credential` of a signature.
///
/// Source: IAM User Guide, "Elements of an AWS API request signature".
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CredentialScope {
    text: Box<str>,
    /// The positions of the second and the third slash; the first follows the eight digits of the date.
    slashes: [usize; 2],
}

/// Why a text is not a credential scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Not four parts between slashes.
    #[error("it has other than 5 parts between slashes")]
    Parts,
    /// The date is not eight digits.
    #[error("its date is not of the form YYYYMMDD")]
    Date,
    /// It does not end like scopes of this version.
    #[error("it does not end in `aws4_request`")]
    Termination,
}

impl CredentialScope {
    /// The day, `20261123`.
    #[must_use]
    pub fn date(&self) -> &str {
        self.part(0, 8)
    }

    /// The region, as written.
    #[must_use]
    pub fn region(&self) -> &str {
        let [second, _] = self.slashes;
        self.part(9, second)
    }

    /// The service, `rds`.
    #[must_use]
    pub fn service(&self) -> &str {
        let [second, third] = self.slashes;
        self.part(second + 1, third)
    }

    /// The whole scope, as it is signed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn part(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }
}

impl FromStr for CredentialScope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let mut parts = text.split('/');
        let (Some(date), Some(region), Some(service), Some(end), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ScopeError::Parts);
        };
        if date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ScopeError::Date);
        }
        if region.is_empty() || service.is_empty() {
            return Err(ScopeError::Parts);
        }
        if end != "aws4_request" {
            return Err(ScopeError::Termination);
        }
        let second = 9 + region.len();
        Ok(Self { text: text.into(), slashes: [second, second + 1 + service.len()] })
    }
}

impl fmt::Display for CredentialScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for CredentialScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialScope({})", self.text)
    }
}
