//! Three-valued logic: true, false, and not known here.

/// Whether something holds. Kleene's strong logic: an unknown value may turn out to be true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not hold, whatever the unknown facts are.
    False,
    /// It depends on facts that are not known here.
    Unknown,
    /// It holds, whatever the unknown facts are.
    True,
}

impl Truth {
    /// True if both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// True if at least one is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// True if every one is, and for an empty input. Stops at the first false one.
    pub(crate) fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::True;
        for truth in truths {
            all = all.and(truth);
            if all == Self::False {
                break;
            }
        }
        all
    }

    /// True if at least one is; false for an empty input. Stops at the first true one.
    pub(crate) fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::False;
        for truth in truths {
            any = any.or(truth);
            if any == Self::True {
                break;
            }
        }
        any
    }

    /// The opposite, if `negated`.
    #[must_use]
    pub(crate) fn negated_if(self, negated: bool) -> Self {
        if negated { !self } else { self }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}
