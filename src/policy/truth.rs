//! Three-valued logic: what holds, what does not, and what cannot be known here.

/// Whether something holds. Kleene's strong logic: what is unknown may turn out either way.
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
    /// Holds if both do.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Holds if one does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Holds if every one does; true of nothing. Stops at the first that does not.
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

    /// Holds if one does; false of nothing. Stops at the first that does.
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
