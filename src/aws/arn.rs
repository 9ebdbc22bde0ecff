//! An Amazon Resource Name: six fields separated by five colons. The sixth may contain further colons.

use std::{fmt, str::FromStr, sync::Arc};

use super::AccountId;

/// An ARN, `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
///
/// Names may contain colons themselves (`snapshot:rds:orders-2026-01-01`, `og:default:mysql-8-0`), so an ARN is split
/// at the first five colons only. Source: IAM User Guide, "Identify AWS resources with ARNs".
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    text: Arc<str>,
    /// The positions of the five colons.
    colons: [u16; 5],
}

/// Why a text is not an ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// It does not begin with `arn:`.
    #[error("an ARN begins with `arn:`")]
    Prefix,
    /// It has fewer than six fields.
    #[error("an ARN has 6 fields between colons, not {found}")]
    Fields {
        /// The number of fields found.
        found: usize,
    },
    /// It is longer than 2,048 bytes.
    #[error("an ARN has at most 2048 bytes")]
    TooLong,
}

impl Arn {
    /// Maximum length of an ARN in bytes (IAM grammar: 2,048 characters).
    pub const MAX_BYTES: usize = 2048;

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The second field: `aws`, `aws-cn`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.field(0)
    }

    /// The third field: `rds`, `iam`, `sts`, …
    #[must_use]
    pub fn service(&self) -> &str {
        self.field(1)
    }

    /// The fourth field, empty for global resources.
    #[must_use]
    pub fn region(&self) -> &str {
        self.field(2)
    }

    /// The fifth field as written.
    #[must_use]
    pub fn account(&self) -> &str {
        self.field(3)
    }

    /// The fifth field as an account id, if it is one.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// Everything after the fifth colon: `db:orders`.
    #[must_use]
    pub fn resource(&self) -> &str {
        let [.., last] = self.colons;
        self.text.get(usize::from(last) + 1..).unwrap_or_default()
    }

    /// The field after the `n`th colon, counted from 0, for the four fields that end at a colon.
    fn field(&self, n: usize) -> &str {
        let (Some(from), Some(to)) = (self.colons.get(n), self.colons.get(n + 1)) else { return "" };
        self.text.get(usize::from(*from) + 1..usize::from(*to)).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        if !text.starts_with("arn:") {
            return Err(ArnError::Prefix);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(ArnError::TooLong);
        }
        let mut colons = [0u16; 5];
        let mut found = 0;
        for (place, (at, _)) in colons.iter_mut().zip(text.match_indices(':')) {
            *place = u16::try_from(at).map_err(|_| ArnError::TooLong)?;
            found += 1;
        }
        if found < 5 { Err(ArnError::Fields { found: found + 1 }) } else { Ok(Self { text: text.into(), colons }) }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arn({})", self.text)
    }
}
