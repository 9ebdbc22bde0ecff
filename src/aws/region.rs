//! A region name and its partition.

use std::{fmt, str::FromStr, sync::Arc};

use super::Partition;

/// A well-formed AWS region name, known or not: `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`.
///
/// A region that is not in any table yet counts as a region if its name has the form, so that a new region is
/// intercepted on the day it opens.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    name: Arc<str>,
    partition: Partition,
}

/// Why a text is not a region name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a region name such as `eu-west-1`")]
pub struct RegionError {
    /// The rejected text, at most 64 characters of it.
    pub found: String,
}

impl Region {
    /// The name, as in `us-east-1`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The partition of the region.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// Whether a text has the form of a region name: `[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}`.
    fn well_formed(name: &str) -> bool {
        let labels: Vec<&str> = name.split('-').collect();
        let [area, middle @ .., number] = labels.as_slice() else { return false };
        let letters = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase());
        (2..=4).contains(&area.len())
            && letters(area)
            && (1..=2).contains(&middle.len())
            && middle.iter().all(|label| letters(label))
            && (1..=2).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(name: &str) -> Result<Self, RegionError> {
        let partition = Self::well_formed(name).then(|| Partition::of_region(name)).flatten();
        match partition {
            Some(partition) => Ok(Self { name: name.into(), partition }),
            None => Err(RegionError { found: name.chars().take(64).collect() }),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.name)
    }
}
