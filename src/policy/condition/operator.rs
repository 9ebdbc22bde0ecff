//! Condition operators: their names, and the components of each name.

use std::fmt;

/// A condition operator: a comparison, optionally over a set of values, and optionally only if the key exists.
///
/// Source: "IAM JSON policy elements: Condition operators"; "Conditions with multiple context keys or values".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    comparison: Comparison,
    set: Option<SetOperator>,
    existence: Existence,
}

/// Whether a condition holds if the request does not have the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Existence {
    /// As the comparison defines: positive ones do not hold, negated ones do.
    Required,
    /// It holds: `…IfExists`.
    IfExists,
}

/// How the values of a multivalued key are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// Each value of the request must satisfy the comparison; with no values it holds.
    ForAllValues,
    /// At least one value of the request must.
    ForAnyValue,
}

/// The comparison: its type of value and its relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the operator AWS documents under this name")]
pub enum Comparison {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
}

/// Why a word is not an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotAnOperator {
    /// No operator has this name.
    Unknown {
        /// The most similar operator's name.
        suggestion: Option<String>,
    },
    /// `Null` tests only for presence: it takes neither `IfExists` nor a set operator.
    NullModified,
}

impl Comparison {
    /// Every comparison, with its name.
    pub const ALL: [(&'static str, Self); 27] = [
        ("StringEquals", Self::StringEquals),
        ("StringNotEquals", Self::StringNotEquals),
        ("StringEqualsIgnoreCase", Self::StringEqualsIgnoreCase),
        ("StringNotEqualsIgnoreCase", Self::StringNotEqualsIgnoreCase),
        ("StringLike", Self::StringLike),
        ("StringNotLike", Self::StringNotLike),
        ("NumericEquals", Self::NumericEquals),
        ("NumericNotEquals", Self::NumericNotEquals),
        ("NumericLessThan", Self::NumericLessThan),
        ("NumericLessThanEquals", Self::NumericLessThanEquals),
        ("NumericGreaterThan", Self::NumericGreaterThan),
        ("NumericGreaterThanEquals", Self::NumericGreaterThanEquals),
        ("DateEquals", Self::DateEquals),
        ("DateNotEquals", Self::DateNotEquals),
        ("DateLessThan", Self::DateLessThan),
        ("DateLessThanEquals", Self::DateLessThanEquals),
        ("DateGreaterThan", Self::DateGreaterThan),
        ("DateGreaterThanEquals", Self::DateGreaterThanEquals),
        ("Bool", Self::Bool),
        ("BinaryEquals", Self::BinaryEquals),
        ("IpAddress", Self::IpAddress),
        ("NotIpAddress", Self::NotIpAddress),
        ("ArnEquals", Self::ArnEquals),
        ("ArnNotEquals", Self::ArnNotEquals),
        ("ArnLike", Self::ArnLike),
        ("ArnNotLike", Self::ArnNotLike),
        ("Null", Self::Null),
    ];

    /// The name in a policy.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, comparison)| *comparison == self).map_or("", |(name, _)| name)
    }

    /// Whether this is the negation of another comparison: it is true for a request without the key.
    #[must_use]
    pub const fn is_negated(self) -> bool {
        match self {
            Self::StringNotEquals
            | Self::StringNotEqualsIgnoreCase
            | Self::StringNotLike
            | Self::NumericNotEquals
            | Self::DateNotEquals
            | Self::NotIpAddress
            | Self::ArnNotEquals
            | Self::ArnNotLike => true,
            Self::StringEquals
            | Self::StringEqualsIgnoreCase
            | Self::StringLike
            | Self::NumericEquals
            | Self::NumericLessThan
            | Self::NumericLessThanEquals
            | Self::NumericGreaterThan
            | Self::NumericGreaterThanEquals
            | Self::DateEquals
            | Self::DateLessThan
            | Self::DateLessThanEquals
            | Self::DateGreaterThan
            | Self::DateGreaterThanEquals
            | Self::Bool
            | Self::BinaryEquals
            | Self::IpAddress
            | Self::ArnEquals
            | Self::ArnLike
            | Self::Null => false,
        }
    }
}

impl SetOperator {
    const ALL: [(&'static str, Self); 2] = [("ForAllValues:", Self::ForAllValues), ("ForAnyValue:", Self::ForAnyValue)];

    fn prefix(self) -> &'static str {
        match self {
            Self::ForAllValues => "ForAllValues:",
            Self::ForAnyValue => "ForAnyValue:",
        }
    }
}

impl Operator {
    /// Parses an operator's name, case-sensitively.
    pub(crate) fn parse(name: &str) -> Result<Self, NotAnOperator> {
        let prefixed = SetOperator::ALL.iter().find_map(|(prefix, set)| Some((name.strip_prefix(prefix)?, *set)));
        let (bare, set) = prefixed.map_or((name, None), |(rest, set)| (rest, Some(set)));
        let (bare, existence) = match bare.strip_suffix("IfExists") {
            Some(bare) => (bare, Existence::IfExists),
            None => (bare, Existence::Required),
        };
        let found = Comparison::ALL.iter().find(|(known, _)| *known == bare).map(|(_, comparison)| *comparison);
        match found {
            Some(Comparison::Null) if set.is_some() || existence == Existence::IfExists => {
                Err(NotAnOperator::NullModified)
            }
            Some(comparison) => Ok(Self { comparison, set, existence }),
            None => Err(NotAnOperator::Unknown { suggestion: suggestion(name) }),
        }
    }

    /// The comparison: its type of value and its relation.
    #[must_use]
    pub fn comparison(self) -> Comparison {
        self.comparison
    }

    /// How several values of the request are combined, if the operator has a set prefix.
    #[must_use]
    pub fn set(self) -> Option<SetOperator> {
        self.set
    }

    /// Whether the condition holds if the request does not have the key.
    #[must_use]
    pub fn existence(self) -> Existence {
        self.existence
    }
}

/// The operator that was probably meant: each component is corrected separately.
fn suggestion(name: &str) -> Option<String> {
    let (set, bare) = match name.split_once(':') {
        Some((set, bare)) => {
            let words = ["ForAllValues", "ForAnyValue"];
            (format!("{}:", crate::policy::suggest::nearest(set, words)?), bare)
        }
        None => (String::new(), name),
    };
    let suffix_at = bare
        .len()
        .checked_sub("IfExists".len())
        .filter(|at| bare.get(*at..).is_some_and(|suffix| suffix.eq_ignore_ascii_case("IfExists")));
    let (bare, if_exists) = suffix_at.and_then(|at| bare.get(..at)).map_or((bare, ""), |bare| (bare, "IfExists"));
    let nearest = crate::policy::suggest::nearest(bare, Comparison::ALL.iter().map(|(name, _)| *name))?;
    Some(format!("{set}{nearest}{if_exists}"))
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = match self.existence {
            Existence::IfExists => "IfExists",
            Existence::Required => "",
        };
        write!(f, "{}{}{if_exists}", self.set.map_or("", SetOperator::prefix), self.comparison.as_str())
    }
}
