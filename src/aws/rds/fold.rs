//! How RDS reads the text of a parameter: which of the spellings that a client may send are one value to the service.

use std::borrow::Cow;

use super::Operation;

/// What RDS makes of the letters of a parameter's value before it compares or keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// Nothing, as far as is documented.
    #[default]
    None,
    /// It is read in lower case.
    Lower,
    /// It is read in upper case.
    Upper,
    /// It is read in upper case by the Oracle engines, and as sent by the others.
    UpperForOracle,
}

impl Fold {
    /// The value as RDS reads it, where that can differ from what was sent. `engine` is the engine of the call, where
    /// the call names one: without it an Oracle engine is possible.
    #[must_use]
    pub fn folded<'v>(self, value: &'v str, engine: Option<&str>) -> Option<Cow<'v, str>> {
        match self {
            Self::None => None,
            Self::Lower => differs(value, value.to_ascii_lowercase()),
            Self::Upper => differs(value, value.to_ascii_uppercase()),
            Self::UpperForOracle if engine.is_none_or(is_oracle) => differs(value, value.to_ascii_uppercase()),
            Self::UpperForOracle => None,
        }
    }
}

fn differs(value: &str, folded: String) -> Option<Cow<'_, str>> {
    (folded != value).then_some(Cow::Owned(folded))
}

/// `oracle-ee`, `custom-oracle-se2`, in any letter case.
fn is_oracle(engine: &str) -> bool {
    engine.to_ascii_lowercase().contains("oracle")
}

/// How RDS folds a parameter of an operation; the name is the table's, with `#` for a list index.
#[must_use]
pub fn fold(_operation: &Operation, _parameter: &str) -> Fold {
    Fold::None
}

#[cfg(test)]
mod tests {
    use super::Fold;

    #[test]
    fn a_fold_gives_a_second_spelling_only_where_it_differs_from_what_was_sent() {
        for (fold, sent, engine, folded) in [
            (Fold::None, "MySQL", None, None),
            (Fold::Lower, "MySQL", None, Some("mysql")),
            (Fold::Lower, "mysql", None, None),
            (Fold::Upper, "orcl", Some("mysql"), Some("ORCL")),
            (Fold::UpperForOracle, "orcl", Some("Oracle-EE"), Some("ORCL")),
            (Fold::UpperForOracle, "orcl", Some("custom-oracle-ee"), Some("ORCL")),
            (Fold::UpperForOracle, "orders", Some("postgres"), None),
            (Fold::UpperForOracle, "orders", None, Some("ORDERS")),
            (Fold::UpperForOracle, "ORCL", None, None),
        ] {
            assert_eq!(fold.folded(sent, engine).as_deref(), folded, "{fold:?} {sent} {engine:?}");
        }
    }
}
