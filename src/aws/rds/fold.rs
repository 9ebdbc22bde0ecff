//! How RDS reads the text of a parameter: which spellings that a client may send are the same value to the service.

use std::borrow::Cow;

use super::{FOLDS, Operation};

/// How RDS changes the letter case of a parameter's value before it compares or stores it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// Not at all, as far as is documented.
    #[default]
    None,
    /// It is read in lower case.
    Lower,
    /// It is read in upper case.
    Upper,
    /// It is read in upper case by the Oracle engines, and as sent by the others.
    UpperForOracle,
    /// It is an id that the service generated, `db-ABC`: read with its prefix in lower case and the rest in upper
    /// case.
    ResourceId,
}

impl Fold {
    /// The value as RDS reads it, if that can differ from the value sent. `engine` is the engine of the call, if the
    /// call names one: without it an Oracle engine is possible.
    #[must_use]
    pub fn folded<'v>(self, value: &'v str, engine: Option<&str>) -> Option<Cow<'v, str>> {
        match self {
            Self::None => None,
            Self::Lower => differs(value, value.to_ascii_lowercase()),
            Self::Upper => differs(value, value.to_ascii_uppercase()),
            Self::UpperForOracle if engine.is_none_or(is_oracle) => differs(value, value.to_ascii_uppercase()),
            Self::UpperForOracle => None,
            Self::ResourceId => differs(value, resource_id(value)),
        }
    }
}

fn differs(value: &str, folded: String) -> Option<Cow<'_, str>> {
    (folded != value).then_some(Cow::Owned(folded))
}

/// `db-ABC` from `DB-abc`.
fn resource_id(value: &str) -> String {
    match value.split_once('-') {
        Some((prefix, rest)) => format!("{}-{}", prefix.to_ascii_lowercase(), rest.to_ascii_uppercase()),
        None => value.to_ascii_lowercase(),
    }
}

/// Whether an engine is an Oracle engine (`oracle-ee`, `custom-oracle-se2`), in any letter case.
fn is_oracle(engine: &str) -> bool {
    engine.to_ascii_lowercase().contains("oracle")
}

/// How the service folds the parameters of one name, and the source for that.
#[derive(Debug)]
pub struct FoldRule {
    /// The name on the wire; `#` is a placeholder for a list index.
    pub parameter: &'static str,
    /// How the value is folded.
    pub fold: Fold,
    /// AWS's page, or if it is silent, the reason for the assumption.
    pub source: &'static str,
}

/// How RDS folds a parameter of an operation; the name is the table's, with `#` for a list index.
#[must_use]
pub fn fold(_operation: &Operation, parameter: &str) -> Fold {
    rule(parameter).map_or(Fold::None, |rule| rule.fold)
}

/// The folding rule of a parameter; `None` if nothing is known, so that the letter case is kept.
#[must_use]
pub fn rule(parameter: &str) -> Option<&'static FoldRule> {
    let at = FOLDS.binary_search_by(|rule| rule.parameter.cmp(parameter)).ok()?;
    FOLDS.get(at)
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
            (Fold::ResourceId, "DB-abc1", None, Some("db-ABC1")),
            (Fold::ResourceId, "cluster-ABC-1", None, None),
        ] {
            assert_eq!(fold.folded(sent, engine).as_deref(), folded, "{fold:?} {sent} {engine:?}");
        }
    }
}
